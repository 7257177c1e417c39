// Read-only SQL over everything the workspace knows: Parquet of the lake and, behind its position, the log itself.
//
//   events(message_id, type, event, profile_id, user_id, anonymous_id, time, received_at, source, properties, context, position)
//   profiles(profile_id, user_id, anonymous_id, traits, first_seen, last_seen, events)
//   decisions, outcomes, quarantine (with state: open, replayed, dismissed), models
//   merges(from_id, into_id, time, rule, actor, position, undone_at), splits(merge_position, stays_id, leaves_id, time, rule, actor, position)
// Profile ids are those after all merges and splits. properties, context and traits are JSON text: properties->>'$.price'.
// Promises: sees every record that was acknowledged before the call, with a server running or not; writes nothing;
// reads no file but the lake's; one statement that only reads, anything else is kForbidden.
// Only the log's tail is loaded, and only the kinds that the SQL names. Memory: `memory_limit_bytes`, then it spills to a
// temporary folder. Threads: one call a QueryRun; `interrupt` from any.
#pragma once
#include <filesystem>
#include <functional>
#include <memory>
#include <string_view>

#include "app/lake.h"
#include "base/files.h"
#include "table/database.h"

namespace furrow::app {

struct QueryOptions {
  size_t memory_limit_bytes = size_t{1} << 30;
  int threads = 2;
};

// A query whose rows are being read.
class QueryRun {
 public:
  // Over the data directory, with the log's own reader (a pipeline's, or read_only_scan).
  static Result<std::unique_ptr<QueryRun>> start(const std::filesystem::path& data_dir, const RecordScan& scan, std::string_view sql,
                                                 const QueryOptions& options = {});
  const table::Table& shape() const { return rows_->shape(); }
  Result<table::Table> next() { return rows_->next(); }  // a table without rows at the end
  void interrupt() { database_->interrupt(); }

 private:
  QueryRun() = default;
  Status prepare(const std::filesystem::path& lake, const RecordScan& scan, std::string_view sql, const QueryOptions& options);

  TemporaryFolder spill_;
  std::unique_ptr<table::Database> database_;
  std::unique_ptr<table::ResultStream> rows_;
};

// The log of a data directory, opened read-only: also while a server owns it. kNotFound when there is none.
Result<RecordScan> read_only_scan(const std::filesystem::path& data_dir);

}  // namespace furrow::app
