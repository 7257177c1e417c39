#include "app/import.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <unordered_set>

#include "app/http_quarantine.h"

namespace furrow::app {
namespace {

constexpr size_t kInFlight = 8;
constexpr size_t kReasons = 100;

uint64_t identity_of(const QuarantineRecord& record) {
  return hash64(record.raw, hash64(record.source) ^ hash64(record.code) ^ hash64(record.field));
}

// Batches on their way through the intake.
class Submitter {
 public:
  Submitter(const Intake& intake, ImportReport& report) : intake_(intake), report_(report) {}
  ~Submitter() { wait_until(0); }

  Status send(collect::ImportBatch&& batch) {
    drop_known(batch.refused);
    report_.quarantined += batch.refused.size();
    if (batch.events.empty() && batch.refused.empty()) return {};
    pipeline::Submission submission{std::move(batch.events), std::move(batch.refused), {}};
    while (true) {
      wait_until(kInFlight - 1);
      FURROW_TRY(failure());
      {
        std::lock_guard lock(mutex_);
        ++in_flight_;
      }
      // A full queue takes nothing; the copy is what a retry needs.
      pipeline::Submission copy = submission;
      Status taken = intake_.submit(std::move(copy), [this](const pipeline::Acknowledgement& done) { settle(done); });
      if (taken.ok()) return {};
      {
        std::lock_guard lock(mutex_);
        --in_flight_;
      }
      if (taken.error().code() != ErrorCode::kUnavailable || !wait_for_room()) return taken;
    }
  }
  Status finish() {
    wait_until(0);
    return failure();
  }

 private:
  void settle(const pipeline::Acknowledgement& done) {
    std::lock_guard lock(mutex_);
    --in_flight_;
    report_.imported += done.accepted;
    report_.duplicates += done.duplicates;
    if (!done.status.ok() && failure_.ok()) failure_ = done.status;
    settled_.notify_all();
  }
  void wait_until(size_t most) {
    std::unique_lock lock(mutex_);
    settled_.wait(lock, [&] { return in_flight_ <= most; });
  }
  // Until one of ours is settled; false when none is under way, so that waiting would not help.
  bool wait_for_room() {
    std::unique_lock lock(mutex_);
    if (in_flight_ == 0) return false;
    size_t before = in_flight_;
    settled_.wait(lock, [&] { return in_flight_ < before; });
    return true;
  }
  Status failure() {
    std::lock_guard lock(mutex_);
    return failure_;
  }
  // The log is read for them only when a first row is refused.
  void drop_known(std::vector<QuarantineRecord>& refused) {
    if (refused.empty()) return;
    if (!known_loaded_) {
      known_loaded_ = true;
      QuarantineSelection all;
      all.source = refused.front().source;
      (void)for_each_open(intake_.scan, all, [&](LogPosition, const QuarantineRecord& record) {
        known_.insert(identity_of(record));
        return true;
      }).ok();
    }
    size_t before = refused.size();
    std::erase_if(refused, [&](const QuarantineRecord& record) { return known_.contains(identity_of(record)); });
    report_.known_bad += before - refused.size();
  }

  const Intake& intake_;
  ImportReport& report_;
  std::mutex mutex_;
  std::condition_variable settled_;
  size_t in_flight_ = 0;
  Status failure_;
  bool known_loaded_ = false;
  std::unordered_set<uint64_t> known_;
};

// How a file's first rows write what the map asks of its columns, before the map judges any.
Status study_cells(const collect::SourceDeclaration& source, const std::filesystem::path& file, const Clock& clock, const std::atomic<bool>* stop,
                   govern::CellGovernor& cells) {
  collect::ImportCounts counts;
  collect::ImportOptions options;
  options.stop = stop;
  options.cells = &cells;
  bool enough = source.map.tracking;
  if (!enough) {
    Status read = collect::import_file(source, file, file.filename().string(), clock, options, [&](collect::ImportBatch&&) -> Status {
      enough = counts.rows >= govern::kLearnedCells;
      return enough ? Status(Error(ErrorCode::kInterrupted, "enough was learnt")) : Status();
    }, counts);
    if (!read.ok() && !enough) return read;
  }
  cells.settle();
  return {};
}

// What a file's rows show, before any of them is taken: the first for what its fields hold, all of them for their history.
Result<govern::EventGovernor> study(const collect::SourceDeclaration& source, const govern::EventRules& rules, const std::filesystem::path& file,
                                    const Clock& clock, const std::atomic<bool>* stop, govern::CellGovernor& cells) {
  FURROW_TRY(study_cells(source, file, clock, stop, cells));
  govern::EventGovernor governor(rules, clock.now());
  collect::ImportCounts counts;
  collect::ImportOptions options;
  options.stop = stop;
  options.cells = &cells;
  size_t learned = 0;
  bool enough = false;
  Status read = collect::import_file(source, file, file.filename().string(), clock, options, [&](collect::ImportBatch&& batch) -> Status {
    for (const Event& event : batch.events) {
      if (learned++ < govern::kLearnedEvents) governor.learn(event);
      if (rules.history) governor.observe(event);
    }
    enough = !rules.history && learned >= govern::kLearnedEvents;
    return enough ? Status(Error(ErrorCode::kInterrupted, "enough was learnt")) : Status();
  }, counts);
  if (!read.ok() && !enough) return std::move(read).error();
  governor.settle();
  return governor;
}

}  // namespace

Status import_source(const Workspace& workspace, const collect::SourceDeclaration& source, std::vector<std::filesystem::path> files,
                     const Intake& intake, const Clock& clock, const ImportRun& run, ImportReport& report) {
  if (files.empty()) {
    for (const std::string& file : source.files) {
      files.push_back(workspace.root / file);
      std::error_code unseen;
      if (std::filesystem::exists(files.back(), unseen) || unseen) continue;
      return Error(ErrorCode::kNotFound, fmt::format("there is no file {}, which source {} declares: put it there, or name the files on the command line", files.back().string(), source.name));
    }
  }
  if (files.empty()) {
    return Error(ErrorCode::kInvalidArgument, fmt::format("source {} declares no files; name them on the command line", source.name));
  }
  auto start = std::chrono::steady_clock::now();
  Status status;
  collect::ImportCounts counts;
  {
    Submitter submitter(intake, report);
    for (const auto& file : files) {
      std::string label = file.filename().string();
      collect::ImportOptions options;
      options.stop = run.stop;
      std::optional<govern::CellGovernor> cells;
      std::optional<govern::EventGovernor> governor;
      if (const auto* rules = workspace.governance_of(source.name)) {
        cells.emplace(*rules, clock.now());
        auto studied = study(source, *rules, file, clock, run.stop, *cells);
        if (!studied.ok()) {
          status = std::move(studied).error();
          break;
        }
        governor.emplace(*std::move(studied));
        options.cells = &*cells;
        options.gate = [&governor, &cells](Event& event) { return governor->apply(event, cells->changes()); };
      }
      options.progress = [&](double share, const collect::ImportCounts& so_far) {
        if (run.progress) run.progress(label, share, so_far.rows);
      };
      status = collect::import_file(source, file, label, clock, options,
                                    [&](collect::ImportBatch&& batch) { return submitter.send(std::move(batch)); }, counts);
      if (governor) report.governed.add(governor->share());
      if (!status.ok()) break;
    }
    Status sent = submitter.finish();
    if (status.ok()) status = sent;
  }
  report.rows += counts.rows;
  report.skipped += counts.skipped;
  report.seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return status;
}

Result<Event> reread(const Workspace& workspace, const QuarantineRecord& record, Time now, govern::CellGovernor* cells) {
  const auto* source = workspace.find_source(record.source);
  const auto* rules = workspace.governance_of(record.source);
  std::optional<govern::CellGovernor> own;
  if (rules && source && !cells) {
    own.emplace(*rules, now);
    own->settle();
    cells = &*own;
  }
  Event event;
  if (source == nullptr) {
    FURROW_ASSIGN(event, reread_tracking(record));
  } else {
    FURROW_ASSIGN(auto row, collect::replay_row(source, record, now, cells));
    if (!row) return Error(ErrorCode::kInvalidRow, "the source's `where` skips this row now; dismiss the record");
    event = std::move(*row);
  }
  if (rules) {
    govern::EventGovernor governor(*rules, now);
    bool mapped = source && !source->map.tracking;
    if (auto why = governor.apply(event, mapped ? cells->changes() : std::span<const collect::CellChange>())) return Error(ErrorCode::kInvalidRow, fmt::format("{}: {}", why->code, why->message)).in_field(why->field);
  }
  return event;
}

Status for_each_open(const RecordScan& scan, const QuarantineSelection& selection,
                     const std::function<bool(LogPosition, const QuarantineRecord&)>& visit) {
  // Releases come after what they release: one pass finds them, the next shows what is left.
  std::unordered_set<uint64_t> released;
  std::unordered_set<uint64_t> wanted;
  for (LogPosition position : selection.positions) wanted.insert(position.value);
  FURROW_TRY(scan(LogPosition{1}, [&](const Record& record) {
    if (auto* release = std::get_if<ReleaseRecord>(&record.body)) released.insert(release->quarantined.value);
    return true;
  }));
  return scan(LogPosition{1}, [&](const Record& record) {
    auto* bad = std::get_if<QuarantineRecord>(&record.body);
    if (!bad || released.contains(record.position.value)) return true;
    if (!selection.source.empty() && bad->source != selection.source) return true;
    if (!selection.code.empty() && bad->code != selection.code) return true;
    if (!wanted.empty() && !wanted.contains(record.position.value)) return true;
    return visit(record.position, *bad);
  });
}

namespace {

using Studies = std::map<std::string, govern::CellGovernor, std::less<>>;

// Of each governed source: how its open rows write what the map asks. Nothing where nothing is governed.
Status study_open(const Workspace& workspace, const QuarantineSelection& selection, const RecordScan& scan, Time now, Studies& studies) {
  if (workspace.governance.empty()) return {};
  std::map<std::string, size_t, std::less<>> seen;
  FURROW_TRY(for_each_open(scan, selection, [&](LogPosition, const QuarantineRecord& record) {
    const auto* rules = workspace.governance_of(record.source);
    const auto* source = workspace.find_source(record.source);
    if (!rules || !source || source->map.tracking || ++seen[record.source] > govern::kLearnedCells) return true;
    auto& cells = studies.try_emplace(record.source, *rules, now).first->second;
    (void)collect::replay_row(source, record, now, &cells).ok();
    return true;
  }));
  for (auto& [name, cells] : studies) cells.settle();
  return {};
}

}  // namespace

Result<ReplayReport> replay_quarantine(const Workspace& workspace, const QuarantineSelection& selection, const Intake& intake,
                                       const Clock& clock) {
  ReplayReport report;
  pipeline::Submission submission;
  Status status;
  auto submit = [&] {
    if (submission.released.empty()) return true;
    uint64_t replayed = submission.released.size();
    pipeline::Acknowledgement done = submit_and_wait(intake, std::move(submission));
    submission = {};
    status = done.status;
    if (status.ok()) report.replayed += replayed;
    return status.ok();
  };
  Studies studies;
  FURROW_TRY(study_open(workspace, selection, intake.scan, clock.now(), studies));
  FURROW_TRY(for_each_open(intake.scan, selection, [&](LogPosition position, const QuarantineRecord& record) {
    ++report.tried;
    auto study = studies.find(record.source);
    auto event = reread(workspace, record, clock.now(), study == studies.end() ? nullptr : &study->second);
    if (!event.ok()) {
      ++report.still_bad;
      if (report.reasons.size() < kReasons) report.reasons.emplace_back(position, event.error());
      return true;
    }
    submission.events.push_back(std::move(*event));
    submission.released.push_back({position, clock.now(), "replayed"});
    return submission.released.size() < kReplayBatch || submit();
  }));
  if (status.ok()) submit();
  if (!status.ok()) return std::move(status).error();
  return report;
}

}  // namespace furrow::app
