// How long the manifest of a RocksDB database is known to be, written beside it into `manifest-length`.
//
// The manifest names the tables. RocksDB takes one that was cut between two of its entries for a whole one, opens what the first of them
// name, replays the write-ahead file over the hole, and deletes the other tables. A manifest only grows until another takes its place:
// one that is shorter than it was, or older than one that was in use, is damaged.
//
// The length is kept after each change of the tables and before the write-ahead file that held the same is deleted, so that nothing that
// a kill leaves behind looks damaged. A store without the file is not checked. Include from rocks_*.cc only.
// Threads: any. Cost: a small file and an fsync a flush or compaction.
#pragma once
#include <rocksdb/listener.h>

#include <filesystem>
#include <mutex>
#include <string_view>

#include "base/result.h"

namespace furrow::store {

class ManifestLength : public rocksdb::EventListener {
 public:
  explicit ManifestLength(std::filesystem::path folder) : folder_(std::move(folder)) {}

  // Before opening. kStorageCorrupt, naming the file; `remedy` ends the sentence.
  Status check(std::string_view remedy) const;
  // After opening, and from RocksDB's threads. What cannot be written is left: a shorter length still holds.
  void keep();

  void OnFlushCompleted(rocksdb::DB*, const rocksdb::FlushJobInfo&) override { keep(); }
  void OnCompactionCompleted(rocksdb::DB*, const rocksdb::CompactionJobInfo&) override { keep(); }
  void OnExternalFileIngested(rocksdb::DB*, const rocksdb::ExternalFileIngestionInfo&) override { keep(); }

 private:
  std::filesystem::path folder_;
  std::mutex mutex_;  // of two that keep, the later sees the longer
};

}  // namespace furrow::store
