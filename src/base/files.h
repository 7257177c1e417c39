// Files with errors as values: whole reads and writes, and temporary folders.
#pragma once
#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.h"

namespace furrow {

// The whole file. kNotFound, kIo, or kTooLarge over `limit_bytes`.
Result<std::string> read_file(const std::filesystem::path& path, size_t limit_bytes = size_t{1} << 32);
// Writes beside the target, fsyncs, renames over it and fsyncs the folder: the old content or the new, never a part.
Status write_file_atomically(const std::filesystem::path& path, std::string_view content, int mode = 0644);

// A new empty folder under the system's temporary folder, removed with everything in it at the end.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace furrow
