#include "market/population.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace furrow::market {
namespace {

constexpr std::array<double, kStages> kStageLogit{-3.1, -2.2, -0.85, -3.3};

// Rows: the stage of this visit when it ended without an order; columns: the stage of the next.
constexpr std::array<std::array<double, kStages>, kStages> kTransition{{
    {0.60, 0.35, 0.05, 0.00},
    {0.15, 0.45, 0.40, 0.00},
    {0.10, 0.25, 0.65, 0.00},
    {0.50, 0.10, 0.00, 0.40},
}};
constexpr std::array<double, kStages> kArrival{0.45, 0.28, 0.17, 0.10};

// Relative traffic by hour of the day (China's evening peak) and by day of the week from Monday.
constexpr std::array<double, 24> kHour{0.5, 0.25, 0.15, 0.1, 0.1, 0.2, 0.4, 0.7, 1.0, 1.1, 1.15, 1.2,
                                       1.4, 1.2, 1.0, 1.0, 1.05, 1.1, 1.2, 1.5, 1.9, 2.0, 1.6, 1.0};
constexpr std::array<double, 7> kWeekday{0.9, 0.9, 0.95, 0.95, 1.05, 1.2, 1.15};

double beta(Random& random, double a, double b) {
  double x = random.gamma(a), y = random.gamma(b);
  return x / (x + y);
}

Stage draw(Random& random, const std::array<double, kStages>& weights) {
  double u = random.uniform();
  for (size_t i = 0; i + 1 < kStages; ++i) {
    if (u < weights[i]) return static_cast<Stage>(i);
    u -= weights[i];
  }
  return static_cast<Stage>(kStages - 1);
}

void make_latent(Random& random, Customer& customer) {
  customer.propensity = 0.35 * random.normal();
  customer.price_sensitivity = beta(random, 2, 3);
  customer.shipping_sensitivity = beta(random, 2, 4);
  customer.favourite = random.below(categories().size());
  customer.second = (customer.favourite + 1 + random.below(categories().size() - 1)) % categories().size();
  customer.affinity[customer.favourite] = 1;
  customer.affinity[customer.second] = 0.45;
  customer.visits_per_week = std::min(8.0, 1.1 * random.gamma(1.6) / 1.6 + 0.05);
}

void make_devices(Random& random, uint64_t seed, Customer& customer) {
  size_t count = random.chance(0.55) ? 1 : random.chance(0.75) ? 2 : 3;
  for (size_t d = 0; d < count; ++d) {
    uint64_t high = mix64(hash64("device", seed) + customer.index * 8 + d);
    customer.devices.push_back(fmt::format("{:016x}{:08x}", high, static_cast<uint32_t>(mix64(high + 1))));
    customer.device_signs_in.push_back(customer.member && random.chance(d == 0 ? 0.85 : 0.6));
  }
}

}  // namespace

std::string_view to_string(Stage stage) {
  constexpr std::array<std::string_view, kStages> names{"exploring", "comparing", "deciding", "bought"};
  return names[static_cast<size_t>(stage)];
}

std::string Customer::customer_number() const { return fmt::format("C{}", 100'000 + index); }

Customer make_customer(const MarketOptions& options, size_t index) {
  Random random(hash64("customer", options.seed) + mix64(index));
  Customer customer;
  customer.index = index;
  customer.identity = invent_identity(random, index);
  bool stranger = index >= options.customers;
  customer.member = random.chance(0.85) && !stranger;
  customer.subscriber = random.chance(0.6) && !stranger;
  customer.card_holder = random.chance(0.4) && !stranger;
  customer.born = civil_from_days(days_from_civil(1955, 1, 1) + static_cast<int64_t>(random.below(365 * 52)));
  // Two in three accounts are older than the history.
  double age_days = random.chance(0.66) ? random.uniform(30.0 * options.months, 1'200) : random.uniform(1, 30.0 * options.months);
  customer.registered = options.until - seconds(static_cast<int64_t>(age_days * 86'400));
  make_latent(random, customer);
  make_devices(random, options.seed, customer);
  return customer;
}

double offer_effect(const Customer& customer, const Offer& offer) {
  double effect = 0;
  if (offer.free_shipping) effect += 0.8 * (customer.shipping_sensitivity - 0.38);
  if (offer.discount > 0) effect += offer.discount / 20 * (2.0 * customer.price_sensitivity - 0.78);
  if (offer.category) effect += 1.0 * customer.affinity[*offer.category] - 0.42;
  return effect;
}

double order_probability(const Customer& customer, Stage stage, const Offer& offer) {
  double logit = kStageLogit[static_cast<size_t>(stage)] + customer.propensity + offer_effect(customer, offer);
  return 1 / (1 + std::exp(-logit));
}

size_t best_offer(const Customer& customer) {
  size_t best = 0;
  for (size_t i = 1; i < offers().size(); ++i) {
    if (offer_effect(customer, offers()[i]) > offer_effect(customer, offers()[best])) best = i;
  }
  return best;
}

Stage next_stage(Random& random, Stage stage, bool ordered) {
  return ordered ? Stage::kBought : draw(random, kTransition[static_cast<size_t>(stage)]);
}

Stage first_stage(Random& random) { return draw(random, kArrival); }

double visit_intensity(size_t local_hour) {
  static const double total = [] {
    double hours = 0, week = 0;
    for (double h : kHour) hours += h;
    for (double d : kWeekday) week += d;
    return hours * week;
  }();
  return kHour[local_hour % 24] * kWeekday[local_hour / 24 % 7] / total;
}

}  // namespace furrow::market
