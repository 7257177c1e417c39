// From a workspace's log to a version of a declared intent model in its registry: models/NAME/vNNNN.
//
// The folder holds what train_intent writes, and metrics.json ("holdout": the quality of what serves on the judged visits, beside the other
// model's) and lineage.json ("workspace": what was asked, from which positions of the log), as other models have them.
// A new version tells nothing until it is promoted.
// Errors: train_intent's, visits_of_log's, the registry's. Threads: options.threads; one training of a model at a time.
#pragma once
#include "learn/registry.h"
#include "predict/intent_stage.h"
#include "predict/model_declaration.h"
#include "predict/training_set.h"
#include "predict/workspace_training.h"

namespace furrow::predict {

struct IntentVersion {
  std::string version;  // "v0001"
  std::filesystem::path folder;
  IntentTrained trained;
};

// `model` declares an intent.
Result<IntentVersion> train_intent_version(const ModelDeclaration& model, const RecordSource& records, learn::Registry& registry,
                                           const WorkspaceTrainingOptions& options = {});

// For a Registry of both kinds: whether the folder is a whole model, whichever it holds.
Status check_model_folder(const std::filesystem::path& folder);

}  // namespace furrow::predict
