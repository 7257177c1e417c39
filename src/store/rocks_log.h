// LogStore over RocksDB: keys are the first position of a chunk of records (big-endian), so keys only grow, table files
// never overlap and compaction moves them without rewriting.
//
// The write-ahead file makes an append survive kill -9 and a sync survive power loss. Recovery tolerates a torn last
// record (an append that nobody was told about) and refuses damage before it: dropping what follows the damage, as
// RocksDB does by default, would silently lose acknowledged events. Write-ahead files are not recycled: old bytes behind
// a torn tail could be taken for records.
// Cost: an append of many records is one write; about 40 bytes a record over its own. Memory: RocksMemory, plus one iterator a
// running scan.
#pragma once
#include <filesystem>
#include <memory>

#include "store/log.h"
#include "store/rocks_memory.h"

namespace furrow::store {

// The owner's log; one process at a time.
Result<std::unique_ptr<LogStore>> open_log(const std::filesystem::path& folder, const RocksMemory& memory);
// Everything appended before the call, for another process while the owner runs, or without one. It does not follow
// later appends: open again. append and sync are refused (kForbidden). kNotFound when there is no log.
Result<std::unique_ptr<LogStore>> open_log_read_only(const std::filesystem::path& folder);

}  // namespace furrow::store
