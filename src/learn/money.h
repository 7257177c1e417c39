// Whom to call when a call costs something and a success brings something.
//
// A call to a row costs `cost` whatever happens, and brings `benefit` when the row is positive. With probabilities that
// mean what they say, a row is worth calling exactly when its score is at least cost / benefit; that is `rule`. `best` is
// the threshold with the most profit on the rows at hand: it is chosen by looking at them, so its profit flatters a
// little; intervals (95 %, bootstrap of rows, the threshold held) do not include that choice.
// Money is in the unit of `benefit` and `cost`, for the rows given. kInvalidArgument when they are not positive numbers.
// Threads: pure. Cost: a sort, and kBootstraps passes for the two thresholds.
#pragma once
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "learn/metrics.h"

namespace furrow::learn {

struct ProfitPoint {
  double threshold = 0;   // called: score >= threshold
  size_t calls = 0;
  double share = 0, recall = 0, precision = 0;
  double profit = 0;
};

struct MoneyThreshold {
  double benefit = 0, cost = 0;
  ProfitPoint rule, best;
  Measure rule_profit, best_profit;
  double profit_of_all = 0;          // everybody called; nobody: 0
  std::vector<ProfitPoint> curve;    // up to 41 points, from the highest threshold to everybody
};

Result<MoneyThreshold> choose_threshold(const std::vector<double>& scores, const std::vector<float>& labels, double benefit, double cost, uint64_t seed);
void write_json(JsonWriter& json, const MoneyThreshold& money);

}  // namespace furrow::learn
