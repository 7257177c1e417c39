#include "store/directory_lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace furrow::store {
namespace {

// The holder's line is "PID"; anything else (an older or torn file) is shown as unknown.
std::string holder(int fd) {
  char text[32] = {};
  ssize_t n = ::pread(fd, text, sizeof text - 1, 0);
  size_t digits = n > 0 ? std::strspn(text, "0123456789") : 0;
  return digits > 0 ? "process " + std::string(text, digits) : "another process";
}

}  // namespace

Result<DirectoryLock> DirectoryLock::take(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  std::string path = (folder / "LOCK").string();
  int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (fd < 0) {
    const int cause = error ? error.value() : errno;
    if (cause == ENOSPC) return Error(ErrorCode::kStorageFull, fmt::format("cannot open {}: {}", path, std::strerror(cause))).at(path);
    return Error(ErrorCode::kIo, fmt::format("the data folder {} cannot be written by this user ({}): give them the folder (chown, chmod), or name another with --data",
                                             folder.string(), std::strerror(cause)))
        .at(folder.string());
  }
  DirectoryLock lock(fd);
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    return Error(ErrorCode::kConflict, fmt::format("the data folder {} is in use by {}; stop it, or give another folder with --data",
                                                   folder.string(), holder(fd)))
        .at(folder.string());
  }
  std::string line = std::to_string(::getpid()) + "\n";
  // The text only informs: on a full disk the lock itself still holds.
  if (::ftruncate(fd, 0) == 0) (void)!::pwrite(fd, line.data(), line.size(), 0);
  return lock;
}

DirectoryLock::~DirectoryLock() {
  if (fd_ >= 0) ::close(fd_);
}

}  // namespace furrow::store
