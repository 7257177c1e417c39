#include "learn/whole_folder.h"

#include <fmt/format.h>
#include <unistd.h>

namespace furrow::learn {
namespace {

// The old folder steps aside rather than away, so that a crash between the two renames loses neither.
Status put_in_place(const std::filesystem::path& draft, const std::filesystem::path& whole) {
  std::error_code error;
  std::filesystem::path aside = whole;
  aside += fmt::format(".replaced-{}", ::getpid());
  bool existed = std::filesystem::exists(whole);
  if (existed) std::filesystem::rename(whole, aside, error);
  if (!error) std::filesystem::rename(draft, whole, error);
  if (error) return Error(ErrorCode::kIo, fmt::format("cannot move the model to {}: {}", whole.string(), error.message())).at(whole.string());
  if (existed) std::filesystem::remove_all(aside, error);
  return {};
}

}  // namespace

Status write_whole_folder(const std::filesystem::path& folder, const std::function<Status(const std::filesystem::path& draft)>& fill) {
  std::filesystem::path whole = folder.lexically_normal();
  if (!whole.has_filename()) whole = whole.parent_path();
  std::filesystem::path draft = whole;
  draft += fmt::format(".writing-{}", ::getpid());
  std::error_code error;
  std::filesystem::remove_all(draft, error);
  error.clear();
  if (!std::filesystem::create_directories(draft, error)) {
    return Error(ErrorCode::kIo, fmt::format("cannot create {}: {}", draft.string(), error.message())).at(draft.string());
  }
  Status status = fill(draft);
  if (status.ok()) status = put_in_place(draft, whole);
  if (!status.ok()) std::filesystem::remove_all(draft, error);
  return status;
}

}  // namespace furrow::learn
