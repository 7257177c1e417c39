// Live linkage: people who come, or whose traits change, after a linkage was learned (PeopleLinkage::run) are linked one by one.
//
// Follows the log behind the pipeline, so that no acknowledgement waits for it: the log is the queue, and the cursor in linkage_state.h says
// how far it is. Each source's row of a person is weighed against everybody by what was learned (identity/linkage_index.h). A sure pair
// whose people agree on the whole becomes a MergeRecord with the rule "linkage" (the pipeline keeps apart what unique identifiers, limits
// and people's answers keep apart); an unsure one goes to the review queue with its evidence.
// Promises: everything durable is looked at in the end, whatever stops in between; what was looked at twice changes nothing the second time.
// Merges are records, so a rebuild gives the same people. Nothing learned: nothing is spent.
// Not for learning: weights and frequencies are those of the last run.
// Threads: one of its own (start), at low priority; status and catch_up from any. Memory: identity/linkage_index.h, from the first person on.
#pragma once
#include <chrono>
#include <condition_variable>
#include <memory>
#include <thread>

#include "app/linkage_state.h"
#include "app/people_linkage.h"
#include "base/log.h"

namespace furrow::app {

class LinkageGraph;
struct SourceRow;

struct LiveLinkageStatus {
  LiveState state;
  uint64_t behind = 0;   // records of the log that are not looked at yet
  double slowest_ms = 0, usual_ms = 0;  // of one person without the disk, since the start: the 99th percentile, the median
  bool full = false;     // too many came since; link everybody again
};
struct LiveLinkageReport {
  uint64_t looked_at = 0, merged = 0, kept_apart = 0, reviews = 0;
  double seconds = 0;
};
struct LiveLinkageMetrics {
  Histogram one_person;
  Counter linked, asked;
};

class LiveLinkage {
 public:
  // Borrows all.
  LiveLinkage(pipeline::Pipeline& pipeline, PeopleLinkage& linkage, const std::filesystem::path& data, LinkageOptions options, const Clock& clock, const Logger& logger);
  ~LiveLinkage();
  void start();
  void stop();  // idempotent
  // Looks at everything that is durable as of the call. kNotFound when nothing was learned yet, kConflict while people are being linked.
  Result<LiveLinkageReport> catch_up();
  // Nothing when nothing was learned yet.
  Result<std::optional<LiveLinkageStatus>> status() const;
  const LiveLinkageMetrics& metrics() const { return metrics_; }

 private:
  void run();
  Status read_state();
  Status open_graph();
  Result<bool> round(LogPosition end, LiveLinkageReport& report);  // whether there is more
  Status rounds(LiveLinkageReport& report);
  Status look(ProfileId person, LiveLinkageReport& report, std::vector<Review>& unsure);
  Status look_at_row(const SourceRow& row, LiveLinkageReport& report, std::vector<Review>& unsure);
  Status save();

  pipeline::Pipeline& pipeline_;
  PeopleLinkage& linkage_;
  const std::filesystem::path folder_;
  const LinkageOptions options_;
  const Clock& clock_;
  const Logger& logger_;
  LiveLinkageMetrics metrics_;
  // Under linkage_.work().
  std::unique_ptr<LinkageGraph> graph_;
  uint64_t known_runs_ = 0;
  std::chrono::steady_clock::duration waited_{};  // for merges to be durable, of one person
  LogPosition written_;
  mutable std::mutex state_mutex_;
  std::optional<LiveState> state_;
  bool read_ = false;
  std::atomic<bool> full_{false};
  std::mutex wake_mutex_;
  std::condition_variable wake_;
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

}  // namespace furrow::app
