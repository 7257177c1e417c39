#include "learn/class_training.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <mutex>
#include <optional>

#include "learn/cross_validation.h"
#include "learn/multinomial.h"
#include "learn/target.h"

namespace furrow::learn {
namespace {

constexpr double kEachShare = 0.9;         // of the time; the rest is the baseline's

// Held-out rows that every class has a margin for.
struct Together {
  std::vector<uint32_t> rows, labels;
  std::vector<int> fold;
  ClassScores margins;
};

class ClassTraining {
 public:
  ClassTraining(const Dataset& data, const TrainOptions& options, ClassTarget target, std::vector<std::string> ignored)
      : data_(data), options_(options), target_(std::move(target)), ignored_(std::move(ignored)) {}

  Result<TrainedClasses> run();

 private:
  void guard(TrainedClasses& out);
  Status train_each(TrainedClasses& out) const;
  Together bring_together(const TrainedClasses& out) const;
  Result<ClassScores> baseline(const std::vector<Fold>& folds, const Together& together) const;
  Result<Samples> encode_for_baseline(const std::vector<uint32_t>& train, const std::vector<uint32_t>& held_out, Samples& judged) const;
  void gather(TrainedClasses& out) const;
  void write(const ClassProbabilities& probabilities, TrainedClasses& out) const;

  const Dataset& data_;
  const TrainOptions& options_;
  ClassTarget target_;
  std::vector<std::string> ignored_;
  std::vector<uint32_t> label_of_row_;
};

void ClassTraining::guard(TrainedClasses& out) {
  std::map<std::string, size_t> copies;
  std::vector<std::pair<size_t, Warning>> found;
  for (size_t k = 0; k < target_.classes.size(); ++k) {
    Target one{Task::kBinary, target_.classes[k], target_.rows, {}};
    for (uint32_t label : target_.labels) one.labels.push_back(label == k ? 1.0f : 0.0f);
    GuardFindings findings = guard_training(data_, one, fmt::format("{} = {}", options_.target, target_.classes[k]), ignored_);
    for (const std::string& name : findings.copies) ++copies[name];
    for (Warning& warning : findings.warnings) found.emplace_back(k, std::move(warning));
  }
  for (auto& [k, kept] : found) {
    Warning& warning = kept;  // clang 14 does not let a lambda see a structured binding
    const bool known = std::any_of(out.warnings.begin(), out.warnings.end(), [&](const Warning& w) { return w.code == warning.code && w.column == warning.column; });
    if (warning.code == "leak_words") continue;  // of several classes a text's words tell by nature which it is about
    if (warning.code == "target_copy") {
      if (copies[warning.column] == target_.classes.size()) continue;
      warning.code = "leak";
      warning.english = fmt::format("column '{}' tells '{} = {}' from all other classes without an error: make sure that it is known before the outcome, or --drop {}", warning.column, options_.target,
                                    target_.classes[k], warning.column);
      warning.chinese = fmt::format("列“{}”可以毫无差错地区分“{} = {}”与其他类别：请确认它在结果之前已知，否则请 --drop {}", warning.column, options_.target, target_.classes[k], warning.column);
    }
    if (!known) out.warnings.push_back(std::move(warning));
  }
  for (const auto& [name, times] : copies) {
    if (times < target_.classes.size() || std::find(options_.keep.begin(), options_.keep.end(), name) != options_.keep.end()) continue;
    ignored_.push_back(name);
    out.left_out.push_back({name, fmt::format("it is the target '{}' under another name", options_.target)});
    out.warnings.push_back({"target_copy", name, fmt::format("column '{}' is the target '{}' under another name: it is left out; --keep {} takes it in", name, options_.target, name),
                            fmt::format("列“{}”就是目标“{}”本身，已排除；如确需使用请加 --keep {}", name, options_.target, name)});
  }
}

Status ClassTraining::train_each(TrainedClasses& out) const {
  const double count = static_cast<double>(target_.classes.size());
  TrainOptions options = options_;
  options.time_budget_s = options_.time_budget_s * kEachShare / count;
  for (uint32_t k = 0; k < target_.classes.size(); ++k) {
    if (options_.progress) {
      options.progress = [&, k](double share, std::string_view what) {
        options_.progress(kEachShare * (k + share) / count, fmt::format("class {} of {}, {}", k + 1, count, what));
      };
    }
    FURROW_ASSIGN(Trained trained, train_class(data_, options, target_, k, ignored_));
    out.each.push_back(std::move(trained));
  }
  return {};
}

Together ClassTraining::bring_together(const TrainedClasses& out) const {
  const size_t classes = target_.classes.size();
  std::vector<double> margins(data_.rows * classes);
  std::vector<uint32_t> seen(data_.rows, 0);
  for (size_t k = 0; k < classes; ++k) {
    const HeldOut& held = out.each[k].held_out;
    for (size_t i = 0; i < held.rows.size(); ++i) {
      margins[held.rows[i] * classes + k] = held.margins[i];
      ++seen[held.rows[i]];
    }
  }
  Together together;
  together.margins.classes = classes;
  const HeldOut& first = out.each[0].held_out;
  for (size_t i = 0; i < first.rows.size(); ++i) {
    const uint32_t row = first.rows[i];
    if (seen[row] != classes) continue;
    together.rows.push_back(row);
    together.labels.push_back(label_of_row_[row]);
    together.fold.push_back(first.fold[i]);
    together.margins.values.insert(together.margins.values.end(), margins.begin() + static_cast<std::ptrdiff_t>(row * classes),
                                   margins.begin() + static_cast<std::ptrdiff_t>((row + 1) * classes));
  }
  return together;
}

// What a line can use: the columns of the first class's encoding and, of each further one, those that depend on the class.
Result<Samples> ClassTraining::encode_for_baseline(const std::vector<uint32_t>& train, const std::vector<uint32_t>& held_out, Samples& judged) const {
  Samples out;
  std::vector<Samples> seen, unseen;
  std::vector<std::vector<size_t>> taken;
  for (size_t k = 0; k < target_.classes.size(); ++k) {
    std::vector<float> labels;
    for (uint32_t row : train) labels.push_back(label_of_row_[row] == k ? 1.0f : 0.0f);
    Samples part;
    FURROW_ASSIGN(Encoder encoder, Encoder::fit(data_, ignored_, train, labels, options_.seed, &part));
    FURROW_ASSIGN(Samples other, encoder.encode(data_, held_out));
    std::vector<size_t> columns;
    for (size_t c = 0; c < encoder.outputs(); ++c) {
      const EncodingMethod method = encoder.inputs()[encoder.output_inputs()[c]].method;
      if (k == 0 || has_rates(method) || method == EncodingMethod::kWords) columns.push_back(c);
    }
    if (columns.empty()) break;  // no class differs from the first
    out.columns += columns.size();
    taken.push_back(std::move(columns));
    seen.push_back(std::move(part));
    unseen.push_back(std::move(other));
  }
  judged.columns = out.columns;
  auto join = [&](const std::vector<Samples>& parts, const std::vector<uint32_t>& rows, Samples& joined) {
    for (size_t i = 0; i < rows.size(); ++i) {
      for (size_t p = 0; p < parts.size(); ++p) {
        for (size_t c : taken[p]) joined.values.push_back(parts[p].values[i * parts[p].columns + c]);
      }
      joined.labels.push_back(static_cast<float>(label_of_row_[rows[i]]));
    }
  };
  join(seen, train, out);
  join(unseen, held_out, judged);
  return out;
}

Result<ClassScores> ClassTraining::baseline(const std::vector<Fold>& folds, const Together& together) const {
  const size_t classes = target_.classes.size();
  std::vector<double> of_row(data_.rows * classes, 1 / static_cast<double>(classes));
  std::vector<std::optional<Error>> faults(folds.size());
  std::mutex one;
  run_jobs(folds.size(), options_.threads, [&](size_t f) {
    auto fit = [&]() -> Status {
      Samples judged;
      FURROW_ASSIGN(Samples train, encode_for_baseline(folds[f].train, folds[f].held_out, judged));
      FURROW_ASSIGN(MultinomialModel model, MultinomialModel::fit_chosen(train, classes, options_.seed + f));
      std::lock_guard lock(one);
      for (size_t i = 0; i < folds[f].held_out.size(); ++i) model.probabilities(judged.row(i), of_row.data() + folds[f].held_out[i] * classes);
      return {};
    };
    if (Status status = fit(); !status.ok()) faults[f] = std::move(status).error();
  });
  for (auto& fault : faults) {
    if (fault) return *fault;
  }
  ClassScores out{classes, {}};
  for (uint32_t row : together.rows) {
    out.values.insert(out.values.end(), of_row.begin() + static_cast<std::ptrdiff_t>(row * classes), of_row.begin() + static_cast<std::ptrdiff_t>((row + 1) * classes));
  }
  return out;
}

void ClassTraining::gather(TrainedClasses& out) const {
  std::map<std::string, double> importance;
  for (const Trained& trained : out.each) {
    for (const auto& [name, value] : trained.importance) importance[name] += value / static_cast<double>(out.each.size());
    for (const LeftOut& left : trained.left_out) {
      if (std::none_of(out.left_out.begin(), out.left_out.end(), [&](const LeftOut& known) { return known.name == left.name; })) out.left_out.push_back(left);
    }
  }
  out.importance.assign(importance.begin(), importance.end());
  std::stable_sort(out.importance.begin(), out.importance.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
}

void ClassTraining::write(const ClassProbabilities& probabilities, TrainedClasses& out) const {
  JsonWriter how(out.probabilities), metrics(out.metrics), lineage(out.lineage);
  probabilities.write(how);
  metrics.begin_object().field("version", 1).field("task", "classes").key("cross_validated");
  write_json(metrics, out.quality, out.classes);
  metrics.key("baseline").begin_object().field("method", "multinomial logistic regression").key("cross_validated");
  write_json(metrics, out.baseline, out.classes);
  metrics.end_object().key("importance").begin_array();
  for (const auto& [name, value] : out.importance) metrics.begin_object().field("input", name).field("mean_abs_shap", value).end_object();
  metrics.end_array();
  write_json(metrics.key("warnings"), out.warnings);
  metrics.end_object();
  lineage.begin_object().field("version", 1).field("created", format_time(SystemClock().now())).field("furrow", options_.furrow_version);
  lineage.field("library", "xgboost 1.7").field("data_file", options_.data_file).field("data_hash", options_.data_hash);
  lineage.field("rows", out.rows).field("rows_without_target", out.rows_without_target).field("rows_cross_validated", out.rows_cross_validated).field("target", options_.target).field("task", "classes");
  lineage.field("id", options_.id).field("time", options_.time).field("group", options_.group).field("weight", options_.weight).key("dropped").begin_array();
  for (const auto& name : options_.drop) lineage.text(name);
  lineage.end_array().key("left_out").begin_array();
  for (const auto& left : out.left_out) lineage.begin_object().field("name", left.name).field("reason", left.reason).end_object();
  int rounds = 0, depth = 0;
  for (const Trained& trained : out.each) rounds += trained.rounds, depth = std::max(depth, trained.depth);
  lineage.end_array().field("folds", options_.folds).field("split", !options_.time.empty() ? "time" : !options_.group.empty() ? "group" : "random");
  lineage.field("seed", static_cast<int64_t>(options_.seed)).field("rounds", rounds).field("depth", depth).end_object();
}

Result<TrainedClasses> ClassTraining::run() {
  TrainedClasses out;
  out.classes = target_.classes;
  out.class_rows = target_.class_rows;
  out.rows = target_.rows.size();
  size_t rare = 0;
  for (const auto& [name, rows] : target_.too_rare) {
    rare += rows;
    out.warnings.push_back({"rare_class", "", fmt::format("class '{}' has {} rows, too few to learn: it is left out", name, rows), fmt::format("类别“{}”只有 {} 行，样本太少，已排除", name, rows)});
  }
  out.rows_without_target = data_.rows - out.rows - rare;
  FURROW_TRY(check_training_rows(out.rows, options_.target));
  label_of_row_.assign(data_.rows, 0);
  for (size_t i = 0; i < target_.rows.size(); ++i) label_of_row_[target_.rows[i]] = target_.labels[i];
  guard(out);
  FURROW_TRY(train_each(out));
  out.rows_cross_validated = out.rows;
  for (const Trained& trained : out.each) out.rows_cross_validated = std::min(out.rows_cross_validated, trained.rows_cross_validated);
  const Together together = bring_together(out);
  if (together.rows.empty()) {
    return Error(ErrorCode::kInvalidArgument, "the rows cannot be cut into folds that hold every class: more rows, groups or times are needed").in_field(options_.target);
  }
  std::vector<Calibration> calibrations;
  for (const Trained& trained : out.each) {
    FURROW_ASSIGN(Calibration calibration, Calibration::parse(trained.files.calibration));
    calibrations.push_back(std::move(calibration));
  }
  auto choice = ClassProbabilities::choose(std::move(calibrations), together.margins, together.labels, together.fold);
  FURROW_ASSIGN(out.quality, class_quality(choice.held_out, together.labels, options_.seed));
  if (options_.progress) options_.progress(kEachShare, "the baseline");
  FURROW_ASSIGN(ClassScores base, baseline(out.each[0].held_out.folds, together));
  FURROW_ASSIGN(out.baseline, class_quality(base, together.labels, options_.seed));
  gather(out);
  write(choice.probabilities, out);
  if (options_.progress) options_.progress(1, "done");
  return out;
}

}  // namespace

Result<TrainedClasses> train_classes(const Dataset& data, const TrainOptions& options) {
  if (!options.monotone.empty()) {
    return Error(ErrorCode::kInvalidArgument, "--monotone needs one score: a target of several classes has one a class; name one with --positive").in_field(options.target);
  }
  FURROW_ASSIGN(std::vector<std::string> ignored, training_columns(data, options));
  FURROW_ASSIGN(ClassTarget target, read_class_target(data, options.target));
  return ClassTraining(data, options, std::move(target), std::move(ignored)).run();
}

}  // namespace furrow::learn
