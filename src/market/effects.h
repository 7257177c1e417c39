// The right answer: what each policy would truly earn on a set of visits, by the probabilities nobody observes.
//
// Rates are orders per visit within the visit's hour, averaged over the visits that were added. Sampling error is only
// that of which visits there were; none comes from orders. Threads: one.
#pragma once
#include <array>
#include <string>

#include "base/json.h"
#include "market/population.h"

namespace furrow::market {

class TrueEffects {
 public:
  void add(const Customer& customer, Stage stage);
  size_t visits() const { return visits_; }
  double offer_rate(size_t offer) const;  // always this offer
  double baseline_rate() const { return offer_rate(0); }
  double uniform_rate() const;            // one of the eight at random
  size_t best_single_offer() const;
  double best_rate() const;               // the best offer for each person
  // Relative to the baseline: 0.25 is 25 % more orders.
  double lift(double rate) const { return rate / baseline_rate() - 1; }
  // "rates" and "lifts" as members of the object that is open in `json`.
  void write(JsonWriter& json) const;

 private:
  size_t visits_ = 0;
  std::array<double, 8> sums_{};
  double best_sum_ = 0;
};

}  // namespace furrow::market
