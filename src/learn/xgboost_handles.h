// XGBoost's handles, freed when they go; part of boosting.cc and binned_rows.cc, and of nothing else.
#pragma once
#include <fmt/format.h>
#include <xgboost/c_api.h>

#include <cmath>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "learn/boosting.h"

namespace furrow::learn::xgboost {

inline Status check(int code) {
  if (code == 0) return {};
  std::string_view cause = XGBGetLastError();
  return Error(ErrorCode::kInternal, fmt::format("XGBoost: {}", cause.substr(0, cause.find('\n'))));
}

class Matrix {
 public:
  Matrix() = default;
  ~Matrix() { if (handle_) XGDMatrixFree(handle_); }
  Matrix(const Matrix&) = delete;
  Matrix& operator=(const Matrix&) = delete;
  Status fill(const float* values, size_t rows, size_t columns) {
    return check(XGDMatrixCreateFromMat(values, rows, columns, std::numeric_limits<float>::quiet_NaN(), &handle_));
  }
  Status fill(const Samples& samples) {
    FURROW_TRY(fill(samples.values.data(), samples.rows(), samples.columns));
    FURROW_TRY(label(samples.labels));
    return weigh(samples.weights);
  }
  Status label(const std::vector<float>& labels) { return check(XGDMatrixSetFloatInfo(handle_, "label", labels.data(), labels.size())); }
  // One a row, or none.
  Status weigh(const std::vector<float>& weights) {
    return weights.empty() ? Status() : check(XGDMatrixSetFloatInfo(handle_, "weight", weights.data(), weights.size()));
  }
  // The margins that rows begin from.
  Status start(const std::vector<float>& margins, size_t rows) {
    if (margins.empty()) return {};
    FURROW_ASSERT(margins.size() == rows);
    return check(XGDMatrixSetFloatInfo(handle_, "base_margin", margins.data(), rows));
  }
  DMatrixHandle* out() { return &handle_; }
  DMatrixHandle get() const { return handle_; }

 private:
  DMatrixHandle handle_ = nullptr;
};

class Booster {
 public:
  Booster() = default;
  ~Booster() { if (handle_) XGBoosterFree(handle_); }
  Booster(const Booster&) = delete;
  Booster& operator=(const Booster&) = delete;
  BoosterHandle* out() { return &handle_; }
  BoosterHandle get() const { return handle_; }
  Status set(const char* name, const std::string& value) { return check(XGBoosterSetParam(handle_, name, value.c_str())); }

 private:
  BoosterHandle handle_ = nullptr;
};

// What a fit learns from.
struct Learnable {
  Task task;
  int bins;
  size_t columns;
  double mean;    // of the labels
  bool started;   // from margins of their own
  Matrix matrix;
};

inline Status check_labels(Task task, const std::vector<float>& labels, size_t columns) {
  auto invalid = [](std::string what) { return Error(ErrorCode::kInvalidArgument, std::move(what)); };
  if (labels.empty() || columns == 0) return invalid("there is nothing to learn from: no rows or no columns");
  for (float label : labels) {
    if (!std::isfinite(label)) return invalid("a label is not a finite number");
    if (task == Task::kBinary && label != 0 && label != 1) return invalid("a label is neither 0 nor 1");
  }
  return {};
}
inline Error infinite_value() { return Error(ErrorCode::kInvalidArgument, "a value is infinite"); }

// `weights`: one a row, or none.
inline double mean_label(const std::vector<float>& labels, const std::vector<float>& weights) {
  double sum = 0, weight = 0;
  for (size_t i = 0; i < labels.size(); ++i) {
    const double w = weights.empty() ? 1.0 : static_cast<double>(weights[i]);
    sum += w * static_cast<double>(labels[i]);
    weight += w;
  }
  return sum / weight;
}

}  // namespace furrow::learn::xgboost
