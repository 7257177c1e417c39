#include "app/lake.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <simdjson.h>
#include <unistd.h>

#include <algorithm>
#include <set>

#include "base/background.h"
#include "base/files.h"
#include "base/json.h"
#include "table/database.h"
#include "table/parquet_file_writer.h"

namespace furrow::app {
namespace {

constexpr size_t kLakeMemory = size_t{512} << 20;

// Times are of the years 1900 to 9999 in UTC (base/time.h). East of it the last hours are of the year 10000, whose name would sort
// before 2026 and be no date to DuckDB; they are kept with the day before, and the first ones west of it with the day after.
constexpr int64_t kFirstDay = -25'567, kLastDay = 2'932'896;  // 1900-01-01, 9999-12-31

std::filesystem::path manifest_path(const std::filesystem::path& lake) { return lake / "manifest.json"; }

std::string day_name(int64_t day) {
  CivilDate date = civil_from_days(day);
  return fmt::format("{:04}-{:02}-{:02}", date.year, date.month, date.day);
}

Status sync_file(const std::string& path) {
  int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  bool ok = fd >= 0 && ::fsync(fd) == 0;
  if (fd >= 0) ::close(fd);
  if (!ok) return Error(ErrorCode::kIo, fmt::format("cannot sync {}", path)).at(path);
  return {};
}

// The positions in "part-FIRST-LAST.parquet".
std::pair<uint64_t, uint64_t> range_of(const std::string& file) {
  std::string name = std::filesystem::path(file).stem().string();
  uint64_t first = 0, last = 0;
  if (std::sscanf(name.c_str(), "part-%lu-%lu", &first, &last) != 2) return {0, 0};
  return {first, last};
}

}  // namespace

// The files of one range of positions.
class LakeChunk {
 public:
  LakeChunk(std::filesystem::path folder, uint64_t first, uint64_t last) : folder_(std::move(folder)), first_(first), last_(last) {}

  // Its name in the lake, when it is whole and synced.
  Result<std::string> write(std::string_view kind, const std::string& day, const table::Table& rows) {
    FURROW_ASSIGN(std::string relative, name_of(kind, day));
    FURROW_TRY(writer_.write(rows, folder_ / relative));
    FURROW_TRY(sync_file((folder_ / relative).string()));
    return relative;
  }
  Result<std::string> write(std::string_view kind, const std::string& day, table::Database& database, const std::string& sql) {
    FURROW_ASSIGN(std::string relative, name_of(kind, day));
    std::string path = (folder_ / relative).string();
    FURROW_TRY(database.execute(fmt::format("COPY ({}) TO {} (FORMAT parquet, COMPRESSION zstd)", sql, table::sql_text(path + ".part"))));
    std::error_code failed;
    std::filesystem::rename(path + ".part", path, failed);
    if (failed) return Error(ErrorCode::kIo, fmt::format("cannot write {}: {}", path, failed.message())).at(path);
    FURROW_TRY(sync_file(path));
    return relative;
  }

 private:
  // Relative to the lake; its folder is there.
  Result<std::string> name_of(std::string_view kind, const std::string& day) const {
    std::string relative = fmt::format("{}/day={}/part-{}-{}.parquet", kind, day, first_, last_);
    std::error_code failed;
    std::filesystem::create_directories((folder_ / relative).parent_path(), failed);
    if (failed) return Error(ErrorCode::kIo, fmt::format("cannot make the folder of {}: {}", relative, failed.message())).at(relative);
    return relative;
  }

  std::filesystem::path folder_;
  uint64_t first_, last_;
  table::ParquetFileWriter writer_;
};

Result<LakeManifest> read_manifest(const std::filesystem::path& lake) {
  LakeManifest out;
  auto text = read_file(manifest_path(lake));
  if (!text.ok()) {
    if (text.error().code() == ErrorCode::kNotFound) return out;
    return std::move(text).error();
  }
  auto corrupt = [&] {
    return Error(ErrorCode::kStorageCorrupt,
                 fmt::format("{} is damaged: remove the lake folder, it is written again from the log", manifest_path(lake).string()))
        .at(manifest_path(lake).string());
  };
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  simdjson::dom::object kinds;
  if (parser.parse(*text).get(root) || root["position"].get(out.position.value) || root["files"].get(kinds)) return corrupt();
  for (auto [kind, list] : kinds) {
    simdjson::dom::array files;
    if (list.get(files)) return corrupt();
    auto& into = out.files[std::string(kind)];
    for (auto file : files) {
      std::string_view name;
      if (file.get(name)) return corrupt();
      into.emplace_back(name);
    }
  }
  return out;
}

Lake::Lake(std::filesystem::path folder, TimeZone zone, LakeOptions options)
    : folder_(std::move(folder)), zone_(std::move(zone)), options_(options) {}

Result<std::unique_ptr<Lake>> Lake::open(std::filesystem::path folder, TimeZone zone, LakeOptions options) {
  std::unique_ptr<Lake> lake(new Lake(std::move(folder), std::move(zone), options));
  std::error_code failed;
  std::filesystem::create_directories(lake->folder_, failed);
  if (failed) return Error(ErrorCode::kIo, fmt::format("cannot make {}: {}", lake->folder_.string(), failed.message()));
  FURROW_ASSIGN(lake->manifest_, read_manifest(lake->folder_));
  FURROW_TRY(lake->remove_strangers());
  return lake;
}

// Files that a crash left behind: not in the manifest, so nobody counts them.
Status Lake::remove_strangers() {
  std::set<std::string> known;
  for (const auto& [kind, files] : manifest_.files) known.insert(files.begin(), files.end());
  std::vector<std::filesystem::path> strangers;
  std::error_code failed;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_, failed)) {
    if (!entry.is_regular_file() || entry.path() == manifest_path(folder_)) continue;
    if (!known.contains(std::filesystem::relative(entry.path(), folder_).string())) strangers.push_back(entry.path());
  }
  for (const auto& path : strangers) std::filesystem::remove(path, failed);
  if (failed) return Error(ErrorCode::kIo, fmt::format("cannot tidy {}: {}", folder_.string(), failed.message()));
  return {};
}

Status Lake::save(const LakeManifest& next) {
  std::string text;
  JsonWriter json(text);
  json.begin_object().field("position", next.position.value).key("files").begin_object();
  for (const auto& [kind, files] : next.files) {
    json.key(kind).begin_array();
    for (const std::string& file : files) json.text(file);
    json.end_array();
  }
  json.end_object().end_object();
  FURROW_TRY(write_file_atomically(manifest_path(folder_), text));
  manifest_ = next;
  return {};
}

Status Lake::flush(LogPosition up_to, const RecordScan& scan, const std::function<bool()>& stop) {
  RecordTables tables;
  while (manifest_.position < up_to) {
    if (stop && stop()) return {};
    tables.clear();
    LogPosition last = manifest_.position;
    FURROW_TRY(scan(LogPosition{last.value + 1}, [&](const Record& record) {
      if (record.position > up_to) return false;
      tables.add(record);
      last = record.position;
      return tables.records() < options_.chunk_records && tables.bytes() < options_.chunk_bytes;
    }));
    if (last == manifest_.position) break;
    FURROW_TRY(write_chunk(tables, last));
  }
  return compact();
}

Status Lake::write_chunk(const RecordTables& tables, LogPosition last) {
  LakeChunk chunk(folder_, manifest_.position.value + 1, last.value);
  LakeManifest next = manifest_;
  next.position = last;
  for (size_t i = 0; i < kRecordKinds.size(); ++i) {
    auto kind = static_cast<RecordKind>(i);
    if (tables.of(kind).rows() > 0) FURROW_TRY(write_kind(chunk, kind, tables.of(kind), next));
  }
  return save(next);
}

Status Lake::write_kind(LakeChunk& chunk, RecordKind kind, const table::Table& rows, LakeManifest& next) {
  std::string_view name = kRecordKinds[static_cast<size_t>(kind)];
  const table::Column& time = *rows.find("time");
  std::map<int64_t, std::vector<size_t>> days;
  for (size_t row = 0; row < rows.rows(); ++row) days[std::clamp(zone_.local_day(time.time(row)), kFirstDay, kLastDay)].push_back(row);
  for (const auto& [day, indices] : days) {
    auto write = [&](const table::Table& of_day) { return chunk.write(name, day_name(day), of_day); };
    FURROW_ASSIGN(std::string file, indices.size() == rows.rows() ? write(rows) : write(rows.take(indices)));
    next.files[std::string(name)].push_back(std::move(file));
  }
  return {};
}

Status Lake::compact() {
  LakeManifest next = manifest_;
  std::vector<std::string> obsolete;
  std::unique_ptr<table::Database> database;
  for (auto& [kind, files] : next.files) {
    std::map<std::string, std::vector<std::string>> by_day;
    for (const std::string& file : files) by_day[std::filesystem::path(file).parent_path().filename().string()].push_back(file);
    files.clear();
    for (auto& [day, parts] : by_day) {
      if (parts.size() <= options_.files_a_day) {
        files.insert(files.end(), parts.begin(), parts.end());
        continue;
      }
      if (!database) {
        FURROW_ASSIGN(database, table::Database::open({.threads = 1, .memory_limit_bytes = kLakeMemory, .spill_folder = folder_ / "spill"}));
      }
      uint64_t first = UINT64_MAX, last = 0;
      std::string list;
      for (const std::string& part : parts) {
        auto [from, to] = range_of(part);
        first = std::min(first, from);
        last = std::max(last, to);
        list += (list.empty() ? "" : ", ") + table::sql_text((folder_ / part).string());
      }
      LakeChunk chunk(folder_, first, last);
      FURROW_ASSIGN(std::string merged, chunk.write(kind, day.substr(4), *database, fmt::format("SELECT * FROM read_parquet([{}], hive_partitioning = false, union_by_name = true) ORDER BY position", list)));
      files.push_back(std::move(merged));
      obsolete.insert(obsolete.end(), parts.begin(), parts.end());
    }
  }
  if (obsolete.empty()) return {};
  FURROW_TRY(save(next));
  std::error_code ignored;  // what stays is removed at the next opening
  for (const std::string& file : obsolete) std::filesystem::remove(folder_ / file, ignored);
  return {};
}

LakeJob::LakeJob(Lake& lake, RecordScan scan, std::function<LogPosition()> durable, Duration interval, const Logger& logger)
    : lake_(lake), scan_(std::move(scan)), durable_(std::move(durable)), interval_(interval), logger_(logger) {
  thread_ = std::thread([this] { run(); });
}

LakeJob::~LakeJob() {
  {
    std::lock_guard lock(mutex_);
    ending_ = true;
  }
  wake_.notify_all();
  thread_.join();
  flush({});  // what came since, on the thread that waits for it
}

void LakeJob::flush(const std::function<bool()>& stop) {
  Status status = lake_.flush(durable_(), scan_, stop);
  if (!status.ok()) logger_.warning("lake not written; it is tried again", {{"error", status.error().to_string()}});
}

void LakeJob::run() {
  run_when_idle("lake");
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, std::chrono::microseconds(interval_.micros), [this] { return ending_.load(); })) {
    lock.unlock();
    flush([this] { return ending_.load(); });
    lock.lock();
  }
}

}  // namespace furrow::app
