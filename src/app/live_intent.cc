#include "app/live_intent.h"

#include "predict/log_visits.h"

namespace furrow::app {

std::filesystem::path intent_folder(const std::filesystem::path& data_dir) { return data_dir / "intent"; }

LiveIntent::Version LiveIntent::promoted(const std::string& name) {
  std::lock_guard lock(mutex_);
  Version& kept = versions_loaded_[name];
  auto current = versions_.current(name);
  if (!current.ok() || !*current) return kept = {};
  if (**current == kept.version) return kept;
  kept = {**current, nullptr};
  auto loaded = versions_.load_intent(name, kept.version);
  if (loaded.ok()) kept.model = *std::move(loaded);
  else logger_.error("the intent model cannot be read", {{"model", name}, {"fault", loaded.error().to_string()}});
  return kept;
}

std::shared_ptr<const predict::IntentModel> LiveIntent::undeclared() {
  std::lock_guard lock(mutex_);
  std::error_code fault;
  const auto written = std::filesystem::last_write_time(folder_ / "intent.json", fault);
  if (fault) return model_ = nullptr;
  if (written == loaded_) return model_;
  loaded_ = written;
  auto loaded = predict::IntentModel::load(folder_);
  if (!loaded.ok()) logger_.error("the intent model cannot be read", {{"fault", loaded.error().to_string()}});
  return model_ = loaded.ok() ? *loaded : nullptr;
}

std::shared_ptr<const predict::IntentModel> LiveIntent::model() {
  bool declared = false;
  for (const auto& model : workspace_.models) {
    if (!model.intent) continue;
    declared = true;
    if (Version version = promoted(model.name); version.model) return version.model;
  }
  return declared ? nullptr : undeclared();
}

std::optional<LiveIntent::Stage> LiveIntent::stage_of(const std::vector<Event>& events) {
  const auto model = this->model();
  if (!model) return std::nullopt;
  const auto visits = predict::visits_of_person(events, model->gap(), model->columns().item);
  if (visits.visits.empty()) return std::nullopt;
  auto scores = model->score(visits);
  if (!scores.ok()) return std::nullopt;
  const auto& last = visits.visits.back();
  return Stage{scores->back(), last.start(), last.end(), model->serves()};
}

}  // namespace furrow::app
