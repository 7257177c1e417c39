#include "base/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace furrow {
namespace {

Error system_error(const std::filesystem::path& path, const char* action) {
  int cause = errno;
  ErrorCode code = cause == ENOENT ? ErrorCode::kNotFound : cause == ENOSPC ? ErrorCode::kStorageFull : ErrorCode::kIo;
  return Error(code, fmt::format("cannot {} {}: {}", action, path.string(), std::strerror(cause))).at(path.string());
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() { if (fd_ >= 0) ::close(fd_); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

}  // namespace

Result<std::string> read_file(const std::filesystem::path& path, size_t limit_bytes) {
  Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) return system_error(path, "open");
  std::string content;
  char buffer[65536];
  while (true) {
    ssize_t n = ::read(file.get(), buffer, sizeof buffer);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return system_error(path, "read");
    if (n == 0) return content;
    content.append(buffer, static_cast<size_t>(n));
    if (content.size() > limit_bytes) {
      return Error(ErrorCode::kTooLarge, fmt::format("{} is over {} bytes", path.string(), limit_bytes)).at(path.string());
    }
  }
}

Status write_file_atomically(const std::filesystem::path& path, std::string_view content, int mode) {
  std::string temporary = path.string() + ".XXXXXX";
  Descriptor file(::mkstemp(temporary.data()));
  if (file.get() < 0) return system_error(path, "write");
  auto fail = [&](const char* action) {
    Error error = system_error(path, action);
    ::unlink(temporary.c_str());
    return error;
  };
  for (size_t done = 0; done < content.size();) {
    ssize_t n = ::write(file.get(), content.data() + done, content.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return fail("write");
    done += static_cast<size_t>(n);
  }
  if (::fchmod(file.get(), static_cast<mode_t>(mode)) != 0 || ::fsync(file.get()) != 0) return fail("write");
  if (::rename(temporary.c_str(), path.c_str()) != 0) return fail("replace");
  auto folder_path = path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
  Descriptor folder(::open(folder_path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder.get() >= 0) ::fsync(folder.get());
  return {};
}

TemporaryFolder::TemporaryFolder() {
  std::string pattern = (std::filesystem::temp_directory_path() / "furrow.XXXXXX").string();
  FURROW_ASSERT(::mkdtemp(pattern.data()) != nullptr);
  path_ = pattern;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace furrow
