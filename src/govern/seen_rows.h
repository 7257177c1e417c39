// Rows seen so far by a 64-bit hash of their cells, and where each stood first.
// Memory: 32 bytes a distinct row (16 at full load, half load), at most kMostRows (512 MiB); later rows are not remembered.
// Two different rows are taken for one with probability n²/2^65: 3 in a million for ten million rows. Threads: one.
#pragma once
#include <cstdint>
#include <vector>

namespace furrow::govern {

class SeenRows {
 public:
  static constexpr size_t kMostRows = size_t{1} << 24;
  // The line where the same hash was first given; 0 when it is new.
  uint64_t first_line(uint64_t hash, uint64_t line);
  size_t size() const { return size_; }

 private:
  struct Slot { uint64_t hash = 0, line = 0; };
  void grow();
  std::vector<Slot> slots_;
  size_t size_ = 0;
};

}  // namespace furrow::govern
