// What the RocksDB adapters share: the memory they may use together, their options, errors in our words, and opening a
// database that another process is writing. Include from rocks_*.cc only.
#pragma once
#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/options.h>
#include <rocksdb/write_buffer_manager.h>

#include <filesystem>
#include <memory>
#include <string>

#include "base/result.h"
#include "store/rocks_memory.h"

namespace furrow::store {

struct RocksMemory::Shared {
  std::shared_ptr<rocksdb::Cache> cache;
  std::shared_ptr<rocksdb::WriteBufferManager> write_buffers;
};

// Options that hold for every database of ours.
rocksdb::Options rocks_options(const RocksMemory& memory);

// `remedy` ends the sentence of a kStorageCorrupt error.
Error rocks_error(const rocksdb::Status& status, const std::filesystem::path& folder, std::string_view remedy);

Result<std::unique_ptr<rocksdb::DB>> open_rocks(const rocksdb::Options& options, const std::filesystem::path& folder,
                                                std::string_view remedy);
// Sees everything written before the call, though the owner may be flushing and deleting files meanwhile.
Result<std::unique_ptr<rocksdb::DB>> open_rocks_read_only(const rocksdb::Options& options, const std::filesystem::path& folder,
                                                          std::string_view remedy);

// Whether the disk takes a little: opening writes a manifest, an options file and a table of what the write-ahead file
// holds, and without room it would only fail and leave the store without readers meanwhile. kStorageFull.
Status try_room(const std::filesystem::path& folder);
// Opens for writing again into `db`, which its owner closed. When that fails `db` is open for reading, if at all possible.
Status reopen_rocks(const rocksdb::Options& options, const std::filesystem::path& folder, std::string_view remedy,
                    std::unique_ptr<rocksdb::DB>& db);

inline rocksdb::Slice slice(std::string_view text) { return {text.data(), text.size()}; }

}  // namespace furrow::store
