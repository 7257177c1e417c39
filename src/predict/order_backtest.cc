#include "predict/order_backtest.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/random.h"

namespace furrow::predict {
namespace {

constexpr double kLeastLevel = 0.01;

Error too_short(const OrderTable& orders, int64_t cut, std::string_view what) {
  auto date = [](Time time) { return format_time(time).substr(0, 10); };
  return Error(ErrorCode::kInvalidArgument,
               fmt::format("the log, to {}, is too short to look one horizon back, to {}: {}; it takes {} customers who ordered up to that day, {} of them twice, and {} who ordered again since. Take a shorter horizon, or a longer log",
                           date(orders.as_of), date(Time{cut * 86400LL * 1'000'000}), what, kLeastKnown, kLeastRepeating, kLeastReturning));
}

// Whole numbers, as orders are. Below 0 nothing can be missed: where the low end is 0, what may be missed is all above.
OrderInterval whole_numbers(const learn::ConformalIntervals& intervals, double expected, double level) {
  const learn::PredictionInterval both = intervals.at(expected, level);
  const double low = std::max(0.0, std::floor(both.low));
  const double high = low > 0 ? both.high : intervals.at(expected, std::max(kLeastLevel, 2 * level - 1)).high;
  return {low, std::max(low, std::floor(high))};
}

}  // namespace

Result<BackTest> back_test(const OrderTable& orders, Duration horizon) {
  const double days = horizon.days();
  if (!(days >= 1) || days != std::floor(days)) {
    return Error(ErrorCode::kInvalidArgument, "a forecast can be looked back on only with a horizon of whole days, as orders are counted by day");
  }
  BackTest out;
  out.cut = orders.end - static_cast<int64_t>(days);
  out.weeks = days / 7;
  size_t repeating = 0, returning = 0;
  for (uint32_t customer = 0; customer < orders.customers.size(); ++customer) {
    const auto before = orders.days_until(customer, out.cut);
    if (before.empty()) continue;
    double money = 0, came = 0;
    for (size_t i = orders.first[customer] + before.size(); i < orders.first[customer + 1]; ++i) {
      ++came;
      if (!std::isnan(orders.days[i].amount)) money += orders.days[i].amount;
    }
    out.customers.push_back(customer);
    out.histories.push_back(history_of(before, out.cut, orders.money));
    out.orders.push_back(came);
    out.money.push_back(money);
    repeating += out.histories.back().repeats > 0;
    returning += came > 0;
  }
  if (out.customers.size() < kLeastKnown) return too_short(orders, out.cut, fmt::format("{} customers had ordered", out.customers.size()));
  if (repeating < kLeastRepeating) return too_short(orders, out.cut, fmt::format("{} customers had ordered twice", repeating));
  if (returning < kLeastReturning) return too_short(orders, out.cut, fmt::format("{} customers have ordered again since", returning));
  return out;
}

ForecastError forecast_error(const std::vector<double>& expected, const std::vector<double>& came) {
  ForecastError out;
  double count = 0;
  for (size_t i = 0; i < expected.size(); ++i) {
    if (std::isnan(expected[i])) continue;
    ++count;
    const double error = expected[i] - came[i];
    out.mae += std::abs(error);
    out.rmse += error * error;
  }
  if (count == 0) return out;
  out.mae /= count;
  out.rmse = std::sqrt(out.rmse / count);
  return out;
}

std::vector<double> last_rates(std::span<const OrderHistory> customers, double weeks) {
  std::vector<double> out;
  for (const OrderHistory& customer : customers) out.push_back(customer.age > 0 ? customer.repeats / customer.age * weeks : 0);
  return out;
}

OrderBands OrderBands::fit(const std::vector<double>& expected, const std::vector<double>& came, double level, uint64_t seed) {
  OrderBands out;
  out.level_ = level;
  std::vector<double> half, all;
  std::vector<float> half_came, all_came;
  std::vector<size_t> kept_out;
  Random random(seed);
  for (size_t i = 0; i < expected.size(); ++i) {
    if (std::isnan(expected[i])) continue;
    all.push_back(expected[i]);
    all_came.push_back(static_cast<float>(came[i]));
    if (random.chance(0.5)) {
      kept_out.push_back(i);
    } else {
      half.push_back(all.back());
      half_came.push_back(all_came.back());
    }
  }
  out.customers_ = all.size();
  const auto of_half = learn::ConformalIntervals::fit(half, half_came);
  size_t covered = 0;
  for (size_t i : kept_out) {
    const OrderInterval interval = whole_numbers(of_half, expected[i], level);
    covered += interval.low <= came[i] && came[i] <= interval.high;
  }
  out.coverage_ = kept_out.empty() ? 0 : static_cast<double>(covered) / static_cast<double>(kept_out.size());
  out.intervals_ = learn::ConformalIntervals::fit(all, all_came);
  return out;
}

OrderInterval OrderBands::at(double expected) const { return whole_numbers(intervals_, expected, level_); }

}  // namespace furrow::predict
