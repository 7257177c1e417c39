#include "app/secret_file.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>

#include "base/files.h"

namespace furrow::app {
namespace {

constexpr size_t kMostBytes = 64 * 1024;

}  // namespace

Result<SecretFile> read_secret_file(const std::filesystem::path& workspace, std::string_view relative, std::string_view what) {
  const std::filesystem::path path = workspace / relative;
  if (::access(path.c_str(), R_OK) != 0 && errno == EACCES) {
    return Error(ErrorCode::kForbidden, fmt::format("this user may not read {}; run furrow as the user who owns the workspace, or give this one the whole folder (chown -R)", what))
        .at(std::string(relative));
  }
  SecretFile file;
  FURROW_ASSIGN(file.text, read_file(path, kMostBytes));
  std::error_code fault;
  const auto mode = std::filesystem::status(path, fault).permissions();
  using std::filesystem::perms;
  if (!fault && (mode & (perms::group_all | perms::others_all)) != perms::none) {
    return Error(ErrorCode::kForbidden, fmt::format("others on this machine can read {}; run chmod 600 on the file", what)).at(std::string(relative));
  }
  const std::string_view text = file.text;
  long line = 0;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    std::string_view row = text.substr(at, end - at);
    at = end + 1;
    ++line;
    if (row.ends_with('\r')) row.remove_suffix(1);
    if (row.empty() || row[0] == '#') continue;
    const size_t equals = std::min(row.find('='), row.size());
    file.secrets.push_back({std::string(row.substr(0, equals)), std::string(row.substr(std::min(equals + 1, row.size()))), line});
  }
  return file;
}

Status write_secret_file(const std::filesystem::path& workspace, std::string_view relative, std::string_view text) {
  const std::filesystem::path path = workspace / relative;
  std::error_code fault;
  std::filesystem::create_directories(path.parent_path(), fault);
  if (fault) return Error(ErrorCode::kIo, fmt::format("cannot make the folder {}: {}", path.parent_path().string(), fault.message()));
  return write_file_atomically(path, text, 0600);
}

}  // namespace furrow::app
