#include "app/model_shelf.h"

#include <future>

namespace furrow::app {

Result<ModelShelf::Chosen> ModelShelf::chosen() const {
  Chosen chosen;
  for (const auto& model : workspace_.models) {
    FURROW_ASSIGN(auto version, versions_.current(model.name));
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
    auto scorer = versions_.load(model, version);
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
  FURROW_ASSIGN(auto record, versions_.promote(model, version, actor));
  return announce(std::move(record), live);
}

Result<ModelRecord> ModelShelf::roll_back(const std::string& model, const std::string& actor, decide::LiveEngine& live) {
  std::lock_guard lock(mutex_);
  FURROW_ASSIGN(auto record, versions_.roll_back(model, actor));
  return announce(std::move(record), live);
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
