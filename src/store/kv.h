// Port: an ordered key-value store with named spaces and atomic batches. Knows no marketing.
//
// Promises: a written batch is visible whole or not at all, to readers and after a crash; keys are ordered as bytes; a
// cursor reads a consistent snapshot. After kill -9 everything written is there; after power loss a prefix of the writes.
// Not for: the event log (log.h), which alone decides what was acknowledged.
// Threads: any, all methods. Adapters: rocks_kv.h (RocksDB), memory_kv.h (for rebuilding views in `furrow verify`).
// Limits: key 1 KiB, value 64 MiB. Errors: kStorageFull, kStorageCorrupt (names the file and what to do), kIo.
#pragma once
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace furrow::store {

inline constexpr size_t kMaxSpaces = 32;
struct Space {
  uint8_t index = 0;
};

class Batch {
 public:
  struct Operation {
    Space space;
    bool erase;
    std::string key, value;
  };
  void put(Space space, std::string key, std::string value) {
    bytes_ += key.size() + value.size();
    operations_.push_back({space, false, std::move(key), std::move(value)});
  }
  void erase(Space space, std::string key) {
    bytes_ += key.size();
    operations_.push_back({space, true, std::move(key), {}});
  }
  const std::deque<Operation>& operations() const { return operations_; }
  void append(Batch other) {
    bytes_ += other.bytes_;
    for (auto& operation : other.operations_) operations_.push_back(std::move(operation));
  }
  bool empty() const { return operations_.empty(); }
  size_t bytes() const { return bytes_; }

 private:
  std::deque<Operation> operations_;  // growing moves none of them: no addition takes long
  size_t bytes_ = 0;
};

class Cursor {
 public:
  virtual ~Cursor() = default;
  virtual bool valid() const = 0;
  virtual void next() = 0;
  virtual std::string_view key() const = 0;    // until next()
  virtual std::string_view value() const = 0;  // until next()
  virtual Status status() const = 0;           // look at it when valid() turns false
};

// Called by a long write between its pieces, some tenths of a millisecond of work each: what it takes, the write takes longer.
using Rest = std::function<void()>;

class KvStore {
 public:
  virtual ~KvStore() = default;
  // The space of that name, made when it is new. At most kMaxSpaces.
  virtual Result<Space> space(std::string_view name) = 0;
  virtual Status write(const Batch& batch, const Rest& rest = {}) = 0;
  virtual Result<std::optional<std::string>> get(Space space, std::string_view key) const = 0;
  // Keys in [from, to); "" for `to` means to the end.
  virtual std::unique_ptr<Cursor> scan(Space space, std::string_view from, std::string_view to) const = 0;
  // Removes every key of the space.
  virtual Status clear(Space space) = 0;
  virtual uint64_t approximate_bytes() const = 0;
  // After a refused write: makes the store write again, or says why it still cannot.
  virtual Status recover() { return {}; }
};

}  // namespace furrow::store
