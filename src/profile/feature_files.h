// Declared features over plain files: what `furrow features build` does. No server and no workspace.
//
// Events: a file with the columns profile_id, event and time; every other column is a property, read cell by cell: what is
// written as a number is a number ("007" is a text), true and false are booleans, an empty cell, NULL, NaN and N/A are
// nothing. Observations: a file with profile_id and time. The result has the observations' rows and columns, in their
// order, and a column for each feature as of strictly before the row's time; a first or last of texts is a text column.
// Times: ISO 8601 (UTC without a zone) or epoch milliseconds. Formats by extension, see table/files.h.
// Labels (`labels:` in the definitions, feature.h) are columns of 0 and 1 after the features; empty where the events end before
// the label's time does. `test_share` adds a column `split`: the newest share of the observations is "test", those before it
// "train", but "gap" where the label's time would reach into the test part. `negatives` keeps all rows whose first label
// is 1 and, of those where it is 0, so many for each of them, chosen by chance; the column `weight` says what one stands for.
// A column `message_id` among the events de-duplicates: an event of the same person and id counts once.
// A bad row never stops the run: it is counted and kept with its line and reason; its observation is left out.
// Errors: kInvalidWorkspace (every fault of the definitions with file and line), kInvalidFile (a missing column, a
// feature named as an observation's column), and those of reading and writing.
// Memory: the observations, the buffers of feature_batch.h and the people observed; beyond that unnamed files beside the result.
// Threads: two.
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
  double test_share = 0;   // 0: no split
  double negatives = 0;    // a positive; 0: all rows
  uint64_t seed = 1;
  size_t memory_bytes = size_t{256} << 20;  // of the buffers
  std::function<void(uint64_t bytes_read, uint64_t bytes_total)> progress = {};  // now and then, while events are read
};
struct FeatureFilesReport {
  uint64_t events = 0, events_rejected = 0;
  uint64_t observations = 0, observations_rejected = 0;
  uint64_t duplicates = 0;  // events of a message id that came before
  uint64_t people = 0;      // observed, with an event that some feature selects
  uint64_t rows = 0;        // written: the observations, or what sampling left of them
  uint64_t features = 0, labels = 0;
  std::vector<std::string> unknown_columns;  // that a definition reads and the events do not have: misspelt, or always missing
  std::vector<table::Reject> rejects;  // of both files, the reason names which; at most kMaxKeptRejects
};

Result<FeatureFilesReport> build_feature_file(const FeatureFilesRequest& request);

}  // namespace furrow::profile
