#include "store/rocks_kv.h"

#include <fmt/format.h>
#include <rocksdb/table.h>
#include <rocksdb/write_batch.h>

#include <map>
#include <mutex>
#include <shared_mutex>

#include "store/manifest_length.h"
#include "store/rocks_files.h"
#include "store/rocks_ingest.h"

namespace furrow::store {
namespace {

constexpr char kDirectory = 0;   // the space that names the others: name -> index byte
constexpr uint8_t kNowhere = 255;  // what a name that does not exist gets in a read-only store

class RocksCursor : public Cursor {
 public:
  // `bound_` must outlive the iterator that looks at it.
  RocksCursor(std::shared_ptr<rocksdb::DB> db, std::string from, std::string bound, std::filesystem::path folder, std::string remedy)
      : db_(std::move(db)), bound_(std::move(bound)), bound_slice_(bound_), folder_(std::move(folder)), remedy_(std::move(remedy)) {
    rocksdb::ReadOptions options;
    options.iterate_upper_bound = &bound_slice_;
    it_.reset(db_->NewIterator(options));
    it_->Seek(from);
  }
  bool valid() const override { return it_->Valid(); }
  void next() override { it_->Next(); }
  std::string_view key() const override { return std::string_view(it_->key().data(), it_->key().size()).substr(1); }
  std::string_view value() const override { return {it_->value().data(), it_->value().size()}; }
  Status status() const override { return it_->status().ok() ? Status() : Status(rocks_error(it_->status(), folder_, remedy_)); }

 private:
  std::shared_ptr<rocksdb::DB> db_;
  std::string bound_;
  rocksdb::Slice bound_slice_;
  std::filesystem::path folder_;
  std::string remedy_;
  std::unique_ptr<rocksdb::Iterator> it_;
};

// The cursor of a store that could not be opened again yet.
class FailedCursor : public Cursor {
 public:
  explicit FailedCursor(Error error) : error_(std::move(error)) {}
  bool valid() const override { return false; }
  void next() override {}
  std::string_view key() const override { return {}; }
  std::string_view value() const override { return {}; }
  Status status() const override { return error_; }

 private:
  Error error_;
};

class RocksKv : public KvStore {
 public:
  RocksKv(std::unique_ptr<rocksdb::DB> db, std::filesystem::path folder, std::string remedy, bool read_only, rocksdb::Options options, size_t table_from,
          std::shared_ptr<ManifestLength> manifest)
      : db_(std::move(db)), folder_(std::move(folder)), remedy_(std::move(remedy)), read_only_(read_only), writable_(!read_only),
        options_(std::move(options)), table_from_(table_from), manifest_(std::move(manifest)) {}

  Status load_spaces() {
    std::unique_ptr<rocksdb::Iterator> it(db_->NewIterator({}));
    for (it->SeekToFirst(); it->Valid() && it->key().size() > 0 && it->key()[0] == kDirectory; it->Next()) {
      if (it->value().size() != 1) return Error(ErrorCode::kStorageCorrupt, fmt::format("{}: the list of spaces is damaged. {}", folder_.string(), remedy_));
      spaces_[std::string(it->key().data() + 1, it->key().size() - 1)] = static_cast<uint8_t>(it->value()[0]);
    }
    return check(it->status());
  }

  Result<Space> space(std::string_view name) override {
    std::lock_guard lock(mutex_);
    if (auto found = spaces_.find(name); found != spaces_.end()) return Space{found->second};
    if (read_only_) return Space{kNowhere};
    if (spaces_.size() >= kMaxSpaces) return Error(ErrorCode::kTooLarge, fmt::format("more than {} spaces", kMaxSpaces));
    auto index = static_cast<uint8_t>(spaces_.size() + 1);
    std::string key(1, kDirectory);
    key += name;
    std::shared_lock open(open_mutex_);
    if (!writable_) return closed();
    FURROW_TRY(check(db_->Put({}, key, std::string(1, static_cast<char>(index)))));
    spaces_.emplace(name, index);
    return Space{index};
  }

  Status write(const Batch& batch, const Rest& rest) override {
    if (read_only_) return refuse();
    if (batch.bytes() >= table_from_) {
      std::shared_lock open(open_mutex_);
      if (!writable_) return closed();
      std::lock_guard one_at_a_time(ingest_mutex_);
      return check(ingest(*db_, options_, folder_, batch, rest));
    }
    rocksdb::WriteBatch out(batch.bytes() + batch.operations().size() * 16);
    for (const auto& op : batch.operations()) {
      char prefix = static_cast<char>(op.space.index);
      rocksdb::Slice key[2] = {{&prefix, 1}, slice(op.key)};
      rocksdb::Slice value = slice(op.value);
      auto status = op.erase ? out.Delete(rocksdb::SliceParts(key, 2)) : out.Put(rocksdb::SliceParts(key, 2), rocksdb::SliceParts(&value, 1));
      FURROW_TRY(check(status));
    }
    std::shared_lock open(open_mutex_);
    if (!writable_) return closed();
    return check(db_->Write({}, &out));
  }

  Result<std::optional<std::string>> get(Space space, std::string_view key) const override {
    std::string value;
    std::shared_lock open(open_mutex_);
    if (!db_) return closed();
    auto status = db_->Get({}, prefixed(space, key), &value);
    if (status.IsNotFound()) return std::optional<std::string>();
    FURROW_TRY(check(status));
    return std::optional<std::string>(std::move(value));
  }

  std::unique_ptr<Cursor> scan(Space space, std::string_view from, std::string_view to) const override {
    std::shared_lock open(open_mutex_);
    if (!db_) return std::make_unique<FailedCursor>(closed());
    return std::make_unique<RocksCursor>(db_, prefixed(space, from), to.empty() ? end_of(space) : prefixed(space, to), folder_, remedy_);
  }

  Status clear(Space space) override {
    if (read_only_) return refuse();
    std::shared_lock open(open_mutex_);
    if (!writable_) return closed();
    return check(db_->DeleteRange({}, db_->DefaultColumnFamily(), prefixed(space, ""), end_of(space)));
  }

  // Opened again, as the log is: after a refused write DB::Resume says "busy" for good when it is the only way to recover.
  Status recover() override {
    if (read_only_) return refuse();
    FURROW_TRY(try_room(folder_));
    std::unique_lock open(open_mutex_);
    if (db_.use_count() > 1) return Error(ErrorCode::kUnavailable, fmt::format("{} is being read; try again", folder_.string()));
    db_.reset();
    writable_ = false;
    std::unique_ptr<rocksdb::DB> again;
    Status status = reopen_rocks(options_, folder_, remedy_, again);
    db_ = std::move(again);
    writable_ = status.ok();
    if (writable_) manifest_->keep();
    return status;
  }

  uint64_t approximate_bytes() const override {
    uint64_t tables = 0, memory = 0;
    std::shared_lock open(open_mutex_);
    if (!db_) return 0;
    db_->GetIntProperty("rocksdb.live-sst-files-size", &tables);
    db_->GetIntProperty("rocksdb.cur-size-all-mem-tables", &memory);
    return tables + memory;
  }

 private:
  static std::string prefixed(Space space, std::string_view key) {
    std::string out;
    out.reserve(key.size() + 1);
    out += static_cast<char>(space.index);
    out += key;
    return out;
  }
  static std::string end_of(Space space) {
    return space.index == kNowhere ? std::string(2, '\xff') : std::string(1, static_cast<char>(space.index + 1));
  }
  Status check(const rocksdb::Status& status) const { return status.ok() ? Status() : Status(rocks_error(status, folder_, remedy_)); }
  Error refuse() const { return Error(ErrorCode::kForbidden, fmt::format("{} is open for reading only", folder_.string())); }

  Error closed() const { return Error(ErrorCode::kStorageFull, fmt::format("no space left for {}; free some and writing resumes", folder_.string())); }

  mutable std::shared_mutex open_mutex_;  // shared while db_ is used, unique while it is opened again
  std::shared_ptr<rocksdb::DB> db_;       // cursors hold it too; none, or open for reading, after a recovery that failed
  std::filesystem::path folder_;
  std::string remedy_;
  bool read_only_, writable_;
  rocksdb::Options options_;
  size_t table_from_;
  std::shared_ptr<ManifestLength> manifest_;  // none when read only
  std::mutex mutex_, ingest_mutex_;
  std::map<std::string, uint8_t, std::less<>> spaces_;  // under mutex_
};

rocksdb::Options kv_options(const RocksMemory& memory) {
  rocksdb::Options options = rocks_options(memory);
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
  options.write_buffer_size = 32 << 20;
  options.max_total_wal_size = 256 << 20;
  options.level_compaction_dynamic_level_bytes = true;
  options.memtable_prefix_bloom_size_ratio = 0.05;  // most look-ups of message ids are for keys that are not there
  options.memtable_whole_key_filtering = true;
  return options;
}

Result<std::unique_ptr<KvStore>> finish(std::unique_ptr<RocksKv> kv) {
  FURROW_TRY(kv->load_spaces());
  return std::unique_ptr<KvStore>(std::move(kv));
}

}  // namespace

Result<std::unique_ptr<KvStore>> open_kv(const std::filesystem::path& folder, const RocksMemory& memory, std::string remedy, size_t table_from) {
  rocksdb::Options options = kv_options(memory);
  auto manifest = std::make_shared<ManifestLength>(folder);
  FURROW_TRY(manifest->check(remedy));
  options.listeners.push_back(manifest);
  FURROW_ASSIGN(auto db, open_rocks(options, folder, remedy));
  manifest->keep();
  return finish(std::make_unique<RocksKv>(std::move(db), folder, std::move(remedy), false, std::move(options), table_from, std::move(manifest)));
}

Result<std::unique_ptr<KvStore>> open_kv_read_only(const std::filesystem::path& folder, std::string remedy) {
  rocksdb::Options options = kv_options(RocksMemory());
  FURROW_TRY(ManifestLength(folder).check(remedy));
  FURROW_ASSIGN(auto db, open_rocks_read_only(options, folder, remedy));
  return finish(std::make_unique<RocksKv>(std::move(db), folder, std::move(remedy), true, std::move(options), kTableFrom, nullptr));
}

}  // namespace furrow::store
