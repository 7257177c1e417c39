#include "app/model_versions.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "learn/model.h"

namespace furrow::app {
namespace {
// The history is read whole at each look at a model.
constexpr size_t kMostActorBytes = 200, kMostNoteBytes = 2000;

Status check_length(const char* field, std::string_view text, size_t most) {
  if (text.size() <= most) return {};
  return Error(ErrorCode::kInvalidArgument, fmt::format("{} has {} bytes; at most {} are kept", field, text.size(), most)).in_field(field);
}

}  // namespace

Result<const predict::ModelDeclaration*> ModelVersions::declared(const std::string& model) const {
  if (const auto* found = workspace_.find_model(model)) return found;
  std::vector<std::string> names;
  for (const auto& each : workspace_.models) names.push_back(each.name);
  return Error(ErrorCode::kNotFound, fmt::format("no model is named \"{}\"; declared are: {}", model,
                                                 names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", ")))).in_field("name");
}

Result<std::vector<learn::ModelVersion>> ModelVersions::list(const std::string& model) const {
  FURROW_TRY(declared(model));
  return registry_.list(model);
}

Result<std::optional<std::string>> ModelVersions::current(const std::string& model) const {
  auto found = registry_.find(model);
  if (found.ok()) return std::optional(found->version);
  if (found.error().code() == ErrorCode::kNotFound) return std::optional<std::string>();
  return found.error();
}

Result<std::shared_ptr<const predict::Scorer>> ModelVersions::load(const std::string& model, const std::string& version) const {
  FURROW_ASSIGN(const auto* declaration, declared(model));
  if (declaration->intent) {
    return Error(ErrorCode::kInvalidArgument, fmt::format("{} tells how far visitors are and scores no action: it decides nowhere and has no shadow or canary; "
                                                          "once promoted it tells traits.{}", model, model)).in_field("name");
  }
  FURROW_ASSIGN(auto found, registry_.find(model, version));
  FURROW_ASSIGN(auto loaded, learn::Model::load(found.folder));
  predict::Scorer::Declaration bound;
  bound.name = model;
  bound.version = found.version;
  bound.action_features = declaration->action_features;
  return predict::Scorer::bind(std::move(bound), std::move(loaded), workspace_.program);
}

Result<std::shared_ptr<const predict::IntentModel>> ModelVersions::load_intent(const std::string& model, const std::string& version) const {
  FURROW_ASSIGN(auto found, registry_.find(model, version));
  return predict::IntentModel::load(found.folder);
}

Result<ModelRecord> ModelVersions::promote(const std::string& model, const std::string& version, const std::string& actor) {
  FURROW_ASSIGN(const auto* declaration, declared(model));
  FURROW_TRY(check_length("by", actor, kMostActorBytes));
  if (version.empty()) return Error(ErrorCode::kInvalidArgument, "version is needed").in_field("version");
  FURROW_ASSIGN(auto now, current(model));
  if (now == version) return Error(ErrorCode::kConflict, fmt::format("{} {} decides already", model, version)).in_field("version");
  if (declaration->intent) {
    FURROW_TRY(load_intent(model, version));
  } else {
    FURROW_TRY(load(model, version));
  }
  FURROW_TRY(check_approved(*declaration, version));
  FURROW_ASSIGN(auto promoted, registry_.promote(model, version, actor));
  return ModelRecord{clock_.now(), model, promoted.version, "promoted", actor};
}

Status ModelVersions::check_approved(const predict::ModelDeclaration& model, const std::string& version) const {
  if (!model.life.approval) return {};
  FURROW_ASSIGN(auto events, registry_.history(model.name));
  for (const auto& event : events) {
    if (event.action == "approved" && event.version == version) return {};
  }
  return Error(ErrorCode::kConflict, fmt::format("{} {} is not approved yet{}: furrow model approve DIR {} {}", model.name, version,
                                                 model.life.owner.empty() ? "" : ", which is for " + model.life.owner + " to do", model.name, version)).in_field("version");
}

Result<learn::ModelStages> ModelVersions::stages(const std::string& model) const {
  FURROW_TRY(declared(model));
  return registry_.stages(model);
}

Result<std::vector<learn::ModelEvent>> ModelVersions::history(const std::string& model) const {
  FURROW_TRY(declared(model));
  return registry_.history(model);
}

Status ModelVersions::set_shadow(const std::string& model, const std::string& version, const std::string& actor) {
  FURROW_TRY(declared(model));
  FURROW_TRY(check_length("by", actor, kMostActorBytes));
  if (!version.empty()) FURROW_TRY(load(model, version));
  return registry_.set_shadow(model, version, actor);
}

Status ModelVersions::set_canary(const std::string& model, const std::string& version, double share, const std::string& actor) {
  FURROW_ASSIGN(const auto* declaration, declared(model));
  FURROW_TRY(check_length("by", actor, kMostActorBytes));
  if (!version.empty()) {
    FURROW_TRY(load(model, version));
    FURROW_TRY(check_approved(*declaration, version));
  }
  return registry_.set_canary(model, version, share, actor);
}

Status ModelVersions::approve(const std::string& model, const std::string& version, const std::string& actor, const std::string& note) {
  FURROW_TRY(declared(model));
  FURROW_TRY(check_length("by", actor, kMostActorBytes));
  FURROW_TRY(check_length("note", note, kMostNoteBytes));
  return registry_.approve(model, version, actor, note);
}

Status ModelVersions::alarm(const std::string& model, const std::string& version, const learn::ModelNote& why) { return registry_.alarm(model, version, why); }

Result<predict::WorkspaceTrained> ModelVersions::train(const predict::ModelDeclaration& model, const predict::RecordSource& records,
                                                       const predict::WorkspaceTrainingOptions& options) {
  predict::WorkspaceTrainingOptions from = options;
  FURROW_ASSIGN(from.general, general_of(model));
  return predict::train_in_workspace(model, workspace_.program, records, registry_, from);
}

Result<std::shared_ptr<const learn::Model>> ModelVersions::general_of(const predict::ModelDeclaration& model) const {
  if (model.from.empty()) return std::shared_ptr<const learn::Model>();
  return learn::Model::load(workspace_.root / model.from);
}

Result<predict::IntentVersion> ModelVersions::train_intent(const predict::ModelDeclaration& model, const predict::RecordSource& records,
                                                           const predict::WorkspaceTrainingOptions& options) {
  return predict::train_intent_version(model, records, registry_, options);
}

Result<ModelRecord> ModelVersions::roll_back(const std::string& model, const std::string& actor, const learn::ModelNote& why) {
  FURROW_TRY(declared(model));
  FURROW_TRY(check_length("by", actor, kMostActorBytes));
  FURROW_ASSIGN(auto back, registry_.rollback(model, actor, why));
  return ModelRecord{clock_.now(), model, back.version, "rolled_back", actor};
}

}  // namespace furrow::app
