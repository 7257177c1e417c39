#include "market/live_crowd.h"

#include <gtest/gtest.h>

#include <functional>

namespace furrow::market {
namespace {

struct Sums {
  double expected = 0;            // orders of what was shown
  double baseline = 0;            // had the baseline been shown all along
  double baseline_this_time = 0;  // had it been shown this time only
};

// Some eighty visits a person under a policy.
Sums live(const std::function<size_t(const Customer&)>& policy) {
  LiveOptions options;
  options.market = {.seed = 5, .customers = 50, .months = 1, .until = *parse_time("2026-03-02T00:00:00Z")};
  options.seed = 3;
  LiveCrowd crowd(options);
  Sums sums;
  for (int i = 0; i < 4'000; ++i) {
    auto visitor = crowd.next(options.market.until + seconds(i));
    const Customer& customer = *visitor.customer;
    const double shown = order_probability(customer, visitor.visit.stage, offers()[policy(customer)]);
    const double baseline = order_probability(customer, visitor.baseline_stage, offers()[0]), luck = visitor.luck.uniform();
    sums.expected += shown;
    sums.baseline += baseline;
    sums.baseline_this_time += order_probability(customer, visitor.visit.stage, offers()[0]);
    crowd.left(visitor, luck < shown, luck < baseline);
  }
  return sums;
}

TEST(LiveCrowd, TheWorldWithoutTheAiIsWhatItWouldBe) {
  const Sums always = live([](const Customer&) { return size_t{0}; }), best = live(best_offer);
  EXPECT_DOUBLE_EQ(always.baseline, always.expected);
  EXPECT_DOUBLE_EQ(best.baseline, always.expected);  // the same people, visits and luck
  // Who orders now is a fresh buyer at the next visit: judged by each visit alone, the baseline looks worse than it is.
  EXPECT_GT(best.expected, 1.2 * best.baseline);
  EXPECT_LT(best.baseline_this_time, 0.99 * best.baseline);
}

}  // namespace
}  // namespace furrow::market
