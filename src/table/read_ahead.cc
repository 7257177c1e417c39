#include "table/read_ahead.h"

#include <cstring>

namespace furrow::table {

ReadAhead::ReadAhead(Fill fill, size_t block_bytes) : fill_(std::move(fill)) {
  for (Block& block : blocks_) block.bytes.resize(block_bytes);
  thread_ = std::thread([this] { run(); });
}

ReadAhead::~ReadAhead() {
  {
    std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void ReadAhead::run() {
  while (true) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return stopped_ || made_ - taken_ < kBlocks; });
    if (stopped_) return;
    Block& block = blocks_[made_ % kBlocks];
    lock.unlock();
    block.filled = fill_(block.bytes.data(), block.bytes.size());
    bool last = !block.filled.ok() || *block.filled == 0;
    lock.lock();
    ++made_;
    lock.unlock();
    changed_.notify_all();
    if (last) return;
  }
}

Result<size_t> ReadAhead::take(char* out) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return made_ > taken_; });
  Block& block = blocks_[taken_ % kBlocks];
  if (!block.filled.ok() || *block.filled == 0) return block.filled;  // stays the next one
  lock.unlock();
  size_t bytes = *block.filled;
  std::memcpy(out, block.bytes.data(), bytes);
  lock.lock();
  ++taken_;
  lock.unlock();
  changed_.notify_all();
  return bytes;
}

}  // namespace furrow::table
