// The models of a running workspace: its versions (model_versions.h) and the engine made of those that decide.
//
// The registry (learn/registry.h) says which version decides; the log records each change, so that the history says who
// decided when. What changes the registry beside the server is noticed by `refresh`.
// Threads: any (one lock around changes).
#pragma once
#include <filesystem>
#include <mutex>
#include <string>
#include <vector>

#include "app/model_versions.h"
#include "app/pipeline.h"
#include "app/workspace.h"
#include "decide/engine.h"

namespace furrow::app {

class ModelShelf {
 public:
  ModelShelf(const Workspace& workspace, std::filesystem::path models, Pipeline& pipeline, const Clock& clock)
      : workspace_(workspace), versions_(workspace, std::move(models), clock), pipeline_(pipeline) {}

  const ModelVersions& versions() const { return versions_; }
  // An engine with the current versions. A version that cannot be loaded is reported in `faults` and left out, so that
  // one bad model does not stop the others from deciding.
  Result<std::shared_ptr<const decide::Engine>> build_engine(std::vector<Error>& faults);
  // Swaps the engine when the registry names other versions than the engine was made of.
  Status refresh(decide::LiveEngine& live, std::vector<Error>& faults);
  // ModelVersions' errors. In the log and deciding when it returns.
  Result<ModelRecord> promote(const std::string& model, const std::string& version, const std::string& actor, decide::LiveEngine& live);
  Result<ModelRecord> roll_back(const std::string& model, const std::string& actor, decide::LiveEngine& live);

 private:
  using Chosen = std::vector<std::pair<std::string, std::string>>;  // model, version
  Result<std::shared_ptr<const decide::Engine>> build(const Chosen& chosen, std::vector<Error>& faults) const;
  Result<Chosen> chosen() const;
  Result<ModelRecord> announce(ModelRecord record, decide::LiveEngine& live);

  const Workspace& workspace_;
  ModelVersions versions_;
  Pipeline& pipeline_;
  std::mutex mutex_;
  Chosen built_;  // what the live engine was made of
};

}  // namespace furrow::app
