// The shop's past: every visit of every customer over the months, in order of time, with offers drawn uniformly at random
// (a randomised past is what makes the effect of an offer learnable) and orders drawn from the truth.
//
// Visits follow an inhomogeneous Poisson process per customer (visit_intensity). Deterministic: the same options give the
// same visits on every machine. Cost: about 60 ns a customer and day and 1 µs a visit. Memory: the customers and one day.
#pragma once
#include <functional>
#include <optional>
#include <vector>

#include "market/visit.h"

namespace furrow::market {

class History {
 public:
  explicit History(const MarketOptions& options);
  const MarketOptions& options() const { return options_; }
  const Catalogue& catalogue() const { return catalogue_; }
  const std::vector<Customer>& customers() const { return customers_; }

  // Called for each visit in order of time, with its order if there was one.
  using OnVisit = std::function<void(const Visit&, const std::optional<Order>&)>;
  // Runs the whole past once; the customers' stages stand at its end afterwards.
  void run(const OnVisit& on_visit);
  // The stage of the customer's next visit.
  Stage stage(size_t customer) const { return stages_[customer]; }

 private:
  struct Arrival { Time time; size_t customer; };
  void arrivals_of_day(Time start, std::vector<Arrival>& arrivals) const;

  MarketOptions options_;
  Catalogue catalogue_;
  VisitPlanner planner_;
  std::vector<Customer> customers_;
  std::vector<Stage> stages_;
};

}  // namespace furrow::market
