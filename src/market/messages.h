// A visit as Segment messages: what the shop's page sends through the tracking API, and what its export holds.
// Message ids are functions of the seed, the visit and the place in it. Threads: immutable.
#pragma once
#include <string>
#include <vector>

#include "market/visit.h"

namespace furrow::market {

class MessageWriter {
 public:
  MessageWriter(uint64_t seed, const Catalogue& catalogue) : seed_(seed), catalogue_(catalogue) {}

  // The messages before the offer, in order: page, identify when the person signs in, then track calls. Times are
  // visit.time + step.after.
  std::vector<std::string> browsing(const Customer& customer, const Visit& visit) const;
  // "Offer Viewed". `decision` goes into context.decisionId unless it is empty.
  std::string offer_viewed(const Customer& customer, const Visit& visit, Time time, const std::string& decision = {}) const;
  // "Order Completed", as a shop without an order system of its own would track it (live traffic only).
  std::string order_completed(const Customer& customer, const Visit& visit, const Order& order, const std::string& number,
                              const std::string& decision = {}) const;

 private:
  struct Message;
  std::string finish(const Customer& customer, const Visit& visit, const Message& message, size_t ordinal, Time time) const;
  Message step_message(const Step& step) const;
  uint64_t seed_;
  const Catalogue& catalogue_;
};

}  // namespace furrow::market
