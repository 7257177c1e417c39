// Blocks of bytes made by a thread of their own, ahead of who takes them, in their order: unpacking beside the reading of what was unpacked.
//
// `fill` puts at most so many bytes into a block and says how many; 0 is the end. An error stands where it was met: blocks made before it come first.
// `fill` runs in the other thread only, from the construction to the end, an error or the destruction, which waits for the block being made.
// Memory: kBlocks blocks. Threads: `take` one.
#pragma once
#include <array>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "base/result.h"

namespace furrow::table {

class ReadAhead {
 public:
  static constexpr size_t kBlocks = 4;
  using Fill = std::function<Result<size_t>(char* out, size_t room)>;
  ReadAhead(Fill fill, size_t block_bytes);
  ~ReadAhead();
  ReadAhead(const ReadAhead&) = delete;
  ReadAhead& operator=(const ReadAhead&) = delete;
  // Copies the next block to `out`, which has room for one; 0 at the end, and ever after.
  Result<size_t> take(char* out);

 private:
  struct Block {
    std::vector<char> bytes;
    Result<size_t> filled{size_t{0}};
  };
  void run();
  Fill fill_;
  std::array<Block, kBlocks> blocks_;  // block i of all stands in i % kBlocks
  std::mutex mutex_;
  std::condition_variable changed_;
  size_t made_ = 0, taken_ = 0;
  bool stopped_ = false;
  std::thread thread_;  // last: it uses the others
};

}  // namespace furrow::table
