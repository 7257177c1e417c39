// The model versions of a data directory, and which of them decide.
//
// Versions are folders models/NAME/vNNNN (learn/model.h). Which one decides is the last ModelRecord of its name in the
// log; rolling back is a record too, so that the history says who decided when. `promote` loads the version first, which
// checks its files and its parity, and binds it to the features; only then is the record written and the engine swapped.
// Threads: any (one lock around changes).
#pragma once
#include <filesystem>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "app/log_tally.h"
#include "app/pipeline.h"
#include "app/workspace.h"
#include "decide/engine.h"
#include "predict/scorer.h"

namespace furrow::app {

struct ModelVersion {
  std::string version;  // "v0001"
  std::string state;    // "current", "retired" (decided before), "candidate"
  std::filesystem::path folder;
};

class ModelShelf {
 public:
  ModelShelf(const Workspace& workspace, std::filesystem::path models, Pipeline& pipeline, LogTally& tally)
      : workspace_(workspace), models_(std::move(models)), pipeline_(pipeline), tally_(tally) {}

  Result<std::vector<ModelVersion>> versions(const std::string& model) const;  // oldest first
  Result<std::optional<std::string>> current(const std::string& model) const;
  // An engine with the current versions. A version that cannot be loaded is reported in `faults` and left out, so that
  // one bad model does not stop the others from deciding.
  Result<std::shared_ptr<const decide::Engine>> build_engine(std::vector<Error>* faults) const;
  // kNotFound, kModelMismatch, kStorageCorrupt; kConflict when it decides already.
  Result<ModelRecord> promote(const std::string& model, const std::string& version, const std::string& actor, decide::LiveEngine& live);
  // To the version that decided before the current one; kConflict when there is none.
  Result<ModelRecord> roll_back(const std::string& model, const std::string& actor, decide::LiveEngine& live);

 private:
  using Chosen = std::vector<std::pair<std::string, std::string>>;  // model, version
  Result<std::shared_ptr<const predict::Scorer>> load(const std::string& model, const std::string& version) const;
  Result<std::shared_ptr<const decide::Engine>> build(const Chosen& chosen, std::vector<Error>* faults) const;
  Result<Chosen> chosen() const;
  Result<ModelRecord> change(ModelRecord record, decide::LiveEngine& live);

  const Workspace& workspace_;
  std::filesystem::path models_;
  Pipeline& pipeline_;
  LogTally& tally_;
  std::mutex mutex_;
};

}  // namespace furrow::app
