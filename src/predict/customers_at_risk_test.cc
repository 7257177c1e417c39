#include "predict/customers_at_risk.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/random.h"

namespace furrow::predict {
namespace {

// Of a customer who would bring 1 in the horizon while they are one, `repeats` after the first order, the last `silent` weeks ago.
OrderHistory history(double repeats, double recency, double silent) { return {repeats, recency, recency + silent, 0, 0}; }

const BgNbd kLeaving{.r = 1, .alpha = 2, .a = 1, .b = 3};

TEST(CustomersAtRisk, SignsAreThePapersFormulas) {
  const OrderHistory customer = history(3, 10, 6);
  const double gone = 1.0 / (3 + 3 - 1) * std::pow((2 + 16) / (2 + 10.0), 1 + 3);  // odds of having left
  const CustomerSigns signs = signs_of(kLeaving, customer);
  EXPECT_NEAR(signs.p_alive, 1 / (1 + gone), 1e-12);
  EXPECT_NEAR(signs.silence, std::pow((2 + 10) / (2 + 16.0), 1 + 3), 1e-12);
  // A draw of the rate given the orders up to the last, and of the first order after it: as often later than the silence.
  Random random(3);
  int later = 0;
  constexpr int kDraws = 100'000;
  for (int i = 0; i < kDraws; ++i) later += random.exponential(random.gamma(1 + 3) / (2 + 10)) > 6;
  EXPECT_NEAR(static_cast<double>(later) / kDraws, signs.silence, 0.005);
  const ParetoNbd pareto{.r = 1, .alpha = 2, .s = 0.5, .beta = 8};
  EXPECT_EQ(signs_of(pareto, customer).p_alive, pareto.p_alive(customer));
  EXPECT_EQ(signs_of(pareto, customer).silence, signs.silence);
}

TEST(CustomersAtRisk, WarnsOfTheValuableAloneAndSaysSinceWhen) {
  // Two who would bring much, one of them silent for long; two who bring little, as silent; six who bring nothing.
  std::vector<OrderHistory> customers{history(9, 20, 1), history(9, 20, 12), history(1, 2, 30), history(1, 2, 30)};
  std::vector<double> expected;
  for (double if_active : {8.0, 9.0, 1.0, 1.0}) expected.push_back(if_active * signs_of(kLeaving, customers[expected.size()]).p_alive);
  for (int i = 0; i < 6; ++i) customers.push_back(history(0, 0, 30)), expected.push_back(0);
  const SignsOf signs = [](const OrderHistory& h) { return signs_of(kLeaving, h); };
  const RiskRule rule;
  const RiskList list = customers_at_risk(customers, expected, signs, rule);
  EXPECT_EQ(list.valuable, (std::vector<size_t>{1, 0}));
  ASSERT_EQ(list.at_risk.size(), 1u);
  const CustomerAtRisk& one = list.at_risk[0];
  EXPECT_EQ(one.customer, 1u);
  EXPECT_NEAR(one.at_stake, 9, 1e-9);
  // Just before that day the signs were not enough, and from it on they are.
  auto enough = [&](double weeks_ago) {
    OrderHistory then = customers[1];
    then.age -= weeks_ago;
    return signs(then).p_alive < rule.alive || signs(then).silence < rule.silence;
  };
  EXPECT_GT(one.weeks_ago, 1);
  EXPECT_TRUE(enough(one.weeks_ago - 1e-6));
  EXPECT_FALSE(enough(one.weeks_ago + 1e-6));
}

TEST(CustomersAtRisk, SomebodyWhoMostOftenLeavesAtOnceIsAtRiskSinceTheLastOrder) {
  const std::vector<OrderHistory> customers{history(1, 4, 3)};
  const SignsOf signs = [](const OrderHistory& h) { return signs_of(BgNbd{.r = 1, .alpha = 2, .a = 5, .b = 1}, h); };
  const RiskList list = customers_at_risk(customers, std::vector<double>{1}, signs, {});
  ASSERT_EQ(list.at_risk.size(), 1u);
  EXPECT_EQ(list.at_risk[0].weeks_ago, 3);
}

TEST(CustomersAtRisk, WhoCameLastToBeItIsFirstAndOfOneDayWhoBringsMost) {
  const std::vector<OrderHistory> customers{history(9, 20, 12), history(9, 20, 13), history(9, 20, 13)};
  const SignsOf signs = [](const OrderHistory& h) { return signs_of(kLeaving, h); };
  const RiskList list = customers_at_risk(customers, std::vector<double>{1, 1, 2}, signs, {.valuable = 1});
  ASSERT_EQ(list.at_risk.size(), 3u);
  EXPECT_EQ(list.at_risk[0].customer, 0u);
  EXPECT_EQ(list.at_risk[1].customer, 2u);
  EXPECT_EQ(list.at_risk[2].customer, 1u);
}

TEST(WarningRecord, CountsWhoStayedAwayAmongWarnedOthersAndTheLongestSilent) {
  BackTest past;
  past.histories = {history(9, 20, 1), history(9, 20, 9), history(0, 0, 14), history(9, 20, 2)};
  past.orders = {0, 0, 3, 1};
  RiskList then;
  then.valuable = {0, 1, 2, 3};
  then.at_risk = {{1, {}, 2, 5}};
  const WarningRecord record = warning_record(past, then);
  EXPECT_EQ(record.warned, 1u);
  EXPECT_EQ(record.warned_stayed_away, 1u);
  EXPECT_EQ(record.others, 3u);
  EXPECT_EQ(record.others_stayed_away, 1u);
  EXPECT_EQ(record.longest_silent_stayed_away, 0u);  // the one silent for 14 weeks came back
}

// Customers of BG/NBD itself, so that who left is known.
TEST(WarningRecord, OfThoseWarnedOfMoreLeftThanOfTheOthers) {
  Random random(5);
  std::vector<OrderHistory> customers;
  std::vector<bool> left;
  std::vector<double> expected;
  for (int i = 0; i < 3000; ++i) {
    const double rate = random.gamma(1) / 2, one = random.gamma(1), leaves = one / (one + random.gamma(3)), age = 40;
    double last = 0;
    int repeats = 0;
    bool gone = false;
    while (!gone) {
      const double next = last + random.exponential(rate);
      if (next > age) break;
      last = next, ++repeats;
      gone = random.chance(leaves);
    }
    customers.push_back({static_cast<double>(repeats), last, age, 0, 0});
    left.push_back(gone);
    expected.push_back(kLeaving.expected_orders(customers.back(), 10));
  }
  const RiskList list = customers_at_risk(customers, expected, [](const OrderHistory& h) { return signs_of(kLeaving, h); }, {});
  std::vector<bool> warned(customers.size());
  size_t right = 0;
  for (const auto& one : list.at_risk) warned[one.customer] = true, right += left[one.customer];
  size_t missed = 0, others = 0;
  for (size_t i : list.valuable) {
    if (!warned[i]) ++others, missed += left[i];
  }
  ASSERT_GT(list.at_risk.size(), 50u);
  EXPECT_GT(static_cast<double>(right) / static_cast<double>(list.at_risk.size()), 0.8);
  EXPECT_LT(static_cast<double>(missed) / static_cast<double>(others), 0.2);
}

}  // namespace
}  // namespace furrow::predict
