// Gradient-boosted trees, trained by XGBoost 1.7 (the histogram method), behind our own types.
//
// boost() trains on row-major float32 samples and gives the model as XGBoost's JSON; forest.h evaluates it.
// XgboostModel is XGBoost's own evaluation of the same JSON: the reference for parity checks, tests and benchmarks,
// never the live path.
// Same samples, options and seed: the same model. Threads: a call is independent of others and uses
// options.threads threads. Errors: kInvalidArgument for samples that cannot be learnt from, kInternal from XGBoost.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace furrow::learn {

enum class Task { kBinary, kRegression };

// Rows of `columns` values, NaN missing; labels 0 or 1 for kBinary; weights empty or one a row.
struct Samples {
  size_t columns = 0;
  std::vector<float> values;
  std::vector<float> labels;
  std::vector<float> weights;
  size_t rows() const { return labels.size(); }
  const float* row(size_t i) const { return values.data() + i * columns; }
  Samples subset(const std::vector<uint32_t>& chosen) const;
};

struct BoostingOptions {
  int rounds = 600;            // at most; early stopping may end before
  int patience = 40;           // rounds without a better validation loss; only with validation samples
  int depth = 4;
  double learning_rate = 0.04;
  double row_share = 0.8;      // a round
  double column_share = 0.5;   // a tree
  double min_child_weight = 4; // hessian
  double l2 = 4;
  int bins = 256;
  int threads = 2;
  uint64_t seed = 1;
  std::vector<int> monotone;   // -1, 0 or +1 a column; empty: none
  std::vector<float> start, validation_start;  // margins that the rows begin from, and that are no part of the model; empty: the mean
  bool keep_all = false;       // keep also the rounds after the best one
};

struct Boosted {
  std::string json;      // cut at the best round when there was validation, unless keep_all
  int rounds = 0;        // the best one
  double validation_loss = 0;  // at the best round: log loss, or root mean squared error
};

// `stop` is asked between rounds; true ends with kInterrupted. `enough` too: true ends training as if rounds were out.
Result<Boosted> boost(Task task, const Samples& train, const Samples* validation, const BoostingOptions& options,
                      const std::function<bool()>& stop = {}, const std::function<bool()>& enough = {});

class XgboostModel {
 public:
  static Result<XgboostModel> load(std::string_view json, int threads = 1);
  ~XgboostModel();
  XgboostModel(XgboostModel&&) noexcept;
  XgboostModel& operator=(XgboostModel&&) noexcept;
  // Raw margins by XGBoost's in-place prediction; its fastest way for one row.
  Result<std::vector<float>> margins(const float* rows, size_t count, size_t columns);
  // Contributions: columns + 1 a row, the bias last.
  Result<std::vector<float>> contributions(const float* rows, size_t count, size_t columns);

 private:
  struct Impl;
  explicit XgboostModel(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace furrow::learn
