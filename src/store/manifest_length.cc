#include "store/manifest_length.h"

#include <fmt/format.h>

#include <charconv>
#include <optional>
#include <string>

#include "base/files.h"

namespace furrow::store {
namespace {

constexpr std::string_view kFile = "manifest-length", kManifest = "MANIFEST-";
constexpr size_t kMostBytes = 100;

struct Manifest {
  std::string name;
  uint64_t number = 0;
};

// "MANIFEST-000025" at the start of `text`.
std::optional<Manifest> manifest_at(std::string_view text) {
  if (!text.starts_with(kManifest)) return std::nullopt;
  Manifest found;
  auto [end, error] = std::from_chars(text.data() + kManifest.size(), text.data() + text.size(), found.number);
  if (error != std::errc()) return std::nullopt;
  found.name = text.substr(0, static_cast<size_t>(end - text.data()));
  return found;
}

std::optional<Manifest> current(const std::filesystem::path& folder) {
  auto text = read_file(folder / "CURRENT", kMostBytes);
  return text.ok() ? manifest_at(*text) : std::nullopt;
}

}  // namespace

Status ManifestLength::check(std::string_view remedy) const {
  auto text = read_file(folder_ / kFile, kMostBytes);
  auto known = text.ok() ? manifest_at(*text) : std::nullopt;
  auto named = current(folder_);
  if (!known || !named) return {};  // opening says what is wrong with CURRENT
  if (named->number < known->number) {
    return Error(ErrorCode::kStorageCorrupt, fmt::format("{} names {}, and {} was in use. {}", (folder_ / "CURRENT").string(), named->name, known->name, remedy))
        .at((folder_ / "CURRENT").string());
  }
  uint64_t length = 0;
  const std::string_view rest = std::string_view(*text).substr(std::min(text->size(), known->name.size() + 1));
  std::from_chars(rest.data(), rest.data() + rest.size(), length);
  const std::string path = (folder_ / named->name).string();
  std::error_code error;
  const uint64_t size = std::filesystem::file_size(path, error);
  if (error || named->number > known->number || size >= length) return {};
  return Error(ErrorCode::kStorageCorrupt, fmt::format("{} is damaged: it is {} bytes long and was {}: its end is cut off. {}", path, size, length, remedy)).at(path);
}

void ManifestLength::keep() {
  std::lock_guard lock(mutex_);
  auto named = current(folder_);
  if (!named) return;
  std::error_code error;
  const uint64_t size = std::filesystem::file_size(folder_ / named->name, error);
  if (!error) (void)write_file_atomically(folder_ / kFile, fmt::format("{} {}\n", named->name, size));
}

}  // namespace furrow::store
