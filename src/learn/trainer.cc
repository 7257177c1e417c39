#include "learn/trainer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <atomic>
#include <mutex>
#include <numeric>
#include <optional>
#include <thread>

#include "base/random.h"
#include "learn/folds.h"
#include "learn/linear.h"
#include "learn/target.h"

namespace furrow::learn {
namespace {

constexpr size_t kLeastRows = 20;
constexpr double kInnerShare = 0.2;     // of a fold's training rows, to stop early and choose the shape
constexpr size_t kImportanceRows = 2000;
constexpr size_t kParityRows = 32;

// The shapes that compete: shallow and smooth, middling, deep with interactions.
std::vector<BoostingOptions> shapes(const TrainOptions& options, size_t rows) {
  std::vector<BoostingOptions> out;
  double weight = std::clamp(static_cast<double>(rows) / 2000.0, 1.0, 10.0);
  for (int depth : {3, 5, 7}) {
    BoostingOptions shape;
    shape.depth = depth;
    shape.learning_rate = rows < 20000 ? 0.03 : 0.05;
    shape.min_child_weight = weight;
    shape.column_share = 0.4;
    shape.row_share = 0.7;
    shape.l2 = 5;
    shape.threads = 1;  // folds run side by side instead: no barrier within a tree to wait at on a busy machine
    shape.seed = options.seed;
    out.push_back(shape);
  }
  return out;
}

struct FoldResult {
  std::vector<double> margins, baseline;  // held-out rows, in the fold's order; baseline as probabilities or values
  size_t shape = 0;
  int rounds = 0;
  std::vector<double> losses;  // of each shape
};

class Training {
 public:
  Training(const Dataset& data, const TrainOptions& options, Target target)
      : data_(data), options_(options), target_(std::move(target)), shapes_(shapes(options, target_.rows.size())) {
    for (const auto& name : options.drop) ignored_.push_back(name);
    for (const std::string* name : {&options.target, &options.id, &options.time, &options.group}) {
      if (!name->empty()) ignored_.push_back(*name);
    }
  }

  Result<Trained> run();

 private:
  Result<std::vector<Fold>> make_folds() const;
  Result<FoldResult> run_fold(const Fold& fold, uint64_t seed) const;
  std::vector<std::optional<Result<FoldResult>>> run_folds(const std::vector<Fold>& folds) const;
  Status final_model(const std::vector<FoldResult>& results, Trained& out);
  void measure_importance(const Samples& all, Trained& out);
  void write_metrics(const std::vector<double>& scores, const std::vector<float>& labels, Trained& out) const;
  void write_lineage(Trained& out, size_t inputs) const;
  std::vector<uint32_t> rows_of(const std::vector<uint32_t>& places) const {
    std::vector<uint32_t> rows;
    for (uint32_t p : places) rows.push_back(target_.rows[p]);
    return rows;
  }
  std::vector<float> labels_of(const std::vector<uint32_t>& places) const {
    std::vector<float> labels;
    for (uint32_t p : places) labels.push_back(target_.labels[p]);
    return labels;
  }
  void say(double share, std::string_view what) const {
    if (options_.progress) options_.progress(share, what);
  }

  const Dataset& data_;
  const TrainOptions& options_;
  Target target_;
  std::vector<BoostingOptions> shapes_;
  std::vector<std::string> ignored_;
  std::shared_ptr<Encoder> encoder_;
};

Result<std::vector<Fold>> Training::make_folds() const {
  bool binary = target_.task == Task::kBinary;
  auto column = [&](const std::string& name) -> Result<const Column*> {
    if (const Column* found = data_.find(name)) return found;
    return Error(ErrorCode::kInvalidArgument, fmt::format("the data have no column '{}'", name)).in_field(name);
  };
  std::vector<Fold> folds;
  if (!options_.time.empty()) {
    FURROW_ASSIGN(const Column* times, column(options_.time));
    if (times->kind == ColumnKind::kText) {
      return Error(ErrorCode::kInvalidArgument, fmt::format("--time column '{}' holds text that is no time: ISO 8601 or a number is taken", options_.time)).in_field(options_.time);
    }
    std::vector<double> when;
    for (uint32_t row : target_.rows) when.push_back(times->numbers[row]);
    folds = time_folds(when, options_.folds);
  } else if (!options_.group.empty()) {
    FURROW_ASSIGN(const Column* groups, column(options_.group));
    std::vector<std::string> names;
    for (uint32_t row : target_.rows) names.push_back(groups->text(row));
    folds = group_folds(names, options_.folds, options_.seed);
  } else {
    folds = random_folds(target_.labels, binary, options_.folds, options_.seed);
  }
  // A fold whose training part has one class teaches nothing.
  std::erase_if(folds, [&](const Fold& fold) {
    if (fold.train.size() < 2 || fold.held_out.empty()) return true;
    float first = target_.labels[fold.train[0]];
    return binary && std::all_of(fold.train.begin(), fold.train.end(), [&](uint32_t p) { return target_.labels[p] == first; });
  });
  if (folds.empty()) {
    return Error(ErrorCode::kInvalidArgument, "the rows cannot be cut into folds that hold both classes: more rows, groups or times are needed");
  }
  return folds;
}

Result<FoldResult> Training::run_fold(const Fold& fold, uint64_t seed) const {
  Samples train;
  FURROW_ASSIGN(Encoder encoder, Encoder::fit(data_, ignored_, rows_of(fold.train), labels_of(fold.train), seed, &train));
  FURROW_ASSIGN(Samples held_out, encoder.encode(data_, rows_of(fold.held_out)));

  // The inner part: the last rows in time, else a stratified draw.
  std::vector<uint32_t> learn, watch;
  if (!options_.time.empty()) {
    size_t cut = static_cast<size_t>(static_cast<double>(train.rows()) * (1 - kInnerShare));
    for (uint32_t i = 0; i < train.rows(); ++i) (i < cut ? learn : watch).push_back(i);
  } else {
    Fold inner = random_folds(train.labels, target_.task == Task::kBinary, static_cast<int>(1 / kInnerShare), seed + 1)[0];
    learn = std::move(inner.train);
    watch = std::move(inner.held_out);
  }
  Samples inner_train = train.subset(learn), inner_watch = train.subset(watch);
  auto one_class = [&](const Samples& s) {
    return target_.task == Task::kBinary && std::all_of(s.labels.begin(), s.labels.end(), [&](float y) { return y == s.labels[0]; });
  };
  FoldResult result;
  BoostingOptions chosen = shapes_[0];
  chosen.rounds = 50;
  if (inner_watch.rows() > 0 && inner_train.rows() > 0 && !one_class(inner_train)) {
    double best = std::numeric_limits<double>::infinity();
    for (size_t s = 0; s < shapes_.size(); ++s) {
      FURROW_ASSIGN(Boosted trial, boost(target_.task, inner_train, &inner_watch, shapes_[s], options_.stop));
      result.losses.push_back(trial.validation_loss);
      if (trial.validation_loss >= best) continue;
      best = trial.validation_loss;
      chosen = shapes_[s];
      chosen.rounds = trial.rounds;
      result.shape = s;
    }
    chosen.rounds = std::max(1, static_cast<int>(std::lround(chosen.rounds * 1.1)));  // more rows bear more rounds
  }
  result.rounds = chosen.rounds;
  FURROW_ASSIGN(Boosted boosted, boost(target_.task, train, nullptr, chosen, options_.stop));
  FURROW_ASSIGN(Forest forest, Forest::parse(boosted.json));
  std::vector<float> margins(fold.held_out.size());
  forest.margins(held_out.values.data(), margins.size(), margins.data());
  result.margins.assign(margins.begin(), margins.end());
  FURROW_ASSIGN(LinearModel baseline, LinearModel::fit(target_.task, train));
  for (size_t i = 0; i < margins.size(); ++i) result.baseline.push_back(baseline.predict(held_out.row(i)));
  return result;
}

std::vector<std::optional<Result<FoldResult>>> Training::run_folds(const std::vector<Fold>& folds) const {
  std::vector<std::optional<Result<FoldResult>>> results(folds.size());
  std::atomic<size_t> next{0};
  std::mutex saying;
  size_t done = 0;
  auto work = [&] {
    for (size_t f = next++; f < folds.size(); f = next++) {
      results[f] = run_fold(folds[f], options_.seed + f);
      std::lock_guard lock(saying);
      ++done;
      say(static_cast<double>(done) / static_cast<double>(folds.size() + 1), fmt::format("{} of {} folds", done, folds.size()));
    }
  };
  std::vector<std::thread> helpers;
  for (int t = 1; t < options_.threads; ++t) helpers.emplace_back(work);
  work();
  for (auto& helper : helpers) helper.join();
  return results;
}

Status Training::final_model(const std::vector<FoldResult>& results, Trained& out) {
  // The shape that won most folds, and the mean of the rounds it won with.
  std::vector<int> wins(shapes_.size(), 0);
  for (const auto& r : results) ++wins[r.shape];
  size_t shape = static_cast<size_t>(std::max_element(wins.begin(), wins.end()) - wins.begin());
  double rounds = 0;
  for (const auto& r : results) rounds += r.shape == shape ? static_cast<double>(r.rounds) / wins[shape] : 0;
  BoostingOptions chosen = shapes_[shape];
  chosen.rounds = std::max(1, static_cast<int>(std::lround(rounds)));
  std::vector<uint32_t> everything(target_.rows.size());
  std::iota(everything.begin(), everything.end(), 0u);
  Samples all;
  FURROW_ASSIGN(Encoder encoder, Encoder::fit(data_, ignored_, target_.rows, target_.labels, options_.seed, &all));
  FURROW_ASSIGN(Boosted boosted, boost(target_.task, all, nullptr, chosen, options_.stop));
  encoder_ = std::make_shared<Encoder>(std::move(encoder));
  out.files.model = std::move(boosted.json);
  out.rounds = chosen.rounds;
  out.depth = chosen.depth;
  out.left_out = encoder_->left_out();
  JsonWriter json(out.files.encoding);
  encoder_->write(json);
  measure_importance(all, out);
  return {};
}

void Training::measure_importance(const Samples& all, Trained& out) {
  Forest forest = Forest::parse(out.files.model).value();
  ShapExplainer explainer = ShapExplainer::make(forest).value();
  ShapExplainer::Scratch scratch;
  Random random(options_.seed);
  size_t rows = std::min(all.rows(), kImportanceRows);
  std::vector<double> shap(all.columns), each(encoder_->inputs().size()), sum(each.size(), 0);
  for (size_t k = 0; k < rows; ++k) {
    const float* row = all.row(rows == all.rows() ? k : random.below(all.rows()));
    explainer.contributions(row, scratch, shap.data());
    std::fill(each.begin(), each.end(), 0.0);
    for (size_t o = 0; o < shap.size(); ++o) each[encoder_->output_inputs()[o]] += shap[o];
    for (size_t i = 0; i < each.size(); ++i) sum[i] += std::abs(each[i]) / static_cast<double>(rows);
  }
  for (size_t i = 0; i < sum.size(); ++i) out.importance.emplace_back(encoder_->inputs()[i].name, sum[i]);
  std::stable_sort(out.importance.begin(), out.importance.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
}

void Training::write_metrics(const std::vector<double>& scores, const std::vector<float>& labels, Trained& out) const {
  bool binary = target_.task == Task::kBinary;
  JsonWriter json(out.files.metrics);
  json.begin_object().field("version", 1).field("task", binary ? "binary" : "regression").key("cross_validated");
  binary ? write_json(json, out.binary) : write_json(json, out.regression);
  json.key("baseline").begin_object().field("method", binary ? "logistic regression" : "linear regression").key("cross_validated");
  binary ? write_json(json, out.binary_baseline) : write_json(json, out.regression_baseline);
  json.end_object();
  if (binary) {
    write_json(json.key("calibration_curve"), calibration_curve(scores, labels));
    write_json(json.key("thresholds"), threshold_table(scores, labels));
  }
  json.key("importance").begin_array();
  for (const auto& [name, value] : out.importance) json.begin_object().field("input", name).field("mean_abs_shap", value).end_object();
  json.end_array().end_object();
}

void Training::write_lineage(Trained& out, size_t inputs) const {
  JsonWriter json(out.files.lineage);
  json.begin_object().field("version", 1).field("created", format_time(SystemClock().now())).field("furrow", options_.furrow_version);
  json.field("library", "xgboost 1.7").field("data_file", options_.data_file).field("data_hash", options_.data_hash);
  json.field("rows", out.rows).field("rows_without_target", out.rows_without_target).field("columns", data_.columns.size()).field("inputs", inputs);
  json.field("target", options_.target).field("positive", out.positive).field("task", out.task == Task::kBinary ? "binary" : "regression");
  json.field("id", options_.id).field("time", options_.time).field("group", options_.group).key("dropped").begin_array();
  for (const auto& name : options_.drop) json.text(name);
  json.end_array().key("left_out").begin_array();
  for (const auto& left : out.left_out) json.begin_object().field("name", left.name).field("reason", left.reason).end_object();
  json.end_array().field("folds", options_.folds).field("split", !options_.time.empty() ? "time" : !options_.group.empty() ? "group" : "random");
  json.field("seed", static_cast<int64_t>(options_.seed)).field("rounds", out.rounds).field("depth", out.depth);
  json.field("learning_rate", shapes_[0].learning_rate).end_object();
}

Result<Trained> Training::run() {
  Trained out;
  out.task = target_.task;
  out.positive = target_.positive;
  out.rows = target_.rows.size();
  out.rows_without_target = data_.rows - target_.rows.size();
  if (out.rows < kLeastRows) {
    return Error(ErrorCode::kInvalidArgument, fmt::format("{} rows with a target are too few to learn from: at least {} are needed", out.rows, kLeastRows)).in_field(options_.target);
  }
  FURROW_ASSIGN(std::vector<Fold> folds, make_folds());
  std::vector<double> margins, baseline;
  std::vector<float> labels;
  std::vector<int> fold_of;
  std::vector<FoldResult> results;
  auto runs = run_folds(folds);
  for (size_t f = 0; f < folds.size(); ++f) {
    FURROW_ASSIGN(FoldResult result, std::move(*runs[f]));
    margins.insert(margins.end(), result.margins.begin(), result.margins.end());
    baseline.insert(baseline.end(), result.baseline.begin(), result.baseline.end());
    for (uint32_t p : folds[f].held_out) labels.push_back(target_.labels[p]);
    fold_of.insert(fold_of.end(), result.margins.size(), static_cast<int>(f));
    results.push_back(std::move(result));
  }
  Calibration calibration;
  std::vector<double> scores = margins;
  if (target_.task == Task::kBinary) {
    auto choice = Calibration::choose(margins, labels, fold_of);
    calibration = std::move(choice.calibration);
    scores = std::move(choice.held_out);
    FURROW_ASSIGN(out.binary, binary_quality(scores, labels, options_.seed));
    FURROW_ASSIGN(out.binary_baseline, binary_quality(baseline, labels, options_.seed));
  } else {
    FURROW_ASSIGN(out.regression, regression_quality(scores, labels, options_.seed));
    FURROW_ASSIGN(out.regression_baseline, regression_quality(baseline, labels, options_.seed));
  }
  out.calibration = calibration.method();
  FURROW_TRY(final_model(results, out));
  JsonWriter json(out.files.calibration);
  calibration.write(json);
  std::vector<uint32_t> sample;
  for (size_t k = 0; k < std::min(kParityRows, target_.rows.size()); ++k) sample.push_back(target_.rows[k * target_.rows.size() / kParityRows % target_.rows.size()]);
  FURROW_ASSIGN(Samples reference, encoder_->encode(data_, sample));
  FURROW_ASSIGN(out.files.parity, make_parity(out.files.model, calibration, target_.task, reference, sample.size()));
  write_metrics(scores, labels, out);
  write_lineage(out, encoder_->inputs().size());
  say(1, "done");
  return out;
}

}  // namespace

Result<Trained> train(const Dataset& data, const TrainOptions& options) {
  auto invalid = [](std::string what) { return Error(ErrorCode::kInvalidArgument, std::move(what)); };
  if (options.folds < 2 || options.folds > 20) return invalid(fmt::format("--folds {} is not between 2 and 20", options.folds));
  if (!options.time.empty() && !options.group.empty()) return invalid("give --time or --group, not both");
  for (const auto& name : options.drop) {
    if (!data.find(name)) return invalid(fmt::format("the data have no column '{}' to drop", name)).in_field(name);
  }
  if (!options.id.empty() && !data.find(options.id)) return invalid(fmt::format("the data have no column '{}'", options.id)).in_field(options.id);
  FURROW_ASSIGN(Target target, read_target(data, options.target, options.positive));
  return Training(data, options, std::move(target)).run();
}

}  // namespace furrow::learn
