// The memory that all RocksDB stores of one process use together: one block cache, which the write buffers are charged to.
// Threads: a value; any.
#pragma once
#include <cstddef>
#include <memory>

namespace furrow::store {

struct RocksMemoryOptions {
  size_t cache_bytes = size_t{256} << 20;         // blocks read from files, with index and filter blocks
  size_t write_buffer_bytes = size_t{192} << 20;  // written and not yet in a table file
};

class RocksMemory {
 public:
  explicit RocksMemory(RocksMemoryOptions options = {});
  struct Shared;
  const Shared& shared() const { return *shared_; }

 private:
  std::shared_ptr<const Shared> shared_;
};

}  // namespace furrow::store
