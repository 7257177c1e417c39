#include "app/model_trainer.h"

#include <fmt/format.h>

#include "base/background.h"

namespace furrow::app {

ModelTrainer::~ModelTrainer() { stop(); }

void ModelTrainer::stop() {
  stopping_ = true;
  std::thread ending;
  {
    std::lock_guard lock(mutex_);
    ending.swap(thread_);
  }
  if (ending.joinable()) ending.join();
}

Status ModelTrainer::start(const predict::ModelDeclaration& model, std::string by, Then then) {
  std::lock_guard lock(mutex_);
  if (stopping_) return Error(ErrorCode::kUnavailable, "the server is stopping");
  if (!training_.empty()) {
    return Error(ErrorCode::kConflict, fmt::format("{} is being trained, since {}; one is trained at a time: ask again when it is done", training_, format_time(runs_[training_].began)));
  }
  if (thread_.joinable()) thread_.join();  // it is done
  training_ = model.name;
  runs_[model.name] = {std::move(by), clock_.now(), 0, {}, "", {}};
  thread_ = std::thread([this, &model, then] {
    give_way("trainer");
    auto version = train(model, then);
    if (version.ok()) logger_.info("a model was trained", {{"model", model.name}, {"version", *version}});
    else if (!stopping_) logger_.error("a model could not be trained", {{"model", model.name}, {"fault", version.error().to_string()}});
    std::lock_guard ended(mutex_);
    TrainingRun& run = runs_[model.name];
    run.ended = clock_.now();
    if (version.ok()) run.share = 1, run.version = *std::move(version);
    else run.fault = version.error();
    training_.clear();
  });
  return {};
}

Result<std::string> ModelTrainer::train(const predict::ModelDeclaration& model, Then then) {
  predict::WorkspaceTrainingOptions options;
  options.threads = 1;
  options.furrow_version = furrow_version_;
  options.stop = [this] { return stopping_.load(); };
  options.progress = [this, &model](double share, std::string_view) {
    std::lock_guard lock(mutex_);
    runs_[model.name].share = share;
  };
  FURROW_ASSIGN(std::string version, shelf_.train(model, options));
  if (then == Then::kShadow && !model.intent) FURROW_TRY(shelf_.set_shadow(model.name, version, "retraining", engine_));
  return version;
}

std::optional<TrainingRun> ModelTrainer::last(const std::string& model) const {
  std::lock_guard lock(mutex_);
  auto found = runs_.find(model);
  return found == runs_.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace furrow::app
