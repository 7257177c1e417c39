// Trees that other programs trained, as their files say them, and as a forest of ours.
//
// Read: LightGBM's text model and its JSON dump (one output, numeric splits); ONNX models that are one TreeEnsembleRegressor
// or TreeEnsembleClassifier of two classes (ai.onnx.ml), with casts and ZipMap around it; XGBoost's JSON (gbtree or dart, one output,
// numeric splits) of versions and objectives that the XGBoost linked here does not read: what it reads, forest.h takes as it is.
// A split `x <= t` in double or float becomes `x < u` in float with u the next float after the largest not above t: for
// inputs that are floats the same side, always. Sums are made in float in tree order; the source may round otherwise.
// Refused with kModelMismatch, naming what: categorical splits, linear leaves, several outputs, links other than none and logistic,
// zeros taken for missing values, other ONNX operators.
// Threads: pure. Limits: 100,000 trees, depth 64, files of 1 GiB.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "learn/boosting.h"

namespace furrow::learn {

struct ForeignNode {
  bool leaf = true;
  int32_t feature = 0, left = -1, right = -1;
  double threshold = 0;
  bool or_equal = true;        // left when x <= threshold; else x < threshold
  bool missing_left = false;
  double value = 0;            // of a leaf
  double cover = 0;            // training rows; 0 when the file does not say
};

struct ForeignTrees {
  std::string format;          // "LightGBM", "ONNX", "XGBoost"
  Task task = Task::kBinary;   // binary: margins are log-odds
  std::vector<std::string> features;
  double base = 0;             // added to the sum of leaves
  std::vector<std::vector<ForeignNode>> trees;   // node 0 is the root

  // As the file means it, in double, link after link: the reference for the conversion.
  double margin(const float* row) const;
  // A whole XGBoost model file of the same function.
  Result<std::string> xgboost_json() const;
};

Result<ForeignTrees> read_lightgbm(std::string_view model);   // text or JSON dump
// `named`: how many inputs the caller names. A file may leave open how many it takes, and trees need not test the last.
Result<ForeignTrees> read_onnx_trees(std::string_view model, size_t named = 0);
// With as many trees as the source predicts with: those of scikit-learn's wrapper end with the best round of early stopping.
Result<ForeignTrees> read_xgboost_trees(std::string_view json);

}  // namespace furrow::learn
