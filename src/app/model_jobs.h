// Models of a workspace from the command line: train on its log, list versions, say which one decides.
//
// Training and listing read the log as it is on disk and may run beside a server. Promoting names the version in the
// registry and appends a ModelRecord to the log, so it needs the data directory to itself: while a server runs it is kConflict, and the server's own
// POST /v1/models/{name}/promote does it. A version is loaded, checked and bound to the features before it is promoted.
// Threads: one.
#pragma once
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "app/workspace.h"
#include "base/time.h"
#include "event/record.h"
#include "learn/registry.h"
#include "predict/workspace_training.h"

namespace furrow::app {

// A workspace's data directory, as far as its models are concerned.
class ModelJobs {
 public:
  ModelJobs(const Workspace& workspace, std::filesystem::path data, const Clock& clock)
      : workspace_(workspace), data_(std::move(data)), clock_(clock), registry_(data_ / "models", clock) {}

  // kNotFound when the model is not declared or nothing was ever collected; else predict::train_in_workspace's errors.
  Result<predict::WorkspaceTrained> train(const std::string& model, const predict::WorkspaceTrainingOptions& options) const;
  Result<std::vector<learn::ModelVersion>> versions(const std::string& model) const;  // oldest first
  // kNotFound, kModelMismatch, kStorageCorrupt; kConflict when it decides already or the directory is in use.
  Result<ModelRecord> promote(const std::string& model, const std::string& version, const std::string& actor);
  // Back to the version that decided before; kConflict when there is none.
  Result<ModelRecord> roll_back(const std::string& model, const std::string& actor);

 private:
  Status scan(const std::function<bool(const Record&)>& visit) const;
  Result<const predict::ModelDeclaration*> declared(const std::string& model) const;
  Status check_binding(const learn::ModelVersion& found) const;
  Result<ModelRecord> change(const std::string& action, const std::string& actor,
                             const std::function<Result<learn::ModelVersion>()>& decide);

  const Workspace& workspace_;
  std::filesystem::path data_;
  const Clock& clock_;
  learn::Registry registry_;
};

}  // namespace furrow::app
