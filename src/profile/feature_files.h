// Declared features over plain files: what `furrow features build` does. No server and no workspace.
//
// Events: a file with the columns profile_id, event and time; every other column is a property, read cell by cell: what is
// written as a number is a number ("007" is a text), true and false are booleans, an empty cell, NULL, NaN and N/A are
// nothing. Observations: a file with profile_id and time. The result has the observations' rows and columns, in their
// order, and a column for each feature as of strictly before the row's time; a first or last of texts is a text column.
// Times: ISO 8601 (UTC without a zone) or epoch milliseconds. Formats by extension, see table/files.h.
// A bad row never stops the run: it is counted and kept with its line and reason; its observation is left out.
// Errors: kInvalidWorkspace (every fault of the definitions with file and line), kInvalidFile (a missing column, a
// feature named as an observation's column), and those of reading and writing.
// Memory: the journals (history.h), the observations and their features; the events are streamed. Threads: one.
#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <vector>

#include "base/result.h"
#include "table/files.h"

namespace furrow::profile {

inline constexpr size_t kMaxKeptRejects = 100'000;

struct FeatureFilesRequest {
  std::filesystem::path events, definitions, observations, out;
  std::function<void(uint64_t bytes_read, uint64_t bytes_total)> progress;  // now and then, while events are read
};
struct FeatureFilesReport {
  uint64_t events = 0, events_rejected = 0;
  uint64_t observations = 0, observations_rejected = 0;
  uint64_t people = 0;    // with an event that some feature selects
  uint64_t features = 0;
  std::vector<table::Reject> rejects;  // of both files, the reason names which; at most kMaxKeptRejects
};

Result<FeatureFilesReport> build_feature_file(const FeatureFilesRequest& request);

}  // namespace furrow::profile
