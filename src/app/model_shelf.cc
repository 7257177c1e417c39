#include "app/model_shelf.h"

#include <future>

namespace furrow::app {

Result<ModelShelf::Chosen> ModelShelf::chosen() const {
  Chosen chosen;
  for (const auto& model : workspace_.models) {
    if (model.intent) continue;  // it scores no action
    FURROW_ASSIGN(auto version, versions_.current(model.name));
    FURROW_ASSIGN(auto stages, versions_.stages(model.name));
    if (version) chosen.push_back({model.name, *version, std::move(stages)});
  }
  return chosen;
}

Result<std::shared_ptr<const decide::Engine>> ModelShelf::build(const Chosen& chosen, std::vector<Error>& faults) {
  decide::EngineDeclaration declaration;
  declaration.placements = workspace_.placements;
  declaration.program = workspace_.program;
  declaration.holdout_salt = workspace_.name;
  auto load = [&](const std::string& model, const std::string& version) {
    auto scorer = versions_.load(model, version);
    if (!scorer.ok()) faults.push_back(scorer.error());
    return scorer.ok() ? *std::move(scorer) : nullptr;
  };
  for (const Choice& choice : chosen) {
    if (auto scorer = load(choice.model, choice.version)) declaration.scorers.push_back(std::move(scorer));
  }
  FURROW_ASSIGN(auto main, decide::Engine::build(declaration));
  std::vector<StagedVersion> staged;
  for (const Choice& choice : chosen) {
    for (bool canary : {true, false}) {
      const std::string& version = canary ? choice.stages.canary : choice.stages.shadow;
      if (version.empty()) continue;
      auto scorer = load(choice.model, version);
      if (!scorer) continue;
      decide::EngineDeclaration other = declaration;
      std::erase_if(other.scorers, [&](const auto& each) { return each->name() == choice.model; });
      other.scorers.push_back(std::move(scorer));
      FURROW_ASSIGN(auto engine, decide::Engine::build(std::move(other)));
      staged.push_back({choice.model, version, canary ? choice.stages.canary_share : 0, std::move(engine)});
    }
  }
  return make_staged_engine(std::move(main), std::move(staged), shadow_log_);
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
  FURROW_ASSIGN(auto record, versions_.promote(model, version, actor));
  return announce(std::move(record), live);
}

Result<ModelRecord> ModelShelf::roll_back(const std::string& model, const std::string& actor, decide::LiveEngine& live, const learn::ModelNote& why) {
  std::lock_guard lock(mutex_);
  FURROW_ASSIGN(auto record, versions_.roll_back(model, actor, why));
  return announce(std::move(record), live);
}

Status ModelShelf::swap(decide::LiveEngine& live) {
  std::vector<Error> faults;
  FURROW_ASSIGN(auto now, chosen());
  FURROW_ASSIGN(auto engine, build(now, faults));
  built_ = std::move(now);
  live.set(std::move(engine));
  if (!faults.empty()) return std::move(faults.front());
  return {};
}

Status ModelShelf::set_shadow(const std::string& model, const std::string& version, const std::string& actor, decide::LiveEngine& live) {
  std::lock_guard lock(mutex_);
  FURROW_TRY(versions_.set_shadow(model, version, actor));
  return swap(live);
}

Status ModelShelf::set_canary(const std::string& model, const std::string& version, double share, const std::string& actor, decide::LiveEngine& live) {
  std::lock_guard lock(mutex_);
  FURROW_TRY(versions_.set_canary(model, version, share, actor));
  return swap(live);
}

Status ModelShelf::approve(const std::string& model, const std::string& version, const std::string& actor, const std::string& note) {
  std::lock_guard lock(mutex_);
  return versions_.approve(model, version, actor, note);
}

Status ModelShelf::alarm(const std::string& model, const std::string& version, const learn::ModelNote& why) {
  std::lock_guard lock(mutex_);
  return versions_.alarm(model, version, why);
}

Result<std::string> ModelShelf::train(const predict::ModelDeclaration& model, const predict::WorkspaceTrainingOptions& options) {
  const predict::RecordSource records = [this](const auto& visit) { return pipeline_.scan(LogPosition{1}, visit); };
  if (model.intent) {
    FURROW_ASSIGN(auto trained, versions_.train_intent(model, records, options));
    return std::move(trained.version);
  }
  FURROW_ASSIGN(auto trained, versions_.train(model, records, options));
  return std::move(trained.version);
}

Result<ModelRecord> ModelShelf::announce(ModelRecord record, decide::LiveEngine& live) {
  FURROW_TRY(swap(live));
  auto done = std::make_shared<std::promise<Status>>();
  FURROW_TRY(pipeline_.record(record, [done](const Status& status) { done->set_value(status); }));
  FURROW_TRY(done->get_future().get());
  return record;
}

}  // namespace furrow::app
