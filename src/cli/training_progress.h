// What a training says on standard error while it runs: on a terminal one line, written over; anywhere else (a log, a pipe) a plain line
// each ten seconds, with the share done, the stage and about how long is left. Nothing of a training that is over sooner.
// Threads: one at a time. Cost: a line at most ten times a second on a terminal.
#pragma once
#include <chrono>
#include <functional>
#include <ostream>
#include <string_view>

namespace furrow::cli {

class TrainingProgress {
 public:
  using Clock = std::chrono::steady_clock;

  TrainingProgress();
  TrainingProgress(std::ostream& out, bool terminal, std::function<Clock::time_point()> now);
  ~TrainingProgress();  // clears a terminal's line
  TrainingProgress(const TrainingProgress&) = delete;
  TrainingProgress& operator=(const TrainingProgress&) = delete;

  // `share` done in [0, 1]; 1: over.
  void say(double share, std::string_view stage);
  // To be handed to a training that this outlives.
  std::function<void(double share, std::string_view stage)> function();

 private:
  std::ostream& out_;
  const bool terminal_;
  const std::function<Clock::time_point()> now_;
  const Clock::time_point start_;
  Clock::time_point last_;
  bool shown_ = false;
};

}  // namespace furrow::cli
