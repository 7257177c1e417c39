// Training a declared model in a server that runs: in the background, one at a time, asked for by a person or due.
//
// A training reads the log as it is, at nice 10 and on one thread, and registers a version. What a person asked for waits for whoever promotes
// it; what was due becomes the shadow of the version that decides (of a model that tells stages: waits). Ending the server stops a training,
// which then leaves nothing behind; the next start knows of none.
// Threads: any. The destructor stops and joins.
#pragma once
#include <atomic>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "app/model_shelf.h"
#include "base/log.h"

namespace furrow::app {

// The last training of a model since the server started, or the one in progress.
struct TrainingRun {
  std::string by;
  Time began;
  double share = 0;           // done, 0 to 1
  std::optional<Time> ended;
  std::string version;        // "": not done, or failed
  std::optional<Error> fault;
};

class ModelTrainer {
 public:
  enum class Then { kWaits, kShadow };

  // `furrow_version` goes into the lineage.
  ModelTrainer(ModelShelf& shelf, decide::LiveEngine& engine, std::string furrow_version, const Clock& clock, const Logger& logger)
      : shelf_(shelf), engine_(engine), furrow_version_(std::move(furrow_version)), clock_(clock), logger_(logger) {}
  ~ModelTrainer();
  // `model` must outlive this. kConflict while one is being trained, saying which.
  Status start(const predict::ModelDeclaration& model, std::string by, Then then);
  std::optional<TrainingRun> last(const std::string& model) const;
  // Ends what is in progress, and begins no other.
  void stop();

 private:
  Result<std::string> train(const predict::ModelDeclaration& model, Then then);

  ModelShelf& shelf_;
  decide::LiveEngine& engine_;
  const std::string furrow_version_;
  const Clock& clock_;
  const Logger& logger_;
  mutable std::mutex mutex_;  // runs_, training_, thread_
  std::map<std::string, TrainingRun> runs_;
  std::string training_;      // "": none
  std::thread thread_;
  std::atomic<bool> stopping_{false};
};

}  // namespace furrow::app
