#include "learn/boosting.h"

#include <fmt/format.h>
#include <xgboost/c_api.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>

namespace furrow::learn {
namespace {

constexpr double kLeastColumns = 4;  // a tree sees: with fewer, a share of few columns would hide what two of them say together

Status check(int code) {
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
    FURROW_TRY(check(XGDMatrixSetFloatInfo(handle_, "label", samples.labels.data(), samples.rows())));
    if (!samples.weights.empty()) FURROW_TRY(check(XGDMatrixSetFloatInfo(handle_, "weight", samples.weights.data(), samples.rows())));
    return {};
  }
  // The margins that rows begin from.
  Status start(const std::vector<float>& margins, size_t rows) {
    if (margins.empty()) return {};
    FURROW_ASSERT(margins.size() == rows);
    return check(XGDMatrixSetFloatInfo(handle_, "base_margin", margins.data(), rows));
  }
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

Status check_samples(Task task, const Samples& samples) {
  auto invalid = [](std::string what) { return Error(ErrorCode::kInvalidArgument, std::move(what)); };
  if (samples.rows() == 0 || samples.columns == 0) return invalid("there is nothing to learn from: no rows or no columns");
  if (samples.values.size() != samples.rows() * samples.columns) return invalid("the samples' values do not fill their rows");
  for (float label : samples.labels) {
    if (!std::isfinite(label)) return invalid("a label is not a finite number");
    if (task == Task::kBinary && label != 0 && label != 1) return invalid("a label is neither 0 nor 1");
  }
  for (float value : samples.values) {
    if (std::isinf(value)) return invalid("a value is infinite");
  }
  return {};
}

Status configure(Booster& booster, Task task, const Samples& train, const BoostingOptions& options) {
  double sum = 0, weight = 0;
  for (size_t i = 0; i < train.rows(); ++i) {
    double w = train.weights.empty() ? 1.0 : train.weights[i];
    sum += w * train.labels[i];
    weight += w;
  }
  double mean = sum / weight;
  if (task == Task::kBinary && !(mean > 0 && mean < 1)) {
    return Error(ErrorCode::kInvalidArgument, "all rows have the same label: nothing can be learnt");
  }
  FURROW_TRY(booster.set("verbosity", "0"));
  FURROW_TRY(booster.set("objective", task == Task::kBinary ? "binary:logistic" : "reg:squarederror"));
  FURROW_TRY(booster.set("eval_metric", task == Task::kBinary ? "logloss" : "rmse"));
  if (!options.start.empty()) mean = task == Task::kBinary ? 0.5 : 0;  // a margin of 0
  FURROW_TRY(booster.set("base_score", fmt::format("{:.9g}", mean)));
  FURROW_TRY(booster.set("tree_method", "hist"));
  FURROW_TRY(booster.set("max_depth", std::to_string(options.depth)));
  FURROW_TRY(booster.set("eta", fmt::format("{}", options.learning_rate)));
  FURROW_TRY(booster.set("subsample", fmt::format("{}", options.row_share)));
  FURROW_TRY(booster.set("colsample_bytree", fmt::format("{}", std::max(options.column_share, std::min(1.0, kLeastColumns / static_cast<double>(train.columns))))));
  FURROW_TRY(booster.set("min_child_weight", fmt::format("{}", options.min_child_weight)));
  FURROW_TRY(booster.set("lambda", fmt::format("{}", options.l2)));
  FURROW_TRY(booster.set("max_bin", std::to_string(options.bins)));
  if (!options.monotone.empty()) {
    std::string list;
    for (int sign : options.monotone) list += fmt::format("{}{}", list.empty() ? "(" : ",", sign);
    FURROW_TRY(booster.set("monotone_constraints", list + ")"));
  }
  FURROW_TRY(booster.set("nthread", std::to_string(options.threads)));
  return booster.set("seed", std::to_string(options.seed & 0x7fffffff));
}

// "[12]\tvalidation-logloss:0.28"
double evaluation_value(const char* text) {
  std::string_view view = text ? text : "";
  size_t colon = view.rfind(':');
  return colon == view.npos ? std::nan("") : std::strtod(view.data() + colon + 1, nullptr);
}

Result<std::string> save(BoosterHandle booster) {
  bst_ulong size = 0;
  const char* bytes = nullptr;
  FURROW_TRY(check(XGBoosterSaveModelToBuffer(booster, R"({"format": "json"})", &size, &bytes)));
  return std::string(bytes, size);
}

}  // namespace

Samples Samples::subset(const std::vector<uint32_t>& chosen) const {
  Samples out;
  out.columns = columns;
  out.values.reserve(chosen.size() * columns);
  for (uint32_t i : chosen) {
    out.values.insert(out.values.end(), row(i), row(i) + columns);
    out.labels.push_back(labels[i]);
    if (!weights.empty()) out.weights.push_back(weights[i]);
  }
  return out;
}

Result<Boosted> boost(Task task, const Samples& train, const Samples* validation, const BoostingOptions& options,
                      const std::function<bool()>& stop, const std::function<bool()>& enough) {
  FURROW_TRY(check_samples(task, train));
  Matrix train_matrix, validation_matrix;
  FURROW_TRY(train_matrix.fill(train));
  FURROW_TRY(train_matrix.start(options.start, train.rows()));
  std::vector<DMatrixHandle> cached{train_matrix.get()};
  if (validation) {
    FURROW_TRY(check_samples(task, *validation));
    FURROW_TRY(validation_matrix.fill(*validation));
    FURROW_TRY(validation_matrix.start(options.validation_start, validation->rows()));
    cached.push_back(validation_matrix.get());
  }
  Booster booster;
  FURROW_TRY(check(XGBoosterCreate(cached.data(), cached.size(), booster.out())));
  FURROW_TRY(configure(booster, task, train, options));
  Boosted result;
  double best = std::numeric_limits<double>::infinity();
  int best_round = options.rounds;
  for (int round = 0; round < options.rounds; ++round) {
    if (stop && stop()) return Error(ErrorCode::kInterrupted, "training was stopped; run it again to start over");
    if (round > 0 && enough && enough()) {
      if (!validation) best_round = round;
      break;
    }
    FURROW_TRY(check(XGBoosterUpdateOneIter(booster.get(), round, train_matrix.get())));
    if (!validation) continue;
    DMatrixHandle watched = validation_matrix.get();
    const char* name = "validation";
    const char* text = nullptr;
    FURROW_TRY(check(XGBoosterEvalOneIter(booster.get(), round, &watched, &name, 1, &text)));
    double loss = evaluation_value(text);
    if (loss < best) {
      best = loss;
      best_round = round + 1;
    } else if (round + 1 - best_round >= options.patience) {
      break;
    }
  }
  result.rounds = best_round;
  result.validation_loss = validation ? best : 0;
  if (validation && !options.keep_all) {
    Booster cut;
    FURROW_TRY(check(XGBoosterSlice(booster.get(), 0, best_round, 1, cut.out())));
    FURROW_ASSIGN(result.json, save(cut.get()));
  } else {
    FURROW_ASSIGN(result.json, save(booster.get()));
  }
  return result;
}

struct XgboostModel::Impl {
  Booster booster;
};
XgboostModel::XgboostModel(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
XgboostModel::~XgboostModel() = default;
XgboostModel::XgboostModel(XgboostModel&&) noexcept = default;
XgboostModel& XgboostModel::operator=(XgboostModel&&) noexcept = default;

Result<XgboostModel> XgboostModel::load(std::string_view json, int threads) {
  auto impl = std::make_unique<Impl>();
  FURROW_TRY(check(XGBoosterCreate(nullptr, 0, impl->booster.out())));
  FURROW_TRY(check(XGBoosterLoadModelFromBuffer(impl->booster.get(), json.data(), json.size())));
  FURROW_TRY(impl->booster.set("nthread", std::to_string(threads)));
  return XgboostModel(std::move(impl));
}

Result<std::vector<float>> XgboostModel::margins(const float* rows, size_t count, size_t columns) {
  std::string array = fmt::format(R"({{"data": [{}, true], "shape": [{}, {}], "typestr": "<f4", "version": 3}})",
                                  reinterpret_cast<uintptr_t>(rows), count, columns);
  const char* config = R"({"type": 1, "training": false, "iteration_begin": 0, "iteration_end": 0, "strict_shape": false,
                           "cache_id": 0, "missing": NaN})";
  const bst_ulong* shape = nullptr;
  bst_ulong dimensions = 0;
  const float* values = nullptr;
  FURROW_TRY(check(XGBoosterPredictFromDense(impl_->booster.get(), array.c_str(), config, nullptr, &shape, &dimensions, &values)));
  return std::vector<float>(values, values + count);
}

Result<std::vector<float>> XgboostModel::contributions(const float* rows, size_t count, size_t columns) {
  Matrix matrix;
  FURROW_TRY(matrix.fill(rows, count, columns));
  const char* config = R"({"type": 2, "training": false, "iteration_begin": 0, "iteration_end": 0, "strict_shape": false})";
  const bst_ulong* shape = nullptr;
  bst_ulong dimensions = 0;
  const float* values = nullptr;
  FURROW_TRY(check(XGBoosterPredictFromDMatrix(impl_->booster.get(), matrix.get(), config, &shape, &dimensions, &values)));
  return std::vector<float>(values, values + count * (columns + 1));
}

}  // namespace furrow::learn
