#include "app/keys.h"

#include <fmt/format.h>
#include <sodium.h>
#include <unistd.h>

#include <cerrno>

#include "base/files.h"

namespace furrow::app {
namespace {

namespace fs = std::filesystem;

// 32 letters of 5 bits: 160 bits of the system's randomness, safe in headers, URLs and shells.
std::string random_key(std::string_view prefix) {
  constexpr std::string_view kLetters = "abcdefghjkmnpqrstuvwxyz123456789";
  static_assert(kLetters.size() == 32);
  unsigned char bytes[32];
  randombytes_buf(bytes, sizeof bytes);
  std::string key(prefix);
  for (unsigned char byte : bytes) key += kLetters[byte % 32];
  return key;
}

}  // namespace

Result<Keys> read_keys(const fs::path& workspace) {
  fs::path path = workspace / kKeysPath;
  if (::access(path.c_str(), R_OK) != 0 && errno == EACCES) {
    return Error(ErrorCode::kForbidden, "this user may not read the keys; run furrow as the user who owns the workspace, or give this one the whole folder (chown -R)").at(kKeysPath);
  }
  FURROW_ASSIGN(std::string text, read_file(path, 64 * 1024));
  std::error_code fault;
  auto mode = fs::status(path, fault).permissions();
  if (!fault && (mode & (fs::perms::group_all | fs::perms::others_all)) != fs::perms::none) {
    return Error(ErrorCode::kForbidden, "others on this machine can read the keys; run chmod 600 on the file").at(kKeysPath);
  }
  Keys keys;
  long line = 0;
  for (size_t at = 0; at < text.size();) {
    size_t end = std::min(text.find('\n', at), text.size());
    std::string_view row = std::string_view(text).substr(at, end - at);
    at = end + 1;
    ++line;
    if (row.ends_with('\r')) row.remove_suffix(1);
    if (row.empty() || row[0] == '#') continue;
    size_t equals = row.find('=');
    std::string_view name = row.substr(0, std::min(equals, row.size()));
    std::string* key = name == "write_key" ? &keys.write_key : name == "api_key" ? &keys.api_key : nullptr;
    if (!key || equals == std::string_view::npos) {
      return Error(ErrorCode::kInvalidWorkspace, "a line must be write_key=… or api_key=…").at(kKeysPath, line);
    }
    *key = row.substr(equals + 1);
    if (key->size() < kLeastKeyLetters) {
      return Error(ErrorCode::kInvalidWorkspace, fmt::format("the {} must have at least {} letters", name, kLeastKeyLetters)).at(kKeysPath, line);
    }
  }
  if (keys.write_key.empty() || keys.api_key.empty()) {
    return Error(ErrorCode::kInvalidWorkspace, fmt::format("{} is missing", keys.write_key.empty() ? "write_key" : "api_key")).at(kKeysPath);
  }
  return keys;
}

Result<Keys> ensure_keys(const fs::path& workspace) {
  auto present = read_keys(workspace);
  if (present || present.error().code() != ErrorCode::kNotFound) return present;
  if (sodium_init() < 0) return Error(ErrorCode::kInternal, "libsodium cannot start");
  Keys keys{random_key("wk_"), random_key("ak_")};
  std::error_code fault;
  fs::path path = workspace / kKeysPath;
  fs::create_directories(path.parent_path(), fault);
  if (fault) return Error(ErrorCode::kIo, fmt::format("cannot make the folder {}: {}", path.parent_path().string(), fault.message()));
  FURROW_TRY(write_file_atomically(path, fmt::format("write_key={}\napi_key={}\n", keys.write_key, keys.api_key), 0600));
  return keys;
}

}  // namespace furrow::app
