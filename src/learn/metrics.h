// How good scores are, with 95 % intervals.
//
// binary_quality: labels are 0 or 1, scores are probabilities (any finite number for auc, pr_auc and lift).
//   auc             area under the ROC curve, ties half; interval by DeLong (1988, fast form by Sun and Xu 2014)
//   pr_auc          average precision: sum of (recall step x precision) over distinct scores; interval by bootstrap
//   log_loss        mean negative log-likelihood, scores held in [1e-12, 1 - 1e-12]; normal interval
//   brier           mean squared error of the probability; normal interval
//   ece             expected calibration error, 15 bins of equal width (Guo et al. 2017); basic bootstrap interval
//   lift_at_10pct   rate of positives in the best-scored tenth over the rate of all, ties shared; interval by bootstrap
// regression_quality: rmse (normal interval of the squared error), mae, r2 (bootstrap).
// Bootstraps draw 200 times from `seed`. Empty input or one class only: kInvalidArgument.
// Threads: pure functions. Cost: O(n log n), and 200 passes for the bootstraps.
#pragma once
#include <cstdint>
#include <vector>

#include "base/json.h"
#include "base/result.h"

namespace furrow::learn {

struct Measure {
  double value = 0, low = 0, high = 0;
};

struct BinaryQuality {
  size_t rows = 0, positives = 0;
  Measure auc, pr_auc, log_loss, brier, ece, lift_at_10pct;
};

struct RegressionQuality {
  size_t rows = 0;
  Measure rmse, mae, r2;
};

// Rows in ten groups of equal size by score.
struct CalibrationBin {
  size_t rows = 0;
  double predicted = 0;         // mean score
  double observed = 0;          // share of positives
  double low = 0, high = 0;     // Wilson's interval of `observed`
};

struct ValueTenth {
  size_t rows = 0;
  double predicted = 0, observed = 0, low = 0, high = 0;
};

struct ThresholdRow {
  double threshold = 0;         // flagged: score >= threshold
  double recall = 0, precision = 0, share_flagged = 0;
};

double auc(const std::vector<double>& scores, const std::vector<float>& labels);
// The expected calibration error (15 bins) as it is, and what scores that were exactly right would show on as many rows:
// few rows are never free of it. `draws` sets of labels are drawn from the scores.
double calibration_error(const std::vector<double>& scores, const std::vector<float>& labels);
double calibration_error_of_perfect_scores(const std::vector<double>& scores, uint64_t seed, int draws = 50);
double average_precision(const std::vector<double>& scores, const std::vector<float>& labels);

Result<BinaryQuality> binary_quality(const std::vector<double>& scores, const std::vector<float>& labels, uint64_t seed);
Result<RegressionQuality> regression_quality(const std::vector<double>& predictions, const std::vector<float>& labels, uint64_t seed);
std::vector<CalibrationBin> calibration_curve(const std::vector<double>& scores, const std::vector<float>& labels);
// Rows in ten groups of equal size by prediction: mean prediction, mean outcome and the tenth and ninetieth percent of outcomes.
std::vector<ValueTenth> value_tenths(const std::vector<double>& predictions, const std::vector<float>& outcomes);
// At the scores that flag about 1, 2, 5, 10, 15, 20, 30, 40, 50 and 75 % of the rows.
std::vector<ThresholdRow> threshold_table(const std::vector<double>& scores, const std::vector<float>& labels);

// {"rows":…,"positives":…,"auc":{"value","low","high"},…}
void write_json(JsonWriter& json, const Measure& measure);
void write_json(JsonWriter& json, const BinaryQuality& quality);
void write_json(JsonWriter& json, const RegressionQuality& quality);
void write_json(JsonWriter& json, const std::vector<CalibrationBin>& curve);
void write_json(JsonWriter& json, const std::vector<ThresholdRow>& table);
void write_json(JsonWriter& json, const std::vector<ValueTenth>& tenths);

}  // namespace furrow::learn
