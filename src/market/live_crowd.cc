#include "market/live_crowd.h"

namespace furrow::market {

LiveCrowd::LiveCrowd(const LiveOptions& options)
    : history_(options.market), planner_(history_.catalogue()), strangers_(options.strangers), seed_(hash64("live", options.seed)) {
  history_.run([](const Visit&, const std::optional<Order>&) {});
  for (size_t i = 0; i < options.market.customers; ++i) {
    stages_.push_back(history_.stage(i));
    order_.push_back(static_cast<uint32_t>(i));
  }
  baseline_stages_ = stages_;
  Random random(seed_);
  for (size_t i = order_.size(); i > 1; --i) std::swap(order_[i - 1], order_[random.below(i)]);
}

LiveCrowd::Visitor LiveCrowd::next(Time shown) {
  std::lock_guard lock(mutex_);
  Random random(seed_ + mix64(++visits_));
  const Customer* customer;
  Stage stage, baseline;
  if (random.chance(strangers_)) {
    // Different traffic seeds bring different strangers.
    size_t index = history_.options().customers + 1 + (seed_ + visits_) % 1'000'000'000'000;
    customer = &new_people_.emplace(index, make_customer(history_.options(), index)).first->second;
    stage = baseline = first_stage(random);
  } else {
    customer = &history_.customers()[order_[turn_++ % order_.size()]];
    stage = stages_[customer->index];
    baseline = baseline_stages_[customer->index];
  }
  Visit visit = planner_.plan(random, *customer, stage, shown);
  visit.time = shown - visit.offer_after;
  return {customer, std::move(visit), random, Random(seed_ ^ mix64(mix64(visits_))), baseline};
}

void LiveCrowd::left(Visitor& visitor, bool ordered, bool baseline_ordered) {
  std::lock_guard lock(mutex_);
  size_t index = visitor.customer->index;
  if (index < stages_.size()) {
    Random luck = visitor.luck, same_luck = visitor.luck;
    stages_[index] = next_stage(luck, visitor.visit.stage, ordered);
    baseline_stages_[index] = next_stage(same_luck, visitor.baseline_stage, baseline_ordered);
  } else {
    new_people_.erase(index);
  }
}

}  // namespace furrow::market
