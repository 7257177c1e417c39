// Models of a workspace from the command line: train on its log, list versions, say which one decides.
//
// Training and listing read the log as it is on disk and may run beside a server. A change names the version in the registry
// and appends a ModelRecord to the log, so it needs the data directory: while a server has it, the server makes the change
// (running_server.h), and its next decision is the version's.
// Threads: one.
#pragma once
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "app/model_versions.h"
#include "predict/model_watch.h"
#include "predict/workspace_training.h"

namespace furrow::app {

// A workspace's data directory, as far as its models are concerned.
class ModelJobs {
 public:
  ModelJobs(const Workspace& workspace, std::filesystem::path data, const Clock& clock)
      : workspace_(workspace), data_(std::move(data)), clock_(clock), versions_(workspace, data_ / "models", clock) {}

  // kNotFound when the model is not declared or nothing was ever collected; else predict::train_in_workspace's errors.
  Result<predict::WorkspaceTrained> train(const std::string& model, const predict::WorkspaceTrainingOptions& options) const;
  // Of a model that tells stages.
  Result<predict::IntentVersion> train_intent(const std::string& model, const predict::WorkspaceTrainingOptions& options) const;
  Result<std::vector<learn::ModelVersion>> versions(const std::string& model) const { return versions_.list(model); }  // oldest first
  // ModelVersions' errors; kConflict also when the directory is in use by what is no server; the server's.
  Result<ModelRecord> promote(const std::string& model, const std::string& version, const std::string& actor);
  Result<ModelRecord> roll_back(const std::string& model, const std::string& actor);
  // "" ends it. A running server has it in the next decision.
  Status set_shadow(const std::string& model, const std::string& version, const std::string& actor);
  Status set_canary(const std::string& model, const std::string& version, double share, const std::string& actor);
  Status approve(const std::string& model, const std::string& version, const std::string& actor, const std::string& note);
  const ModelVersions& known() const { return versions_; }
  // From the log as it is on disk, and the shadow scores kept beside it.
  Result<predict::ModelHealth> health(const std::string& model) const;

 private:
  Status stage(const std::function<Status()>& here, const std::string& model, const std::string& action, const std::string& body);
  Result<ModelRecord> change(const std::function<Result<ModelRecord>()>& here, const std::function<Result<ModelRecord>(class RunningServer&)>& there);

  const Workspace& workspace_;
  std::filesystem::path data_;
  const Clock& clock_;
  ModelVersions versions_;
};

}  // namespace furrow::app
