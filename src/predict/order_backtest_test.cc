#include "predict/order_backtest.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "base/random.h"
#include "predict/learned_orders.h"

namespace furrow::predict {
namespace {

constexpr int64_t kFirst = 20454;  // 2026-01-01

// The log of customers that order on these days (counted from 2026-01-01), an order of day d costing 10 + d, observed to `end`.
OrderTable log_of(const std::vector<std::vector<int64_t>>& customers, int64_t end) {
  table::Column who("c", table::ColumnType::kText), when("t", table::ColumnType::kText), paid("paid", table::ColumnType::kNumber);
  for (size_t c = 0; c < customers.size(); ++c) {
    for (int64_t day : customers[c]) {
      who.append_text(fmt::format("c{}", c));
      when.append_text(format_time(Time{(kFirst + day) * 86400LL * 1'000'000}));
      paid.append_number(static_cast<double>(10 + day));
    }
  }
  table::Table table;
  for (auto* column : {&who, &when, &paid}) table.add(std::move(*column));
  auto read = read_orders(table, {"c", "t", "paid", Time{(kFirst + end) * 86400LL * 1'000'000}, TimeZone::utc()}, "o.csv");
  EXPECT_TRUE(read.ok()) << read.error().message();
  return std::move(read).value();
}

constexpr Duration days(int64_t count) { return Duration{count * 86400 * 1'000'000}; }

// 300 customers of three kinds, of whom everything can be told by hand.
OrderTable by_hand() {
  std::vector<std::vector<int64_t>> customers;
  for (int i = 0; i < 100; ++i) {
    customers.push_back({0, 14, 28, 28, 42});  // twice on day 28, which is the cut: one order of 76
    customers.push_back({7, 29, 56});          // an order the day after the cut, one on the last day
    customers.push_back({30, 40});             // not known at the cut
  }
  for (int i = 0; i < 20; ++i) customers.push_back({20});
  return log_of(customers, 56);
}

TEST(BackTest, HistoriesAndOutcomesOfATinyLogAreThoseByHand) {
  const OrderTable log = by_hand();
  auto past = back_test(log, days(28));
  ASSERT_TRUE(past.ok()) << past.error().message();
  EXPECT_EQ(past->cut, kFirst + 28);
  EXPECT_EQ(past->weeks, 4);
  ASSERT_EQ(past->customers.size(), 220u);
  const OrderHistory &first = past->histories[0], &second = past->histories[1], &once = past->histories[219];
  EXPECT_EQ(first.repeats, 2);
  EXPECT_EQ(first.recency, 4);
  EXPECT_EQ(first.age, 4);
  EXPECT_EQ(first.mean_amount, (24 + 76) / 2.0);
  EXPECT_EQ(past->orders[0], 1);
  EXPECT_EQ(past->money[0], 52);
  EXPECT_EQ(second.repeats, 0);
  EXPECT_EQ(second.age, 3);
  EXPECT_EQ(past->orders[1], 2);
  EXPECT_EQ(past->money[1], 39 + 66);
  EXPECT_EQ(past->customers[2], 3u);  // the third customer came later
  EXPECT_EQ(once.age, 8.0 / 7);
  EXPECT_EQ(past->orders[219], 0);
  // At the end itself the histories are those of the log, of the third kind too.
  EXPECT_EQ(log.histories[0].repeats, 3);
  EXPECT_EQ(log.histories[2].repeats, 1);
  EXPECT_EQ(log.histories[2].mean_amount, 50);
}

TEST(BackTest, ErrorsAndLastRatesAreThoseByHand) {
  const ForecastError error = forecast_error({1, 2, 0}, {1, 0, 1});
  EXPECT_DOUBLE_EQ(error.mae, 1);
  EXPECT_DOUBLE_EQ(error.rmse, std::sqrt(5.0 / 3));
  const std::vector<OrderHistory> customers = {{.repeats = 3, .recency = 4, .age = 6}, {}};
  EXPECT_EQ(last_rates(customers, 4), (std::vector<double>{2, 0}));
}

TEST(BackTest, ALogThatIsTooShortSaysWhatItTakes) {
  const OrderTable log = by_hand();
  auto none = back_test(log, days(57));
  ASSERT_FALSE(none.ok());
  EXPECT_EQ(none.error().code(), ErrorCode::kInvalidArgument);
  EXPECT_NE(none.error().message().find("0 customers had ordered"), std::string::npos) << none.error().message();
  EXPECT_NE(none.error().message().find("200 customers"), std::string::npos) << none.error().message();
  EXPECT_NE(back_test(log, days(50)).error().message().find("100 customers had ordered"), std::string::npos);  // to day 6
  EXPECT_NE(back_test(log, days(46)).error().message().find("0 customers had ordered twice"), std::string::npos);
  EXPECT_FALSE(back_test(log, Duration{days(28).micros + 3'600'000'000}).ok());  // orders are counted by day
  // Nobody ordered in the half year before the end.
  EXPECT_NE(back_test(log_of(std::vector<std::vector<int64_t>>(250, {0, 10}), 400), days(180)).error().message().find("0 customers have ordered again"), std::string::npos);
}

// A log to `weeks` of customers who begin within the first `starts` weeks and whose next order is `gap` weeks after the last; who they are is drawn by `person`,
// and each order is their last with the chance `leave`.
struct Shopper {
  std::function<double(Random&, double at)> gap;
  double leave = 0;
};
std::vector<std::vector<int64_t>> simulate(size_t customers, double starts, double weeks, uint64_t seed, const std::function<Shopper(Random&)>& person) {
  Random random(seed);
  std::vector<std::vector<int64_t>> out(customers);
  for (auto& one : out) {
    const Shopper shopper = person(random);
    for (double at = random.uniform(0, starts); at < weeks; at += shopper.gap(random, at)) {
      one.push_back(static_cast<int64_t>(at * 7));
      if (random.chance(shopper.leave)) break;
    }
  }
  return out;
}
Shopper bg_nbd_shopper(Random& random) {
  const double rate = random.gamma(2) / 4, a = random.gamma(0.5), b = random.gamma(25);  // most have several orders ahead: where most have none, the coverage is that of 0
  return {[rate](Random& r, double) { return r.exponential(rate); }, a / (a + b)};
}
// Everybody has a cycle of their own, of 2 to 10 weeks, that they keep to within a tenth.
Shopper regular_shopper(Random& random) {
  const double cycle = random.uniform(2, 10);
  return {[cycle](Random& r, double) { return cycle * r.uniform(0.9, 1.1); }, 0.08};
}

// What came in the `weeks` after the end of `seen`, for its customers.
std::vector<double> after(const OrderTable& seen, const std::vector<std::vector<int64_t>>& log, double weeks) {
  std::vector<double> out;
  for (const std::string& name : seen.customers) {
    std::vector<int64_t> list = log[std::stoul(name.substr(1))];
    list.erase(std::unique(list.begin(), list.end()), list.end());
    out.push_back(static_cast<double>(std::count_if(list.begin(), list.end(), [&](int64_t day) { return kFirst + day > seen.end && static_cast<double>(kFirst + day - seen.end) <= weeks * 7; })));
  }
  return out;
}
double covered(const OrderBands& bands, const std::vector<double>& expected, const std::vector<double>& came) {
  double inside = 0;
  for (size_t i = 0; i < came.size(); ++i) inside += bands.at(expected[i]).low <= came[i] && came[i] <= bands.at(expected[i]).high;
  return inside / static_cast<double>(came.size());
}

TEST(OrderBands, CoverWhatCameInAPeriodThatNobodySaw) {
  constexpr uint64_t kSeed = 20261124;
  const auto log = simulate(4000, 60, 130, kSeed, bg_nbd_shopper);
  const OrderTable seen = log_of(log, 104 * 7);
  auto past = back_test(seen, days(26 * 7));
  ASSERT_TRUE(past.ok()) << past.error().message();
  auto at_cut = fit_bg_nbd(past->histories), at_end = fit_bg_nbd(seen.histories);
  ASSERT_TRUE(at_cut.ok() && at_end.ok());
  std::vector<double> then, now;
  for (const auto& h : past->histories) then.push_back(at_cut->expected_orders(h, 26));
  for (const auto& h : seen.histories) now.push_back(at_end->expected_orders(h, 26));
  const OrderBands bands = OrderBands::fit(then, past->orders, 0.8, 1);
  EXPECT_EQ(bands.customers(), past->customers.size());
  EXPECT_GE(bands.coverage(), 0.75);
  EXPECT_LE(bands.coverage(), 0.9);
  const double later = covered(bands, now, after(seen, log, 26));
  EXPECT_GE(later, 0.75);
  EXPECT_LE(later, 0.9);
  for (double expected : {0.0, 0.01, 0.5, 3.0, 20.0}) {
    const OrderInterval interval = bands.at(expected);
    EXPECT_GE(interval.low, 0);
    EXPECT_LE(interval.low, interval.high);
    EXPECT_EQ(interval.high, std::floor(interval.high));
  }
  EXPECT_LT(bands.at(0.01).high, bands.at(10).high);
}

TEST(LearnedOrders, BeatsTheLastRateAndBgNbdWhereCustomersKeepToACycle) {
  constexpr uint64_t kSeed = 7;
  const auto log = simulate(1500, 40, 90, kSeed, regular_shopper);
  const OrderTable seen = log_of(log, 78 * 7);
  auto past = back_test(seen, days(12 * 7));
  ASSERT_TRUE(past.ok()) << past.error().message();
  auto at_cut = fit_bg_nbd(past->histories), at_end = fit_bg_nbd(seen.histories);
  ASSERT_TRUE(at_cut.ok() && at_end.ok());
  auto learned = learn_forecast(seen, *past, *at_cut, LearnedTarget::kOrders, 1);
  ASSERT_TRUE(learned.ok()) << learned.error().message();
  ASSERT_EQ(learned->at_cut.size(), past->customers.size());
  ASSERT_EQ(learned->at_end.size(), seen.customers.size());
  const auto came = after(seen, log, 12);
  std::vector<double> bg;
  for (const auto& h : seen.histories) bg.push_back(at_end->expected_orders(h, 12));
  const double of_learned = forecast_error(learned->at_end, came).rmse;
  EXPECT_LT(of_learned, 0.7 * forecast_error(last_rates(seen.histories, 12), came).rmse);
  EXPECT_LT(of_learned, 0.9 * forecast_error(bg, came).rmse);
  EXPECT_LT(forecast_error(learned->at_cut, past->orders).rmse, 0.7 * forecast_error(last_rates(past->histories, 12), past->orders).rmse);  // out of fold
  const double later = covered(OrderBands::fit(learned->at_cut, past->orders, 0.8, 1), learned->at_end, came);
  EXPECT_GE(later, 0.75);
  EXPECT_LE(later, 0.95);
}

TEST(LearnedOrders, MoneyAndOutcomesOfTwoValuesAreLearnedToo) {
  Random random(3);
  std::vector<std::vector<int64_t>> log;
  for (int c = 0; c < 400; ++c) {  // who ordered in the second month orders once more
    std::vector<int64_t> one = {static_cast<int64_t>(random.below(20))};
    if (random.chance(0.5)) {
      one.push_back(30 + static_cast<int64_t>(random.below(20)));
      if (random.chance(0.8)) one.push_back(60 + static_cast<int64_t>(random.below(20)));
    }
    log.push_back(std::move(one));
  }
  const OrderTable seen = log_of(log, 84);
  auto past = back_test(seen, days(28));
  ASSERT_TRUE(past.ok()) << past.error().message();
  auto model = fit_bg_nbd(past->histories);
  ASSERT_TRUE(model.ok());
  auto count = learn_forecast(seen, *past, *model, LearnedTarget::kOrders, 1), money = learn_forecast(seen, *past, *model, LearnedTarget::kMoney, 1);
  ASSERT_TRUE(count.ok() && money.ok());
  double active = 0, idle = 0, paid = 0, came = 0, actives = 0;
  for (size_t i = 0; i < past->customers.size(); ++i) {
    (past->histories[i].repeats > 0 ? active : idle) += count->at_cut[i];
    actives += past->histories[i].repeats > 0;
    paid += money->at_cut[i];
    came += past->money[i];
  }
  EXPECT_NEAR(active / actives, 0.8, 0.1);
  EXPECT_LT(idle / (static_cast<double>(past->customers.size()) - actives), 0.1);
  EXPECT_NEAR(paid / came, 1, 0.1);
  // The same again for the same seed.
  EXPECT_EQ(learn_forecast(seen, *past, *model, LearnedTarget::kOrders, 1)->at_end, count->at_end);
}

}  // namespace
}  // namespace furrow::predict
