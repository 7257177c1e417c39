// Counts over the log that no view keeps: what each source sent.
//
// A function of the log, caught up with its tail when asked: the first time reads the whole log, later times what is new.
// Threads: any (one lock; a reader waits for the one that catches up). Cost: about 1 us a record of the tail.
#pragma once
#include <map>
#include <mutex>
#include <string>

#include "pipeline/pipeline.h"

namespace furrow::pipeline {

struct SourceTally {
  uint64_t events = 0;
  Time last_time;  // of receiving, refused records too; 0 when nothing came
};

class LogTally {
 public:
  explicit LogTally(const Pipeline& pipeline) : pipeline_(pipeline) {}
  Result<std::map<std::string, SourceTally>> sources();

 private:
  Status catch_up();  // with the lock held
  void apply(const Record& record);
  const Pipeline& pipeline_;
  std::mutex mutex_;
  LogPosition seen_;
  std::map<std::string, SourceTally> sources_;
};

}  // namespace furrow::pipeline
