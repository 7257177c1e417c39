// From a dataset to a model folder: folds, boosted trees, a linear baseline, calibration, honest quality.
//
// Binary target: text or numbers with two values, or any with `positive` named; the positive class is `positive`, else
// the value that reads yes/true/1/y/t, else the rarer. Numbers with more values: regression.
// In each fold a few shapes of trees compete on an inner part of the fold's training rows (early stopping); the best is
// trained again on all of them and scores the held-out rows. Quality is that of the held-out scores, calibrated by maps
// fitted without their fold. The final model has the shape and rounds the folds agreed on, and learns from all rows.
// Nothing that is fitted (encoding, shape, rounds, calibration) ever sees the rows it is judged on.
// Rows without a target are left out and counted. With `time`, folds run forward in time and the column is no input.
// Same data, options and seed: the same files on any number of threads, but for lineage.json's times.
// Threads: folds run side by side on options.threads; `progress` is called from one at a time, `stop` from any.
// Errors: kInvalidArgument with the column in question; kInterrupted.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "base/time.h"
#include "learn/dataset.h"
#include "learn/metrics.h"
#include "learn/model.h"

namespace furrow::learn {

struct TrainOptions {
  std::string target;
  std::string positive;             // "": chosen as above
  std::vector<std::string> drop;
  std::string id, time, group;      // columns; "": none
  int folds = 5;                    // 2 to 20
  uint64_t seed = 1;
  int threads = 2;
  // Said in lineage.json.
  std::string data_file, data_hash, furrow_version;
  std::function<void(double share, std::string_view what)> progress;
  std::function<bool()> stop;
};

struct Trained {
  Task task = Task::kBinary;
  std::string positive;             // binary: the class that scores mean
  size_t rows = 0, rows_without_target = 0;
  BinaryQuality binary, binary_baseline;             // cross-validated
  RegressionQuality regression, regression_baseline;
  CalibrationMethod calibration = CalibrationMethod::kNone;
  int rounds = 0, depth = 0;
  std::vector<LeftOut> left_out;
  std::vector<std::pair<std::string, double>> importance;  // input, mean |SHAP|, largest first
  ModelFiles files;
};

Result<Trained> train(const Dataset& data, const TrainOptions& options);

// The labels of a dataset as a trained model reads them: 0/1 by its positive class, or numbers; NaN without a target.
Result<std::vector<float>> read_labels(const Dataset& data, const std::string& target, Task task, const std::string& positive);

}  // namespace furrow::learn
