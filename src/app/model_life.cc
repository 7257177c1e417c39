#include "app/model_life.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <iterator>

#include "base/files.h"
#include "predict/workspace_training.h"

namespace furrow::app {
namespace {

constexpr size_t kPage = 1000;  // decisions asked of the ledger at once

std::optional<Time> trained_at(const learn::ModelVersion& version) {
  auto text = read_file(version.folder / "lineage.json", 1 << 20);
  simdjson::dom::parser parser;
  std::string_view created;
  if (!text.ok() || parser.parse(*text)["created"].get(created)) return std::nullopt;
  auto time = parse_time(created);
  return time.ok() ? std::optional(*time) : std::nullopt;
}

}  // namespace

predict::ModelWatch watch_of(const Workspace& workspace, const predict::ModelDeclaration& model) {
  for (const auto& placement : workspace.placements) {
    if (placement.model == model.name && placement.outcome.event == model.label.event && placement.outcome.within == model.label.within) {
      return predict::ModelWatch(model.name, model.label.event, model.label.within, model.life.window);
    }
  }
  return predict::ModelWatch(model.name, "", model.label.within, model.life.window);
}

NoteInWords in_words(const learn::ModelEvent& event) {
  auto data = predict::parse_note_data(event.data);
  if (!data) return {event.note, ""};
  predict::NoteWords words = predict::words_of(*data);
  return {std::move(words.english), std::move(words.chinese)};
}

std::optional<NoteInWords> standing_alarm(const std::vector<learn::ModelEvent>& history, const std::string& version) {
  const learn::ModelEvent* alarm = nullptr;
  for (const auto& event : history) {
    if (event.version != version) continue;
    if (event.action == "alarm") alarm = &event;
    if (event.action == "promoted" || event.action == "rolled_back" || event.action == "canary") alarm = nullptr;
  }
  if (alarm == nullptr) return std::nullopt;
  NoteInWords words = in_words(*alarm);
  if (words.english.empty()) words.english = "alarm";
  return words;
}

ModelLife::ModelLife(const Workspace& workspace, ModelShelf& shelf, ModelTrainer& trainer, pipeline::Pipeline& pipeline, decide::LiveEngine& engine, const Clock& clock,
                     const Logger& logger)
    : workspace_(workspace), shelf_(shelf), trainer_(trainer), pipeline_(pipeline), engine_(engine), clock_(clock), logger_(logger) {
  for (const auto& model : workspace_.models) {
    if (auto kept = read_shadow_scores(shelf_.shadow_log().models(), model.name); kept.ok()) {
      shadow_scores_.insert(shadow_scores_.end(), kept->begin(), kept->end());
    }
  }
}

ModelLife::~ModelLife() {
  {
    std::lock_guard lock(mutex_);
    ending_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void ModelLife::start() {
  thread_ = std::thread([this] { run(); });
}

void ModelLife::run() {
  for (int ticks = 1;; ++ticks) {
    {
      std::unique_lock lock(mutex_);
      if (wake_.wait_for(lock, kTickEvery, [this] { return ending_.load(); })) break;
    }
    tick(ticks % kTicksToHealth == 0);
  }
  keep_shadow_scores();  // what came since
}

void ModelLife::tick(bool with_look) {
  keep_shadow_scores();
  if (with_look) look();
}

void ModelLife::keep_shadow_scores() {
  auto scores = shelf_.shadow_log().write();
  if (!scores.ok()) {
    logger_.error("shadow scores could not be kept", {{"fault", scores.error().to_string()}});
    return;
  }
  shadow_scores_.insert(shadow_scores_.end(), scores->begin(), scores->end());
  while (shadow_scores_.size() > kMostDecisions) shadow_scores_.pop_front();
}

Result<std::vector<decide::LedgerEntry>> ModelLife::decisions(Time from) const {
  std::vector<decide::LedgerEntry> out;
  std::optional<DecisionId> before;
  while (out.size() < kMostDecisions && !ending_) {
    FURROW_ASSIGN(auto page, pipeline_.ledger().recent({}, kPage, before));
    if (page.empty()) break;
    before = page.back().decision.id;
    bool whole = page.back().decision.time >= from;
    std::erase_if(page, [&](const auto& entry) { return entry.decision.time < from; });
    std::move(page.begin(), page.end(), std::back_inserter(out));
    if (!whole) break;
  }
  std::reverse(out.begin(), out.end());
  return out;
}

void ModelLife::look() {
  Duration longest{};
  for (const auto& model : workspace_.models) longest = std::max(longest, Duration{model.life.window.micros + 2 * model.label.within.micros});
  auto entries = decisions(clock_.now() - longest);
  if (!entries.ok()) {
    logger_.error("the ledger could not be read to watch the models", {{"fault", entries.error().to_string()}});
    return;
  }
  for (const auto& model : workspace_.models) {
    if (model.intent) {  // it has no decisions to watch
      if (model.life.retrain > Duration{}) retrain(model);
      continue;
    }
    predict::ModelWatch watch = watch_of(workspace_, model);
    for (const auto& entry : *entries) {
      watch.add(entry.decision);
      for (const auto& outcome : entry.outcomes) watch.add(outcome);
    }
    for (const ShadowScore& score : shadow_scores_) {
      if (score.model == model.name) watch.add_shadow(score.decision, score.version, score.shadow_score);
    }
    predict::ModelHealth health = watch.health(clock_.now(), [&](const std::string& version) {
      auto scorer = shelf_.versions().load(model.name, version);
      return scorer.ok() ? *scorer : nullptr;
    });
    for (const auto& version : health.versions) {
      if (version.miscalibrated || version.drifted) act(model, version);
    }
    {
      std::lock_guard lock(mutex_);
      health_[model.name] = std::move(health);
    }
    if (model.life.retrain > Duration{}) retrain(model);
  }
}

void ModelLife::act(const predict::ModelDeclaration& model, const predict::VersionHealth& health) {
  auto current = shelf_.versions().current(model.name);
  auto stages = shelf_.versions().stages(model.name);
  auto history = shelf_.versions().history(model.name);
  if (!current.ok() || !stages.ok() || !history.ok()) return;
  bool decides = *current == health.version, canary = stages->canary == health.version;
  if ((!decides && !canary) || standing_alarm(*history, health.version)) return;
  logger_.error("a model has gone wrong in service", {{"model", model.name}, {"version", health.version}, {"why", health.why}});
  auto note = [&](const Status& status) {
    if (!status.ok()) logger_.error("the alarm could not be acted on", {{"model", model.name}, {"fault", status.error().to_string()}});
  };
  const learn::ModelNote why{health.why, health.alarm ? predict::to_json(*health.alarm) : ""};
  note(shelf_.alarm(model.name, health.version, why));
  if (canary) {
    note(shelf_.set_canary(model.name, "", 0, "watch", engine_));
  } else if (model.life.roll_back) {
    auto back = shelf_.roll_back(model.name, "watch", engine_, why);
    if (back.ok()) logger_.error("the version before decides again", {{"model", model.name}, {"version", back->version}});
    else if (back.error().code() != ErrorCode::kConflict) note(back.error());  // no version before: the alarm is all
  }
}

void ModelLife::retrain(const predict::ModelDeclaration& model) {
  auto versions = shelf_.versions().list(model.name);
  if (!versions.ok() || versions->empty()) return;  // the first training is a person's
  auto last = trained_at(versions->back());
  if (!last || *last + model.life.retrain > clock_.now()) return;
  (void)trainer_.start(model, "retraining", ModelTrainer::Then::kShadow);  // another one is being trained: the next look asks again
}

predict::ModelHealth ModelLife::health(const std::string& model) const {
  std::lock_guard lock(mutex_);
  auto found = health_.find(model);
  return found == health_.end() ? predict::ModelHealth() : found->second;
}

}  // namespace furrow::app
