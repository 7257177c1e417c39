#include "predict/pareto_nbd.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/random.h"
#include "predict/cdnow_sample.h"

namespace furrow::predict {
namespace {

TEST_F(Cdnow, FindsThePublishedParetoNbd) {
  // Fader, Hardie and Lee 2005, table 2.
  auto fit = fit_pareto_nbd(customers);
  ASSERT_TRUE(fit.ok()) << fit.error().message();
  EXPECT_NEAR(fit->r, 0.553, 0.001);
  EXPECT_NEAR(fit->alpha, 10.578, 0.005);
  EXPECT_NEAR(fit->s, 0.606, 0.001);
  EXPECT_NEAR(fit->beta, 11.669, 0.01);
  EXPECT_NEAR(fit->log_likelihood, -9595.0, 0.05);
  EXPECT_FALSE(fit->held);
}

TEST_F(Cdnow, ParetoNbdPredictsUnseenOrdersBetterThanRepeatingTheRate) {
  auto fit = fit_pareto_nbd(customers);
  ASSERT_TRUE(fit.ok());
  expect_better_than_the_last_rate(*fit);
}

// Worked out in Python with mpmath at 30 digits: the integral over the time of leaving as it stands, by hypergeometric functions where it falls steeply.
TEST(ParetoNbd, AgreesWithThirtyDigits) {
  struct Known { ParetoNbd model; OrderHistory history; double alive, expected; };
  const ParetoNbd cdnow{0.553, 10.578, 0.606, 11.669}, steep{0.9, 0.05, 2.5, 40};
  const Known known[] = {
      {cdnow, {0, 0, 38.86}, 0.29528660461689, 0.10708146821531},    {cdnow, {2, 30.43, 38.86}, 0.86916755915301, 1.4551231932576},
      {cdnow, {26, 30.86, 31}, 0.99791873105516, 20.117026077371},   {cdnow, {100, 3, 200}, 6.87021240811251e-119, 1.2143011927661e-117},
      {steep, {0, 0, 300}, 9.0409776044503e-5, 9.2394294744706e-6},  {steep, {7, 10, 300}, 2.8204152647541e-13, 2.5300400715424e-13},
      {steep, {1, 1, 2}, 0.89456069531215, 14.547039001196},
  };
  for (const Known& one : known) {
    EXPECT_NEAR(one.model.p_alive(one.history) / one.alive, 1, 1e-10) << one.history.repeats;
    EXPECT_NEAR(one.model.expected_orders(one.history, 39) / one.expected, 1, 1e-10) << one.history.repeats;
  }
  // Where s and beta grow together all leave at one rate; with hardly an order to expect, the chance to have stayed is that of the rate alone.
  for (double s : {1e3, 1e6, 1e9}) {
    const ParetoNbd steady{1, 1e9, s, s / 0.05};  // orders at 1e-9 a week, so that only leaving counts
    EXPECT_NEAR(steady.p_alive({0, 0, 30}), std::exp(-0.05 * 30), 2 / s + 1e-6) << s;
  }
  EXPECT_EQ(cdnow.p_alive({3, 20, 20}), 1) << "who ordered just now is a customer";
  ParetoNbd at_one = cdnow, near_one = cdnow;
  at_one.s = 1;
  near_one.s = 1 + 1e-6;
  EXPECT_NEAR(at_one.expected_orders({2, 30, 38}, 39), near_one.expected_orders({2, 30, 38}, 39), 1e-5);
}

// Customers of the model's own story: its parameters come back, and so does what they do next.
TEST(ParetoNbd, FindsTheStoryThatCustomersCameFrom) {
  constexpr uint64_t kSeed = 20261124;
  constexpr double kAge = 60, kAhead = 30;
  const ParetoNbd truth{0.8, 6, 0.9, 15};
  Random random(kSeed);
  std::vector<OrderHistory> customers(20000);
  std::vector<double> later(customers.size());
  std::vector<bool> stayed(customers.size());
  for (size_t i = 0; i < customers.size(); ++i) {
    const double rate = random.gamma(truth.r) / truth.alpha, leaves = random.exponential(random.gamma(truth.s) / truth.beta);
    customers[i].age = kAge;
    for (double t = random.exponential(rate); t < std::min(leaves, kAge + kAhead); t += random.exponential(rate)) {
      if (t > kAge) ++later[i];
      else ++customers[i].repeats, customers[i].recency = t;
    }
    stayed[i] = leaves > kAge;
  }
  auto fit = fit_pareto_nbd(customers);
  ASSERT_TRUE(fit.ok()) << fit.error().message();
  EXPECT_NEAR(fit->r / truth.r, 1, 0.1) << "seed " << kSeed;
  EXPECT_NEAR(fit->alpha / truth.alpha, 1, 0.1);
  EXPECT_NEAR(fit->s / truth.s, 1, 0.2);
  EXPECT_NEAR(fit->beta / truth.beta, 1, 0.3);
  double alive = 0, still = 0, expected = 0, came = 0;
  size_t covered = 0;
  for (size_t i = 0; i < customers.size(); ++i) {
    alive += fit->p_alive(customers[i]);
    still += stayed[i];
    expected += fit->expected_orders(customers[i], kAhead);
    came += later[i];
    if (i >= 2000) continue;
    auto interval = order_interval(*fit, customers[i], kAhead, 0.8, i + 1, 300);
    covered += interval.low <= later[i] && later[i] <= interval.high;
  }
  EXPECT_NEAR(alive / still, 1, 0.05);
  EXPECT_NEAR(expected / came, 1, 0.05);
  EXPECT_GE(covered, 1600u);
}

TEST(ParetoNbd, CustomersAllAlikeAreForecast) {
  Random random(5);
  std::vector<OrderHistory> customers(400);
  for (OrderHistory& c : customers) {
    c.age = 20 + 30 * random.uniform();
    for (double at = random.exponential(0.3); at < c.age; at += random.exponential(0.3)) ++c.repeats, c.recency = at;
  }
  auto model = fit_pareto_nbd(customers);
  ASSERT_TRUE(model.ok()) << model.error().message();
  EXPECT_TRUE(model->held);
  double expected = 0;
  for (const OrderHistory& c : customers) expected += model->expected_orders(c, 26);
  EXPECT_NEAR(expected / (400 * 26 * 0.3), 1, 0.08);
}

TEST(ParetoNbd, SaysWhenNothingCanBeLearned) {
  EXPECT_EQ(fit_pareto_nbd(std::vector<OrderHistory>(50, {0, 0, 20, 0})).error().code(), ErrorCode::kInvalidFile);
  EXPECT_EQ(fit_pareto_nbd({}).error().code(), ErrorCode::kInvalidFile);
}

}  // namespace
}  // namespace furrow::predict
