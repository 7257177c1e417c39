// What happens to models in service without anybody asking: shadow scores are kept, health is watched, alarms are raised
// and acted on, new versions are trained.
//
// Each tick: shadow scores go to their files (staged_engine.h). Each kTicksToHealth: the ledger's latest decisions, at most
// kMostDecisions, go to a ModelWatch a model (predict/model_watch.h); an alarm of a version that decides is logged and noted in
// the registry's history, once each time that it begins to decide; a canary that alarms is ended; and where the declaration says `on_alarm: roll_back`,
// the version that decided before takes over. Where it says `retrain`, a model whose newest version is older is trained
// again in the background, and the new version becomes the shadow: promoting it stays a person's (or approval's) business.
// A placement whose outcome is the model's label, within the same time, is what calibration is watched by.
// Threads: a thread of its own for ticks; health() from any. tick() alone is for tests.
#pragma once
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "app/model_shelf.h"
#include "app/model_trainer.h"
#include "base/log.h"
#include "pipeline/pipeline.h"
#include "predict/model_watch.h"

namespace furrow::app {

// The watch of a declared model: by the outcome of a placement that uses it, if one fits.
predict::ModelWatch watch_of(const Workspace& workspace, const predict::ModelDeclaration& model);

// What a model's history notes of something, "" where nothing is. A person's words, and notes of earlier versions of the program, are
// in the language in which they were written, as `english`.
struct NoteInWords {
  std::string english, chinese;
};
NoteInWords in_words(const learn::ModelEvent& event);

// Why a version has an alarm that was noted since it began to decide (for everybody or as a canary); nothing without one. It stands
// until the version begins anew: whoever looks a day later has to hear of it, though the watch may have calmed down by then.
std::optional<NoteInWords> standing_alarm(const std::vector<learn::ModelEvent>& history, const std::string& version);

class ModelLife {
 public:
  static constexpr auto kTickEvery = std::chrono::seconds(2);
  static constexpr int kTicksToHealth = 30;
  static constexpr size_t kMostDecisions = 20'000;

  ModelLife(const Workspace& workspace, ModelShelf& shelf, ModelTrainer& trainer, pipeline::Pipeline& pipeline, decide::LiveEngine& engine, const Clock& clock,
            const Logger& logger);
  ~ModelLife();  // ends its thread
  void start();
  void tick(bool look);  // look: also health, alarms and retraining
  predict::ModelHealth health(const std::string& model) const;

 private:
  void run();
  void keep_shadow_scores();
  void look();
  // The ledger's decisions since `from`, oldest first.
  Result<std::vector<decide::LedgerEntry>> decisions(Time from) const;
  void act(const predict::ModelDeclaration& model, const predict::VersionHealth& health);
  void retrain(const predict::ModelDeclaration& model);

  const Workspace& workspace_;
  ModelShelf& shelf_;
  ModelTrainer& trainer_;
  pipeline::Pipeline& pipeline_;
  decide::LiveEngine& engine_;
  const Clock& clock_;
  const Logger& logger_;
  std::deque<ShadowScore> shadow_scores_;  // the latest, at most kMostDecisions
  mutable std::mutex mutex_;               // health_, ending_
  std::condition_variable wake_;
  std::map<std::string, predict::ModelHealth> health_;
  std::atomic<bool> ending_{false};
  std::thread thread_;
};

}  // namespace furrow::app
