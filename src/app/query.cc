#include "app/query.h"

#include <fmt/format.h>

#include "app/lake_check.h"
#include "app/query_views.h"
#include "store/rocks_log.h"

namespace furrow::app {

Status QueryRun::prepare(const std::filesystem::path& lake, const RecordScan& scan, std::string_view sql, const QueryOptions& options) {
  rows_.reset();
  FURROW_ASSIGN(database_, table::Database::open({.threads = options.threads,
                                                  .memory_limit_bytes = options.memory_limit_bytes,
                                                  .spill_folder = (spill_.path() / "spill").string()}));
  // The manifest first: what is flushed meanwhile is then seen in the log, never in both.
  FURROW_ASSIGN(LakeManifest manifest, read_manifest(lake));
  FURROW_TRY(QueryViews(*database_, lake, sql).make(manifest, scan));
  FURROW_TRY(database_->lock_down({lake.string()}));
  FURROW_ASSIGN(rows_, database_->stream_read_only(sql));
  return {};
}

Result<std::unique_ptr<QueryRun>> QueryRun::start(const std::filesystem::path& data_dir, const RecordScan& scan, std::string_view sql,
                                                  const QueryOptions& options) {
  std::filesystem::path lake = std::filesystem::absolute(data_dir) / "lake";
  std::unique_ptr<QueryRun> run(new QueryRun());
  Status status = run->prepare(lake, scan, sql, options);
  // A compaction may have taken a file away since the manifest was read: once more with the new one.
  if (!status.ok() && status.error().code() == ErrorCode::kIo) status = run->prepare(lake, scan, sql, options);
  if (!status.ok()) {
    // What DuckDB says of a torn file helps nobody.
    FURROW_TRY(check_lake(lake));
    return std::move(status).error();
  }
  return run;
}

Result<RecordScan> read_only_scan(const std::filesystem::path& data_dir) {
  FURROW_ASSIGN(std::shared_ptr<store::LogStore> log, store::open_log_read_only(data_dir / "log"));
  return RecordScan([log](LogPosition from, const std::function<bool(const Record&)>& visit) -> Status {
    Status decoded;
    FURROW_TRY(log->scan(from, [&](LogPosition position, std::string_view bytes) {
      auto body = decode_record(bytes);
      if (!body.ok()) {
        decoded = Error(body.error().code(), fmt::format("record {}: {}", position.value, body.error().message()));
        return false;
      }
      return visit(Record{position, std::move(*body)});
    }));
    return decoded;
  });
}

}  // namespace furrow::app
