// The secrets of a workspace, in its file .furrow/keys: lines write_key=… and api_key=…, readable by the owner only.
// Threads: none shared. Keys never go into a log line or an error.
#pragma once
#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.h"

namespace furrow::app {

inline constexpr std::string_view kKeysPath = ".furrow/keys";
inline constexpr size_t kLeastKeyLetters = 16;

// `write_key` may only send events (browsers hold it); `api_key` may read and decide.
struct Keys {
  std::string write_key, api_key;
};

// kNotFound when the workspace has no keys yet; kInvalidWorkspace (with file and line) when the file is malformed or a
// key is shorter than kLeastKeyLetters; kForbidden when others may read it.
Result<Keys> read_keys(const std::filesystem::path& workspace);
// The workspace's keys, made first when there are none (a workspace fresh from version control has none).
Result<Keys> ensure_keys(const std::filesystem::path& workspace);

}  // namespace furrow::app
