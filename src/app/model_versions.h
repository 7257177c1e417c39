// The versions of a workspace's declared models: listed, loaded and bound to the declared features, promoted and rolled back.
//
// What a running server (model_shelf.h) and the command line (model_jobs.h) share. A version is loaded, checked and bound
// before the registry names it. The ModelRecord that a change gives is for the log; writing it is the caller's.
// Threads: changes under the caller's lock; reads from any. Errors: kNotFound for what is not declared or not there,
// kConflict when it decides already or nothing decided before, kModelMismatch, kStorageCorrupt.
#pragma once
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/workspace.h"
#include "base/time.h"
#include "event/record.h"
#include "learn/registry.h"
#include "predict/intent_versions.h"
#include "predict/scorer.h"
#include "predict/workspace_training.h"

namespace furrow::app {

class ModelVersions {
 public:
  ModelVersions(const Workspace& workspace, std::filesystem::path models, const Clock& clock)
      : workspace_(workspace), registry_(std::move(models), clock, predict::check_model_folder), clock_(clock) {}

  Result<const predict::ModelDeclaration*> declared(const std::string& model) const;
  Result<std::vector<learn::ModelVersion>> list(const std::string& model) const;  // oldest first; none before the first training
  Result<std::optional<std::string>> current(const std::string& model) const;
  // Of a model that scores; kInvalidArgument of one that tells stages, which has load_intent.
  Result<std::shared_ptr<const predict::Scorer>> load(const std::string& model, const std::string& version) const;
  Result<std::shared_ptr<const predict::IntentModel>> load_intent(const std::string& model, const std::string& version) const;
  // Where the declaration asks for approval, only of an approved version: kConflict. The same for a canary.
  Result<ModelRecord> promote(const std::string& model, const std::string& version, const std::string& actor);
  // To the version that decided before the current one.
  Result<ModelRecord> roll_back(const std::string& model, const std::string& actor, const learn::ModelNote& why = {});
  // Shadow and canary, approvals, alarms: learn/registry.h. A version is bound to the declared features first.
  Result<learn::ModelStages> stages(const std::string& model) const;
  Result<std::vector<learn::ModelEvent>> history(const std::string& model) const;
  Status set_shadow(const std::string& model, const std::string& version, const std::string& actor);
  Status set_canary(const std::string& model, const std::string& version, double share, const std::string& actor);
  Status approve(const std::string& model, const std::string& version, const std::string& actor, const std::string& note);
  Status alarm(const std::string& model, const std::string& version, const learn::ModelNote& why);
  // What its declaration begins `from`; null when from nothing. kNotFound when the folder is not there, kStorageCorrupt when it is torn.
  Result<std::shared_ptr<const learn::Model>> general_of(const predict::ModelDeclaration& model) const;
  Result<predict::IntentVersion> train_intent(const predict::ModelDeclaration& model, const predict::RecordSource& records, const predict::WorkspaceTrainingOptions& options);
  Result<predict::WorkspaceTrained> train(const predict::ModelDeclaration& model, const predict::RecordSource& records, const predict::WorkspaceTrainingOptions& options);

 private:
  Status check_approved(const predict::ModelDeclaration& model, const std::string& version) const;

  const Workspace& workspace_;
  learn::Registry registry_;
  const Clock& clock_;
};

}  // namespace furrow::app
