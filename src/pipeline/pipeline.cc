#include "pipeline/pipeline.h"

#include <fmt/format.h>
#include <pthread.h>

#include <filesystem>
#include <future>
#include <thread>

#include "pipeline/checkpointing.h"
#include "pipeline/declarations.h"
#include "pipeline/log_writer.h"
#include "pipeline/segment_indexer.h"
#include "pipeline/shard.h"
#include "store/directory_lock.h"
#include "store/rocks_kv.h"
#include "store/rocks_log.h"

namespace furrow::pipeline {
namespace {

using std::chrono::steady_clock;

constexpr size_t kGroupRecords = 4096;
// Of gathering a checkpoint: the least between two looks at the jobs, and the pause between two such slices when there are none,
// so that the thread does not lose its place with the scheduler.
constexpr std::chrono::microseconds kSlice{200};
constexpr std::chrono::microseconds kTurn{500};
constexpr std::chrono::milliseconds kGatherPause{1}, kShardIdle{1000};
constexpr std::string_view kViewsRemedy = "Nothing is lost: remove the views folder and start again; it is rebuilt from the log";

// People whose time has come that are looked at between two looks at the jobs.
constexpr size_t kTimersAtOnce = 32;

struct Stores {
  store::DirectoryLock lock;
  store::RocksMemory memory;
  std::unique_ptr<store::LogStore> log;
  std::unique_ptr<store::KvStore> kv;
  std::unique_ptr<ViewSet> views;
  profile::SegmentRules rules;
};

Status write_checkpoint(Stores& stores) { return stores.kv->write(stores.views->checkpoint()); }

class LivePipeline : public Pipeline {
 public:
  LivePipeline(const Declarations& declared, Stores stores, PipelineOptions options, const Clock& clock, const Logger& logger)
      : stores_(std::move(stores)), opened_at_(stores_.log->last()), options_(std::move(options)), clock_(clock), logger_(logger),
        indexer_(*stores_.views->profiles, stores_.views->segments->numbers(), declared.program, clock_),
        segments_(stores_.rules, *stores_.views->profiles, *stores_.views->segments, clock_), shard_(*stores_.views, segments_, indexer_, metrics_),
        checkpointing_(*stores_.views),
        checkpointed_(stores_.views->applied()),
        writer_(*stores_.log, *stores_.kv, {options_.data_dir, options_.reserve_bytes}, metrics_, logger_, [this](size_t weight) { finished(weight); }),
        sweep_(stores_.rules, *stores_.views->profiles, clock_, [this](SegmentLooks looks) { return take_looks(std::move(looks)); }) {
    shard_thread_ = std::thread([this] { run(); });
  }
  ~LivePipeline() override { (void)drain().ok(); }

  Status submit(Submission submission, std::function<void(const Acknowledgement&)> done) override {
    size_t weight = std::max<size_t>(1, submission.events.size() + submission.refused.size() + submission.released.size());
    return put({std::move(submission), std::move(done), weight});
  }
  Status record(DecisionRecord decision, std::function<void(const Status&)> done) override {
    FURROW_TRY(admit(1));
    metrics_.decisions.add();
    decisions_.put({std::move(decision), std::move(done)});
    work_decisions();
    return {};
  }
  void record(std::vector<DecisionSubmission> decisions) override {
    size_t taken = 0;
    for (auto& one : decisions) {
      Status admitted = admit(1);
      if (!admitted.ok()) {
        if (one.done) one.done(admitted);
        continue;
      }
      metrics_.decisions.add();
      if (&one != &decisions[taken]) decisions[taken] = std::move(one);
      ++taken;
    }
    decisions.resize(taken);
    decisions_.put_all(std::move(decisions));
    work_decisions();
  }
  Status record(ModelRecord model, std::function<void(const Status&)> done) override {
    return put({RecordBody(std::move(model)), std::move(done), 1});
  }
  Status change(PeopleChange change, std::function<void(const Result<PeopleChanged>&)> done) override {
    auto came_to = std::make_shared<PeopleChanged>();
    EventsDone answered = [came_to, done = std::move(done)](const Acknowledgement& acknowledgement) {
      done(acknowledgement.status.ok() ? Result<PeopleChanged>(*came_to) : Result<PeopleChanged>(acknowledgement.status.error()));
    };
    return put({AskedChange{std::move(change), came_to}, std::move(answered), 1});
  }
  Acknowledgement submit_and_wait(Submission submission) override {
    std::promise<Acknowledgement> promise;
    auto future = promise.get_future();
    Status taken = submit(std::move(submission), [&](const Acknowledgement& acknowledgement) { promise.set_value(acknowledgement); });
    if (taken.ok()) return future.get();
    Acknowledgement refused;
    refused.status = std::move(taken);
    return refused;
  }

  const identity::IdentityView& identity() const override { return *stores_.views->identity; }
  const profile::ProfileView& profiles() const override { return *stores_.views->profiles; }
  const decide::LedgerView& ledger() const override { return *stores_.views->ledger; }
  const collect::QuarantineView& quarantine() const override { return *stores_.views->quarantine; }
  const ModelView& models() const override { return *stores_.views->models; }
  const profile::SegmentView& segments() const override { return *stores_.views->segments; }
  SegmentIndexer& segment_index() override { return indexer_; }
  bool segments_settled() const override { return sweep_.done() && looks_waiting_ == 0; }
  const store::LogStore& log() const override { return *stores_.log; }
  store::KvStore& views() override { return *stores_.kv; }
  const PipelineMetrics& metrics() const override { return metrics_; }
  uint64_t quarantine_open() const override { return stores_.views->quarantine->open_count(); }
  LogPosition opened_at() const override { return opened_at_; }
  LogPosition durable() const override { return writer_.durable(); }
  bool writable() const override { return writer_.writable() && !broken_; }

  Status scan(LogPosition from, const std::function<bool(const Record&)>& visit) const override {
    const LogPosition end = durable();
    Status failed;
    FURROW_TRY(stores_.log->scan(from, [&](LogPosition position, std::string_view bytes) {
      if (position > end) return false;
      auto body = decode_record(bytes);
      if (body.ok()) return visit({position, std::move(body).value()});
      failed = Error(ErrorCode::kStorageCorrupt, fmt::format("log position {}: {}", position.value, body.error().message()));
      return false;
    }));
    return failed;
  }

  Status drain() override {
    std::lock_guard once(drain_mutex_);
    if (!shard_thread_.joinable()) return {};
    draining_ = true;
    sweep_.stop();
    indexer_.stop();
    {
      std::unique_lock lock(idle_mutex_);
      idle_.wait(lock, [&] { return in_flight_ == 0; });
    }
    jobs_.close();
    shard_thread_.join();
    writer_.close();
    return shard_.health();
  }

 private:
  Status put(Job job) {
    FURROW_TRY(admit(job.weight));
    jobs_.put(std::move(job));
    return {};
  }

  // Counts `weight` as in flight, or says why nothing is taken.
  Status admit(size_t weight) {
    size_t before = in_flight_.fetch_add(weight);
    Status refused;
    if (draining_) {
      refused = Error(ErrorCode::kUnavailable, "the server is stopping");
    } else if (!writer_.writable()) {
      refused = Error(ErrorCode::kStorageFull, "the disk is full: writes are refused until there is room");
      metrics_.storage_refusals.add();
    } else if (before > 0 && before + weight > options_.queue_events) {
      refused = Error(ErrorCode::kUnavailable, fmt::format("{} events are waiting, the limit is {}; try again", before, options_.queue_events));
    }
    if (!refused.ok()) {
      finished(weight);
      return refused;
    }
    metrics_.queue_depth.set(static_cast<double>(before + weight));
    return {};
  }

  bool take_looks(SegmentLooks looks) {
    ++looks_waiting_;
    const bool taken = put({std::move(looks), EventsDone([this](const Acknowledgement&) { --looks_waiting_; }), 1}).ok();
    if (!taken) --looks_waiting_;
    return taken;
  }

  void finished(size_t weight) {
    if (in_flight_.fetch_sub(weight) != weight || !draining_) return;
    std::lock_guard lock(idle_mutex_);
    idle_.notify_all();
  }

  // Takes the shard's place for the decisions that wait, if it is free. If not, whoever has it looks here after leaving it.
  // An exception would leave views and log apart: better to stop and recover from the log.
  void work_decisions() noexcept {
    while (!decisions_.empty()) {
      std::vector<Completion> answered;
      Status status;
      {
        std::unique_lock turn(shard_mutex_, std::try_to_lock);
        if (!turn.owns_lock()) return;
        Group group;
        auto waiting = decisions_.take();
        group.records.reserve(waiting.size());
        group.completions.reserve(waiting.size());
        for (auto& one : waiting) shard_.process({RecordBody(std::move(one.decision)), std::move(one.done), 1}, group);
        check_health();
        if (group.completions.empty()) continue;
        if (writer_.append_now(group, status)) answered = std::move(group.completions);
        else writer_.put(std::move(group));
      }
      writer_.finish(answered, status);
    }
  }

  void check_health() {
    if (!shard_.health().ok() && !broken_.exchange(true)) {
      logger_.error("a view of the log failed; nothing more is taken until a restart", {{"error", shard_.health().error().message()}});
    }
  }

  void run() {
    ::pthread_setname_np(::pthread_self(), "shard");
    std::vector<Job> taken;
    auto last = steady_clock::now();
    while (jobs_.take(taken, more_due_ ? std::chrono::milliseconds(0) : patience())) {
      auto woke = steady_clock::now();
      size_t next = 0;
      do {
        next = work_jobs(taken, next);
        work_decisions();
      } while (next < taken.size());
      {
        std::lock_guard turn(shard_mutex_);
        auto now = steady_clock::now();
        bool due = stores_.views->applied().value - checkpointed_.value >= options_.checkpoint_records ||
                   stores_.views->pending_bytes() > options_.profile_cache_bytes / 4 ||
                   std::chrono::duration_cast<std::chrono::microseconds>(now - last).count() >= options_.checkpoint_interval.micros;
        if (due && !writer_.checkpointing() && begin_checkpoint()) last = now;
      }
      // A third of the time at most while jobs keep coming.
      gather_for(std::max(kSlice, std::chrono::duration_cast<std::chrono::microseconds>(steady_clock::now() - woke) / 2));
      work_decisions();
    }
    std::lock_guard turn(shard_mutex_);
    put_checkpoint(checkpointing_.finish());
    if (begin_checkpoint()) put_checkpoint(checkpointing_.finish());
  }

  // Some jobs in one turn, short enough for decisions to wait for it, and with the last those whose time has come. Gives the next.
  size_t work_jobs(std::vector<Job>& jobs, size_t next) {
    std::lock_guard turn(shard_mutex_);
    Group group;
    auto until = steady_clock::now() + kTurn;
    while (next < jobs.size() && group.records.size() < kGroupRecords) {
      shard_.process(std::move(jobs[next++]), group);
      if (steady_clock::now() >= until) break;
    }
    if (next == jobs.size()) more_due_ = writer_.writable() && shard_.keep_time(kTimersAtOnce, group);
    check_health();
    if (!group.records.empty() || !group.completions.empty()) writer_.put(std::move(group));
    return next;
  }

  // How long there is nothing to do but for jobs.
  std::chrono::milliseconds patience() const {
    if (checkpointing_.under_way()) return kGatherPause;
    const auto due = segments_.next_due();
    if (!due || !writer_.writable()) return kShardIdle;
    return std::clamp(std::chrono::milliseconds((*due - clock_.now()).micros / 1000), kGatherPause, kShardIdle);
  }

  bool begin_checkpoint() {
    if (stores_.views->applied() == checkpointed_ || broken_) return false;
    writer_.expect_checkpoint();
    checkpointing_.begin();
    checkpointed_ = stores_.views->applied();
    return true;
  }

  // In turns as short as those of jobs, with the decisions that wait after each.
  void gather_for(std::chrono::microseconds share) {
    for (auto until = steady_clock::now() + share; checkpointing_.under_way() && steady_clock::now() < until;) {
      {
        std::lock_guard turn(shard_mutex_);
        put_checkpoint(checkpointing_.go_on(std::min(share, kTurn)));
      }
      work_decisions();
    }
  }

  void put_checkpoint(std::optional<Checkpoint> whole) {
    if (!whole || broken_) return;
    Group group;
    group.checkpoint = std::move(whole);
    writer_.put(std::move(group));
  }

  Stores stores_;
  const LogPosition opened_at_;
  const PipelineOptions options_;
  const Clock& clock_;
  const Logger& logger_;
  PipelineMetrics metrics_;
  SegmentIndexer indexer_;
  LiveSegments segments_;
  Shard shard_;
  Checkpointing checkpointing_;
  Mailbox<Job> jobs_;
  Tray<DecisionSubmission> decisions_;
  std::mutex shard_mutex_;  // whoever holds it is the shard: applies to the views and puts groups
  std::atomic<size_t> in_flight_{0}, looks_waiting_{0};
  bool more_due_ = false;  // timers, of the shard thread
  std::atomic<bool> draining_{false}, broken_{false};
  std::mutex idle_mutex_, drain_mutex_;
  std::condition_variable idle_;
  LogPosition checkpointed_;
  LogWriter writer_;
  std::thread shard_thread_;
  SegmentSweep sweep_;
};

}  // namespace

Result<PeopleChanged> Pipeline::change_and_wait(PeopleChange asked) {
  auto promise = std::make_shared<std::promise<Result<PeopleChanged>>>();
  auto future = promise->get_future();
  FURROW_TRY(change(std::move(asked), [promise](const Result<PeopleChanged>& done) { promise->set_value(done); }));
  return future.get();
}

Result<std::unique_ptr<Pipeline>> Pipeline::open(const Declarations& declared, PipelineOptions options, const Clock& clock, const Logger& logger) {
  const std::filesystem::path folder = options.data_dir, views = folder / "views";
  FURROW_ASSIGN(auto lock, store::DirectoryLock::take(folder));
  FURROW_ASSIGN(auto rules, profile::SegmentRules::compile(declared.segments, *declared.program));
  Stores stores{std::move(lock), store::RocksMemory(), nullptr, nullptr, nullptr, std::move(rules)};
  FURROW_ASSIGN(stores.log, store::open_log(folder / "log", stores.memory));
  // What an earlier process appended and did not sync must not be acknowledged as a duplicate before it is durable.
  FURROW_TRY(stores.log->sync());
  FURROW_ASSIGN(stores.kv, store::open_kv(views, stores.memory, std::string(kViewsRemedy), options.table_from));
  FURROW_ASSIGN(stores.views, ViewSet::open(declared, *stores.kv, *stores.log, options.profile_cache_bytes));
  if (stores.views->needs_rebuild() && stores.views->applied().value > 0) {
    logger.info("features or identity rules changed, or an earlier version wrote the views: they are rebuilt from the log");
    stores.views.reset();
    stores.kv.reset();
    std::error_code error;
    std::filesystem::remove_all(views, error);
    if (error) return Error(ErrorCode::kIo, fmt::format("cannot remove {}: {}", views.string(), error.message())).at(views.string());
    FURROW_ASSIGN(stores.kv, store::open_kv(views, stores.memory, std::string(kViewsRemedy), options.table_from));
    FURROW_ASSIGN(stores.views, ViewSet::open(declared, *stores.kv, *stores.log, options.profile_cache_bytes));
  }
  uint64_t checkpointed = 0;
  FURROW_TRY(stores.views->replay(*stores.log, [&](uint64_t records) -> Status {
    if (records - checkpointed < options.checkpoint_records && stores.views->pending_bytes() < options.profile_cache_bytes / 4) return {};
    checkpointed = records;
    return write_checkpoint(stores);
  }));
  // The next start need not replay this again, and rebuilt views are known to be whole.
  FURROW_TRY(write_checkpoint(stores));
  return std::unique_ptr<Pipeline>(std::make_unique<LivePipeline>(declared, std::move(stores), std::move(options), clock, logger));
}

}  // namespace furrow::pipeline
