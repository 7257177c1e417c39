#include "learn/uplift.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <mutex>
#include <numeric>
#include <optional>
#include <set>
#include <tuple>

#include "base/random.h"
#include "learn/composition.h"
#include "learn/cross_validation.h"
#include "learn/explanation.h"
#include "learn/folds.h"
#include "learn/row_copies.h"
#include "learn/target.h"
#include "learn/uplift_folder.h"
#include "learn/uplift_guards.h"

namespace furrow::learn {
namespace {

constexpr int kFolds = 3;
constexpr size_t kChoiceRows = 60'000;   // of which learners are chosen
constexpr size_t kMostTimes = 20;         // a file put in more often than that is not looked for
constexpr double kWholeShare = 0.95;      // of the rows, where the file is there a whole number of times
constexpr size_t kMostArms = 20, kListedLevels = 8, kUpliftParityRows = 32, kUpliftImportanceRows = 1000;
constexpr const char* kMean = "mean";

Error invalid_uplift(std::string what, const std::string& field) { return Error(ErrorCode::kInvalidArgument, std::move(what)).in_field(field); }

bool reads_as_control(std::string level) {
  for (char& c : level) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
  for (const char* word : {"control", "ctrl", "none", "0", "false", "no", "holdout", "hold-out", "baseline", "nothing"}) {
    if (level == word) return true;
  }
  return level.rfind("no ", 0) == 0 || level.find("control") != level.npos;
}

class UpliftTraining {
 public:
  UpliftTraining(const Dataset& data, const UpliftOptions& options) : data_(data), options_(options) {}
  Status prepare();
  Status choose();
  Status fit(const std::filesystem::path& folder);
  UpliftSummary summary;

 private:
  Status read_rows();
  Status find_arms(const Column& column);
  Status settle_copies();
  Status find_inputs();
  EffectSamples effect_samples(const Samples& samples, const std::vector<uint32_t>& places, size_t arm) const;
  void judge(size_t candidate, const std::vector<uint32_t>& used);
  std::vector<float> labels_at(const std::vector<uint32_t>& places) const;
  std::vector<uint32_t> rows_at(const std::vector<uint32_t>& places) const;
  std::vector<UpliftLearner> learners() const;
  size_t candidates() const { return learners().size() + (options_.learner == "auto" || options_.learner == kMean ? 1 : 0); }
  std::string candidate_name(size_t c) const { return c < learners().size() ? std::string(to_string(learners()[c])) : kMean; }
  void say(double share, std::string_view what) const {
    if (options_.progress) options_.progress(share, what);
  }

  const Dataset& data_;
  const UpliftOptions& options_;
  Target target_;
  std::vector<uint32_t> rows_;              // of the data, with target and treatment
  std::vector<float> labels_;
  std::vector<int> arm_;
  std::vector<uint32_t> same_inputs_;       // where rows are repeated: [place] the first place of the same inputs; else empty
  std::vector<std::string> ignored_;
  std::vector<std::vector<double>> propensity_;   // [arm][place]; of rows of the arm and the control
  std::vector<std::vector<std::vector<double>>> held_;  // [candidate][arm][place]: effects on held-out rows
  size_t chosen_ = 0;
};

Status UpliftTraining::find_arms(const Column& column) {
  std::map<std::string, size_t> levels;
  for (uint32_t row : target_.rows) {
    if (!column.missing(row)) ++levels[column.text(row)];
    if (levels.size() > 200) break;
  }
  std::string listed;
  size_t shown = 0;
  for (const auto& [level, rows] : levels) {
    if (shown++ < kListedLevels) listed += fmt::format("{}'{}' ({} rows)", listed.empty() ? "" : ", ", level, rows);
  }
  if (levels.size() < 2) return invalid_uplift(fmt::format("treatment '{}' has one value only ({}): uplift needs treated rows and a control group", options_.treatment, listed.empty() ? "none" : listed), options_.treatment);
  if (levels.size() > kMostArms + 1) return invalid_uplift(fmt::format("treatment '{}' has more than {} values: it should name what was done to each row", options_.treatment, kMostArms + 1), options_.treatment);
  summary.control = options_.control;
  if (summary.control.empty()) {
    std::vector<std::string> likely;
    for (const auto& [level, rows] : levels) {
      if (reads_as_control(level)) likely.push_back(level);
    }
    if (likely.size() != 1) return invalid_uplift(fmt::format("which value of '{}' is the control? Say so with --control; it has: {}", options_.treatment, listed), options_.treatment);
    summary.control = likely[0];
  } else if (!levels.count(summary.control)) {
    return invalid_uplift(fmt::format("no row has '{}' in '{}'; it has: {}", summary.control, options_.treatment, listed), options_.treatment);
  }
  for (const auto& [level, rows] : levels) {
    if (rows < kLeastArmRows) return invalid_uplift(fmt::format("'{}' in '{}' has {} rows: at least {} are needed", level, options_.treatment, rows, kLeastArmRows), options_.treatment);
    if (level == summary.control) continue;
    auto cost = options_.costs.find(level);
    summary.arms.push_back({level, cost == options_.costs.end() ? 0 : cost->second, rows, {}});
  }
  for (const auto& [name, cost] : options_.costs) {
    if (!levels.count(name)) return invalid_uplift(fmt::format("--cost names '{}', which '{}' does not have; it has: {}", name, options_.treatment, listed), "--cost");
  }
  return {};
}

Status UpliftTraining::read_rows() {
  const Column* treatment = data_.find(options_.treatment);
  if (!treatment) return invalid_uplift(fmt::format("the data have no column '{}'", options_.treatment), options_.treatment);
  if (options_.treatment == options_.target) return invalid_uplift(fmt::format("'{}' is named both as the treatment and as the target: one says what was done to a row, the other what came of it", options_.target), options_.target);
  for (const auto* list : {&options_.drop, &options_.keep}) {
    for (const auto& name : *list) {
      if (!data_.find(name)) return invalid_uplift(fmt::format("the data have no column '{}'", name), name);
    }
  }
  if (!options_.id.empty() && !data_.find(options_.id)) return invalid_uplift(fmt::format("the data have no column '{}'", options_.id), options_.id);
  FURROW_ASSIGN(target_, read_target(data_, options_.target, options_.positive));
  FURROW_TRY(find_arms(*treatment));
  std::vector<std::string> names;
  for (const UpliftArm& arm : summary.arms) names.push_back(arm.name);
  FURROW_ASSIGN(std::vector<int> arms, read_arms(data_, options_.treatment, summary.control, names));
  for (size_t k = 0; k < target_.rows.size(); ++k) {
    int arm = arms[target_.rows[k]];
    if (arm < 0) continue;
    rows_.push_back(target_.rows[k]);
    labels_.push_back(target_.labels[k]);
    arm_.push_back(arm);
    if (arm == 0) ++summary.control_rows;
  }
  summary.rows = rows_.size();
  summary.rows_left_out = data_.rows - rows_.size();
  return {};
}

// How often the file was put in: the largest m up to kMostTimes of which nearly all rows' counts (of rows equal in inputs, action and outcome) are a multiple.
size_t times_over(const std::map<std::tuple<uint32_t, int, float>, size_t>& counts, size_t rows) {
  for (size_t m = kMostTimes; m > 1; --m) {
    size_t fit = 0;
    for (const auto& [row, count] : counts) fit += count % m == 0 ? count : 0;
    if (static_cast<double>(fit) >= kWholeShare * static_cast<double>(rows)) return m;
  }
  return 1;
}

// Rows that were copied (row_copies.h) would be known by heart on the other side of each fold. A file that is there m times over counts once: of its rows
// each m-th, which also makes the intervals as wide as they are. Else the rows stay, since of customers that are alike by chance those without the outcome are
// alike more often, and to leave out some would change what the action does; equal rows are then held out together.
Status UpliftTraining::settle_copies() {
  std::vector<std::string> ignored = options_.drop;
  for (const std::string& name : {options_.treatment, options_.target, options_.id}) {
    if (!name.empty()) ignored.push_back(name);
  }
  std::vector<float> strata;  // what was done and came of it
  for (size_t p = 0; p < rows_.size(); ++p) strata.push_back(summary.binary ? static_cast<float>(2 * arm_[p]) + labels_[p] : labels_[p]);
  RowCopies copies = find_row_copies(data_, rows_, strata, ignored);
  if (!copies.found) return {};
  std::map<std::tuple<uint32_t, int, float>, size_t> counts, met;
  auto row_at = [&](size_t p) { return std::tuple(copies.set_of[p], arm_[p], labels_[p]); };
  for (size_t p = 0; p < rows_.size(); ++p) ++counts[row_at(p)];
  const size_t times = times_over(counts, rows_.size());
  if (times == 1) {
    const long repeats = std::lround(copies.share * static_cast<double>(rows_.size()));
    summary.warnings.push_back({"row_copies", "", fmt::format("{} rows repeat another one in every input: equal rows are held out together, so that none is judged by its own copy; where they are one customer written twice, keep one of them, or the intervals are too narrow", repeats),
                                fmt::format("有 {} 行在所有输入列上与另一行完全相同：相同的行总是一起留出，避免用自己的副本来检验；如果它们是同一位客户，请只保留一行，否则所有区间都会偏窄", repeats)});
    same_inputs_ = std::move(copies.set_of);
    return {};
  }
  std::vector<uint32_t> rows;
  std::vector<float> labels;
  std::vector<int> arms;
  for (size_t p = 0; p < rows_.size(); ++p) {
    if (met[row_at(p)]++ % times != 0) continue;
    rows.push_back(rows_[p]);
    labels.push_back(labels_[p]);
    arms.push_back(arm_[p]);
  }
  const size_t taken_out = rows_.size() - rows.size();
  rows_ = std::move(rows), labels_ = std::move(labels), arm_ = std::move(arms);
  summary.rows = rows_.size();
  summary.control_rows = static_cast<size_t>(std::count(arm_.begin(), arm_.end(), 0));
  for (size_t a = 0; a < summary.arms.size(); ++a) {
    summary.arms[a].rows = static_cast<size_t>(std::count(arm_.begin(), arm_.end(), static_cast<int>(a + 1)));
  }
  for (size_t a = 0; a <= summary.arms.size(); ++a) {
    const size_t left = a == 0 ? summary.control_rows : summary.arms[a - 1].rows;
    if (left < kLeastArmRows) {
      return invalid_uplift(fmt::format("'{}' in '{}' has {} rows, copies of rows aside: at least {} are needed", a == 0 ? summary.control : summary.arms[a - 1].name, options_.treatment, left, kLeastArmRows),
                            options_.treatment);
    }
  }
  summary.warnings.push_back({"row_copies", "", fmt::format("the same rows are there {} times over, equal in every input, '{}' and '{}': each is taken once ({} rows are left out), so that none is judged by its own copy", times, options_.treatment, options_.target, taken_out),
                              fmt::format("同样的行重复出现了 {} 遍，所有输入列、“{}”和“{}”都完全相同：每行只计一次（略去 {} 行），避免用自己的副本来检验", times, options_.treatment, options_.target, taken_out)});
  return {};
}

// Leaves out what gives the target away and what was measured after the action.
Status UpliftTraining::find_inputs() {
  ignored_ = options_.drop;
  for (const std::string& name : {options_.treatment, options_.target, options_.id}) {
    if (!name.empty()) ignored_.push_back(name);
  }
  auto kept = [&](const std::string& name) { return std::find(options_.keep.begin(), options_.keep.end(), name) != options_.keep.end(); };
  for (const std::string& name : guard_training(data_, target_, options_.target, ignored_).copies) {
    if (kept(name)) continue;
    ignored_.push_back(name);
    summary.left_out.push_back({name, fmt::format("it is the target '{}' under another name", options_.target)});
  }
  Samples samples;
  FURROW_ASSIGN(Encoder encoder, Encoder::fit(data_, ignored_, rows_, labels_, options_.seed, &samples));
  ArmBalance balance = compare_arms(encoder, samples, arm_, static_cast<int>(summary.arms.size()) + 1);
  std::erase_if(balance.differing, kept);
  if (!balance.differing.empty() && 3 * balance.differing.size() <= balance.inputs) {
    std::string names;
    for (const std::string& name : balance.differing) {
      ignored_.push_back(name);
      names += (names.empty() ? "" : ",") + name;
      summary.left_out.push_back({name, "it differs between the arms beyond chance: measured after the action, or the action was not drawn at random"});
    }
    // The figures alone cannot tell which: a confounder left out makes every effect below wrong, however narrow its interval.
    summary.warnings.push_back({"arms_differ", names,
                                fmt::format("'{0}' differs between the arms of '{1}' beyond chance and is left out, as measured after the action. If it was known before, the action was not drawn at random and the effects below are wrong: "
                                            "--keep {0} then takes it in and corrects for it", names, options_.treatment),
                                fmt::format("“{0}”在“{1}”各组之间的差异超出偶然，按行动之后才测得的列略去。若它在行动之前就已知，则行动并非随机分配，下列效果有误：请用 --keep {0} 保留，效果会据此校正", names, options_.treatment)});
    FURROW_ASSIGN(encoder, Encoder::fit(data_, ignored_, rows_, labels_, options_.seed, &samples));
  }
  summary.left_out.insert(summary.left_out.end(), encoder.left_out().begin(), encoder.left_out().end());
  double largest = 0.5;
  for (size_t a = 1; a <= summary.arms.size(); ++a) {
    std::vector<uint32_t> places;
    std::vector<uint8_t> treated;
    for (uint32_t p = 0; p < arm_.size(); ++p) {
      if (arm_[p] == 0 || arm_[p] == static_cast<int>(a)) places.push_back(p), treated.push_back(arm_[p] != 0);
    }
    FURROW_ASSIGN(Propensity found, estimate_propensity(samples.subset(places), treated, options_.seed));
    auto& all = propensity_.emplace_back(arm_.size(), 0.5);
    for (size_t k = 0; k < places.size(); ++k) all[places[k]] = found.treated[k];
    if (!found.random) summary.random = false, largest = std::max(largest, found.auc);
  }
  if (!summary.random) {
    summary.warnings.push_back({"treatment_not_random", options_.treatment,
                                fmt::format("'{}' can be told from the inputs (AUC {:.2f}): it was not drawn at random. The effects of rows are corrected for these inputs, but not for what is not in the data; "
                                            "the figures of held-out rows (the effect of treating all, AUUC, Qini, what a policy brings) compare arms that differ and are not corrected.", options_.treatment, largest),
                                fmt::format("“{}”可由输入列推断（AUC {:.2f}）：它并非随机分配。各行的效果已按这些列校正，但无法校正数据之外的因素；留出数据上的指标（全部施行的效果、AUUC、Qini、策略收益）比较的两组人群本身不同，未经校正。", options_.treatment, largest)});
  }
  return {};
}

Status UpliftTraining::prepare() {
  summary.treatment = options_.treatment;
  summary.target = options_.target;
  summary.id = options_.id;
  summary.value = options_.value;
  FURROW_TRY(read_rows());
  summary.positive = target_.positive;
  summary.binary = target_.task == Task::kBinary;
  FURROW_TRY(settle_copies());
  target_.rows = rows_;
  target_.labels = labels_;
  return find_inputs();
}

std::vector<UpliftLearner> UpliftTraining::learners() const {
  std::vector<UpliftLearner> out;
  for (UpliftLearner learner : kUpliftLearners) {
    if (options_.learner == "auto" || options_.learner == kMean || options_.learner == to_string(learner)) out.push_back(learner);
  }
  return out;
}

std::vector<float> UpliftTraining::labels_at(const std::vector<uint32_t>& places) const {
  std::vector<float> out;
  for (uint32_t p : places) out.push_back(labels_[p]);
  return out;
}
std::vector<uint32_t> UpliftTraining::rows_at(const std::vector<uint32_t>& places) const {
  std::vector<uint32_t> out;
  for (uint32_t p : places) out.push_back(rows_[p]);
  return out;
}

// `samples` has a row for each of `places`; those of the arm and of the control are taken.
EffectSamples UpliftTraining::effect_samples(const Samples& samples, const std::vector<uint32_t>& places, size_t arm) const {
  EffectSamples out;
  std::vector<uint32_t> taken;
  for (uint32_t k = 0; k < places.size(); ++k) {
    int a = arm_[places[k]];
    if (a != 0 && a != static_cast<int>(arm)) continue;
    taken.push_back(k);
    out.treated.push_back(a != 0);
    out.propensity.push_back(propensity_[arm - 1][places[k]]);
  }
  out.samples = samples.subset(taken);
  return out;
}

Status UpliftTraining::choose() {
  std::vector<uint32_t> used(rows_.size());
  std::iota(used.begin(), used.end(), 0u);
  if (used.size() > kChoiceRows) {
    Random random(options_.seed);
    for (size_t i = 0; i < kChoiceRows; ++i) std::swap(used[i], used[i + random.below(used.size() - i)]);
    used.resize(kChoiceRows);
    std::sort(used.begin(), used.end());
  }
  std::vector<float> strata;
  for (uint32_t p : used) strata.push_back(static_cast<float>(2 * arm_[p]) + (summary.binary ? labels_[p] : 0));
  std::vector<std::string> together;
  if (!same_inputs_.empty()) {
    for (uint32_t p : used) together.push_back(std::to_string(same_inputs_[p]));
  }
  std::vector<Fold> folds = together.empty() ? random_folds(strata, true, kFolds, options_.seed) : group_folds(together, kFolds, options_.seed);
  for (Fold& fold : folds) {
    for (auto* list : {&fold.train, &fold.held_out}) {
      for (uint32_t& k : *list) k = used[k];
    }
  }
  size_t arms = summary.arms.size();
  held_.assign(candidates(), std::vector<std::vector<double>>(arms, std::vector<double>(rows_.size(), 0)));
  std::mutex one;
  std::optional<Error> fault;
  size_t jobs = folds.size() * arms, done = 0;
  run_jobs(jobs, options_.threads, [&](size_t job) {
    const Fold& fold = folds[job / arms];
    size_t arm = job % arms + 1;
    auto work = [&]() -> Status {
      Samples train;
      FURROW_ASSIGN(Encoder encoder, Encoder::fit(data_, ignored_, rows_at(fold.train), labels_at(fold.train), options_.seed, &train));
      FURROW_ASSIGN(Samples held, encoder.encode(data_, rows_at(fold.held_out)));
      std::vector<UpliftLearner> kinds = learners();
      FURROW_ASSIGN(std::vector<Forest> effects, fit_effects(effect_samples(train, fold.train, arm), kinds, options_.seed + job, options_.stop));
      for (size_t k = 0; k < fold.held_out.size(); ++k) {
        double sum = 0;
        for (size_t c = 0; c < effects.size(); ++c) {
          double effect = effects[c].margin(held.values.data() + k * held.columns);
          held_[c][arm - 1][fold.held_out[k]] = effect;
          sum += effect;
        }
        if (held_.size() > effects.size()) held_.back()[arm - 1][fold.held_out[k]] = sum / static_cast<double>(effects.size());
      }
      return {};
    };
    Status status = work();
    std::lock_guard lock(one);
    if (!status.ok() && !fault) fault = std::move(status).error();
    say(0.8 * static_cast<double>(++done) / static_cast<double>(jobs), "trying learners on held-out rows");
  });
  if (fault) return *fault;
  // [candidate][fold]: the mean AUUC over actions.
  std::vector<std::vector<double>> areas(candidates());
  for (size_t c = 0; c < candidates(); ++c) {
    double sum = 0;
    for (const Fold& fold : folds) {
      double mean = 0;
      for (size_t a = 1; a <= arms; ++a) {
        std::vector<double> scores;
        std::vector<float> outcomes;
        std::vector<uint8_t> treated;
        for (uint32_t p : fold.held_out) {
          if (arm_[p] != 0 && arm_[p] != static_cast<int>(a)) continue;
          scores.push_back(held_[c][a - 1][p]);
          outcomes.push_back(labels_[p]);
          treated.push_back(arm_[p] != 0);
        }
        mean += auuc(scores, outcomes, treated) / static_cast<double>(arms);
      }
      areas[c].push_back(mean);
      sum += mean / kFolds;
    }
    summary.tried.emplace_back(candidate_name(c), sum);
    if (sum > summary.tried[chosen_].second) chosen_ = c;
  }
  if (options_.learner == kMean) chosen_ = candidates() - 1;
  if (options_.learner == "auto") {
    double squares = 0, difference = summary.tried[chosen_].second - summary.tried.back().second;
    for (int f = 0; f < kFolds; ++f) {
      double d = areas[chosen_][static_cast<size_t>(f)] - areas.back()[static_cast<size_t>(f)] - difference;
      squares += d * d;
    }
    if (difference <= std::sqrt(squares / (kFolds - 1) / kFolds)) chosen_ = candidates() - 1;
  }
  judge(chosen_, used);
  return {};
}

void UpliftTraining::judge(size_t candidate, const std::vector<uint32_t>& used) {
  summary.learner = candidate_name(candidate);
  size_t arms = summary.arms.size();
  for (size_t a = 1; a <= arms; ++a) {
    std::vector<double> scores;
    std::vector<float> outcomes;
    std::vector<uint8_t> treated;
    for (uint32_t p : used) {
      if (arm_[p] != 0 && arm_[p] != static_cast<int>(a)) continue;
      scores.push_back(held_[candidate][a - 1][p]);
      outcomes.push_back(labels_[p]);
      treated.push_back(arm_[p] != 0);
    }
    summary.arms[a - 1].quality = uplift_quality(scores, outcomes, treated, options_.seed).value_or({});
  }
  std::vector<int> arm, recommended;
  std::vector<float> outcomes;
  std::vector<double> costs{0};
  for (const UpliftArm& a : summary.arms) costs.push_back(a.cost);
  for (uint32_t p : used) {
    std::vector<double> effects;
    for (size_t a = 0; a < arms; ++a) effects.push_back(held_[candidate][a][p]);
    arm.push_back(arm_[p]);
    recommended.push_back(recommend_arm(summary, effects));
    outcomes.push_back(labels_[p]);
  }
  summary.policy = policy_value(arm, recommended, outcomes, summary.value, costs, options_.seed).value_or({});
}

Status UpliftTraining::fit(const std::filesystem::path& folder) {
  std::vector<uint32_t> all(rows_.size());
  std::iota(all.begin(), all.end(), 0u);
  Samples samples;
  FURROW_ASSIGN(Encoder encoder, Encoder::fit(data_, ignored_, rows_, labels_, options_.seed, &samples));
  std::vector<UpliftLearner> kinds = learners();
  if (summary.learner != kMean) {
    kinds.assign(1, *std::find_if(std::begin(kUpliftLearners), std::end(kUpliftLearners), [&](UpliftLearner l) { return to_string(l) == summary.learner; }));
  }
  std::vector<ModelFiles> files(summary.arms.size());
  std::mutex one;
  std::optional<Error> fault;
  run_jobs(files.size(), options_.threads, [&](size_t a) {
    auto work = [&]() -> Status {
      FURROW_ASSIGN(std::vector<Forest> effects, fit_effects(effect_samples(samples, all, a + 1), kinds, options_.seed, options_.stop));
      ForestComposition composition(Task::kRegression, samples.columns);
      for (const Forest& effect : effects) composition.add(effect, effect.trees().size(), 1.0 / static_cast<double>(effects.size()));
      std::vector<uint32_t> sample;
      for (size_t k = 0; k < std::min(kUpliftParityRows, rows_.size()); ++k) sample.push_back(rows_[k * rows_.size() / kUpliftParityRows % rows_.size()]);
      FURROW_ASSIGN(Samples reference, encoder.encode(data_, sample));
      ModelFiles& out = files[a];
      out.model = composition.json();
      FURROW_ASSIGN(out.parity, make_parity(out.model, Calibration(), Task::kRegression, reference, sample.size()));
      FURROW_ASSIGN(Forest forest, Forest::parse(out.model));
      std::vector<const float*> rows;
      for (size_t k = 0; k < samples.rows(); k += std::max<size_t>(1, samples.rows() / kUpliftImportanceRows)) rows.push_back(samples.row(k));
      write_arm_files(summary, a, encoder, explain_model(forest, encoder, rows, 0).importance, options_, out);
      return {};
    };
    Status status = work();
    std::lock_guard lock(one);
    if (!status.ok() && !fault) fault = std::move(status).error();
    say(0.8 + 0.2 * static_cast<double>(a + 1) / static_cast<double>(files.size()), "fitting on all rows");
  });
  if (fault) return *fault;
  return write_uplift_folder(summary, files, options_, folder);
}

}  // namespace

Result<UpliftSummary> train_uplift(const Dataset& data, const UpliftOptions& options, const std::filesystem::path& folder) {
  const char* known[] = {"auto", kMean, "s", "t", "x", "dr"};
  if (std::find(std::begin(known), std::end(known), options.learner) == std::end(known)) {
    return invalid_uplift(fmt::format("--learner is one of auto, s, t, x, dr, mean, not '{}'", options.learner), "--learner");
  }
  UpliftTraining training(data, options);
  FURROW_TRY(training.prepare());
  FURROW_TRY(training.choose());
  FURROW_TRY(training.fit(folder));
  return std::move(training.summary);
}

}  // namespace furrow::learn
