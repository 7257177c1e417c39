// The intent model of a data directory (`furrow intent train WORKSPACE`), for those who ask how far a person is.
//
// Loaded when first asked for and again when it was trained anew; a torn one is none, and said in the log once.
// Threads: any. Cost of stage_of: a few milliseconds with the n-gram model, less with the network.
#pragma once
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "base/log.h"
#include "event/event.h"
#include "predict/intent_stage.h"

namespace furrow::app {

// Where it is kept.
std::filesystem::path intent_folder(const std::filesystem::path& data_dir);

class LiveIntent {
 public:
  LiveIntent(const std::filesystem::path& data_dir, const Logger& logger) : folder_(intent_folder(data_dir)), logger_(logger) {}

  struct Stage {
    predict::IntentScore score;
    Time visit_start, visit_end;
    std::string serves;  // "ngram" or "gru"
  };
  // Of a person's last visit, by their events in any order; nothing without a model or a visit.
  std::optional<Stage> stage_of(const std::vector<Event>& events);

 private:
  std::shared_ptr<const predict::IntentModel> model();

  std::filesystem::path folder_;
  const Logger& logger_;
  std::mutex mutex_;
  std::filesystem::file_time_type loaded_{};
  std::shared_ptr<const predict::IntentModel> model_;
};

}  // namespace furrow::app
