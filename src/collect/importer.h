// Files of a source to batches of events, row by row in bounded memory; and one quarantined row again.
//
// Every row ends in exactly one count: an event, skipped by `where`, or refused with its reason and raw bytes (the row
// as a small file of its own, so that it can be mapped again). The sink takes batches in the order of the rows and may
// block; its failure stops the import. Running it again gives the same message ids (row_mapper.h).
// Threads: one; `stop` may be set from any, also from a signal handler. Memory: the reader's buffer, one batch and the
// identity of rows (row_identity.h). Errors: the file's (kNotFound, kInvalidFile …), the sink's, kInterrupted.
#pragma once
#include <atomic>
#include <filesystem>
#include <functional>
#include <optional>
#include <vector>

#include "collect/cell_gate.h"
#include "collect/event_gate.h"
#include "collect/source.h"
#include "event/record.h"

namespace furrow::collect {

struct ImportBatch {
  std::vector<Event> events;
  std::vector<QuarantineRecord> refused;
};

struct ImportCounts {
  uint64_t rows = 0, events = 0, skipped = 0, refused = 0;
  uint64_t last_line = 0;  // of the row that was given to the sink last
};

struct ImportOptions {
  size_t batch_rows = 2'000;
  const std::atomic<bool>* stop = nullptr;
  CellGate* cells = nullptr;  // asked of cells that the map cannot read; of mapped sources
  EventGate gate;  // asked of each mapped event, in the order of the rows; what it sets aside is refused
  // Share of the file done, and the counts; called after each batch.
  std::function<void(double, const ImportCounts&)> progress;
};

using ImportSink = std::function<Status(ImportBatch&&)>;

// Read in the source's format, or in the one that the path's extension names where that is of another kind.
// Adds to `counts`, also when it fails midway. `label` is the file's name in quarantine records.
Status import_file(const SourceDeclaration& source, const std::filesystem::path& path, const std::string& label, const Clock& clock,
                   const ImportOptions& options, const ImportSink& sink, ImportCounts& counts);

// A quarantined row through the map as it is now: the event, nothing when `where` skips it now, or why it is still bad.
// `source` is null for records of the tracking API: their raw bytes are a call's body or event. `cells` as in ImportOptions.
Result<std::optional<Event>> replay_row(const SourceDeclaration* source, const QuarantineRecord& record, Time received_at, CellGate* cells = nullptr);

}  // namespace furrow::collect
