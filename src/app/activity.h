// What happened each second of the last five minutes: a ring of counts, for the dashboard's live pictures.
// A sampler thread reads counters once a second. Threads: any. Memory: 5 KB a counter.
#pragma once
#include <array>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "base/metrics.h"
#include "base/time.h"

namespace furrow::app {

class Activity {
 public:
  static constexpr size_t kSeconds = 300;
  Activity(std::vector<const Counter*> counters, const Clock& clock);
  ~Activity();
  // Counts a second of counter `index`, oldest first; the second that runs now is left out.
  std::vector<std::pair<Time, double>> per_second(size_t index) const;
  // Takes one sample, as the thread does; for tests with a clock of their own.
  void sample();

 private:
  struct Second {
    Time time;
    std::vector<uint64_t> counts;
  };
  std::vector<const Counter*> counters_;
  const Clock& clock_;
  mutable std::mutex mutex_;
  std::condition_variable stop_;
  bool stopping_ = false;
  std::vector<uint64_t> last_;
  Time last_time_;
  std::vector<Second> ring_;  // at most kSeconds, a circle
  size_t next_ = 0;
  std::thread thread_;
};

}  // namespace furrow::app
