#include "market/visit.h"

#include <algorithm>
#include <cmath>

namespace furrow::market {

// `loyalty`: the chance that the favourite is what the person came for.
size_t VisitPlanner::category_for(Random& random, const Customer& customer, double loyalty) const {
  if (random.chance(loyalty)) return customer.favourite;
  if (random.chance(0.5)) return customer.second;
  return random.below(categories().size());
}

// Cheaper products for the price sensitive: a power of a uniform rank.
size_t VisitPlanner::product_in(Random& random, const Customer& customer, size_t category) const {
  const auto& list = catalogue_.in_category(category);
  double rank = std::pow(random.uniform(), 0.5 + 2.5 * customer.price_sensitivity);
  return list[std::min(list.size() - 1, static_cast<size_t>(rank * static_cast<double>(list.size())))];
}

Visit VisitPlanner::plan(Random& random, const Customer& customer, Stage stage, Time time) const {
  Visit visit;
  visit.customer = customer.index;
  visit.time = time;
  visit.stage = stage;
  visit.device = random.chance(0.7) ? 0 : random.below(customer.devices.size());
  visit.signed_in = customer.device_signs_in[visit.device] && time >= customer.registered;
  visit.signs_in = visit.signed_in && random.chance(0.3);
  Duration clock;
  auto add = [&](Step::Kind kind, size_t subject) {
    visit.steps.push_back({kind, subject, clock});
    clock = {clock.micros + milliseconds(static_cast<int64_t>(random.uniform(3'000, 60'000))).micros};
  };
  add(Step::Kind::kHome, 0);
  constexpr double kViews[kStages] = {1.2, 3.2, 2.0, 0.5};
  constexpr double kLoyalty[kStages] = {0.45, 0.7, 0.75, 0.3};
  size_t s = static_cast<size_t>(stage);
  size_t category = category_for(random, customer, kLoyalty[s]);
  size_t views = random.poisson(kViews[s]);
  if (views > 0) add(Step::Kind::kCategory, category);
  if (views > 0 && random.chance(0.08 + 0.6 * customer.price_sensitivity)) add(Step::Kind::kSortByPrice, category);
  size_t last = product_in(random, customer, category);
  for (size_t i = 0; i < views; ++i) {
    if (stage == Stage::kExploring) category = category_for(random, customer, kLoyalty[s]);
    last = product_in(random, customer, category);
    add(Step::Kind::kProduct, last);
  }
  if (random.chance(stage == Stage::kDeciding ? 0.6 : stage == Stage::kComparing ? 0.15 : 0.02)) {
    add(Step::Kind::kCart, last);
    if (random.chance(0.35)) add(Step::Kind::kCheckout, last);
  }
  visit.offer_after = clock;
  return visit;
}

Order VisitPlanner::order(Random& random, const Customer& customer, const Visit& visit) const {
  const Offer& offer = offers()[visit.offer];
  Order order;
  order.time = visit.time + visit.offer_after + seconds(static_cast<int64_t>(random.uniform(180, 1'500)));
  size_t category = offer.category && random.chance(0.7) ? *offer.category : category_for(random, customer, 0.7);
  order.product = product_in(random, customer, category);
  for (const Step& step : visit.steps) {
    if (step.kind == Step::Kind::kCart) order.product = step.subject;
  }
  order.quantity = 1 + static_cast<int>(random.poisson(0.4));
  order.discount = offer.discount;
  double total = catalogue_.products()[order.product].price * order.quantity * (1 - order.discount / 100);
  order.total = std::round(total * 100) / 100;
  return order;
}

}  // namespace furrow::market
