// Whom an action changes: from an experiment's rows to a folder that says what to do with whom, for one or several actions.
//
// Training: for each action against the control, the learners of uplift_learners.h and their mean are tried in kFolds folds
// of the training rows; the one with the largest mean AUUC on held-out rows (uplift_metrics.h) is taken, the same for all
// actions; ties and differences within one standard error go to the mean of all. It is then fitted on all rows. What is told is the
// held-out quality of the one taken: a choice among five flatters a little.
// Rows that were copied (row_copies.h): a file that is there three times over gives what the single file gives; rows repeated here and there stay and are
// held out together. A warning says which.
// Guards: a column that differs between the arms beyond chance while most others do not was measured after the action; it
// is left out, unless in `keep`; a warning says that it may as well be why somebody was treated. If the arms can be told from the inputs at all, the action was not drawn at random:
// propensities are then estimated (logistic, kept in [0.05, 0.95]) and a warning says so.
// Folder: uplift.json (arms, costs, quality, guards) and arm_1, arm_2, …, each a model folder (model.h) whose score is
// the effect in units of the outcome, with exact SHAP reasons.
// recommend(): the action with the most value x effect - cost, if that is above 0; else nothing (arm 0).
// Limits: 20 actions; kLeastArmRows rows each and for the control. Rows without target or treatment are left out and counted.
// Same data, options and seed: the same folder but for times. Threads: options.threads for the folds.
// Errors: kInvalidArgument naming the column, kInterrupted; loading: model.h's.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "learn/dataset.h"
#include "learn/guards.h"
#include "learn/model.h"
#include "learn/uplift_learners.h"
#include "learn/uplift_metrics.h"

namespace furrow::learn {

inline constexpr size_t kLeastArmRows = 50;

struct UpliftOptions {
  std::string treatment, control;     // control "": the value that reads like one
  std::string target, positive, id;
  std::vector<std::string> drop, keep;
  std::map<std::string, double> costs;  // of an action, by its value; others cost 0
  double value = 1;                   // of one unit of the outcome
  std::string learner = "auto";       // or s, t, x, dr, mean
  uint64_t seed = 1;
  int threads = 2;
  std::string data_file, data_hash, furrow_version;
  std::function<void(double share, std::string_view what)> progress;
  std::function<bool()> stop;
};

struct UpliftArm {
  std::string name;
  double cost = 0;
  size_t rows = 0;
  UpliftQuality quality;              // of held-out rows
};

struct UpliftSummary {
  std::string treatment, control, target, positive, id, learner;
  bool binary = true, random = true;  // the outcome; the action
  double value = 1;
  size_t rows = 0, control_rows = 0, rows_left_out = 0;
  std::vector<UpliftArm> arms;
  std::vector<std::pair<std::string, double>> tried;  // learner, mean AUUC over actions
  PolicyValue policy;
  std::vector<Warning> warnings;
  std::vector<LeftOut> left_out;
};

Result<UpliftSummary> train_uplift(const Dataset& data, const UpliftOptions& options, const std::filesystem::path& folder);

class UpliftModel {
 public:
  static Result<UpliftModel> load(const std::filesystem::path& folder);
  const UpliftSummary& summary() const { return summary_; }   // its qualities are in summary_json() only
  const std::string& summary_json() const { return json_; }
  const Model& arm(size_t a) const { return *arms_[a]; }      // from 0: summary().arms[a]
  // The effect of each action on each row: [arm][row].
  Result<std::vector<std::vector<double>>> effects(const Dataset& data) const;
  // Of effects[arm] of one row: 0 nothing, 1 the first action, …
  int recommend(const std::vector<double>& effects) const;

 private:
  UpliftSummary summary_;
  std::string json_;
  std::vector<std::shared_ptr<const Model>> arms_;
};

// Each row's arm as `data` tell it: 0 the control, 1 … the arms by name, -1 neither. kInvalidArgument without the column.
Result<std::vector<int>> read_arms(const Dataset& data, const std::string& treatment, const std::string& control,
                                   const std::vector<std::string>& arms);

}  // namespace furrow::learn
