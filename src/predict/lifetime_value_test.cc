#include "predict/lifetime_value.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/random.h"
#include "predict/cdnow_sample.h"

namespace furrow::predict {
namespace {

TEST_F(Cdnow, FindsThePublishedParameters) {
  // Fader, Hardie and Lee 2005, table 2.
  auto fit = fit_bg_nbd(customers);
  ASSERT_TRUE(fit.ok()) << fit.error().message();
  EXPECT_EQ(customers.size(), 2357u);
  EXPECT_NEAR(fit->r, 0.243, 0.0005);
  EXPECT_NEAR(fit->alpha, 4.414, 0.0005);
  EXPECT_NEAR(fit->a, 0.793, 0.0005);
  EXPECT_NEAR(fit->b, 2.426, 0.0005);
  EXPECT_NEAR(fit->log_likelihood, -9582.4, 0.05);
}

TEST_F(Cdnow, FindsThePublishedMoneyParameters) {
  auto fit = fit_gamma_gamma(customers);
  ASSERT_TRUE(fit.ok()) << fit.error().message();
  // Fader and Hardie 2013: p 6.25, q 3.74, gamma 15.44 on 946 customers.
  EXPECT_NEAR(fit->p, 6.25, 0.01);
  EXPECT_NEAR(fit->q, 3.74, 0.01);
  EXPECT_NEAR(fit->v, 15.44, 0.03);
  EXPECT_NEAR(fit->log_likelihood, -4055.92, 0.05);
}

TEST_F(Cdnow, PredictsUnseenOrdersBetterThanRepeatingTheRate) {
  auto fit = fit_bg_nbd(customers);
  ASSERT_TRUE(fit.ok());
  expect_better_than_the_last_rate(*fit);
}

// The closed forms against a simulation of the model's own story.
TEST(BgNbd, ExpectationsAgreeWithSimulation) {
  constexpr uint64_t kSeed = 20260301;
  BgNbd model{0.6, 5, 0.9, 2.2, 0, 0};
  Random random(kSeed);
  // Customers with this history are sampled by rejection from the prior story.
  constexpr double kAge = 20, kAhead = 15;
  double sums[4] = {}, alive[4] = {}, counts[4] = {}, expected[4] = {}, expected_alive[4] = {};
  for (int i = 0; i < 400000; ++i) {
    double rate = random.gamma(model.r) / model.alpha;
    double leave = random.gamma(model.a), stay = random.gamma(model.b), drop = leave / (leave + stay);
    OrderHistory h;
    h.age = kAge;
    double t = 0, later = 0;
    bool active = true;
    while (active) {
      t += random.exponential(rate);
      if (t > kAge + kAhead) break;
      if (t <= kAge) { ++h.repeats; h.recency = t; } else { ++later; }
      active = !random.chance(drop);
      if (!active && t > kAge) break;
    }
    bool alive_at_age = active || later > 0;
    if (h.repeats > 3) continue;
    auto x = static_cast<size_t>(h.repeats);
    sums[x] += later;
    alive[x] += alive_at_age;
    ++counts[x];
    expected[x] += model.expected_orders(h, kAhead);
    expected_alive[x] += model.p_alive(h);
  }
  for (size_t x = 0; x < 4; ++x) {
    EXPECT_NEAR(expected[x] / counts[x], sums[x] / counts[x], 0.03 * (1 + sums[x] / counts[x])) << x << " repeats, seed " << kSeed;
    EXPECT_NEAR(expected_alive[x] / counts[x], alive[x] / counts[x], 0.01) << x << " repeats, seed " << kSeed;
  }
}

// Customers who all order at one rate and never leave: the likelihood has no maximum inside, and a business of them has a forecast all the same.
TEST(BgNbd, CustomersAllAlikeAreForecast) {
  Random random(5);
  for (double each_week : {0.06, 0.3, 2.0}) {
    std::vector<OrderHistory> customers(400);
    double orders = 0;
    for (OrderHistory& c : customers) {
      c.age = 20 + 30 * random.uniform();
      for (double at = 0;;) {
        at += -std::log(1 - random.uniform()) / each_week;
        if (at > c.age) break;
        ++c.repeats, c.recency = at;
      }
      orders += 26 * each_week;
    }
    auto model = fit_bg_nbd(customers);
    ASSERT_TRUE(model.ok()) << model.error().message();
    EXPECT_TRUE(model->held);
    for (double parameter : {model->r, model->alpha, model->a, model->b}) EXPECT_LT(std::abs(std::log(parameter)), 12) << each_week;
    double expected = 0;
    for (const OrderHistory& c : customers) expected += model->expected_orders(c, 26);
    EXPECT_NEAR(expected / orders, 1, 0.08) << each_week;  // 0.08: what 400 customers' past tells of their rate
  }
}

TEST(GammaGamma, AmountsAllAlikeAreWorthThemselves) {
  std::vector<OrderHistory> customers;
  for (int i = 0; i < 50; ++i) customers.push_back({.repeats = 1.0 + i % 7, .recency = 5, .age = 9, .mean_amount = 9.99});
  auto money = fit_gamma_gamma(customers);
  ASSERT_TRUE(money.ok()) << money.error().message();
  EXPECT_TRUE(money->held);
  EXPECT_NEAR(money->expected_amount(customers[3]), 9.99, 0.5);
  EXPECT_NEAR(money->expected_amount({.repeats = 0, .recency = 0, .age = 9, .mean_amount = 0}), 9.99, 1);
}

TEST(BgNbd, SaysWhenNothingCanBeLearned) {
  std::vector<OrderHistory> once(50, {0, 0, 20, 0});
  EXPECT_EQ(fit_bg_nbd(once).error().code(), ErrorCode::kInvalidFile);
  EXPECT_EQ(fit_bg_nbd({}).error().code(), ErrorCode::kInvalidFile);
  EXPECT_EQ(fit_gamma_gamma(once).error().code(), ErrorCode::kInvalidFile);
}

}  // namespace
}  // namespace furrow::predict
