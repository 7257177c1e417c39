// Writes a large batch as one sorted table file beside the database, then hands it over whole.
//
// Every byte is written once, at a pace that the caller sets; a write through the database costs a write-ahead record, a memtable and
// a flush, at the database's own pace. Private to the adapters. Threads: one write at a time.
// Promises: visible whole or not at all, after a crash too; what was written before is at least as durable. A file that a crash leaves
// behind is removed by the next. Cost: the operations' keys are sorted in memory, 16 bytes an operation.
#pragma once
#include <rocksdb/db.h>

#include <filesystem>

#include "store/kv.h"

namespace furrow::store {

inline constexpr const char* kBatchFile = "batch.tmp";  // in the database's folder, while it is written

rocksdb::Status ingest(rocksdb::DB& db, const rocksdb::Options& options, const std::filesystem::path& folder, const Batch& batch, const Rest& rest);

}  // namespace furrow::store
