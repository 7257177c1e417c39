// Imports into an intake (a pipeline, or a running server), and quarantined records tried again by today's declarations.
//
// import_source reads and maps on the calling thread while the intake works on the batches before: at most kInFlight of
// them, so memory is bounded. Safe to stop (`stop` is looked at between batches) and to run again: events are
// de-duplicated by their stable message ids, refused rows by their source, line content and reason while they are open.
// Threads: one call at a time. Errors: the file's, the intake's (kStorageFull …), kInterrupted; the report is filled
// as far as it got.
#pragma once
#include <atomic>
#include <filesystem>
#include <string>
#include <vector>

#include "app/intake.h"
#include "app/workspace.h"
#include "collect/importer.h"
#include "govern/cell_governor.h"
#include "govern/event_governor.h"

namespace furrow::app {

struct ImportReport {
  uint64_t rows = 0, imported = 0, duplicates = 0, skipped = 0, quarantined = 0;
  uint64_t known_bad = 0;  // refused rows that were in the quarantine already
  govern::GovernedShare governed;  // where the source declares governance
  double seconds = 0;
  double rows_per_second() const { return seconds > 0 ? static_cast<double>(rows) / seconds : 0; }
};

struct ImportRun {
  const std::atomic<bool>* stop = nullptr;
  // Label of the file, share of it done, rows of all files so far.
  std::function<void(const std::string&, double, uint64_t)> progress;
};

// `files`: those of the command line, else the source's own, relative to the workspace. kInvalidArgument without any.
Status import_source(const Workspace& workspace, const collect::SourceDeclaration& source, std::vector<std::filesystem::path> files,
                     const Intake& intake, const Clock& clock, const ImportRun& run, ImportReport& report);

// The event that a quarantined record gives now, or why it is still bad (kInvalidRow when `where` skips it now). `cells`: what
// was learnt of the source's columns; without it a governed row is mended by what its cells tell alone.
Result<Event> reread(const Workspace& workspace, const QuarantineRecord& record, Time now, govern::CellGovernor* cells = nullptr);

struct QuarantineSelection {
  std::string source, code;             // "": any
  std::vector<LogPosition> positions;   // empty: any
};
struct ReplayReport {
  uint64_t tried = 0, replayed = 0, still_bad = 0;
  std::vector<std::pair<LogPosition, Error>> reasons;  // of the first 100 that are still bad
};
// Open records in the order of the log; `visit` until it returns false. Reads the log once.
Status for_each_open(const RecordScan& scan, const QuarantineSelection& selection,
                     const std::function<bool(LogPosition, const QuarantineRecord&)>& visit);
Result<ReplayReport> replay_quarantine(const Workspace& workspace, const QuarantineSelection& selection, const Intake& intake,
                                       const Clock& clock);

}  // namespace furrow::app
