// Port: the append-only log. The one truth; everything else is a view of it.
//
// Promises: positions are 1, 2, 3 … without gaps; append hands the records to the operating system in order (they
// survive kill -9), sync makes all appended so far survive power loss (one fsync, however many records: group commit).
// A reader sees a prefix. Torn tails that were never synced are cut at opening; damage elsewhere is kStorageCorrupt.
// Threads: one appender, with sync from it or one other; any number of readers at the same time. Adapter: rocks_log.h (RocksDB).
// Limits: record 1 MiB. Errors: kStorageFull (nothing of that append is kept), kStorageCorrupt, kIo.
#pragma once
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "base/ids.h"
#include "base/result.h"

namespace furrow::store {

class LogStore {
 public:
  virtual ~LogStore() = default;
  // Appends all or nothing; gives the position of the first.
  virtual Result<LogPosition> append(std::span<const std::string> records) = 0;
  virtual Status sync() = 0;
  // After a refused append or sync: makes the log write again, or says why it still cannot. What was appended stays and is
  // durable afterwards; what was refused is not there.
  virtual Status recover() { return {}; }
  virtual LogPosition last() const = 0;  // 0 when empty
  // Calls `visit` for each record from `from` on, in order, until it returns false or the end as of the call.
  virtual Status scan(LogPosition from, const std::function<bool(LogPosition, std::string_view)>& visit) const = 0;
  virtual Result<std::string> read(LogPosition position) const = 0;  // kNotFound
};

}  // namespace furrow::store
