// What looking one horizon back tells `furrow ltv`: how wrong each model would have been, intervals for the chosen one, and what is learnt.
// Threads: pure. Cost: a fit of each model to the histories at the cut; with `learned`, a training (predict/learned_orders.h) for orders and one for money.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "predict/customers_at_risk.h"
#include "predict/learned_orders.h"
#include "predict/order_backtest.h"

namespace furrow::cli {

inline constexpr std::string_view kBgNbd = "bg-nbd", kParetoNbd = "pareto-nbd", kLearned = "learned";

struct LtvBackTest {
  struct Judged {
    std::string key, name;
    predict::ForecastError error;  // at the cut
  };
  std::string cut;                 // date
  double weeks = 0, level = 0;
  size_t customers = 0;
  std::vector<Judged> judged;      // each customer's last rate first
  std::optional<predict::OrderBands> bands;  // of the chosen model; none when it cannot be fitted at the cut
  std::optional<predict::LearnedForecast> orders, money;  // of `learned`
  std::optional<predict::WarningRecord> warnings;  // of the valuable customers at risk then; none when the chosen model cannot be fitted at the cut
};

// kInvalidArgument when the log is too short to look back, saying what it takes.
Result<LtvBackTest> look_back(const predict::OrderTable& orders, Duration horizon, std::string_view model, double level, uint64_t seed);

// "intervals":{"kind":"conformal","cut":…,"customers":…,"coverage":…},"back_test":{"cut":…,"customers":…,"errors":{"last_rate":{"mae":…,"rmse":…},…}};
// Without one, or without intervals: "intervals":{"kind":"posterior","why":…}.
void write_back_test(JsonWriter& json, const Result<LtvBackTest>& test);
std::string back_test_in_words(const Result<LtvBackTest>& test);

}  // namespace furrow::cli
