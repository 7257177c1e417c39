// Models of other tools as model folders of ours, and ours for other tools.
//
// import_model takes XGBoost's JSON (trees, one output, any version that writes JSON), LightGBM's text or JSON dump, and ONNX tree ensembles
// (foreign_trees.h); the format is found from the content. Inputs are the file's features, as numbers, by its names,
// by `features` when it has none, else f0, f1, …. Scores are the source's own: no calibration is added.
// Parity: our forest and the source's own definition are compared on kRows rows drawn at and around the split values,
// missing ones among them, and, when given, on rows with the source's own predictions (kTolerance). What differs is
// refused with kModelMismatch, naming the row. These rows become parity.json, so that each load proves it again.
// export_model gives XGBoost's JSON, with the names of the encoded columns it takes; XGBoost itself has loaded and
// scored it with the same bits. A calibration that is not the logistic function is not part of it.
// Threads: pure.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "learn/dataset.h"
#include "learn/model.h"

namespace furrow::learn {

struct ImportOptions {
  static constexpr size_t kRows = 256;
  static constexpr double kTolerance = 1e-4;   // of predictions written down by another tool, relative above 1

  std::vector<std::string> features;
  std::string target, positive, source_file, source_hash, furrow_version;
  const Dataset* reference = nullptr;          // rows with the features and the source's predictions
  std::string prediction;                      // the column of them
  uint64_t seed = 1;
};

struct Imported {
  ModelFiles files;
  std::string format;
  Task task = Task::kBinary;
  size_t trees = 0, rows_compared = 0, predictions_compared = 0;
  double largest_difference = 0;               // of margins
  std::vector<std::string> features;
};

Result<Imported> import_model(std::string_view bytes, const ImportOptions& options);
Result<std::string> export_model(const Model& model);

}  // namespace furrow::learn
