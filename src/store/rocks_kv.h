// KvStore over RocksDB: one database, a byte of space before each key, bloom filters for keys that are not there.
// Writes go to the write-ahead file without fsync: after power loss a prefix of the batches is there, which is all that
// views need (the log replays the rest). Recovery stops at the first damaged record for the same reason.
#pragma once
#include <filesystem>
#include <memory>

#include "store/kv.h"
#include "store/rocks_memory.h"

namespace furrow::store {

inline constexpr size_t kTableFrom = 4 << 20;

// `remedy` ends the sentence of a kStorageCorrupt error: what the person should do about this store. A batch of `table_from` bytes or more
// is written as a table file of its own (rocks_ingest.h).
Result<std::unique_ptr<KvStore>> open_kv(const std::filesystem::path& folder, const RocksMemory& memory, std::string remedy, size_t table_from = kTableFrom);
// For another process while the owner runs: everything written before the call. write and clear are refused
// (kForbidden); `space` gives only spaces that exist, and an empty one otherwise. kNotFound when there is no store.
Result<std::unique_ptr<KvStore>> open_kv_read_only(const std::filesystem::path& folder, std::string remedy);

}  // namespace furrow::store
