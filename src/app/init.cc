#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "app/keys.h"
#include "app/templates.h"
#include "base/files.h"

namespace furrow::app {

namespace fs = std::filesystem;

std::vector<std::string> template_names() {
  std::vector<std::string> names;
  for (const auto& file : template_files()) {
    if (std::find(names.begin(), names.end(), file.name) == names.end()) names.emplace_back(file.name);
  }
  return names;
}

Result<std::vector<std::string>> create_workspace(const fs::path& folder, std::string_view name) {
  auto names = template_names();
  if (std::find(names.begin(), names.end(), name) == names.end()) {
    return Error(ErrorCode::kInvalidArgument, fmt::format("there is no template \"{}\"; there are: {}", name, fmt::join(names, ", "))).in_field("template");
  }
  if (folder.empty()) return Error(ErrorCode::kInvalidArgument, "the folder has no name; give that of a new one").in_field("DIR");
  std::error_code fault;
  if (fs::exists(folder, fault) && !fs::is_directory(folder, fault)) {
    return Error(ErrorCode::kConflict, fmt::format("{} is a file; give a new folder", folder.string()));
  }
  if (fs::exists(folder, fault) && !fs::is_empty(folder, fault)) {
    return Error(ErrorCode::kConflict, fmt::format("{} is not empty; give a new folder", folder.string()));
  }
  std::vector<std::string> written;
  for (const auto& file : template_files()) {
    if (file.name != name) continue;
    fs::path path = folder / file.path;
    fs::create_directories(path.parent_path(), fault);
    if (fault) return Error(ErrorCode::kIo, fmt::format("cannot make the folder {}: {}", path.parent_path().string(), fault.message()));
    FURROW_TRY(write_file_atomically(path, file.content));
    written.emplace_back(file.path);
  }
  FURROW_TRY(ensure_keys(folder));
  written.emplace_back(kKeysPath);
  return written;
}

}  // namespace furrow::app
