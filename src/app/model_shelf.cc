#include "app/model_shelf.h"

#include <fmt/format.h>

#include <future>

#include "learn/model.h"

namespace furrow::app {

Result<std::optional<std::string>> ModelShelf::current(const std::string& model) const {
  auto found = registry_.find(model);
  if (found.ok()) return std::optional(found->version);
  if (found.error().code() == ErrorCode::kNotFound) return std::optional<std::string>();
  return found.error();
}

Result<std::shared_ptr<const predict::Scorer>> ModelShelf::load(const std::string& model, const std::string& version) const {
  const auto* declared = workspace_.find_model(model);
  if (declared == nullptr) return Error(ErrorCode::kNotFound, fmt::format("the model {} is not declared", model));
  FURROW_ASSIGN(auto found, registry_.find(model, version));
  FURROW_ASSIGN(auto loaded, learn::Model::load(found.folder));
  predict::Scorer::Declaration declaration;
  declaration.name = model;
  declaration.version = found.version;
  declaration.action_features = declared->action_features;
  return predict::Scorer::bind(std::move(declaration), std::move(loaded), workspace_.program);
}

Result<ModelShelf::Chosen> ModelShelf::chosen() const {
  Chosen chosen;
  for (const auto& model : workspace_.models) {
    FURROW_ASSIGN(auto version, current(model.name));
    if (version) chosen.emplace_back(model.name, *version);
  }
  return chosen;
}

Result<std::shared_ptr<const decide::Engine>> ModelShelf::build(const Chosen& chosen, std::vector<Error>& faults) const {
  decide::EngineDeclaration declaration;
  declaration.placements = workspace_.placements;
  declaration.program = workspace_.program;
  declaration.holdout_salt = workspace_.name;
  for (const auto& [model, version] : chosen) {
    auto scorer = load(model, version);
    if (scorer.ok()) {
      declaration.scorers.push_back(*std::move(scorer));
    } else {
      faults.push_back(std::move(scorer).error());
    }
  }
  return decide::Engine::build(std::move(declaration));
}

Result<std::shared_ptr<const decide::Engine>> ModelShelf::build_engine(std::vector<Error>& faults) {
  std::lock_guard lock(mutex_);
  FURROW_ASSIGN(built_, chosen());
  return build(built_, faults);
}

Status ModelShelf::refresh(decide::LiveEngine& live, std::vector<Error>& faults) {
  std::lock_guard lock(mutex_);
  FURROW_ASSIGN(auto now, chosen());
  if (now == built_) return {};
  FURROW_ASSIGN(auto engine, build(now, faults));
  built_ = std::move(now);
  live.set(std::move(engine));
  return {};
}

Result<ModelRecord> ModelShelf::promote(const std::string& model, const std::string& version, const std::string& actor, decide::LiveEngine& live) {
  std::lock_guard lock(mutex_);
  if (version.empty()) return Error(ErrorCode::kInvalidArgument, "version is needed").in_field("version");
  FURROW_ASSIGN(auto now, current(model));
  if (now == version) return Error(ErrorCode::kConflict, fmt::format("{} {} decides already", model, version)).in_field("version");
  FURROW_TRY(load(model, version));
  FURROW_TRY(registry_.promote(model, version));
  return announce({clock_.now(), model, version, "promoted", actor}, live);
}

Result<ModelRecord> ModelShelf::roll_back(const std::string& model, const std::string& actor, decide::LiveEngine& live) {
  std::lock_guard lock(mutex_);
  if (workspace_.find_model(model) == nullptr) return Error(ErrorCode::kNotFound, fmt::format("the model {} is not declared", model));
  FURROW_ASSIGN(auto back, registry_.rollback(model));
  return announce({clock_.now(), model, back.version, "rolled_back", actor}, live);
}

Result<ModelRecord> ModelShelf::announce(ModelRecord record, decide::LiveEngine& live) {
  std::vector<Error> faults;
  FURROW_ASSIGN(auto now, chosen());
  FURROW_ASSIGN(auto engine, build(now, faults));
  built_ = std::move(now);
  live.set(std::move(engine));
  if (!faults.empty()) return std::move(faults.front());
  auto done = std::make_shared<std::promise<Status>>();
  FURROW_TRY(pipeline_.record(record, [done](const Status& status) { done->set_value(status); }));
  FURROW_TRY(done->get_future().get());
  return record;
}

}  // namespace furrow::app
