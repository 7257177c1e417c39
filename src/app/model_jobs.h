// Models of a workspace from the command line: train on its log, list versions, say which one decides.
//
// Training and listing read the log as it is on disk and may run beside a server. Promoting appends a ModelRecord to the
// log, so it needs the data directory to itself: while a server runs it is kConflict, and the server's own
// POST /v1/models/{name}/promote does it. A version is loaded, checked and bound to the features before it is promoted.
// Threads: one.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "app/workspace.h"
#include "base/time.h"
#include "event/record.h"
#include "predict/workspace_training.h"

namespace furrow::app {

struct RegisteredVersion {
  std::string version;  // "v0001"
  std::string state;    // "current", "retired" (decided before), "candidate"
  std::filesystem::path folder;
};

// A workspace's data directory, as far as its models are concerned.
class ModelJobs {
 public:
  ModelJobs(const Workspace& workspace, std::filesystem::path data) : workspace_(workspace), data_(std::move(data)) {}

  // kNotFound when the model is not declared or nothing was ever collected; else predict::train_in_workspace's errors.
  Result<predict::WorkspaceTrained> train(const std::string& model, const predict::WorkspaceTrainingOptions& options) const;
  Result<std::vector<RegisteredVersion>> versions(const std::string& model) const;  // oldest first
  // kNotFound, kModelMismatch, kStorageCorrupt; kConflict when it decides already or the directory is in use.
  Result<ModelRecord> promote(const std::string& model, const std::string& version, const std::string& actor, const Clock& clock) const;
  // Back to the version that decided before; kConflict when there is none.
  Result<ModelRecord> roll_back(const std::string& model, const std::string& actor, const Clock& clock) const;

 private:
  Status scan(const std::function<bool(const Record&)>& visit) const;
  Result<std::vector<ModelRecord>> history(const std::string& model) const;
  Result<const predict::ModelDeclaration*> declared(const std::string& model) const;
  Result<ModelRecord> append(ModelRecord record) const;

  const Workspace& workspace_;
  std::filesystem::path data_;
};

}  // namespace furrow::app
