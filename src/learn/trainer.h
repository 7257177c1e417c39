// From a dataset to a model folder: folds, boosted trees, a linear baseline, calibration, honest quality.
//
// Binary target: text or numbers with two values, or any with `positive` named; the positive class is `positive`, else
// the value that reads yes/true/1/y/t or 是/有/对/真 (in several spellings: TruthSpellings, target.h), else the rarer. Numbers with more values: regression.
// Parts (deep trees, shallow trees, a linear model; cross_validation.h) are tried on held-out rows in folds, then blended
// in margins by weights that no row's own fold had a say in (blend.h), and calibrated likewise (calibration.h). Quality
// is that of those held-out scores, copies of a row in one fold and judged once (row_copies.h). The final model has the parts that count, each fitted again on all rows (small data:
// as the mean of a few, drawn differently), as one forest (composition.h). Rounds, weights and calibration of a row come
// from the other folds; its encoding and trees from rows without it.
// Columns that give the target away are named in `warnings`; one that is the target itself, under another name, is left
// out unless it is in `keep` (guards.h).
// `weight`: how much a row counts in fitting trees and lines; blend, calibration and quality stay those of the rows as
// they are, so that a score means a share of such rows. `monotone`: the score never falls (+1) or rises (-1) with a column
// of numbers, times or ordered texts.
// `general`: a model of the same task, trained on other rows, to begin from (transfer). Columns are matched by name and keep its
// encoding; new ones are learnt. The general model as it is and trees that begin from its margins are parts beside those that
// begin from nothing, so that held-out rows decide what it is worth here, down to nothing. Every column it uses must be there.
// Rows without a target are left out and counted. With `time`, folds run forward in time and the column is no input.
// Same data, options and seed: the same files on any number of threads, but for lineage.json's times and a time budget
// that cuts training short.
// Threads: folds run side by side on options.threads; `progress` is called from one at a time, `stop` from any.
// Errors: kInvalidArgument with the column in question; kInterrupted.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "learn/dataset.h"
#include "learn/folds.h"
#include "learn/guards.h"
#include "learn/interaction_stage.h"
#include "learn/metrics.h"
#include "learn/model.h"

namespace furrow::learn {

struct TrainOptions {
  std::string target;
  std::string positive;             // "": chosen as above
  std::vector<std::string> drop;
  std::string id, time, group;      // columns; "": none
  std::string weight;               // a column of numbers >= 0; "": all count alike
  std::vector<std::pair<std::string, int>> monotone;  // column, +1 or -1
  std::vector<std::string> keep;    // columns not to be left out as the target itself
  std::vector<std::string> slices;  // columns whose groups' quality is told whatever they weigh, also of those left out: one that must not be learnt from has to be looked at all the more
  // Inputs under several values of which the same row will be scored, to choose the best, such as an action's. What they share with the others
  // matters more than it weighs in the loss: each tree sees all columns, and interaction_stage.h is added. Those the data lack are passed over.
  std::vector<std::string> compared;
  int folds = 5;                    // 2 to 20
  std::shared_ptr<const Model> general;  // none: from nothing
  double time_budget_s = 0;         // about how long training may take, further parts (part_search.h) tried in what is left; 0: as long as it needs, without these
  uint64_t seed = 1;
  int threads = 2;
  size_t held_cells = 10'000'000;   // encoded cells that are held as floats; a table of more is encoded at each reading and fitted as bins, to the same model
  // Said in lineage.json.
  std::string data_file, data_hash, furrow_version;
  std::function<void(double share, std::string_view what)> progress;
  std::function<bool()> stop;
};

struct ClassTarget;

// What rows got from parts that had not seen them, before calibration; of numbers, the values themselves.
struct HeldOut {
  std::vector<uint32_t> rows;       // of the dataset
  std::vector<int> fold;            // of each row
  std::vector<double> margins;      // of each row
  std::vector<Fold> folds;          // rows of the dataset
};

// What a general model was worth, on the same held-out rows.
struct Transfer {
  double weight = 0;                // of the general model and of trees on it, in the blend
  BinaryQuality general_alone, from_nothing;
  RegressionQuality general_alone_value, from_nothing_value;
};

struct Trained {
  Task task = Task::kBinary;
  std::string positive;             // binary: the class that scores mean
  size_t rows = 0, rows_without_target = 0;
  size_t rows_cross_validated = 0;  // fewer than `rows` of a huge table: a draw of them
  BinaryQuality binary, binary_baseline;             // cross-validated
  RegressionQuality regression, regression_baseline;
  CalibrationMethod calibration = CalibrationMethod::kNone;
  int rounds = 0, depth = 0;        // trees in all, the deepest tree
  std::vector<std::pair<std::string, double>> blend;  // part, its weight
  std::optional<Transfer> transfer;
  std::vector<InteractionStage::Part> interactions;   // of options.compared
  std::vector<Warning> warnings;
  std::vector<LeftOut> left_out;
  std::vector<std::pair<std::string, double>> importance;  // input, mean |SHAP|, largest first
  HeldOut held_out;
  ModelFiles files;
};

Result<Trained> train(const Dataset& data, const TrainOptions& options);

// One of several classes against the rest; folds are balanced by all of them, so that they are the same for each class.
// `ignored`: columns that are no input (training_columns); nothing is looked for in them again.
Result<Trained> train_class(const Dataset& data, const TrainOptions& options, const ClassTarget& target, uint32_t chosen,
                            const std::vector<std::string>& ignored);
// Checks the options against the data, and gives the columns that are no input: dropped ones, target, id, time, group, weight.
Result<std::vector<std::string>> training_columns(const Dataset& data, const TrainOptions& options);

// The labels of a dataset as a trained model reads them: 0/1 by its positive class, or numbers; NaN without a target.
Result<std::vector<float>> read_labels(const Dataset& data, const std::string& target, Task task, const std::string& positive);

}  // namespace furrow::learn
