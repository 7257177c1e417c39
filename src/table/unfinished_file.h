// Files that are written under a temporary name, so that whoever ends the process can take them away first.
//
// An UnfinishedFile stands for one while it is written; remove_unfinished_files() removes all that stand, and may be called
// from a signal handler, which cannot run destructors. After `finished` the path is a result and stays.
// Limits: kMostUnfinished at once; what is more is not removed by a signal. Threads: any.
#pragma once
#include <cstddef>
#include <string>

namespace furrow::table {

inline constexpr size_t kMostUnfinished = 64;

class UnfinishedFile {
 public:
  explicit UnfinishedFile(std::string path);
  ~UnfinishedFile();  // removes the file, unless it is finished
  UnfinishedFile(const UnfinishedFile&) = delete;
  UnfinishedFile& operator=(const UnfinishedFile&) = delete;
  const std::string& path() const { return path_; }
  void finished();

 private:
  const std::string path_;
  size_t slot_ = kMostUnfinished;
  bool finished_ = false;
};

void remove_unfinished_files() noexcept;  // async-signal-safe

}  // namespace furrow::table
