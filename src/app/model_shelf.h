// The models of a running workspace: the registry's versions, bound to the declared features, and the engine made of them.
//
// The registry (learn/registry.h) says which version decides; the log records each change, so that the history says who
// decided when. A change is loaded, checked and bound before anything is written. A promotion by the command line beside
// a running server is noticed by `refresh`.
// Threads: any (one lock around changes).
#pragma once
#include <filesystem>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "app/pipeline.h"
#include "app/workspace.h"
#include "decide/engine.h"
#include "learn/registry.h"
#include "predict/scorer.h"

namespace furrow::app {

class ModelShelf {
 public:
  ModelShelf(const Workspace& workspace, std::filesystem::path models, Pipeline& pipeline, const Clock& clock)
      : workspace_(workspace), registry_(std::move(models), clock), pipeline_(pipeline), clock_(clock) {}

  Result<std::vector<learn::ModelVersion>> versions(const std::string& model) const { return registry_.list(model); }
  Result<std::optional<std::string>> current(const std::string& model) const;
  // An engine with the current versions. A version that cannot be loaded is reported in `faults` and left out, so that
  // one bad model does not stop the others from deciding.
  Result<std::shared_ptr<const decide::Engine>> build_engine(std::vector<Error>& faults);
  // Swaps the engine when the registry names other versions than the engine was made of.
  Status refresh(decide::LiveEngine& live, std::vector<Error>& faults);
  // kNotFound, kModelMismatch, kStorageCorrupt; kConflict when it decides already.
  Result<ModelRecord> promote(const std::string& model, const std::string& version, const std::string& actor, decide::LiveEngine& live);
  // To the version that decided before the current one; kConflict when there is none.
  Result<ModelRecord> roll_back(const std::string& model, const std::string& actor, decide::LiveEngine& live);

 private:
  using Chosen = std::vector<std::pair<std::string, std::string>>;  // model, version
  Result<std::shared_ptr<const predict::Scorer>> load(const std::string& model, const std::string& version) const;
  Result<std::shared_ptr<const decide::Engine>> build(const Chosen& chosen, std::vector<Error>& faults) const;
  Result<Chosen> chosen() const;
  Result<ModelRecord> announce(ModelRecord record, decide::LiveEngine& live);

  const Workspace& workspace_;
  learn::Registry registry_;
  Pipeline& pipeline_;
  const Clock& clock_;
  std::mutex mutex_;
  Chosen built_;  // what the live engine was made of
};

}  // namespace furrow::app
