// A trained model: a folder of files that says all about itself, and what scores from it.
//
//   model.json        XGBoost's own JSON       encoding.json   how columns become numbers
//   calibration.json  margin -> probability    metrics.json    cross-validated quality, baseline, importance
//   lineage.json      data, options, versions  parity.json     reference rows and what they must score
//   reference.json    what training rows looked like (reference.h); absent in models of earlier versions
//   intervals.json    of numeric targets: errors of held-out rows (conformal.h)
//   manifest.json     the hash of each file above, written last
// load() refuses a folder whose files are missing, torn or changed (kStorageCorrupt, naming the file), and a model that
// does not reproduce its reference rows: margins to the bit, scores to 1e-9 (kModelMismatch).
//
// Scores are calibrated probabilities (or values, for a numeric target). Reasons are exact SHAP values of the margin,
// summed over the encoded columns of an input: log-odds before calibration (or units of the target); with bias() they
// add up to the margin, to 1e-6.
// Threads: immutable after load, any; scratch belongs to the caller. Cost: docs/benchmarks.md.
#pragma once
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/value.h"
#include "learn/calibration.h"
#include "learn/conformal.h"
#include "learn/encoding.h"
#include "learn/forest.h"
#include "learn/shap.h"
#include "learn/shared_scoring.h"

namespace furrow::learn {

struct Reason {
  uint32_t input = 0;       // place in Model::inputs()
  double contribution = 0;  // to the margin
};

class Model {
 public:
  struct Scratch {
    std::vector<float> row;
    std::vector<double> shap;
    ShapExplainer::Scratch explain;
  };

  static Result<std::shared_ptr<const Model>> load(const std::filesystem::path& folder);

  Task task() const { return task_; }
  const std::vector<InputEncoding>& inputs() const { return encoder_.inputs(); }
  // -1 when the model has no such input.
  int input_index(std::string_view name) const;
  const Encoder& encoder() const { return encoder_; }
  const Forest& forest() const { return forest_; }
  const ShapExplainer& explainer() const { return explainer_; }
  const Calibration& calibration() const { return calibration_; }
  const ConformalIntervals& intervals() const { return intervals_; }  // empty() but of numeric targets
  double bias() const { return explainer_.bias(); }
  // The files as they are, for showing.
  const std::string& metrics_json() const { return metrics_; }
  const std::string& lineage_json() const { return lineage_; }
  const std::string& reference_json() const { return reference_; }  // "" when there is none
  const std::filesystem::path& folder() const { return folder_; }

  // A margin to what score() gives.
  double score_of_margin(double margin) const { return task_ == Task::kBinary ? calibration_.probability(margin) : margin; }
  // Encoded rows (encoder().outputs() floats).
  double score_encoded(const float* row) const { return score_of_margin(forest_.margin(row)); }
  // A contribution for each input, in the order of inputs(); `out` has inputs().size() places.
  void contributions(const float* row, Scratch& scratch, double* out) const;
  // From contributions by encoded column, and the bias they start from. `margin`, the forest's, is a sum of single precision, as
  // XGBoost's is: what its many additions rounded goes to the largest contribution, so that bias and contributions add up to it.
  void gather_contributions(std::span<const double> columns, double bias, float margin, double* out) const;
  // The `most` inputs that moved the margin most, largest first by size; those that did not move it are left out.
  std::vector<Reason> reasons(const float* row, size_t most, Scratch& scratch) const;

  // One row of values in the order of inputs(): see Encoder::encode_row.
  double score(std::span<const Value> values, Scratch& scratch) const;
  double score_with_reasons(std::span<const Value> values, size_t most, Scratch& scratch, std::vector<Reason>& reasons) const;

 private:
  Model(Encoder encoder, Forest forest, ShapExplainer explainer, Calibration calibration)
      : encoder_(std::move(encoder)), forest_(std::move(forest)), explainer_(std::move(explainer)), calibration_(std::move(calibration)) {}
  Status check_parity(std::string_view json) const;

  Task task_ = Task::kBinary;
  Encoder encoder_;
  Forest forest_;
  ShapExplainer explainer_;
  Calibration calibration_;
  ConformalIntervals intervals_;
  std::string metrics_, lineage_, reference_;
  std::filesystem::path folder_;
};

// What training hands over to be kept.
struct ModelFiles {
  std::string model, encoding, calibration, metrics, lineage, parity;
  std::string reference, intervals;  // may be empty
};
// Written beside `folder` and renamed to it: whole or not there. kConflict when it exists already, unless `replace`.
Status write_model(const ModelFiles& files, const std::filesystem::path& folder, bool replace = false);
// {"version":1,"columns":…,"rows":[[…]],"margins":[…],"scores":[…]} from XGBoost's own margins.
Result<std::string> make_parity(const std::string& model_json, const Calibration& calibration, Task task, const Samples& samples, size_t rows);

}  // namespace furrow::learn
