#include "market/effects.h"

#include <algorithm>
#include <numeric>

namespace furrow::market {

void TrueEffects::add(const Customer& customer, Stage stage) {
  ++visits_;
  double best = 0;
  for (size_t i = 0; i < offers().size(); ++i) {
    double p = order_probability(customer, stage, offers()[i]);
    sums_[i] += p;
    best = std::max(best, p);
  }
  best_sum_ += best;
}

double TrueEffects::offer_rate(size_t offer) const { return visits_ ? sums_[offer] / static_cast<double>(visits_) : 0; }
double TrueEffects::best_rate() const { return visits_ ? best_sum_ / static_cast<double>(visits_) : 0; }
double TrueEffects::uniform_rate() const {
  return visits_ ? std::accumulate(sums_.begin(), sums_.end(), 0.0) / static_cast<double>(visits_ * sums_.size()) : 0;
}
size_t TrueEffects::best_single_offer() const {
  return static_cast<size_t>(std::max_element(sums_.begin(), sums_.end()) - sums_.begin());
}

void TrueEffects::write(JsonWriter& json) const {
  json.field("visits", visits_);
  json.key("rates").begin_object();
  json.field("baseline", baseline_rate()).field("uniform", uniform_rate()).field("best_per_person", best_rate());
  json.field("best_single", offer_rate(best_single_offer())).field("best_single_offer", offers()[best_single_offer()].id);
  json.key("offers").begin_object();
  for (size_t i = 0; i < offers().size(); ++i) json.field(offers()[i].id, offer_rate(i));
  json.end_object().end_object();
  json.key("lifts").begin_object();
  json.field("uniform", lift(uniform_rate())).field("best_single", lift(offer_rate(best_single_offer())));
  json.field("best_per_person", lift(best_rate())).end_object();
}

}  // namespace furrow::market
