// `furrow model train|score|evaluate|report` on plain files: what contracts.md says.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/command.h"
#include "learn/drift.h"
#include "learn/model.h"

namespace furrow::cli {

struct ModelTrainOptions {
  std::string data, target, positive, id, time, group, out, rejects;
  std::vector<std::string> drop, keep, monotone, slices;
  std::string weight;
  std::string general;  // a model's folder to begin from
  double time_budget = 0;
  std::string name, workspace_data;  // when `data` is a workspace
  bool classes = false;
  int threads = 2;
  int folds = 5;
  uint64_t seed = 1;
  bool json = false;
};
struct ModelScoreOptions {
  std::string model, data, out, id;
  int reasons = 0;
  bool json = false;
  double level = 0;  // of prediction intervals; 0: none
  bool counterfactual = false;
  double threshold = 0.5;               // of counterfactuals
  std::vector<std::string> changeable;  // inputs; empty: all
  std::string rejects = {};
  // Of a workspace: whose people are scored, by which model.
  std::string name = {}, version = {}, workspace_data = {}, as_of = {};
};
struct ModelEvaluateOptions {
  std::string model, data;
  uint64_t seed = 1;
  bool json = false;
  double benefit = 0, cost = 0;  // both, or neither
  std::string rejects = {};
};
struct ModelReportOptions {
  std::string model, out;
  bool json = false;
  double benefit = 0, cost = 0;  // both, or neither
};

void add_model_exchange_commands(Command model, Jobs& jobs);  // import, export
void add_model_explain_command(Command model, Jobs& jobs);

const char* program_version();

Status model_train(const ModelTrainOptions& options);
// How far the rows are from the model's training rows; nothing for models that kept no reference.
Result<std::optional<learn::Drift>> drift_of(const learn::Model& model, const learn::Samples& rows, size_t count);
// Of rows to score or to judge by: cells that cannot be read, then how the rows differ from training.
std::vector<learn::Warning> warnings_of(const learn::Encoder& encoder, const learn::Dataset& data, const std::optional<learn::Drift>& drift, bool evaluating);
Status model_score(const ModelScoreOptions& options);
Status score_people(const ModelScoreOptions& options);  // of a workspace
Status model_evaluate(const ModelEvaluateOptions& options);
Status model_report(const ModelReportOptions& options);

}  // namespace furrow::cli
