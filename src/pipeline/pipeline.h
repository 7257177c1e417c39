// The live loop's heart: takes facts in, makes them durable, and keeps every view of them up to date.
//
//   callers (HTTP, import) --submit--> queue --> shard thread: de-duplicate, resolve, match outcomes, apply to the
//   views --> append thread: hand the records to the log --> sync thread: fsync once for all that waits, answer events,
//   write checkpoints
//   decisions: whoever records takes the shard's place when it is free, and applies, appends and answers all that wait by
//   then, without a hand-over (decision record 0007)
//
// Promises: `done` of an event submission runs after its records are on disk (fsync) and its profile is updated; of a
// decision after its record is with the operating system (survives kill -9; power loss may take the last group). A
// message_id seen before is acknowledged again and changes nothing. While the disk is full, submissions are refused with
// kStorageFull and reads go on. What was refused on its way to the log is kept in memory and written first when writing
// resumes (by itself, when a probe succeeds), so state in memory is always that of the log plus what it is about to
// get; a caller who tries again is told of a duplicate.
// Threads: every public method from any thread. `done` runs on an inner thread or on any caller of `record`, perhaps before
// that returns: hand over, do not block.
// Limits: queue_events waiting events; beyond, submit is refused with kUnavailable (callers answer 503 with Retry-After).
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "base/log.h"
#include "base/metrics.h"
#include "base/time.h"
#include "collect/quarantine_view.h"
#include "decide/ledger_view.h"
#include "event/record.h"
#include "identity/identity_view.h"
#include "pipeline/model_view.h"
#include "profile/profile_view.h"
#include "profile/segment_view.h"
#include "store/log.h"

namespace furrow::pipeline {

struct Declarations;  // declarations.h

struct PipelineOptions {
  std::string data_dir;
  size_t queue_events = 100'000;
  size_t checkpoint_records = 200'000;      // at least this often by count …
  Duration checkpoint_interval = seconds(15);  // … and by time
  size_t profile_cache_bytes = size_t{512} << 20;
  uint64_t reserve_bytes = uint64_t{64} << 20;  // refuse writes when the disk has less free
  size_t table_from = size_t{4} << 20;          // checkpoints of so many bytes are written as table files of their own
};

// What one submission became. Events that were refused before (by the tracking rules) come as quarantine records.
struct Submission {
  std::vector<Event> events;
  std::vector<QuarantineRecord> refused;
  std::vector<ReleaseRecord> released;  // quarantined records that `events` replays
};
struct Acknowledgement {
  Status status;            // ok: all of it is durable
  size_t accepted = 0;      // new events
  size_t duplicates = 0;    // message ids seen before
  LogPosition last;
};

struct DecisionSubmission {
  DecisionRecord decision;
  std::function<void(const Status&)> done;
};

// Two people are one (`from` and `into` name them by any of their profiles; rule and actor say who wants it), or a merge is
// annulled: `merge`, or when that is 0 the latest in which the profile `leaves` was merged away, of the person of `stays`.
using PeopleChange = std::variant<MergeRecord, SplitRecord>;
struct PeopleChanged {
  LogPosition position;  // of the MergeRecord or SplitRecord
  LogPosition merge;     // of the MergeRecord in both cases
  ProfileId stays;       // whom `into`, or both, are
  ProfileId leaves;      // whom `from` was, or whom the part that leaves is
};

struct PipelineMetrics {
  Counter events_accepted, events_duplicate, events_quarantined, decisions, outcomes, merges, splits, segment_changes, checkpoints, storage_refusals;
  Histogram commit_latency, fsync_latency;
  Gauge queue_depth, log_bytes;
};

class Pipeline {
 public:
  // Opens or creates the data directory (one process at a time: kConflict names who has it), recovers, starts threads.
  static Result<std::unique_ptr<Pipeline>> open(const Declarations& declared, PipelineOptions options, const Clock& clock,
                                                const Logger& logger);
  virtual ~Pipeline() = default;

  // kUnavailable when the queue is full or the pipeline drains, kStorageFull while the disk is: nothing was taken, and
  // `done` will not run.
  virtual Status submit(Submission submission, std::function<void(const Acknowledgement&)> done) = 0;
  virtual Status record(DecisionRecord decision, std::function<void(const Status&)> done) = 0;
  // Many decisions with one append. Each `done` runs, of a decision that is not taken with the reason.
  virtual void record(std::vector<DecisionSubmission> decisions) {
    for (auto& one : decisions) {
      auto done = one.done;
      if (Status taken = record(std::move(one.decision), std::move(one.done)); !taken.ok()) done(taken);
    }
  }
  virtual Status record(ModelRecord model, std::function<void(const Status&)> done) = 0;
  // `done` runs when the change is on disk and in every view, or says why there was none (IdentityView::propose_merge and
  // propose_split). One record each: after a crash it is whole or absent.
  virtual Status change(PeopleChange change, std::function<void(const Result<PeopleChanged>&)> done) = 0;
  // Blocking forms for jobs and tests.
  Result<PeopleChanged> change_and_wait(PeopleChange change);
  virtual Acknowledgement submit_and_wait(Submission submission) = 0;

  // Reads, each safe from any thread beside the writer.
  virtual const identity::IdentityView& identity() const = 0;
  virtual const profile::ProfileView& profiles() const = 0;
  virtual const decide::LedgerView& ledger() const = 0;
  virtual const collect::QuarantineView& quarantine() const = 0;
  virtual const ModelView& models() const = 0;
  virtual const profile::SegmentView& segments() const = 0;
  virtual class SegmentIndexer& segment_index() = 0;
  virtual bool segments_settled() const = 0;  // everybody was looked at since the start
  virtual const store::LogStore& log() const = 0;
  virtual store::KvStore& views() = 0;
  virtual const PipelineMetrics& metrics() const = 0;
  virtual uint64_t quarantine_open() const = 0;
  // All records from `from` on, up to the durable end as of the call.
  virtual Status scan(LogPosition from, const std::function<bool(const Record&)>& visit) const = 0;
  virtual LogPosition durable() const = 0;
  virtual LogPosition opened_at() const = 0;  // the log's end before this process added anything
  virtual bool writable() const = 0;  // false while the storage refuses

  // Takes no more, finishes what is queued, checkpoints. Idempotent.
  virtual Status drain() = 0;
};

// Rebuilds every view from the log in memory and compares digests with the stored views (checkpoint plus tail).
struct VerifyReport {
  struct Row { std::string view, stored, rebuilt; bool equal; };
  std::vector<Row> views;
  uint64_t records = 0;
  bool ok = false;
};
// Reads only: works beside a running server. kConflict when the declared features or identity rules changed since the
// views were written (the next start of the server rebuilds them).
Result<VerifyReport> verify(const Declarations& declared, const std::string& data_dir, const Logger& logger);

}  // namespace furrow::pipeline
