#include "app/lake_check.h"

#include <fmt/format.h>

#include <fstream>
#include <optional>

#include "app/lake.h"

namespace furrow::app {
namespace {

constexpr std::string_view kMark = "PAR1";

// What is wrong with a file; "" nothing.
std::string_view fault_of(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return "missing";
  std::string first(kMark.size(), '\0'), last(kMark.size(), '\0');
  in.read(first.data(), static_cast<std::streamsize>(first.size()));
  in.seekg(-static_cast<std::streamoff>(last.size()), std::ios::end);
  in.read(last.data(), static_cast<std::streamsize>(last.size()));
  return in && first == kMark && last == kMark ? "" : "damaged";
}

std::optional<Error> first_fault(const std::filesystem::path& lake, const LakeManifest& manifest) {
  for (const auto& [kind, files] : manifest.files) {
    for (const auto& file : files) {
      const std::string path = (lake / file).string();
      const std::string_view fault = fault_of(path);
      if (fault.empty()) continue;
      return Error(ErrorCode::kStorageCorrupt, fmt::format("{} is {}. Nothing is lost: stop the server, remove the lake folder and start again; "
                                                           "it is written again from the log", path, fault)).at(path);
    }
  }
  return std::nullopt;
}

}  // namespace

Status check_lake(const std::filesystem::path& lake) {
  std::optional<Error> fault;
  for (int attempt = 0; attempt < 2; ++attempt) {
    FURROW_ASSIGN(LakeManifest manifest, read_manifest(lake));
    fault = first_fault(lake, manifest);
    if (!fault) return {};
  }
  return *std::move(fault);
}

}  // namespace furrow::app
