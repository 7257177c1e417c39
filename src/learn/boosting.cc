#include "learn/boosting.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>

#include "learn/binned_rows.h"
#include "learn/xgboost_handles.h"

namespace furrow::learn {
namespace {

constexpr double kLeastColumns = 4;  // a tree sees: with fewer, a share of few columns would hide what two of them say together

Status check_samples(Task task, const Samples& samples) {
  FURROW_TRY(xgboost::check_labels(task, samples.labels, samples.columns));
  if (samples.values.size() != samples.rows() * samples.columns) return Error(ErrorCode::kInvalidArgument, "the samples' values do not fill their rows");
  for (float value : samples.values) {
    if (std::isinf(value)) return xgboost::infinite_value();
  }
  return {};
}

// `mean`: of the labels.
Status configure(xgboost::Booster& booster, Task task, double mean, size_t columns, bool started, const BoostingOptions& options) {
  if (task == Task::kBinary && !(mean > 0 && mean < 1)) {
    return Error(ErrorCode::kInvalidArgument, "all rows have the same label: nothing can be learnt");
  }
  FURROW_TRY(booster.set("verbosity", "0"));
  FURROW_TRY(booster.set("objective", task == Task::kBinary ? "binary:logistic" : "reg:squarederror"));
  FURROW_TRY(booster.set("eval_metric", task == Task::kBinary ? "logloss" : "rmse"));
  if (started) mean = task == Task::kBinary ? 0.5 : 0;  // a margin of 0
  FURROW_TRY(booster.set("base_score", fmt::format("{:.9g}", mean)));
  FURROW_TRY(booster.set("tree_method", "hist"));
  FURROW_TRY(booster.set("max_depth", std::to_string(options.depth)));
  FURROW_TRY(booster.set("eta", fmt::format("{}", options.learning_rate)));
  FURROW_TRY(booster.set("subsample", fmt::format("{}", options.row_share)));
  FURROW_TRY(booster.set("colsample_bytree", fmt::format("{}", std::max(options.column_share, std::min(1.0, kLeastColumns / static_cast<double>(columns))))));
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
  FURROW_TRY(xgboost::check(XGBoosterSaveModelToBuffer(booster, R"({"format": "json"})", &size, &bytes)));
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

static Result<Boosted> boost(const xgboost::Learnable& train, const Samples* validation, const BoostingOptions& options,
                             const std::function<bool()>& stop, const std::function<bool()>& enough) {
  xgboost::Matrix validation_matrix;
  std::vector<DMatrixHandle> cached{train.matrix.get()};
  if (validation) {
    FURROW_TRY(check_samples(train.task, *validation));
    FURROW_TRY(validation_matrix.fill(*validation));
    FURROW_TRY(validation_matrix.start(options.validation_start, validation->rows()));
    cached.push_back(validation_matrix.get());
  }
  xgboost::Booster booster;
  FURROW_TRY(xgboost::check(XGBoosterCreate(cached.data(), cached.size(), booster.out())));
  FURROW_TRY(configure(booster, train.task, train.mean, train.columns, train.started, options));
  Boosted result;
  double best = std::numeric_limits<double>::infinity();
  int best_round = options.rounds;
  for (int round = 0; round < options.rounds; ++round) {
    if (stop && stop()) return Error(ErrorCode::kInterrupted, "training was stopped; run it again to start over");
    if (round > 0 && enough && enough()) {
      if (!validation) best_round = round;
      break;
    }
    FURROW_TRY(xgboost::check(XGBoosterUpdateOneIter(booster.get(), round, train.matrix.get())));
    if (!validation) continue;
    DMatrixHandle watched = validation_matrix.get();
    const char* name = "validation";
    const char* text = nullptr;
    FURROW_TRY(xgboost::check(XGBoosterEvalOneIter(booster.get(), round, &watched, &name, 1, &text)));
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
    xgboost::Booster cut;
    FURROW_TRY(xgboost::check(XGBoosterSlice(booster.get(), 0, best_round, 1, cut.out())));
    FURROW_ASSIGN(result.json, save(cut.get()));
  } else {
    FURROW_ASSIGN(result.json, save(booster.get()));
  }
  return result;
}

Result<Boosted> boost(Task task, const Samples& train, const Samples* validation, const BoostingOptions& options,
                      const std::function<bool()>& stop, const std::function<bool()>& enough) {
  FURROW_TRY(check_samples(task, train));
  xgboost::Learnable learnable{task, options.bins, train.columns, xgboost::mean_label(train.labels, train.weights), !options.start.empty(), {}};
  FURROW_TRY(learnable.matrix.fill(train));
  FURROW_TRY(learnable.matrix.start(options.start, train.rows()));
  return boost(learnable, validation, options, stop, enough);
}

Result<Boosted> boost(Task task, const BinnedRows& train, const Samples* validation, const BoostingOptions& options,
                      const std::function<bool()>& stop, const std::function<bool()>& enough) {
  FURROW_ASSERT(train.learnable().task == task && train.learnable().bins == options.bins);
  return boost(train.learnable(), validation, options, stop, enough);
}

struct XgboostModel::Impl {
  xgboost::Booster booster;
};
XgboostModel::XgboostModel(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
XgboostModel::~XgboostModel() = default;
XgboostModel::XgboostModel(XgboostModel&&) noexcept = default;
XgboostModel& XgboostModel::operator=(XgboostModel&&) noexcept = default;

Result<XgboostModel> XgboostModel::load(std::string_view json, int threads) {
  auto impl = std::make_unique<Impl>();
  FURROW_TRY(xgboost::check(XGBoosterCreate(nullptr, 0, impl->booster.out())));
  FURROW_TRY(xgboost::check(XGBoosterLoadModelFromBuffer(impl->booster.get(), json.data(), json.size())));
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
  FURROW_TRY(xgboost::check(XGBoosterPredictFromDense(impl_->booster.get(), array.c_str(), config, nullptr, &shape, &dimensions, &values)));
  return std::vector<float>(values, values + count);
}

Result<std::vector<float>> XgboostModel::contributions(const float* rows, size_t count, size_t columns) {
  xgboost::Matrix matrix;
  FURROW_TRY(matrix.fill(rows, count, columns));
  const char* config = R"({"type": 2, "training": false, "iteration_begin": 0, "iteration_end": 0, "strict_shape": false})";
  const bst_ulong* shape = nullptr;
  bst_ulong dimensions = 0;
  const float* values = nullptr;
  FURROW_TRY(xgboost::check(XGBoosterPredictFromDMatrix(impl_->booster.get(), matrix.get(), config, &shape, &dimensions, &values)));
  return std::vector<float>(values, values + count * (columns + 1));
}

}  // namespace furrow::learn
