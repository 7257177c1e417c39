// How good scores are at finding whom an action changes, judged on rows of a randomised action.
//
// The evaluator, with rows ranked by score (equal scores as one step), phi the share of rows taken from the top:
//   uplift curve  U(phi) = phi * (mean outcome of the treated taken - mean outcome of the others taken); 0 while a side is empty
//   auuc          the area under U over phi in [0, 1] (Jaskowski & Jaroszewicz 2012); a random ranking gives half of the effect
//   qini curve    (sum of outcomes of the treated taken - that of the others taken x treated taken / others taken) / all treated
//                 (Radcliffe 2007)
//   qini          the area between the qini curve and the straight line to its end; a random ranking gives 0
//   effect        mean outcome of the treated - that of the others
// policy_value: what following recommendations brings a row more than treating nobody: rows that happened to get what is
// recommended, weighted by one over the share of that arm (self-normalised), value x outcome - cost of the arm.
// Intervals: 95 %, bootstrap of rows (kDraws draws from `seed`). kInvalidArgument when a side has no rows.
// Not for actions that were not drawn at random. Threads: pure. Cost: a sort and kDraws passes.
#pragma once
#include <cstdint>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "learn/metrics.h"

namespace furrow::learn {

struct UpliftPoint {
  double share = 0, uplift = 0, qini = 0;
};

struct UpliftQuality {
  size_t rows = 0, treated = 0;
  Measure auuc, qini, effect;
  double random_auuc = 0;             // half of the effect
  std::vector<UpliftPoint> curve;     // at 0, 5, …, 100 % of the rows
};

struct PolicyValue {
  Measure gain;                       // a row, against treating nobody
  std::vector<Measure> gain_of_arm;   // everybody gets arm 1, 2, …
  std::vector<double> share_of_arm;   // recommended; 0: nothing
};

double auuc(const std::vector<double>& scores, const std::vector<float>& outcomes, const std::vector<uint8_t>& treated);
double qini(const std::vector<double>& scores, const std::vector<float>& outcomes, const std::vector<uint8_t>& treated);
Result<UpliftQuality> uplift_quality(const std::vector<double>& scores, const std::vector<float>& outcomes,
                                     const std::vector<uint8_t>& treated, uint64_t seed);
// `arm`: what each row got, `recommended`: what it should get; 0 is nothing. costs[arm], costs[0] unused.
Result<PolicyValue> policy_value(const std::vector<int>& arm, const std::vector<int>& recommended, const std::vector<float>& outcomes,
                                 double value, const std::vector<double>& costs, uint64_t seed);

void write_json(JsonWriter& json, const UpliftQuality& quality);
void write_json(JsonWriter& json, const PolicyValue& value);

}  // namespace furrow::learn
