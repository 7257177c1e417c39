#include "app/model_shelf.h"

#include <fmt/format.h>

#include <algorithm>
#include <future>

#include "learn/model.h"

namespace furrow::app {

Result<std::vector<ModelVersion>> ModelShelf::versions(const std::string& model) const {
  FURROW_ASSIGN(auto history, tally_.models(model));
  std::vector<ModelVersion> found;
  std::error_code fault;
  for (const auto& entry : std::filesystem::directory_iterator(models_ / model, fault)) {
    std::string name = entry.path().filename();
    bool numbered = name.size() >= 2 && name[0] == 'v' && std::all_of(name.begin() + 1, name.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (!entry.is_directory() || !numbered) continue;
    bool decided = std::any_of(history.begin(), history.end(), [&](const ModelRecord& record) { return record.version == name; });
    bool current = !history.empty() && history.back().version == name;
    found.push_back({name, current ? "current" : decided ? "retired" : "candidate", entry.path()});
  }
  std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.version < b.version; });
  return found;
}

Result<std::optional<std::string>> ModelShelf::current(const std::string& model) const {
  FURROW_ASSIGN(auto history, tally_.models(model));
  return history.empty() ? std::optional<std::string>() : std::optional(history.back().version);
}

Result<std::shared_ptr<const predict::Scorer>> ModelShelf::load(const std::string& model, const std::string& version) const {
  const auto* declared = workspace_.find_model(model);
  if (declared == nullptr) return Error(ErrorCode::kNotFound, fmt::format("the model {} is not declared", model));
  auto folder = models_ / model / version;
  std::error_code ignored;
  bool plain = version.find('/') == std::string::npos && version.find("..") == std::string::npos;
  if (!plain || !std::filesystem::is_directory(folder, ignored)) {
    return Error(ErrorCode::kNotFound, fmt::format("the model {} has no version {}", model, version)).in_field("version");
  }
  FURROW_ASSIGN(auto loaded, learn::Model::load(folder));
  predict::Scorer::Declaration declaration;
  declaration.name = model;
  declaration.version = version;
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

Result<std::shared_ptr<const decide::Engine>> ModelShelf::build(const Chosen& chosen, std::vector<Error>* faults) const {
  decide::EngineDeclaration declaration;
  declaration.placements = workspace_.placements;
  declaration.program = workspace_.program;
  declaration.holdout_salt = workspace_.name;
  for (const auto& [model, version] : chosen) {
    auto scorer = load(model, version);
    if (scorer.ok()) {
      declaration.scorers.push_back(*std::move(scorer));
    } else if (faults != nullptr) {
      faults->push_back(std::move(scorer).error());
    }
  }
  return decide::Engine::build(std::move(declaration));
}

Result<std::shared_ptr<const decide::Engine>> ModelShelf::build_engine(std::vector<Error>* faults) const {
  FURROW_ASSIGN(auto all, chosen());
  return build(all, faults);
}

Result<ModelRecord> ModelShelf::promote(const std::string& model, const std::string& version, const std::string& actor, decide::LiveEngine& live) {
  std::lock_guard lock(mutex_);
  FURROW_ASSIGN(auto now, current(model));
  if (now == version) return Error(ErrorCode::kConflict, fmt::format("{} {} decides already", model, version)).in_field("version");
  return change({Time{}, model, version, "promoted", actor}, live);
}

Result<ModelRecord> ModelShelf::roll_back(const std::string& model, const std::string& actor, decide::LiveEngine& live) {
  std::lock_guard lock(mutex_);
  FURROW_ASSIGN(auto history, tally_.models(model));
  // The last version that is not the current one and was not itself left by a roll-back later.
  std::vector<std::string> stack;
  for (const auto& record : history) {
    if (record.action == "rolled_back" && stack.size() >= 2) {
      stack.pop_back();
    } else {
      stack.push_back(record.version);
    }
  }
  if (stack.size() < 2) return Error(ErrorCode::kConflict, fmt::format("no version of {} decided before the current one", model));
  return change({Time{}, model, stack[stack.size() - 2], "rolled_back", actor}, live);
}

Result<ModelRecord> ModelShelf::change(ModelRecord record, decide::LiveEngine& live) {
  FURROW_TRY(load(record.model, record.version));
  FURROW_ASSIGN(auto all, chosen());
  std::erase_if(all, [&](const auto& entry) { return entry.first == record.model; });
  all.emplace_back(record.model, record.version);
  FURROW_ASSIGN(auto engine, build(all, nullptr));
  record.time = SystemClock().now();
  auto done = std::make_shared<std::promise<Status>>();
  FURROW_TRY(pipeline_.record(record, [done](const Status& status) { done->set_value(status); }));
  FURROW_TRY(done->get_future().get());
  live.set(std::move(engine));
  return record;
}

}  // namespace furrow::app
