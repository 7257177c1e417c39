// Makes groups durable: an append thread hands records to the log and answers decisions; a sync thread fsyncs once for
// all that waits and answers events; a checkpoint thread writes checkpoints whose records are durable, which takes seconds
// when they are large, so that nobody waits for them.
//
// When the log refuses, everybody who waits is told, the records are kept in order, and the append thread probes: when
// there is room again they are written first and writing resumes. Below `reserve_bytes` of free space `writable` turns
// false before the log has to refuse.
// Threads: put from one thread; the rest from any. Completions run on either inner thread.
#pragma once
#include <atomic>
#include <deque>
#include <thread>

#include "app/pipeline_work.h"

namespace furrow::app {

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
  void put(Group group) { groups_.put(std::move(group)); }
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
  void sync(std::vector<Waiting>& waiting);
  void write_checkpoints();
  void finish(std::vector<Completion>& completions, const Status& status);
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
  Mailbox<Waiting> waiting_;
  Mailbox<Checkpoint> checkpoints_;
  std::deque<std::vector<std::string>> kept_;  // refused by the log, in order; the append thread's
  std::deque<Checkpoint> pending_;  // the checkpoint thread's
  std::atomic<bool> failing_{false}, low_space_{false}, checkpointing_{false};
  std::atomic<uint64_t> durable_;
  uint64_t appended_bytes_ = 0;
  std::string refusal_;              // the last that was logged; the append thread's
  bool checkpoint_refused_ = false;  // and logged; the checkpoint thread's
  std::thread append_thread_, sync_thread_, checkpoint_thread_;
};

}  // namespace furrow::app
