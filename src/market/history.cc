#include "market/history.h"

#include <algorithm>

namespace furrow::market {
namespace {

constexpr Duration kLocalOffset = hours(8);  // the shop's customers live by Chinese time

// Hours since Monday 00:00 local time. 1970-01-01 was a Thursday.
size_t hour_of_week(Time time) {
  int64_t hour = (time.micros + kLocalOffset.micros) / hours(1).micros;
  return static_cast<size_t>((hour + 3 * 24) % 168);
}

}  // namespace

History::History(const MarketOptions& options) : options_(options), catalogue_(options.seed), planner_(catalogue_) {
  customers_.reserve(options.customers);
  for (size_t i = 0; i < options.customers; ++i) customers_.push_back(make_customer(options, i));
  stages_.resize(options.customers);
}

void History::arrivals_of_day(Time start, std::vector<Arrival>& arrivals) const {
  double cumulative[24];
  double expected = 0;
  for (size_t hour = 0; hour < 24; ++hour) {
    expected += visit_intensity((hour_of_week(start) + hour) % 168);
    cumulative[hour] = expected;
  }
  uint64_t salt = hash64("arrivals", options_.seed) ^ mix64(static_cast<uint64_t>(start.micros));
  arrivals.clear();
  for (const Customer& customer : customers_) {
    Random random(salt + mix64(customer.index));
    for (uint64_t n = random.poisson(customer.visits_per_week * expected); n > 0; --n) {
      double u = random.uniform() * expected;
      auto hour = std::upper_bound(cumulative, cumulative + 23, u) - cumulative;
      int64_t within = static_cast<int64_t>(random.uniform() * 3'600'000);
      arrivals.push_back({start + hours(hour) + milliseconds(within), customer.index});
    }
  }
  std::sort(arrivals.begin(), arrivals.end(), [](const Arrival& a, const Arrival& b) {
    return std::pair(a.time.micros, a.customer) < std::pair(b.time.micros, b.customer);
  });
}

void History::run(const OnVisit& on_visit) {
  for (const Customer& customer : customers_) {
    Random random(hash64("first stage", options_.seed) + mix64(customer.index));
    stages_[customer.index] = first_stage(random);
  }
  std::vector<Arrival> arrivals;
  for (Time start = options_.since(); start < options_.until; start = start + days(1)) {
    arrivals_of_day(start, arrivals);
    for (const Arrival& arrival : arrivals) {
      const Customer& customer = customers_[arrival.customer];
      Random random(hash64("visit", options_.seed) + mix64(static_cast<uint64_t>(arrival.time.micros)) + mix64(customer.index));
      Stage& stage = stages_[customer.index];
      Visit visit = planner_.plan(random, customer, stage, arrival.time);
      visit.offer = random.below(offers().size());
      std::optional<Order> order;
      if (random.chance(order_probability(customer, stage, offers()[visit.offer]))) order = planner_.order(random, customer, visit);
      stage = next_stage(random, stage, order.has_value());
      on_visit(visit, order);
    }
  }
}

}  // namespace furrow::market
