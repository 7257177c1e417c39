#include "store/rocks_files.h"

#include <fmt/format.h>
#include <rocksdb/convenience.h>
#include <rocksdb/env.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/table.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <set>
#include <thread>

#include "base/background.h"

namespace furrow::store {
namespace {

// The name of a database file inside RocksDB's sentence ("… in /x/log/000012.sst offset 0 …"), if it names one.
std::string named_file(const std::string& message, const std::filesystem::path& folder) {
  for (std::string_view mark : {".sst", ".log", "MANIFEST-", "CURRENT", "OPTIONS-"}) {
    size_t at = message.find(mark);
    if (at == std::string::npos) continue;
    auto inside = [](char c) { return !std::isspace(static_cast<unsigned char>(c)) && c != ':' && c != ',' && c != '\'' && c != '"'; };
    size_t from = at, to = at + mark.size();
    while (from > 0 && inside(message[from - 1])) --from;
    while (to < message.size() && inside(message[to])) ++to;
    std::filesystem::path name(message.substr(from, to - from));
    return name.is_absolute() ? name.string() : (folder / name.filename()).string();
  }
  return {};
}

std::set<std::string> write_ahead_files(const std::filesystem::path& folder) {
  std::set<std::string> names;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(folder, ignored)) {
    if (entry.path().extension() == ".log") names.insert(entry.path().filename().string());
  }
  return names;
}

// RocksDB does not always say which write-ahead file was torn: then the oldest that it replays is as near as we can point.
std::string suspected_file(const std::filesystem::path& folder) {
  auto names = write_ahead_files(folder);
  return names.empty() ? folder.string() : (folder / *names.rbegin()).string();
}

bool vanished(const rocksdb::Status& status) {
  return status.IsPathNotFound() || status.IsNotFound() || status.ToString().find("No such file") != std::string::npos;
}

// Flushes and compactions in threads that yield to requests: nobody waits for them until two write buffers are full. RocksDB's own
// LowerThreadPoolCPUPriority knows only nice 19, with which a busy machine would not flush at all.
class YieldingThreads : public rocksdb::EnvWrapper {
 public:
  YieldingThreads() : EnvWrapper(rocksdb::Env::Default()) {}
  const char* Name() const override { return "YieldingThreads"; }
  void Schedule(void (*run)(void*), void* with, Priority pool, void* tag, void (*drop)(void*)) override {
    EnvWrapper::Schedule(&run_work, new Work{run, with, drop, pool == HIGH}, pool, tag, &drop_work);
  }

 private:
  struct Work {
    void (*run)(void*);
    void* with;
    void (*drop)(void*);
    bool flushes;
  };
  static void run_work(void* of) {
    std::unique_ptr<Work> work(static_cast<Work*>(of));
    thread_local const bool behind = (give_way(work->flushes ? "rocksdb flush" : "rocksdb compact"), true);
    (void)behind;
    work->run(work->with);
  }
  static void drop_work(void* of) {
    std::unique_ptr<Work> work(static_cast<Work*>(of));
    if (work->drop) work->drop(work->with);
  }
};

rocksdb::Env* yielding_threads() {
  static YieldingThreads* const threads = new YieldingThreads();  // for ever: databases may be closed at exit
  return threads;
}

// RocksDB's own diary, its file LOG, aborts the process when a full disk refuses a second line of it (7.8, an assertion
// in Debian's build). What matters comes back as a Status.
class NoDiary : public rocksdb::Logger {
 public:
  using rocksdb::Logger::Logv;
  void Logv(const char*, va_list) override {}
};

}  // namespace

RocksMemory::RocksMemory(RocksMemoryOptions options) {
  auto shared = std::make_shared<Shared>();
  shared->cache = rocksdb::NewLRUCache(options.cache_bytes);
  shared->write_buffers = std::make_shared<rocksdb::WriteBufferManager>(options.write_buffer_bytes);
  shared_ = std::move(shared);
}

rocksdb::Options rocks_options(const RocksMemory& memory) {
  rocksdb::Options options;
  options.env = yielding_threads();
  options.create_if_missing = true;
  options.write_buffer_manager = memory.shared().write_buffers;
  options.max_background_jobs = 2;
  options.info_log = std::make_shared<NoDiary>();
  options.stats_dump_period_sec = 0;
  options.stats_persist_period_sec = 0;
  options.track_and_verify_wals_in_manifest = true;
  options.max_bgerror_resume_count = 0;  // the pipeline reopens; two recoveries must not race
  options.allow_fallocate = false;  // a small disk would be full of reservations
  options.bytes_per_sync = 1 << 20;
  options.wal_bytes_per_sync = 512 << 10;  // so that one fsync has little left to wait for
  auto supported = rocksdb::GetSupportedCompressions();
  bool lz4 = std::find(supported.begin(), supported.end(), rocksdb::kLZ4Compression) != supported.end();
  options.compression = lz4 ? rocksdb::kLZ4Compression : rocksdb::kNoCompression;
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = memory.shared().cache;
  table.block_size = 16 << 10;
  table.cache_index_and_filter_blocks = true;
  table.pin_l0_filter_and_index_blocks_in_cache = true;
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  table.format_version = 5;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return options;
}

Error rocks_error(const rocksdb::Status& status, const std::filesystem::path& folder, std::string_view remedy) {
  std::string said = status.ToString();
  if (status.IsNoSpace() || said.find("No space left") != std::string::npos) {
    return Error(ErrorCode::kStorageFull, fmt::format("no space left for {}; free some and writing resumes", folder.string())).at(folder.string());
  }
  // A table that is missing is looked for under its older name last: name the file that should be there.
  if (size_t older = said.find(".ldb: No such file"); older != std::string::npos) said.replace(older, 4, ".sst");
  if (vanished(status) || said.find(".sst: No such file") != std::string::npos) {
    std::string file = named_file(said, folder);
    if (file.ends_with(".sst") || file.find("/MANIFEST-") != std::string::npos) {
      return Error(ErrorCode::kStorageCorrupt, fmt::format("{} is missing: {}. {}", file, said, remedy)).at(file);
    }
  }
  if (status.IsCorruption() || said.find("Corruption") != std::string::npos || said.find("file is too short") != std::string::npos) {
    std::string file = named_file(said, folder);
    if (file.empty()) file = suspected_file(folder);
    return Error(ErrorCode::kStorageCorrupt, fmt::format("{} is damaged: {}. {}", file, said, remedy)).at(file);
  }
  if (said.find("lock") != std::string::npos || said.find("LOCK") != std::string::npos) {
    return Error(ErrorCode::kConflict, fmt::format("{} is open in another process: {}", folder.string(), said)).at(folder.string());
  }
  return Error(ErrorCode::kIo, fmt::format("{}: {}", folder.string(), said)).at(folder.string());
}

Result<std::unique_ptr<rocksdb::DB>> open_rocks(const rocksdb::Options& options, const std::filesystem::path& folder, std::string_view remedy) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  rocksdb::DB* db = nullptr;
  auto status = rocksdb::DB::Open(options, folder.string(), &db);
  if (!status.ok()) return rocks_error(status, folder, remedy);
  return std::unique_ptr<rocksdb::DB>(db);
}

Result<std::unique_ptr<rocksdb::DB>> open_rocks_read_only(const rocksdb::Options& options, const std::filesystem::path& folder,
                                                          std::string_view remedy) {
  constexpr int kAttempts = 50;
  rocksdb::Status status;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    // What the owner flushes while we open is in a table file that our copy of the manifest may not name, and its
    // write-ahead file is gone: then we have missed it, and look again.
    auto before = write_ahead_files(folder);
    rocksdb::DB* opened = nullptr;
    status = rocksdb::DB::OpenForReadOnly(options, folder.string(), &opened);
    std::unique_ptr<rocksdb::DB> db(opened);
    auto after = write_ahead_files(folder);
    bool complete = std::includes(after.begin(), after.end(), before.begin(), before.end());
    if (status.ok() && complete) return db;
    if (!status.ok() && complete && !vanished(status)) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  if (status.ok()) {
    return Error(ErrorCode::kUnavailable, fmt::format("{} changes faster than it can be opened for reading; try again", folder.string()));
  }
  if (!std::filesystem::exists(folder / "CURRENT")) {
    return Error(ErrorCode::kNotFound, fmt::format("{} holds no data yet", folder.string())).at(folder.string());
  }
  return rocks_error(status, folder, remedy);
}

Status try_room(const std::filesystem::path& folder) {
  constexpr size_t kTrialBytes = 1 << 20;
  const auto trial = folder / "room";
  std::string block(1 << 16, '\0');
  std::ofstream out(trial, std::ios::binary);
  for (size_t written = 0; written < kTrialBytes && out; written += block.size()) out.write(block.data(), static_cast<std::streamsize>(block.size()));
  out.close();
  const bool fits = static_cast<bool>(out);
  std::error_code ignored;
  std::filesystem::remove(trial, ignored);
  if (fits) return {};
  return Error(ErrorCode::kStorageFull, fmt::format("no space left for {}; free some and writing resumes", folder.string())).at(folder.string());
}

Status reopen_rocks(const rocksdb::Options& options, const std::filesystem::path& folder, std::string_view remedy,
                    std::unique_ptr<rocksdb::DB>& db) {
  auto again = open_rocks(options, folder, remedy);
  if (again.ok()) {
    db = std::move(again).value();
    return {};
  }
  auto reader = open_rocks_read_only(options, folder, remedy);
  if (reader.ok()) db = std::move(reader).value();
  return again.error();
}

}  // namespace furrow::store
