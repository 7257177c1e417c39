// One process at a time owns a data directory: an advisory lock on DIR/LOCK, which also says who holds it.
// The lock dies with the process, however it ends. Readers of other processes do not take it.
// Threads: a value; movable. Errors: kConflict naming the process that has it; kIo.
#pragma once
#include <filesystem>
#include <string>
#include <utility>

#include "base/result.h"

namespace furrow::store {

class DirectoryLock {
 public:
  // Makes the folder when it is not there.
  static Result<DirectoryLock> take(const std::filesystem::path& folder);
  DirectoryLock(DirectoryLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  DirectoryLock& operator=(DirectoryLock&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~DirectoryLock();

 private:
  explicit DirectoryLock(int fd) : fd_(fd) {}
  int fd_;
};

}  // namespace furrow::store
