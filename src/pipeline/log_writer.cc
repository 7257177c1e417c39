#include "pipeline/log_writer.h"

#include <fmt/format.h>
#include <pthread.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <iterator>
#include <utility>

#include "base/background.h"

namespace furrow::pipeline {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kProbe{200};
constexpr std::chrono::microseconds kCheckpointRest{1000};
constexpr milliseconds kIdle{1000};  // decisions alone are fsynced this often

uint64_t micros_since(steady_clock::time_point start) {
  return static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(steady_clock::now() - start).count());
}

}  // namespace

LogWriter::LogWriter(store::LogStore& log, store::KvStore& kv, Settings settings, PipelineMetrics& metrics, const Logger& logger,
                     std::function<void(size_t)> finished)
    : log_(log), kv_(kv), settings_(std::move(settings)), metrics_(metrics), logger_(logger), finished_(std::move(finished)), durable_(log.last().value) {
  low_space_ = !has_room();
  append_thread_ = std::thread([this] { run_append(); });
  sync_thread_ = std::thread([this] { run_sync(); });
  checkpoint_thread_ = std::thread([this] { run_checkpoints(); });
}

LogWriter::~LogWriter() { close(); }

void LogWriter::close() {
  closing_ = true;
  groups_.close();
  if (append_thread_.joinable()) append_thread_.join();
  waiting_.close();
  if (sync_thread_.joinable()) sync_thread_.join();
  checkpoints_.close();
  if (checkpoint_thread_.joinable()) checkpoint_thread_.join();
}

bool LogWriter::has_room() const {
  struct statvfs disk {};
  if (::statvfs(settings_.data_dir.c_str(), &disk) != 0) return true;
  return static_cast<uint64_t>(disk.f_bavail) * disk.f_frsize >= settings_.reserve_bytes;
}

void LogWriter::finish(std::vector<Completion>& completions, const Status& status) {
  for (auto& completion : completions) {
    metrics_.commit_latency.record_us(micros_since(completion.since));
    if (!status.ok()) metrics_.storage_refusals.add();
    completion.call(status);
    finished_(completion.weight);
  }
  completions.clear();
}

void LogWriter::fail(const Error& error) {
  if (!failing_.exchange(true)) logger_.error("the log refuses writes; new ones are turned away until a probe succeeds", {{"error", error.message()}});
}

void LogWriter::run_append() {
  ::pthread_setname_np(::pthread_self(), "append");
  std::vector<Group> taken;
  while (groups_.take(taken, failing_ ? kProbe : kIdle)) {
    if (failing_) probe();
    for (auto& group : taken) {
      append(std::move(group));
      under_way_.fetch_sub(1);
    }
  }
  if (failing_) probe();
}

// The group's records go to the log, or are kept when it refuses.
Status LogWriter::write(Group& group) {
  if (failing_) {
    if (!group.records.empty()) kept_.push_back(std::move(group.records));
    return Error(ErrorCode::kStorageFull, "the log refuses writes; try again later");
  }
  if (group.records.empty()) return {};
  auto first = log_.append(group.records);
  if (!first.ok()) {
    fail(first.error());
    kept_.push_back(std::move(group.records));
    return std::move(first).error();
  }
  for (const auto& record : group.records) appended_bytes_ += record.size();
  metrics_.log_bytes.set(static_cast<double>(appended_bytes_));
  return {};
}

bool LogWriter::append_now(Group& group, Status& status) {
  if (failing_ || under_way_.load() != 0) return false;
  std::lock_guard lock(append_mutex_);
  status = write(group);
  return true;
}

void LogWriter::append(Group group) {
  Status status;
  {
    std::lock_guard lock(append_mutex_);
    status = write(group);
  }
  if (!status.ok()) finish(group.completions, status);
  Waiting waiting;
  waiting.checkpoint = std::move(group.checkpoint);
  std::vector<Completion> now;
  for (auto& completion : group.completions) (completion.after_sync() ? waiting.completions : now).push_back(std::move(completion));
  finish(now, {});
  if (!waiting.completions.empty() || waiting.checkpoint) waiting_.put(std::move(waiting));
}

void LogWriter::probe() {
  if (!has_room()) return;
  std::lock_guard lock(append_mutex_);
  uint64_t before_recovery = log_.last().value;
  Status status = log_.recover();
  // A group whose append was reported as failed may have reached the disk whole: an append is all or nothing.
  if (status.ok() && !kept_.empty() && log_.last().value == before_recovery + kept_.front().size()) kept_.pop_front();
  while (status.ok() && !kept_.empty()) {
    auto first = log_.append(kept_.front());
    if (first.ok()) {
      kept_.pop_front();
    } else {
      status = first.error();
    }
  }
  uint64_t reached = log_.last().value;
  if (status.ok()) status = log_.sync();
  if (!status.ok()) {
    // Once a reason, not at every probe.
    if (std::exchange(refusal_, status.error().message()) != status.error().message()) {
      logger_.warning("the log still refuses writes", {{"error", status.error().message()}});
    }
    return;
  }
  // The sync thread may have raised it further already.
  uint64_t before = durable_.load();
  while (before < reached && !durable_.compare_exchange_weak(before, reached)) {}
  refusal_.clear();
  failing_ = false;
  logger_.info("the log takes writes again");
}

void LogWriter::run_sync() {
  ::pthread_setname_np(::pthread_self(), "sync");
  std::vector<Waiting> taken;
  auto looked = steady_clock::now();
  while (waiting_.take(taken, writable() ? kIdle : kProbe)) {
    sync(taken);
    if (steady_clock::now() - looked < kProbe) continue;
    looked = steady_clock::now();
    bool low = !has_room();
    if (low != low_space_.exchange(low)) logger_.warning(low ? "the disk is nearly full: writes are refused until there is room" : "the disk has room again: writes go on");
  }
}

void LogWriter::sync(std::vector<Waiting>& waiting) {
  uint64_t reached = log_.last().value;
  Status status;
  if (failing_) {
    status = Error(ErrorCode::kStorageFull, "the log refuses writes; try again later");
  } else if (reached > durable_) {
    auto start = steady_clock::now();
    status = log_.sync();
    metrics_.fsync_latency.record_us(micros_since(start));
    if (status.ok()) {
      durable_ = std::max(reached, durable_.load());
    } else {
      fail(status.error());
    }
  }
  for (auto& one : waiting) {
    finish(one.completions, status);
    if (one.checkpoint) checkpoints_.put(std::move(*one.checkpoint));
  }
}

void LogWriter::run_checkpoints() {
  give_way("checkpoint");
  std::vector<Checkpoint> taken;
  while (checkpoints_.take(taken, pending_.empty() ? kIdle : kProbe)) {
    std::move(taken.begin(), taken.end(), std::back_inserter(pending_));
    if (!failing_) write_checkpoints();
  }
  write_checkpoints();
}

void LogWriter::write_checkpoints() {
  // In order: each holds what changed since the one before.
  for (; !pending_.empty() && pending_.front().position.value <= durable_; pending_.pop_front()) {
    // Between its pieces the cores are left to requests, but for the last, which a stopping server waits for.
    auto rest = [this] {
      if (!closing_) std::this_thread::sleep_for(kCheckpointRest);
    };
    Status status = kv_.write(pending_.front().batch, rest);
    if (!status.ok() && kv_.recover().ok()) status = kv_.write(pending_.front().batch, rest);
    if (!status.ok()) {
      if (!std::exchange(checkpoint_refused_, true)) {
        logger_.warning("a checkpoint could not be written; it is tried again", {{"error", status.error().message()}});
      }
      return;
    }
    checkpoint_refused_ = false;
    metrics_.checkpoints.add();
    if (pending_.size() == 1) checkpointing_ = false;
  }
}

}  // namespace furrow::pipeline
