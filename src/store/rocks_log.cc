#include "store/rocks_log.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <rocksdb/sst_file_reader.h>
#include <rocksdb/table.h>
#include <rocksdb/transaction_log.h>
#include <rocksdb/write_batch.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <mutex>
#include <shared_mutex>

#include "base/bytes.h"
#include "store/rocks_files.h"

namespace furrow::store {
namespace {

constexpr size_t kMaxRecordBytes = size_t{1} << 20;
constexpr size_t kChunkRecords = 128;
constexpr size_t kChunkBytes = 32 << 10;
constexpr std::string_view kRemedy =
    "Acknowledged events may be in it: restore the folder from a backup, or copy it and run `ldb repair --db=FOLDER` (rocksdb-tools), "
    "which keeps what is readable";

std::string position_key(uint64_t position) {
  position = __builtin_bswap64(position);
  return {reinterpret_cast<const char*>(&position), sizeof position};
}
uint64_t key_position(rocksdb::Slice key) {
  uint64_t position = 0;
  if (key.size() == sizeof position) std::memcpy(&position, key.data(), sizeof position);
  return __builtin_bswap64(position);
}

// A chunk: u32 count, count u32 ends (offsets into what follows), the records.
class ChunkReader {
 public:
  bool open(rocksdb::Slice value) {
    if (value.size() < 4) return false;
    std::memcpy(&count_, value.data(), 4);
    if (count_ == 0 || value.size() / 4 < size_t{count_} + 1) return false;
    ends_ = value.data() + 4;
    bytes_ = {ends_ + size_t{count_} * 4, value.size() - 4 - size_t{count_} * 4};
    uint32_t previous = 0;
    for (uint32_t i = 0; i < count_; ++i) {
      if (end(i) < previous) return false;
      previous = end(i);
    }
    return previous == bytes_.size();
  }
  uint32_t count() const { return count_; }
  std::string_view record(uint32_t i) const {
    uint32_t from = i == 0 ? 0 : end(i - 1);
    return bytes_.substr(from, end(i) - from);
  }

 private:
  uint32_t end(uint32_t i) const {
    uint32_t v;
    std::memcpy(&v, ends_ + size_t{i} * 4, 4);
    return v;
  }
  uint32_t count_ = 0;
  const char* ends_ = nullptr;
  std::string_view bytes_;
};

class RocksLog : public LogStore {
 public:
  RocksLog(std::unique_ptr<rocksdb::DB> db, std::filesystem::path folder, bool read_only, rocksdb::Options options)
      : db_(std::move(db)), writable_(!read_only), folder_(std::move(folder)), read_only_(read_only), options_(std::move(options)) {}

  Status find_end() {
    std::unique_ptr<rocksdb::Iterator> it(db_->NewIterator({}));
    it->SeekToLast();
    if (!it->Valid()) return it->status().ok() ? Status() : Status(rocks_error(it->status(), folder_, kRemedy));
    ChunkReader chunk;
    if (!chunk.open(it->value())) return damaged(key_position(it->key()));
    last_ = key_position(it->key()) + chunk.count() - 1;
    return {};
  }

  // A manifest that was cut between two of its entries opens without a fault, and names too few tables. Whether the tables and the
  // write-ahead file go on where the one before ends, and none beside them goes further. A seek a table.
  Status find_gaps() const {
    std::vector<rocksdb::LiveFileMetaData> tables;
    db_->GetLiveFilesMetaData(&tables);
    std::sort(tables.begin(), tables.end(), [](const auto& a, const auto& b) { return a.smallestkey < b.smallestkey; });
    std::unique_ptr<rocksdb::Iterator> it(db_->NewIterator({}));
    ChunkReader chunk;
    uint64_t next = 1;
    for (const auto& table : tables) {
      const uint64_t first = key_position(table.smallestkey), last = key_position(table.largestkey);
      if (first > next) return missing(next, first - 1);
      it->Seek(slice(table.largestkey));
      if (!it->status().ok()) return rocks_error(it->status(), folder_, kRemedy);
      if (!it->Valid() || !chunk.open(it->value())) return damaged(last);
      next = std::max(next, last + chunk.count());
    }
    it->Seek(slice(position_key(next)));
    if (!it->status().ok()) return rocks_error(it->status(), folder_, kRemedy);
    if (it->Valid() && key_position(it->key()) > next) return missing(next, key_position(it->key()) - 1);
    const uint64_t beyond = end_of_unnamed(tables);
    return beyond > last_ ? Status(missing(last_ + 1, beyond)) : Status();
  }

  Result<LogPosition> append(std::span<const std::string> records) override {
    if (read_only_) return refuse();
    uint64_t first = last_.load() + 1;
    batch_.Clear();
    for (size_t i = 0; i < records.size();) {
      size_t until = i, bytes = 0;
      while (until < records.size() && until - i < kChunkRecords && (until == i || bytes + records[until].size() <= kChunkBytes)) {
        if (records[until].size() > kMaxRecordBytes) {
          return Error(ErrorCode::kTooLarge, fmt::format("a record of {} bytes is over the log's limit of {}", records[until].size(), kMaxRecordBytes));
        }
        bytes += records[until++].size();
      }
      build_chunk(records.subspan(i, until - i), bytes);
      auto status = batch_.Put(slice(position_key(first + i)), slice(chunk_));
      if (!status.ok()) return rocks_error(status, folder_, kRemedy);
      i = until;
    }
    std::shared_lock open(open_mutex_);
    if (!writable_) return closed();
    auto status = db_->Write({}, &batch_);
    if (!status.ok()) return rocks_error(status, folder_, kRemedy);
    last_ = first + records.size() - 1;
    return LogPosition{first};
  }

  // Not DB::SyncWAL: in RocksDB 7.8 it asserts that no append to the file has failed, and one may fail beside it. A write-ahead
  // file that is gone by now was replaced by a table, which RocksDB synced.
  Status sync() override {
    if (read_only_) return refuse();
    std::lock_guard one(sync_mutex_);
    std::shared_lock open(open_mutex_);
    if (!writable_) return closed();
    uint64_t until = 0;
    // The file that is current now may be a table, and gone, a moment later: then look again.
    for (bool found = false; !found;) {
      const uint64_t missed = until;
      std::unique_ptr<rocksdb::LogFile> current;
      auto status = db_->GetCurrentWalFile(&current);
      if (!status.ok()) return rocks_error(status, folder_, kRemedy);
      until = current->LogNumber();
      if (until == missed) return Error(ErrorCode::kIo, fmt::format("{} is gone", current->PathName())).at(folder_.string());
      for (uint64_t number = synced_file_ == 0 ? until : synced_file_; number <= until; ++number) {
        FURROW_ASSIGN(found, sync_file(folder_ / fmt::format("{:06}.log", number), O_RDWR));
      }
    }
    if (until != synced_file_) {
      FURROW_ASSIGN(const bool folder, sync_file(folder_, O_RDONLY | O_DIRECTORY));
      if (!folder) return Error(ErrorCode::kIo, fmt::format("{} is gone", folder_.string())).at(folder_.string());
    }
    synced_file_ = until;
    return {};
  }

  // After a refused write RocksDB stays in its error state, and Resume waits for its own schedule. Opening again is sure:
  // what was appended is read back from the write-ahead file, and the torn bytes of the refused append are cut. While
  // there is no room to open for writing, the database is opened for reading, so that readers go on.
  Status recover() override {
    if (read_only_) return refuse();
    FURROW_TRY(try_room(folder_));
    std::unique_lock open(open_mutex_);
    const uint64_t before = last_.load();
    db_.reset();
    writable_ = false;
    FURROW_TRY(reopen_rocks(options_, folder_, kRemedy, db_));
    synced_file_ = 0;
    FURROW_TRY(find_end());
    if (last_.load() < before) {
      uint64_t found = last_.exchange(before);  // no position is given twice
      return missing(found + 1, before);
    }
    writable_ = true;
    return {};
  }

  LogPosition last() const override { return {last_.load()}; }

  Status scan(LogPosition from, const std::function<bool(LogPosition, std::string_view)>& visit) const override {
    const uint64_t end = last_.load();
    uint64_t next = std::max<uint64_t>(from.value, 1);
    if (next > end) return {};
    rocksdb::ReadOptions options;
    options.fill_cache = false;
    options.readahead_size = 2 << 20;
    std::shared_lock open(open_mutex_);
    if (!db_) return closed();
    std::unique_ptr<rocksdb::Iterator> it(db_->NewIterator(options));
    ChunkReader chunk;
    for (it->SeekForPrev(slice(position_key(next))); it->Valid() && next <= end; it->Next()) {
      uint64_t first = key_position(it->key());
      if (first > next) return missing(next, first - 1);
      if (!chunk.open(it->value())) return damaged(first);
      if (first + chunk.count() <= next) return missing(next, next);
      for (uint32_t i = static_cast<uint32_t>(next - first); i < chunk.count() && next <= end; ++i, ++next) {
        if (!visit({next}, chunk.record(i))) return {};
      }
    }
    if (!it->status().ok()) return rocks_error(it->status(), folder_, kRemedy);
    if (next <= end) return missing(next, end);
    return {};
  }

  Result<std::string> read(LogPosition position) const override {
    if (position.value == 0 || position.value > last_.load()) {
      return Error(ErrorCode::kNotFound, fmt::format("the log has no position {}", position.value));
    }
    std::shared_lock open(open_mutex_);
    if (!db_) return closed();
    std::unique_ptr<rocksdb::Iterator> it(db_->NewIterator({}));
    it->SeekForPrev(slice(position_key(position.value)));
    if (!it->status().ok()) return rocks_error(it->status(), folder_, kRemedy);
    if (!it->Valid()) return missing(position.value, position.value);
    uint64_t first = key_position(it->key());
    ChunkReader chunk;
    if (!chunk.open(it->value())) return damaged(first);
    if (position.value >= first + chunk.count()) return missing(position.value, position.value);
    return std::string(chunk.record(static_cast<uint32_t>(position.value - first)));
  }

 private:
  // The last position in tables that are not among `named`. A flush or compaction that was killed leaves some, but what is in them is
  // still in the write-ahead file or in the tables that they were made of.
  uint64_t end_of_unnamed(const std::vector<rocksdb::LiveFileMetaData>& named) const {
    uint64_t end = 0;
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator(folder_, ignored)) {
      const auto same = [&](const auto& table) { return table.relative_filename == entry.path().filename().string(); };
      if (entry.path().extension() != ".sst" || std::any_of(named.begin(), named.end(), same)) continue;
      rocksdb::SstFileReader reader(options_);
      if (!reader.Open(entry.path().string()).ok()) continue;  // half written
      std::unique_ptr<rocksdb::Iterator> it(reader.NewIterator({}));
      ChunkReader chunk;
      it->SeekToLast();
      if (it->Valid() && chunk.open(it->value())) end = std::max(end, key_position(it->key()) + chunk.count() - 1);
    }
    return end;
  }
  // False when there is no such file.
  static Result<bool> sync_file(const std::filesystem::path& path, int mode) {
    int fd = ::open(path.c_str(), mode | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT) return false;
    int failed = fd < 0 || ((mode & O_DIRECTORY) ? ::fsync(fd) : ::fdatasync(fd)) != 0 ? errno : 0;
    if (fd >= 0) ::close(fd);
    if (failed == 0) return true;
    auto code = failed == ENOSPC || failed == EDQUOT ? ErrorCode::kStorageFull : ErrorCode::kIo;
    return Error(code, fmt::format("{} cannot be synced: {}", path.string(), std::strerror(failed))).at(path.string());
  }
  void build_chunk(std::span<const std::string> records, size_t bytes) {
    chunk_.clear();
    chunk_.reserve(4 + records.size() * 4 + bytes);
    ByteWriter out(chunk_);
    out.u32(static_cast<uint32_t>(records.size()));
    uint32_t end = 0;
    for (const auto& record : records) out.u32(end += static_cast<uint32_t>(record.size()));
    for (const auto& record : records) chunk_ += record;
  }
  Error damaged(uint64_t position) const {
    return Error(ErrorCode::kStorageCorrupt, fmt::format("{}: the records from position {} on cannot be read. {}", folder_.string(), position, kRemedy))
        .at(folder_.string());
  }
  Error missing(uint64_t from, uint64_t to) const {
    return Error(ErrorCode::kStorageCorrupt, fmt::format("{}: positions {} to {} are missing. {}", folder_.string(), from, to, kRemedy))
        .at(folder_.string());
  }
  Error closed() const { return Error(ErrorCode::kStorageFull, fmt::format("no space left for {}; free some and writing resumes", folder_.string())); }
  Error refuse() const { return Error(ErrorCode::kForbidden, fmt::format("{} is open for reading only", folder_.string())); }

  mutable std::shared_mutex open_mutex_;  // shared while db_ is used, unique while it is opened again
  std::unique_ptr<rocksdb::DB> db_;       // none, or open for reading, after a recovery that failed
  bool writable_;
  std::mutex sync_mutex_;
  uint64_t synced_file_ = 0;  // the write-ahead file that was the current one at the last sync; opening leaves no older one
  std::filesystem::path folder_;
  bool read_only_;
  rocksdb::Options options_;
  std::atomic<uint64_t> last_{0};
  rocksdb::WriteBatch batch_;
  std::string chunk_;
};

rocksdb::Options log_options(const RocksMemory& memory) {
  rocksdb::Options options = rocks_options(memory);
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  options.recycle_log_file_num = 0;
  options.write_buffer_size = 64 << 20;
  options.max_write_buffer_number = 4;
  options.max_total_wal_size = 256 << 20;
  options.target_file_size_base = 128 << 20;
  options.max_bytes_for_level_base = uint64_t{1} << 30;
  rocksdb::BlockBasedTableOptions table = *options.table_factory->GetOptions<rocksdb::BlockBasedTableOptions>();
  table.filter_policy = nullptr;  // every read seeks, none asks whether a key exists
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return options;
}

Result<std::unique_ptr<LogStore>> finish(std::unique_ptr<rocksdb::DB> db, const std::filesystem::path& folder, bool read_only,
                                         rocksdb::Options options) {
  auto log = std::make_unique<RocksLog>(std::move(db), folder, read_only, std::move(options));
  FURROW_TRY(log->find_end());
  return std::unique_ptr<LogStore>(std::move(log));
}

// Opening for writing deletes the tables that the manifest does not name: what is missing has to be found before.
Status find_gaps(const std::filesystem::path& folder) {
  rocksdb::Options options = log_options(RocksMemory());
  auto db = open_rocks_read_only(options, folder, kRemedy);
  if (!db.ok()) return {};  // opening for writing says why, or makes what is not there yet
  RocksLog log(*std::move(db), folder, true, options);
  FURROW_TRY(log.find_end());
  return log.find_gaps();
}

}  // namespace

Result<std::unique_ptr<LogStore>> open_log(const std::filesystem::path& folder, const RocksMemory& memory) {
  if (std::filesystem::exists(folder / "CURRENT")) FURROW_TRY(find_gaps(folder));
  rocksdb::Options options = log_options(memory);
  FURROW_ASSIGN(auto db, open_rocks(options, folder, kRemedy));
  return finish(std::move(db), folder, false, std::move(options));
}

Result<std::unique_ptr<LogStore>> open_log_read_only(const std::filesystem::path& folder) {
  rocksdb::Options options = log_options(RocksMemory());
  FURROW_ASSIGN(auto db, open_rocks_read_only(options, folder, kRemedy));
  return finish(std::move(db), folder, true, std::move(options));
}

}  // namespace furrow::store
