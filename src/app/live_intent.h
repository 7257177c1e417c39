// The intent model of a running workspace, for those who ask how far a person is: the promoted version of the first declared one (models/*.yaml
// with `intent:`); where none is declared, what `furrow intent train WORKSPACE` left in the data directory.
//
// Loaded when first asked for and again when another version is promoted or it was trained anew; a torn one is none, and said in the log once.
// Threads: any. Cost of stage_of: a few milliseconds with the n-gram model, less with the network.
#pragma once
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "app/model_versions.h"
#include "base/log.h"
#include "event/event.h"
#include "predict/intent_stage.h"

namespace furrow::app {

// Where that of a workspace without a declared one is kept.
std::filesystem::path intent_folder(const std::filesystem::path& data_dir);

class LiveIntent {
 public:
  // Borrows all.
  LiveIntent(const Workspace& workspace, const ModelVersions& versions, const std::filesystem::path& data_dir, const Logger& logger)
      : workspace_(workspace), versions_(versions), folder_(intent_folder(data_dir)), logger_(logger) {}

  struct Stage {
    predict::IntentScore score;
    Time visit_start, visit_end;
    std::string serves;  // "ngram" or "gru"
  };
  // Of a person's last visit, by their events in any order; nothing without a model or a visit.
  std::optional<Stage> stage_of(const std::vector<Event>& events);
  struct Version {
    std::string version;
    std::shared_ptr<const predict::IntentModel> model;  // null: none is promoted, or it cannot be read
  };
  // The promoted version of a declared intent model.
  Version promoted(const std::string& name);

 private:
  std::shared_ptr<const predict::IntentModel> model();
  std::shared_ptr<const predict::IntentModel> undeclared();

  const Workspace& workspace_;
  const ModelVersions& versions_;
  std::filesystem::path folder_;
  const Logger& logger_;
  std::mutex mutex_;
  std::filesystem::file_time_type loaded_{};
  std::shared_ptr<const predict::IntentModel> model_;
  std::map<std::string, Version> versions_loaded_;
};

}  // namespace furrow::app
