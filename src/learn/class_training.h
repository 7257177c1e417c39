// From a dataset whose target has several classes to a folder that gives each row a probability for every class.
//
// Each class against the rest is trained as trainer.h says (encoding, blend of boosted trees and a line, calibration), all
// on the same folds, balanced by class; the margins become probabilities that add up to 1 (class_probabilities.h). Quality
// is of held-out rows, beside a multinomial logistic regression on the same folds. A column that is the target under another
// name is left out; one that tells a single class apart without error is a warning.
// Classes of fewer than ClassTarget::kLeastRows rows are left out, with a warning. One class's time is that of a model of
// two classes; `time_budget_s` is for all together. Errors: those of train(); kInvalidArgument with monotone inputs.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "learn/class_metrics.h"
#include "learn/trainer.h"

namespace furrow::learn {

struct TrainedClasses {
  std::vector<std::string> classes;            // by falling number of rows
  std::vector<size_t> class_rows;
  size_t rows = 0, rows_without_target = 0, rows_cross_validated = 0;
  ClassQuality quality, baseline;              // cross-validated
  std::vector<Trained> each;                   // class against the rest
  std::vector<Warning> warnings;
  std::vector<LeftOut> left_out;
  std::vector<std::pair<std::string, double>> importance;  // input, mean |SHAP| over classes, largest first
  std::string probabilities, metrics, lineage;             // JSON
};

Result<TrainedClasses> train_classes(const Dataset& data, const TrainOptions& options);

}  // namespace furrow::learn
