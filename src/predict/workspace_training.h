// From a workspace's log to a model version in its registry, with a quality that can be believed.
//
// 1. The training set: point-in-time features and labels (training_set.h).
// 2. The judgement: the last share of rows by time is held out. Training rows whose label window reaches into it are
//    dropped for this step, so that no label of the judged time leaks. A model is trained on what is left and scores the
//    held-out rows once, beside a logistic regression on the same rows.
// 3. The version: the model is trained again on all rows and written to models/NAME/vNNNN with metrics.json carrying
//    "holdout" and lineage.json carrying "workspace": log positions, times, counts and the hash of each feature.
// A new version decides nothing until it is promoted.
// Errors: kInvalidArgument when there is too little to learn from (says what is missing), kConflict, kIo, kInterrupted.
// Threads: options.threads; one training of a model at a time.
#pragma once
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "learn/metrics.h"
#include "learn/registry.h"
#include "predict/choice_value.h"
#include "predict/training_set.h"

namespace furrow::predict {

inline constexpr size_t kLeastTrainingRows = 200;
inline constexpr size_t kLeastPositives = 20;  // and as many negatives, in the training and in the held-out part

struct WorkspaceTrainingOptions {
  uint64_t seed = 1;
  int threads = 2;
  std::string furrow_version;
  std::function<void(double share, std::string_view what)> progress;
  std::function<bool()> stop;
  std::shared_ptr<const learn::Model> general;  // to begin from (TrainOptions::general); none: from nothing
};

// Held-out rows of people who were observed so often before: what the model says of those it hardly knows (cold start).
struct HistorySlice {
  std::string earlier;                      // "0", "1", "2", "3-5", "6+"
  size_t rows = 0;
  double rate = 0, mean_score = 0;
  std::optional<double> auc;                // of both classes
};

struct WorkspaceTrained {
  std::string version;  // "v0001"
  std::filesystem::path folder;
  size_t observations = 0, censored = 0, thinned = 0, rows = 0, positives = 0;
  size_t unrecorded = 0;              // as TrainingSet has them
  std::optional<Time> recorded_from;
  Time from, split, to;  // times of the first row, the first held-out row and the last row
  size_t train_rows = 0, purged_rows = 0;
  learn::BinaryQuality holdout, baseline;  // on the held-out rows
  std::optional<ChoiceValue> choice;       // of models with action_features: what choosing by it is worth on the held-out rows
  std::vector<HistorySlice> by_history;    // of the held-out rows
  learn::BinaryQuality cross_validated;    // of the final model
  std::vector<std::pair<std::string, double>> importance;
};

// The model is worse than the linear baseline on the held-out rows by more than chance (log loss, 95 % intervals apart): what it learnt from is
// not like what came later, and it should decide nothing.
bool worse_than_baseline(const WorkspaceTrained& trained);

// `registry`: keeps the version.
Result<WorkspaceTrained> train_in_workspace(const ModelDeclaration& model, std::shared_ptr<const profile::FeatureProgram> program,
                                            const RecordSource& records, learn::Registry& registry,
                                            const WorkspaceTrainingOptions& options = {});

}  // namespace furrow::predict
