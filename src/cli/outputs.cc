#include "cli/outputs.h"

#include <fmt/format.h>

#include <filesystem>

#include "table/row_reader.h"

namespace furrow::cli {
namespace {

namespace fs = std::filesystem;

// Also of files that are not there yet: the same name in the same folder. Two tables may share what is no file (/dev/null).
bool are_one(const fs::path& one, const fs::path& other) {
  std::error_code error;
  if (fs::exists(one, error) && fs::exists(other, error)) return !fs::is_other(one, error) && !fs::is_character_file(one, error) && fs::equivalent(one, other, error);
  return fs::weakly_canonical(one, error) == fs::weakly_canonical(other, error);
}

}  // namespace

Status check_outputs(const std::vector<std::string>& read, const std::vector<Output>& outputs) {
  std::vector<const Output*> seen;
  for (const Output& output : outputs) {
    if (output.path.empty()) continue;
    if (output.is_table) FURROW_TRY(table::format_of(output.path));
    for (const std::string& file : read) {
      if (file.empty() || !are_one(file, output.path)) continue;
      return Error(ErrorCode::kInvalidArgument, fmt::format("{} {} would take the place of a file that is read; give another name", output.option, output.path)).in_field(output.option);
    }
    for (const Output* other : seen) {
      if (!are_one(other->path, output.path)) continue;
      return Error(ErrorCode::kInvalidArgument, fmt::format("{} and {} name one file; give two", other->option, output.option)).in_field(output.option);
    }
    seen.push_back(&output);
    std::error_code error;
    if (fs::is_directory(output.path, error)) return Error(ErrorCode::kIo, fmt::format("cannot write {}: it is a folder", output.path)).at(output.path);
    const fs::path folder = fs::path(output.path).parent_path();
    if (!folder.empty() && !fs::is_directory(folder, error)) {
      return Error(ErrorCode::kIo, fmt::format("cannot write {}: there is no folder {}", output.path, folder.string())).at(output.path);
    }
  }
  return {};
}

}  // namespace furrow::cli
