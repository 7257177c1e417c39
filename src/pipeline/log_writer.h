// Makes groups durable: an append thread hands records to the log; a sync thread fsyncs once for all that waits and
// answers events; a checkpoint thread writes checkpoints whose records are durable, which takes seconds
// when they are large, so that nobody waits for them.
//
// When the log refuses, everybody who waits is told, the records are kept in order, and the append thread probes: when
// there is room again they are written first and writing resumes. Below `reserve_bytes` of free space `writable` turns
// false before the log has to refuse.
// Decisions need no fsync, so their group may be appended by the caller itself when no other is on its way.
// Threads: put and append_now from one thread at a time; the rest from any. Completions run on the inner threads.
#pragma once
#include <atomic>
#include <deque>
#include <thread>

#include "pipeline/work.h"

namespace furrow::pipeline {

class LogWriter {
 public:
  struct Settings {
    std::string data_dir;
    uint64_t reserve_bytes;
  };
  // `finished(weight)` runs after each completion.
  LogWriter(store::LogStore& log, store::KvStore& kv, Settings settings, PipelineMetrics& metrics, const Logger& logger,
            std::function<void(size_t weight)> finished);
  ~LogWriter();
  void put(Group group) {
    under_way_.fetch_add(1);
    groups_.put(std::move(group));
  }
  // Appends the group at once, unless others are before it or the log refuses: then false, and the group is untouched. The
  // caller then gives its completions, which must all be of decisions, to `finish` with `status`.
  bool append_now(Group& group, Status& status);
  // Tells everybody, and counts them as finished.
  void finish(std::vector<Completion>& completions, const Status& status);
  bool writable() const { return !failing_ && !low_space_; }
  bool checkpointing() const { return checkpointing_; }
  void expect_checkpoint() { checkpointing_ = true; }
  LogPosition durable() const { return {durable_.load()}; }
  // Finishes what was put. Idempotent.
  void close();

 private:
  struct Waiting {
    std::vector<Completion> completions;
    std::optional<Checkpoint> checkpoint;
  };
  void run_append();
  void run_sync();
  void run_checkpoints();
  void append(Group group);
  Status write(Group& group);
  void sync(std::vector<Waiting>& waiting);
  void write_checkpoints();
  void fail(const Error& error);
  void probe();
  bool has_room() const;

  store::LogStore& log_;
  store::KvStore& kv_;
  const Settings settings_;
  PipelineMetrics& metrics_;
  const Logger& logger_;
  const std::function<void(size_t)> finished_;

  Mailbox<Group> groups_;
  std::atomic<size_t> under_way_{0};  // groups that were put and are not appended
  std::mutex append_mutex_;           // who appends or probes; guards what is marked so
  Mailbox<Waiting> waiting_;
  Mailbox<Checkpoint> checkpoints_;
  std::deque<std::vector<std::string>> kept_;  // refused by the log, in order; under append_mutex_
  std::deque<Checkpoint> pending_;  // the checkpoint thread's
  std::atomic<bool> failing_{false}, low_space_{false}, checkpointing_{false}, closing_{false};
  std::atomic<uint64_t> durable_;
  uint64_t appended_bytes_ = 0;      // under append_mutex_
  std::string refusal_;              // the last that was logged; the append thread's
  bool checkpoint_refused_ = false;  // and logged; the checkpoint thread's
  std::thread append_thread_, sync_thread_, checkpoint_thread_;
};

}  // namespace furrow::pipeline
