// The models of a running workspace: its versions (model_versions.h) and the engine made of those that decide, of canaries
// and shadows (staged_engine.h).
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
#include "app/staged_engine.h"
#include "app/workspace.h"
#include "decide/engine.h"
#include "pipeline/pipeline.h"

namespace furrow::app {

class ModelShelf {
 public:
  ModelShelf(const Workspace& workspace, std::filesystem::path models, pipeline::Pipeline& pipeline, const Clock& clock)
      : workspace_(workspace), versions_(workspace, models, clock), pipeline_(pipeline), shadow_log_(models) {}

  const ModelVersions& versions() const { return versions_; }
  // An engine with the current versions. A version that cannot be loaded is reported in `faults` and left out, so that
  // one bad model does not stop the others from deciding.
  Result<std::shared_ptr<const decide::Engine>> build_engine(std::vector<Error>& faults);
  // Swaps the engine when the registry names other versions than the engine was made of.
  Status refresh(decide::LiveEngine& live, std::vector<Error>& faults);
  // ModelVersions' errors. In the log and deciding when it returns.
  Result<ModelRecord> promote(const std::string& model, const std::string& version, const std::string& actor, decide::LiveEngine& live);
  Result<ModelRecord> roll_back(const std::string& model, const std::string& actor, decide::LiveEngine& live, const learn::ModelNote& why = {});
  // In the engine when they return.
  Status set_shadow(const std::string& model, const std::string& version, const std::string& actor, decide::LiveEngine& live);
  Status set_canary(const std::string& model, const std::string& version, double share, const std::string& actor, decide::LiveEngine& live);
  Status approve(const std::string& model, const std::string& version, const std::string& actor, const std::string& note);
  Status alarm(const std::string& model, const std::string& version, const learn::ModelNote& why);
  // Trains on the log as it is and registers a version, which is returned. Takes minutes; changes nothing else.
  Result<std::string> train(const predict::ModelDeclaration& model, const predict::WorkspaceTrainingOptions& options);
  ShadowLog& shadow_log() { return shadow_log_; }

 private:
  struct Choice {
    std::string model, version;
    learn::ModelStages stages;
    bool operator==(const Choice&) const = default;
  };
  using Chosen = std::vector<Choice>;
  Status swap(decide::LiveEngine& live);
  Result<std::shared_ptr<const decide::Engine>> build(const Chosen& chosen, std::vector<Error>& faults);
  Result<Chosen> chosen() const;
  Result<ModelRecord> announce(ModelRecord record, decide::LiveEngine& live);

  const Workspace& workspace_;
  ModelVersions versions_;
  pipeline::Pipeline& pipeline_;
  ShadowLog shadow_log_;  // outlives the engines that fill it
  std::mutex mutex_;
  Chosen built_;  // what the live engine was made of
};

}  // namespace furrow::app
