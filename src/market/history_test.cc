#include "market/history.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <set>

#include "market/effects.h"

namespace furrow::market {
namespace {

MarketOptions options(size_t customers, int months = 2, uint64_t seed = 7) {
  return {.seed = seed, .customers = customers, .months = months, .until = *parse_time("2026-03-02T00:00:00Z")};
}

TEST(History, SameSeedSameVisitsOtherSeedOthers) {
  auto fingerprint = [](uint64_t seed) {
    History history(options(200, 1, seed));
    uint64_t print = 0;
    history.run([&](const Visit& v, const std::optional<Order>& o) {
      print = mix64(print + static_cast<uint64_t>(v.time.micros) + v.offer * 31 + v.steps.size() * 7 + (o ? o->product + 1 : 0));
    });
    return print;
  };
  EXPECT_EQ(fingerprint(3), fingerprint(3));
  EXPECT_NE(fingerprint(3), fingerprint(4));
}

TEST(History, VisitsComeInOrderInsideTheMonthsAtTheDeclaredRate) {
  History history(options(1'500));
  Time last = history.options().since();
  double visits = 0, expected = 0;
  history.run([&](const Visit& v, const std::optional<Order>& o) {
    EXPECT_GE(v.time, last);
    last = v.time;
    ++visits;
    if (o) EXPECT_GE(o->time - (v.time + v.offer_after), minutes(3));
  });
  EXPECT_LT(last, history.options().until);
  // The month need not be whole weeks: sum the intensity over the hours that were simulated.
  for (const auto& customer : history.customers()) expected += customer.visits_per_week * 60 / 7.0;
  EXPECT_NEAR(visits, expected, 6 * std::sqrt(expected) + 0.02 * expected);
}

// Simulated orders follow the logistic truth: per offer and stage, observed minus expected within sampling error.
TEST(History, OrdersFollowTheTruth) {
  History history(options(4'000));
  struct Cell { double expected = 0, variance = 0, observed = 0; };
  std::map<std::pair<size_t, Stage>, Cell> cells;
  history.run([&](const Visit& v, const std::optional<Order>& o) {
    double p = order_probability(history.customers()[v.customer], v.stage, offers()[v.offer]);
    Cell& cell = cells[{v.offer, v.stage}];
    cell.expected += p;
    cell.variance += p * (1 - p);
    cell.observed += o ? 1 : 0;
  });
  ASSERT_EQ(cells.size(), offers().size() * kStages);
  for (const auto& [key, cell] : cells) {
    EXPECT_NEAR(cell.observed, cell.expected, 4.5 * std::sqrt(cell.variance)) << offers()[key.first].id << " " << to_string(key.second);
  }
}

TEST(History, TheBestPolicyIsPersonalAndItsLiftIsModest) {
  History history(options(4'000));
  TrueEffects effects;
  history.run([&](const Visit& v, const std::optional<Order>&) { effects.add(history.customers()[v.customer], v.stage); });
  EXPECT_GT(effects.baseline_rate(), 0.08);
  EXPECT_LT(effects.baseline_rate(), 0.15);
  EXPECT_GT(effects.lift(effects.best_rate()), 0.25);
  EXPECT_LT(effects.lift(effects.best_rate()), 0.45);
  // No single offer earns more than half of what choosing per person earns.
  EXPECT_LT(effects.lift(effects.offer_rate(effects.best_single_offer())), 0.5 * effects.lift(effects.best_rate()));
  std::set<size_t> chosen;
  for (const auto& customer : history.customers()) chosen.insert(best_offer(customer));
  EXPECT_GE(chosen.size(), 6u);
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  effects.write(json);
  json.end_object();
  RecordProperty("effects", out);
}

TEST(Population, PhonesAndAddressesAreUnique) {
  std::set<std::string> phones, emails, devices;
  auto o = options(5'000);
  size_t device_count = 0;
  for (size_t i = 0; i < o.customers; ++i) {
    Customer c = make_customer(o, i);
    phones.insert(c.identity.phone);
    emails.insert(c.identity.email);
    devices.insert(c.devices.begin(), c.devices.end());
    device_count += c.devices.size();
  }
  EXPECT_EQ(phones.size(), o.customers);
  EXPECT_EQ(emails.size(), o.customers);
  EXPECT_EQ(devices.size(), device_count);
}

TEST(Population, StrangersHaveNoPast) {
  auto o = options(10);
  for (size_t i = o.customers; i < o.customers + 200; ++i) {
    Customer c = make_customer(o, i);
    EXPECT_FALSE(c.member || c.subscriber || c.card_holder);
    for (bool signs_in : c.device_signs_in) EXPECT_FALSE(signs_in);
  }
}

TEST(Population, AWeekOfIntensityIsOneVisit) {
  double sum = 0;
  for (size_t hour = 0; hour < 168; ++hour) sum += visit_intensity(hour);
  EXPECT_NEAR(sum, 1, 1e-12);
}

}  // namespace
}  // namespace furrow::market
