// A file of secrets in a workspace: a line NAME=VALUE each, # begins a comment; its owner alone may read it (mode 600).
// Limits: 64 KiB. Threads: any; two writers at once, the last wins.
#pragma once
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace furrow::app {

struct Secret {
  std::string name, value;  // a line without "=": all name
  long line = 0;
};
struct SecretFile {
  std::string text;
  std::vector<Secret> secrets;  // in the file's order
};

// `what` names the secrets in errors, "the keys". kNotFound without a file; kForbidden when others may read it, or this user may not.
Result<SecretFile> read_secret_file(const std::filesystem::path& workspace, std::string_view relative, std::string_view what);
// At once, with mode 600; makes the folder.
Status write_secret_file(const std::filesystem::path& workspace, std::string_view relative, std::string_view text);

}  // namespace furrow::app
