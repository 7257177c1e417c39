// Tells how far visitors are: the stage of each declared intent model becomes a trait of the person, by the model's name.
//
// Follows the log behind the pipeline, so that no acknowledgement waits for it. Who did something (a tracked event, page or screen) since the
// last look is scored by the promoted version at the end of their last visit; when the stage is another than the trait says, an identify
// event says the new one: {"NAME": "deciding"}, of the source "intent", at the time of what the person did last, with the version and the
// probabilities in its context. So placements' rules, segments, webhooks, features, queries and a rebuild from the log know stages like every
// other trait, as of when they were told.
// A stage is of the last visit and stays until the next one: ask for something recent beside it (product_views_1h > 0) to mean "now".
// Promises: a stage is behind what was acknowledged by about 0.2 s and the time of a round; what was looked at twice tells nothing twice.
// The first promotion begins at the log's end: what people did before is not told of until they come again.
// Threads: one of its own (start), at low priority; catch_up from any, one at a time. Cost: of a round, a read of at most
// 256 events and some 50 us a visit for each of at most 256 people. No declared model: no thread.
#pragma once
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

#include "app/live_intent.h"
#include "base/log.h"
#include "pipeline/pipeline.h"

namespace furrow::app {

inline constexpr const char* kIntentSource = "intent";

class IntentTraits {
 public:
  // Borrows all.
  IntentTraits(pipeline::Pipeline& pipeline, const Workspace& workspace, LiveIntent& intent, const std::filesystem::path& data_dir, const Clock& clock, const Logger& logger);
  ~IntentTraits();
  void start();
  void stop();  // idempotent
  // Looks at everything that is durable as of the call. How many stages were told.
  Result<size_t> catch_up();

 private:
  struct Doer {
    ProfileId person;
    Event last;  // what they did last
    LogPosition position;
  };
  void run();
  Status read_cursor();
  Status save();
  Result<bool> round(LogPosition end, size_t& told);  // whether there is more
  std::vector<Event> events_of(ProfileId person) const;
  Status tell(const std::string& model, const LiveIntent::Version& version, const std::vector<Doer>& doers, size_t& told);

  pipeline::Pipeline& pipeline_;
  const Clock& clock_;
  const Logger& logger_;
  LiveIntent& intent_;
  const std::filesystem::path file_;
  std::vector<std::string> models_;
  std::mutex work_;  // one round at a time
  std::optional<LogPosition> cursor_;
  LogPosition written_;
  bool read_ = false;
  std::mutex wake_mutex_;
  std::condition_variable wake_;
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

}  // namespace furrow::app
