// For tests: CDNOW's customers as the papers count them, and what they ordered in the 39 weeks after. Skips where ../shared/data is absent.
#pragma once
#include <gtest/gtest.h>
#include <zlib.h>

#include <cstdio>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "base/time.h"
#include "predict/lifetime_value.h"

namespace furrow::predict {

struct Order { int64_t day; double amount; };

// CDNOW's 1/10 sample: master id, sample id, yyyymmdd, CDs, dollars. Observed 39 weeks from 1997-01-01, then 39 more.
inline std::map<int, std::vector<Order>> cdnow_orders(const std::filesystem::path& folder) {
  std::map<int, std::vector<Order>> orders;
  gzFile file = gzopen((folder / "CDNOW_sample.txt.gz").c_str(), "rb");
  char line[256];
  while (gzgets(file, line, sizeof line)) {
    int master, sample, date, quantity;
    double amount;
    if (std::sscanf(line, "%d %d %d %d %lf", &master, &sample, &date, &quantity, &amount) != 5) continue;
    orders[sample].push_back({days_from_civil(date / 10000, date / 100 % 100, date % 100), amount});
  }
  gzclose(file);
  return orders;
}

class Cdnow : public testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::path folder = std::string(FURROW_SOURCE_DIR) + "/../shared/data/cdnow";
    if (!std::filesystem::exists(folder)) GTEST_SKIP() << "needs ../shared/data/cdnow";
    const int64_t end = days_from_civil(1997, 9, 30), last = end + 39 * 7;
    for (auto& [id, list] : cdnow_orders(folder)) {
      std::map<int64_t, double> by_day;
      for (const auto& order : list) by_day[order.day] += order.amount;
      OrderHistory history;
      double later = 0, paid = 0;
      int64_t first = by_day.begin()->first;
      for (auto [day, amount] : by_day) {
        if (day > end) { later += day <= last; continue; }
        history.age = static_cast<double>(end - first) / 7;
        if (day == first) continue;
        ++history.repeats;
        history.recency = static_cast<double>(day - first) / 7;
        paid += amount;
      }
      if (history.repeats > 0) history.mean_amount = paid / history.repeats;
      customers.push_back(history);
      future.push_back(later);
    }
  }
  // On the weeks that the fit has not seen.
  template <class Model>
  void expect_better_than_the_last_rate(const Model& model) const {
    double squared = 0, squared_rate = 0, predicted = 0, actual = 0;
    size_t covered = 0;
    for (size_t i = 0; i < customers.size(); ++i) {
      const auto& c = customers[i];
      const double expected = model.expected_orders(c, 39), rate = c.age > 0 ? c.repeats / c.age * 39 : 0;
      squared += (expected - future[i]) * (expected - future[i]);
      squared_rate += (rate - future[i]) * (rate - future[i]);
      predicted += expected;
      actual += future[i];
      const OrderInterval interval = order_interval(model, c, 39, 0.8, i + 1, 400);
      covered += interval.low <= future[i] && future[i] <= interval.high;
    }
    EXPECT_LT(squared, 0.8 * squared_rate);
    EXPECT_NEAR(predicted / actual, 1, 0.15);
    // Counts are discrete, so an 80 % interval covers at least that.
    EXPECT_GE(covered, customers.size() * 8 / 10);
  }

  std::vector<OrderHistory> customers;
  std::vector<double> future;  // orders in the 39 weeks that the fit has not seen
};

}  // namespace furrow::predict
