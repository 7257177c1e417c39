#include "learn/trainer.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <mutex>
#include <numeric>
#include <optional>

#include "base/random.h"
#include "learn/binned_rows.h"
#include "learn/blend.h"
#include "learn/composition.h"
#include "learn/cross_validation.h"
#include "learn/explanation.h"
#include "learn/interaction_stage.h"
#include "learn/part_search.h"
#include "learn/reference.h"
#include "learn/sigmoid.h"
#include "learn/training_checks.h"
#include "learn/transfer.h"

namespace furrow::learn {
namespace {

constexpr double kLeastWeight = 0.05;      // a part that counts for less is left out
constexpr size_t kMostTrees = 1000;        // more are not worth their time in live scoring
constexpr size_t kFinalCells = 500'000'000;  // encoded cells of the final fit: 2 GB
constexpr double kMoreRows = 1.1;          // the final fit sees more rows than a fold's, which bear more rounds
constexpr size_t kImportanceRows = 2000;
constexpr size_t kDependences = 8, kSlicedInputs = 12;  // inputs that get one
constexpr size_t kParityRows = 32;
constexpr double kCrossShare = 0.7;        // of the time, as progress and a budget see it

// How many differently drawn fits the final model is the mean of.
int bags(size_t rows) { return rows < 3000 ? 3 : rows < 8000 ? 2 : 1; }

class Training {
 public:
  Training(const Dataset& data, const TrainOptions& options, Target target, std::vector<std::string> ignored, std::vector<float> weights,
           std::vector<float> strata = {})
      : options_(options), task_{data, options, std::move(target), std::move(ignored), std::move(weights), std::move(strata)},
        parts_(forest_parts(task_.target.rows.size(), options)) {}

  Result<Trained> run(GuardFindings findings);

 private:
  Result<CrossValidated> try_parts();
  Status stage(const CrossValidated& cross, const RowSource& all, Trained& out);
  Status judge(const CrossValidated& cross, Trained& out);
  Status judge_transfer(const CrossValidated& cross, Trained& out) const;
  Blend final_blend(const CrossValidated& cross) const;
  Result<std::unique_ptr<const RowSource>> encode_final(const CrossValidated& cross);
  Status fit_final(const CrossValidated& cross, const Blend& blend, const RowSource& all, Trained& out) const;
  void explain(const RowSource& all, Trained& out);
  Status keep_reference(Trained& out) const;
  void write_metrics(const CrossValidated& cross, Trained& out) const;
  void write_lineage(const CrossValidated& cross, Trained& out) const;
  void say(double share, std::string_view what) const {
    if (options_.progress) options_.progress(share, what);
  }

  const TrainOptions& options_;
  TrainingTask task_;
  std::vector<ForestPart> parts_;
  std::optional<Encoder> encoder_;
  Calibration calibration_;
  ConformalIntervals intervals_;
  Lean lean_;                    // what the blend leans to
  Blend blend_;
  StageMargins margins_;         // of held-out rows
  InteractionStage stage_;
  std::vector<double> scores_;   // of held-out rows, calibrated
  std::vector<float> labels_;
  std::vector<uint32_t> fitted_;  // places in target.rows of the rows of the final fit
  Explanation explanation_;
};

// The general model alone, and a blend of what knows nothing of it.
Status Training::judge_transfer(const CrossValidated& cross, Trained& out) const {
  Transfer& transfer = out.transfer.emplace();
  std::vector<std::vector<double>> others;
  std::vector<double> prior;
  for (size_t p = 0; p < parts_.size(); ++p) {
    if (!parts_[p].tuned) others.push_back(cross.margins[p]), prior.push_back(ForestPart().prior);
  }
  others.push_back(cross.margins.back()), prior.push_back(0);
  std::vector<double> linear(prior.size(), 0);
  linear.back() = 1;
  const Lean lean = Blend::choose_lean(task_.target.task, others, cross.labels, {prior, linear}, cross.fold);
  std::vector<double> nothing = Blend::cross_fit(task_.target.task, others, cross.labels, lean, cross.fold), alone = cross.margins[parts_.size()];
  for (double& margin : alone) margin = options_.general->score_of_margin(margin);
  if (task_.target.task == Task::kRegression) {
    FURROW_ASSIGN(transfer.general_alone_value, regression_quality(alone, cross.labels, options_.seed));
    FURROW_ASSIGN(transfer.from_nothing_value, regression_quality(nothing, cross.labels, options_.seed));
    return {};
  }
  for (double& margin : nothing) margin = sigmoid(margin);
  FURROW_ASSIGN(transfer.general_alone, binary_quality(alone, cross.labels, options_.seed));
  FURROW_ASSIGN(transfer.from_nothing, binary_quality(nothing, cross.labels, options_.seed));
  return {};
}

// What compared inputs share with the others, learnt from held-out margins.
Status Training::stage(const CrossValidated& cross, const RowSource& all, Trained& out) {
  lean_ = Blend::choose_lean(task_.target.task, cross.margins, cross.labels, blend_priors(parts_, options_.general != nullptr), cross.fold);
  blend_ = final_blend(cross);
  margins_ = {Blend::without_folds(task_.target.task, cross.margins, cross.labels, lean_, cross.fold), blend_.all_margins(cross.margins)};
  if (options_.compared.empty()) return {};
  std::vector<uint32_t> rows;  // of `all`, which the held-out rows are among
  for (uint32_t place : cross.places) rows.push_back(static_cast<uint32_t>(std::lower_bound(fitted_.begin(), fitted_.end(), place) - fitted_.begin()));
  StageOptions options{options_.compared, task_.monotone(*encoder_), parts_[0].boosting.min_child_weight, options_.seed, options_.threads, options_.stop};
  FURROW_ASSIGN(stage_, fit_interactions(task_.target.task, *encoder_, all.subset(rows), cross.fold, options, margins_));
  out.interactions = stage_.parts;
  return {};
}

Status Training::judge(const CrossValidated& cross, Trained& out) {
  labels_ = cross.labels;
  if (options_.general) FURROW_TRY(judge_transfer(cross, out));
  const auto& without = margins_.without;
  std::vector<double> margins(cross.labels.size()), baseline = cross.margins.back();
  for (size_t i = 0; i < margins.size(); ++i) margins[i] = without[static_cast<size_t>(cross.fold[i])][i];
  out.held_out = {task_.rows_of(cross.places), cross.fold, margins, cross.folds};
  for (Fold& fold : out.held_out.folds) fold = {task_.rows_of(fold.train), task_.rows_of(fold.held_out)};
  if (task_.target.task == Task::kRegression) {
    scores_ = std::move(margins);
    intervals_ = ConformalIntervals::fit(scores_, labels_);
    FURROW_ASSIGN(out.regression, regression_quality(scores_, labels_, options_.seed));
    FURROW_ASSIGN(out.regression_baseline, regression_quality(baseline, labels_, options_.seed));
    return {};
  }
  auto choice = Calibration::choose(without, margins_.whole, labels_, cross.fold);
  calibration_ = std::move(choice.calibration);
  scores_ = std::move(choice.held_out);
  out.calibration = calibration_.method();
  for (double& b : baseline) b = 1 / (1 + std::exp(-b));
  FURROW_ASSIGN(out.binary, binary_quality(scores_, labels_, options_.seed));
  FURROW_ASSIGN(out.binary_baseline, binary_quality(baseline, labels_, options_.seed));
  return {};
}

// Over all held-out rows; parts that hardly count are dropped and the rest weighed again.
Blend Training::final_blend(const CrossValidated& cross) const {
  Blend blend = Blend::fit(task_.target.task, cross.margins, cross.labels, lean_);
  std::vector<size_t> kept;
  for (size_t p = 0; p < blend.weights.size(); ++p) {
    if (blend.weights[p] >= kLeastWeight) kept.push_back(p);
  }
  if (kept.empty() || kept.size() == blend.weights.size()) return blend;
  std::vector<std::vector<double>> margins;
  Lean kept_lean{{}, lean_.pull};
  for (size_t p : kept) margins.push_back(cross.margins[p]), kept_lean.prior.push_back(lean_.prior[p]);
  Blend again = Blend::fit(task_.target.task, margins, cross.labels, kept_lean);
  blend.constant = again.constant;
  std::fill(blend.weights.begin(), blend.weights.end(), 0.0);
  for (size_t k = 0; k < kept.size(); ++k) blend.weights[kept[k]] = again.weights[k];
  return blend;
}

// The rows of the final fit, those that were held out among them.
Result<std::unique_ptr<const RowSource>> Training::encode_final(const CrossValidated& cross) {
  fitted_.resize(task_.target.rows.size());
  std::iota(fitted_.begin(), fitted_.end(), 0u);
  FURROW_ASSIGN(TrainingTask::Encoded encoded, task_.encode(fitted_, options_.seed));
  size_t most = std::max<size_t>(100'000, kFinalCells / encoded.encoder.outputs());
  if (fitted_.size() > most) {
    encoded.rows.reset();
    Random random(options_.seed);
    std::vector<bool> held_out(fitted_.size());
    for (uint32_t place : cross.places) held_out[place] = true;
    auto others = std::stable_partition(fitted_.begin(), fitted_.end(), [&](uint32_t place) { return held_out[place]; });
    for (auto i = static_cast<size_t>(others - fitted_.begin()); i < most; ++i) std::swap(fitted_[i], fitted_[i + random.below(fitted_.size() - i)]);
    fitted_.resize(most);
    std::sort(fitted_.begin(), fitted_.end());
    FURROW_ASSIGN(encoded, task_.encode(fitted_, options_.seed));
  }
  encoder_.emplace(std::move(encoded.encoder));
  return std::move(encoded.rows);
}

Status Training::fit_final(const CrossValidated& cross, const Blend& blend, const RowSource& all, Trained& out) const {
  struct Fit {
    size_t part;
    int rounds, bag;
    double weight;
    std::optional<Forest> forest;
  };
  std::vector<Fit> fits;
  double trees = 0;
  for (size_t p = 0; p < parts_.size(); ++p) trees += blend.weights[p] > 0 ? cross.rounds[p] * kMoreRows : 0;
  int most = std::max(1, static_cast<int>(static_cast<double>(kMostTrees) / std::max(1.0, trees))), each = std::min(bags(all.rows()), most);
  for (size_t p = 0; p < parts_.size(); ++p) {
    if (!(blend.weights[p] > 0)) continue;
    int rounds = std::max(1, static_cast<int>(std::lround(cross.rounds[p] * kMoreRows)));
    for (int b = 0; b < each; ++b) fits.push_back({p, rounds, b, blend.weights[p] / each, std::nullopt});
  }
  std::vector<int> monotone = task_.monotone(*encoder_);
  const std::vector<float> general = options_.general ? task_.general_margins(all) : std::vector<float>();
  double done = 0, total_rounds = 0, seconds = options_.time_budget_s * (1 - kCrossShare) * options_.threads / static_cast<double>(std::max<size_t>(1, fits.size()));
  for (const Fit& fit : fits) total_rounds += fit.rounds;
  std::mutex one;
  std::optional<Error> fault;
  std::optional<BinnedRows> bins, tuned_bins;  // of rows that are not held: shared by the fits, but those that begin from the general model have their own
  BoostingOptions shape = parts_[0].boosting;  // all have the same bins
  shape.threads = options_.threads;
  for (size_t f = 0; f < fits.size() && !all.held(); ++f) {
    const bool tuned = parts_[fits[f].part].tuned;
    auto& wanted = tuned ? tuned_bins : bins;
    if (wanted) continue;
    FURROW_ASSIGN(wanted, BinnedRows::make(task_.target.task, all, shape, tuned ? general : std::vector<float>()));
  }
  run_jobs(fits.size(), options_.threads, [&](size_t f) {
    Fit& fit = fits[f];
    BoostingOptions boosting = parts_[fit.part].boosting;
    boosting.rounds = fit.rounds;
    boosting.seed = options_.seed + 7919 * static_cast<uint64_t>(fit.bag);
    boosting.monotone = monotone;
    if (parts_[fit.part].tuned) boosting.start = general;
    auto start = std::chrono::steady_clock::now();
    auto enough = [&] {
      std::lock_guard lock(one);
      say(kCrossShare + (1 - kCrossShare) * ++done / total_rounds, "fitting on all rows");
      return seconds > 0 && std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count() > seconds;
    };
    auto boosted = all.held() ? boost(task_.target.task, *all.held(), nullptr, boosting, options_.stop, enough)
                              : boost(task_.target.task, parts_[fit.part].tuned ? *tuned_bins : *bins, nullptr, boosting, options_.stop, enough);
    auto forest = boosted.ok() ? Forest::parse(boosted->json) : Result<Forest>(std::move(boosted).error());
    std::lock_guard lock(one);
    if (forest.ok()) fit.forest = std::move(forest).value();
    else if (!fault) fault = std::move(forest).error();
  });
  if (fault) return *fault;
  bins.reset(), tuned_bins.reset();
  ForestComposition composition(task_.target.task, all.columns());
  for (const Fit& fit : fits) composition.add(*fit.forest, fit.forest->trees().size(), fit.weight);
  if (blend.weights.back() > 0) {
    FURROW_ASSIGN(LinearModel linear, LinearModel::fit_chosen(task_.target.task, all, options_.seed, monotone));
    composition.add(linear, all.thinned(ForestComposition::kTabulatedRows), blend.weights.back());
  }
  if (options_.general) {
    double weight = blend.weights[parts_.size()];
    for (size_t p = 0; p < parts_.size(); ++p) weight += parts_[p].tuned ? blend.weights[p] : 0;
    const Forest& forest = options_.general->forest();
    if (weight > 0) composition.add(forest, forest.trees().size(), weight);
    for (const Tree& tree : forest.trees()) out.depth = std::max(out.depth, weight > 0 ? tree.depth : 0);
    out.transfer->weight = weight;
    out.blend.emplace_back("general model", blend.weights[parts_.size()]);
  }
  for (const Tree& tree : stage_.trees) {
    composition.add(tree);
    out.depth = std::max(out.depth, tree.depth);
  }
  for (const auto& part : stage_.parts) {
    if (part.rounds > 0) out.blend.emplace_back(fmt::format("trees within each {}", part.input), 1.0);
  }
  composition.add_constant(blend.constant);
  out.rounds = static_cast<int>(composition.trees());
  for (size_t p = 0; p < parts_.size(); ++p) out.blend.emplace_back(parts_[p].name, blend.weights[p]);
  out.blend.emplace_back("linear model", blend.weights.back());
  for (size_t p = 0; p < parts_.size(); ++p) {
    if (blend.weights[p] > 0) out.depth = std::max(out.depth, parts_[p].boosting.depth);
  }
  out.files.model = composition.json();
  return {};
}

void Training::explain(const RowSource& all, Trained& out) {
  Random random(options_.seed);
  size_t count = std::min(all.rows(), kImportanceRows);
  std::vector<uint32_t> chosen;
  for (size_t k = 0; k < count; ++k) chosen.push_back(static_cast<uint32_t>(count == all.rows() ? k : random.below(all.rows())));
  const Samples shown = all.subset(chosen);
  std::vector<const float*> rows;
  for (size_t k = 0; k < count; ++k) rows.push_back(shown.row(k));
  explanation_ = explain_model(Forest::parse(out.files.model).value(), *encoder_, rows, kDependences);
  out.importance = explanation_.importance;
}

Status Training::keep_reference(Trained& out) const {
  size_t stride = std::max<size_t>(1, task_.target.rows.size() / Reference::kFingerprints);
  std::vector<uint32_t> rows;
  for (size_t i = 0; i < task_.target.rows.size(); i += stride) rows.push_back(task_.target.rows[i]);
  FURROW_ASSIGN(Samples encoded, encoder_->encode(task_.data, rows));
  out.files.reference = Reference::make(*encoder_, encoded, rows.size(), task_.target.rows.size(), options_.seed);
  return {};
}

void Training::write_metrics(const CrossValidated& cross, Trained& out) const {
  bool binary = task_.target.task == Task::kBinary;
  JsonWriter json(out.files.metrics);
  json.begin_object().field("version", 1).field("task", binary ? "binary" : "regression").key("cross_validated");
  binary ? write_json(json, out.binary) : write_json(json, out.regression);
  json.key("baseline").begin_object().field("method", binary ? "logistic regression" : "linear regression").key("cross_validated");
  binary ? write_json(json, out.binary_baseline) : write_json(json, out.regression_baseline);
  json.end_object();
  if (binary) {
    write_json(json.key("calibration_curve"), calibration_curve(scores_, labels_));
    write_json(json.key("thresholds"), threshold_table(scores_, labels_));
    std::vector<std::string> inputs = options_.slices;
    for (const auto& [name, value] : out.importance) {
      if (inputs.size() < kSlicedInputs + options_.slices.size() && value > 0 && std::find(inputs.begin(), inputs.end(), name) == inputs.end()) inputs.push_back(name);
    }
    write_json(json.key("slices"), slice_quality(task_.data, task_.rows_of(cross.places), scores_, labels_, inputs));
  } else {
    write_json(json.key("tenths"), value_tenths(scores_, labels_));
  }
  json.key("explained_by").begin_object().field("method", "path-dependent SHAP").field("rows", std::min(out.rows, kImportanceRows)).field("interaction_rows", explanation_.interaction_rows).end_object();
  write_json(json.key("dependence"), explanation_.dependence);
  write_json(json.key("interactions"), explanation_.interactions);
  json.key("importance").begin_array();
  for (const auto& [name, value] : out.importance) json.begin_object().field("input", name).field("mean_abs_shap", value).end_object();
  json.end_array().key("blend").begin_array();
  for (const auto& [name, weight] : out.blend) json.begin_object().field("part", name).field("weight", weight).end_object();
  json.end_array();
  if (out.transfer) {
    json.key("transfer").begin_object().field("weight", out.transfer->weight).key("general_alone");
    binary ? write_json(json, out.transfer->general_alone) : write_json(json, out.transfer->general_alone_value);
    json.key("from_nothing");
    binary ? write_json(json, out.transfer->from_nothing) : write_json(json, out.transfer->from_nothing_value);
    json.end_object();
  }
  json.key("compared").begin_array();
  for (const auto& part : stage_.parts) {
    json.begin_object().field("input", part.input).field("groups", part.groups).field("rounds", part.rounds);
    json.field("loss_before", part.loss_before).field("loss_after", part.loss_after).end_object();
  }
  json.end_array();
  write_json(json.key("warnings"), out.warnings);
  json.end_object();
}

void Training::write_lineage(const CrossValidated& cross, Trained& out) const {
  JsonWriter json(out.files.lineage);
  json.begin_object().field("version", 1).field("created", format_time(SystemClock().now())).field("furrow", options_.furrow_version);
  json.field("library", "xgboost 1.7").field("data_file", options_.data_file).field("data_hash", options_.data_hash);
  json.field("rows", out.rows).field("rows_without_target", out.rows_without_target).field("rows_fitted", fitted_.size());
  json.field("rows_cross_validated", cross.rows_used).field("columns", task_.data.columns.size()).field("inputs", encoder_->inputs().size());
  json.field("target", options_.target).field("positive", out.positive).field("task", out.task == Task::kBinary ? "binary" : "regression");
  json.field("id", options_.id).field("time", options_.time).field("group", options_.group).field("weight", options_.weight);
  json.key("monotone").begin_object();
  for (const auto& [name, sign] : options_.monotone) json.field(name, sign > 0 ? "+" : "-");
  json.end_object().key("dropped").begin_array();
  for (const auto& name : options_.drop) json.text(name);
  json.end_array().key("left_out").begin_array();
  for (const auto& left : out.left_out) json.begin_object().field("name", left.name).field("reason", left.reason).end_object();
  json.end_array().field("folds", options_.folds).field("split", !options_.time.empty() ? "time" : !options_.group.empty() ? "group" : "random");
  if (options_.general) json.field("general_model", options_.general->folder().filename().string());
  json.field("seed", static_cast<int64_t>(options_.seed)).field("rounds", out.rounds).field("depth", out.depth).end_object();
}

// Within a budget, further shapes may take what is left; a score that somebody waits for stays small.
Result<CrossValidated> Training::try_parts() {
  const double seconds = options_.time_budget_s * kCrossShare;
  const bool more = seconds > 0 && options_.compared.empty();
  const auto start = std::chrono::steady_clock::now();
  auto passed = [&] { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(); };
  FURROW_ASSIGN(CrossValidated cross, cross_validate(task_, parts_, seconds, [&](double share, std::string_view what) {
    say(kCrossShare * (more ? std::min(share, passed() / seconds) : share), what);
  }));
  if (!more) return cross;
  // The last fits, on all rows and drawn several times where these are few, have the rest of the budget.
  const double final_share = kMoreRows * bags(task_.target.rows.size()) / static_cast<double>(std::max<size_t>(1, cross.folds.size()));
  const double affordable = std::min(seconds, options_.time_budget_s * (1 - kCrossShare) / final_share);
  FURROW_TRY(search_parts(task_, passed(), affordable, [&](double share, std::string_view what) { say(kCrossShare * share, what); }, parts_, cross));
  return cross;
}

Result<Trained> Training::run(GuardFindings findings) {
  Trained out;
  out.task = task_.target.task;
  out.positive = task_.target.positive;
  out.rows = task_.target.rows.size();
  out.rows_without_target = task_.data.rows - task_.target.rows.size();
  FURROW_ASSIGN(CrossValidated cross, try_parts());
  out.rows_cross_validated = cross.rows_used;
  FURROW_ASSIGN(const std::unique_ptr<const RowSource> all, encode_final(cross));
  FURROW_TRY(stage(cross, *all, out));
  FURROW_TRY(judge(cross, out));
  FURROW_TRY(fit_final(cross, blend_, *all, out));
  for (const std::string& name : findings.copies) out.left_out.push_back({name, fmt::format("it is the target '{}' under another name", options_.target)});
  out.left_out.insert(out.left_out.end(), encoder_->left_out().begin(), encoder_->left_out().end());
  out.warnings = std::move(findings.warnings);
  explain(*all, out);
  if (out.task == Task::kBinary) warn_if_too_good(out.binary.auc.value, out.importance, out.warnings);
  JsonWriter encoding(out.files.encoding), calibration(out.files.calibration);
  encoder_->write(encoding);
  calibration_.write(calibration);
  if (!intervals_.empty()) {
    JsonWriter intervals(out.files.intervals);
    intervals_.write(intervals);
  }
  std::vector<uint32_t> sample;
  for (size_t k = 0; k < std::min(kParityRows, out.rows); ++k) sample.push_back(task_.target.rows[k * out.rows / kParityRows % out.rows]);
  FURROW_ASSIGN(Samples reference, encoder_->encode(task_.data, sample));
  FURROW_ASSIGN(out.files.parity, make_parity(out.files.model, calibration_, task_.target.task, reference, sample.size()));
  FURROW_TRY(keep_reference(out));
  write_metrics(cross, out);
  write_lineage(cross, out);
  say(1, "done");
  return out;
}

}  // namespace

Result<std::vector<std::string>> training_columns(const Dataset& data, const TrainOptions& options) {
  if (options.folds < 2 || options.folds > 20) return Error(ErrorCode::kInvalidArgument, fmt::format("--folds {} is not between 2 and 20", options.folds));
  if (!options.time.empty() && !options.group.empty()) return Error(ErrorCode::kInvalidArgument, "give --time or --group, not both");
  FURROW_TRY(check_columns(data, options));
  std::vector<std::string> ignored = options.drop;
  for (const std::string* name : {&options.target, &options.id, &options.time, &options.group, &options.weight}) {
    if (!name->empty()) ignored.push_back(*name);
  }
  return ignored;
}

Result<Trained> train(const Dataset& data, const TrainOptions& options) {
  FURROW_ASSIGN(std::vector<std::string> ignored, training_columns(data, options));
  FURROW_ASSIGN(Target target, read_target(data, options.target, options.positive));
  if (options.general) FURROW_TRY(check_general(*options.general, data, target.task, options, ignored));
  FURROW_TRY(check_target(target, options));
  FURROW_ASSIGN(std::vector<float> weights, read_weights(data, options, target));
  GuardFindings findings = guard_training(data, target, options.target, ignored);
  std::erase_if(findings.copies, [&](const std::string& name) { return std::find(options.keep.begin(), options.keep.end(), name) != options.keep.end(); });
  // Copies of the target stay when there is nothing else to learn from.
  std::vector<std::string> without = ignored;
  without.insert(without.end(), findings.copies.begin(), findings.copies.end());
  bool inputs_left = std::any_of(data.columns.begin(), data.columns.end(), [&](const Column& c) { return std::find(without.begin(), without.end(), c.name) == without.end(); });
  if (inputs_left) ignored = std::move(without);
  else findings.copies.clear();
  if (target.task == Task::kBinary) warn_of_spellings(*data.find(options.target), findings.warnings);
  if (options.general) FURROW_TRY(warn_of_rows_seen(*options.general, data, target.rows, findings.warnings));
  return Training(data, options, std::move(target), std::move(ignored), std::move(weights)).run(std::move(findings));
}

Result<Trained> train_class(const Dataset& data, const TrainOptions& options, const ClassTarget& target, uint32_t chosen,
                            const std::vector<std::string>& ignored) {
  Target one{Task::kBinary, target.classes[chosen], target.rows, {}};
  std::vector<float> strata;
  for (uint32_t label : target.labels) {
    one.labels.push_back(label == chosen ? 1.0f : 0.0f);
    strata.push_back(static_cast<float>(label));
  }
  FURROW_TRY(check_target(one, options));
  FURROW_ASSIGN(std::vector<float> weights, read_weights(data, options, one));
  return Training(data, options, std::move(one), ignored, std::move(weights), std::move(strata)).run({});
}

}  // namespace furrow::learn
