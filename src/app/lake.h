// The lake: the log's history as open Parquet files by day, for SQL here and for other engines.
//
//   lake/manifest.json                                        the position reached, and every file that counts
//   lake/{events,decisions,outcomes,quarantine,releases,merges,models,splits,segments}/day=YYYY-MM-DD/part-FIRST-LAST.parquet (zstd)
//
// `day` is the civil day of the record's time in the workspace's zone; FIRST and LAST are the log positions that the
// writing covered. Promises: each record is in exactly one file of the manifest, or behind its position: the manifest is
// replaced atomically after the files it names are whole and synced, so that a crash at any point leaves files that
// nobody counts, which `open` removes. A reader that holds a manifest may find files gone after a compaction: it reads
// the manifest again.
// Threads: one writer (the owner of the data directory); read_manifest from any process. Memory: kChunkBytes of records
// and a row group of them in DuckDB. Cost: about 200,000 events/s.
// Errors: kStorageFull and kIo leave the manifest as it was; flush again later.
#pragma once
#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "app/record_tables.h"
#include "base/log.h"

namespace furrow::app {

// Every record from a position on, in order, until the visitor returns false.
using RecordScan = std::function<Status(LogPosition from, const std::function<bool(const Record&)>& visit)>;

struct LakeManifest {
  LogPosition position;  // everything up to it is in the files
  std::map<std::string, std::vector<std::string>, std::less<>> files;  // by kind, relative to the lake
};
// An empty one when there is no lake yet; kStorageCorrupt when it cannot be read.
Result<LakeManifest> read_manifest(const std::filesystem::path& lake);

struct LakeOptions {
  size_t chunk_records = 100'000;
  size_t chunk_bytes = size_t{64} << 20;
  size_t files_a_day = 16;  // more of a kind and day are merged into one
};

class Lake {
 public:
  static Result<std::unique_ptr<Lake>> open(std::filesystem::path folder, TimeZone zone, LakeOptions options = {});

  LogPosition position() const { return manifest_.position; }
  // Writes the records behind `position` up to `up_to`, in chunks, each of which counts when it is done; none is begun once `stop` says so.
  Status flush(LogPosition up_to, const RecordScan& scan, const std::function<bool()>& stop = {});
  // Merges the small files of each day that has many.
  Status compact();

 private:
  Lake(std::filesystem::path folder, TimeZone zone, LakeOptions options);
  Status remove_strangers();
  Status write_chunk(const RecordTables& tables, LogPosition last);
  Status write_kind(class LakeChunk& chunk, RecordKind kind, const table::Table& rows, LakeManifest& next);
  Status save(const LakeManifest& next);

  std::filesystem::path folder_;
  TimeZone zone_;
  LakeOptions options_;
  LakeManifest manifest_;
};

// Keeps a lake behind a running log: flushes every `interval` from a thread that runs when no other wants its core, and once at the end. Under
// load for long the lake stays behind; queries read the rest from the log.
class LakeJob {
 public:
  LakeJob(Lake& lake, RecordScan scan, std::function<LogPosition()> durable, Duration interval, const Logger& logger);
  ~LakeJob();  // flushes what is durable and ends

 private:
  void run();
  void flush(const std::function<bool()>& stop);
  Lake& lake_;
  RecordScan scan_;
  std::function<LogPosition()> durable_;
  Duration interval_;
  const Logger& logger_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::atomic<bool> ending_{false};
  std::thread thread_;
};

}  // namespace furrow::app
