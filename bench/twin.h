// What the benchmarks on the market twin share: its past as the log would hold it.
#pragma once
#include <fmt/format.h>

#include <cstdlib>
#include <functional>
#include <optional>
#include <string>

#include "base/result.h"
#include "collect/tracking.h"
#include "event/record.h"
#include "market/history.h"
#include "market/messages.h"

namespace furrow {

// A benchmark ends with the error it meets.
template <class T>
T must(Result<T> result) {
  if (!result.ok()) {
    fmt::print(stderr, "{}\n", result.error().to_string());
    std::exit(1);
  }
  return std::move(result).value();
}
inline void must(const Status& status) {
  if (!status.ok()) fmt::print(stderr, "{}\n", status.error().to_string()), std::exit(1);
}

// The twin's past as the log would hold it, each person known from the first event on: customer c is profile c + 1. `saw`, when given, is
// told of each visit: its customer, its hidden stage and when its offer was shown.
inline Status read_twin(const market::MarketOptions& options, const std::function<bool(const Record&)>& visit_record,
                        const std::function<void(const market::Customer&, market::Stage, Time)>& saw = {}) {
  market::History history(options);
  market::MessageWriter writer(options.seed, history.catalogue());
  collect::TrackingReader reader;
  uint64_t position = 0;
  auto add = [&](size_t customer, const std::string& message, Time received) {
    std::string body = fmt::format(R"({{"batch":[{}]}})", message);
    collect::TrackingReading reading;
    must(reader.read(collect::TrackingCall::kBatch, body, received, "live", reading));
    for (Event& event : reading.events) visit_record({LogPosition{++position}, EventRecord{ProfileId{customer + 1}, std::move(event)}});
  };
  history.run([&](const market::Visit& visit, const std::optional<market::Order>& order) {
    const auto& customer = history.customers()[visit.customer];
    const Time shown = visit.time + visit.offer_after;
    for (const auto& message : writer.browsing(customer, visit)) add(visit.customer, message, visit.time + hours(1));
    add(visit.customer, writer.offer_viewed(customer, visit, shown), visit.time + hours(1));
    if (order) add(visit.customer, writer.order_completed(customer, visit, *order, fmt::format("n{}", position)), order->time + hours(1));
    if (saw) saw(customer, visit.stage, shown);
  });
  return {};
}

}  // namespace furrow
