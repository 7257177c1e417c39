#include "app/features_in_use.h"

#include <fmt/format.h>
#include <simdjson.h>

#include "base/files.h"
#include "learn/registry.h"
#include "predict/scorer.h"

namespace furrow::app {
namespace {

constexpr size_t kMaxLineageBytes = size_t{1} << 20;

void compare(const Workspace& workspace, const learn::ModelVersion& model, std::vector<std::string>& found) {
  auto lineage = read_file(model.folder / "lineage.json", kMaxLineageBytes);
  simdjson::dom::parser parser;
  simdjson::dom::element trained;
  simdjson::dom::object hashes;
  if (!lineage.ok() || parser.parse(*lineage)["workspace"].get(trained) != simdjson::SUCCESS) return;
  if (trained["features"].get(hashes) != simdjson::SUCCESS) return;
  for (const auto& feature : workspace.features) {
    std::string_view hash;
    if (hashes[feature.name].get(hash) != simdjson::SUCCESS || hash == fmt::format("{:016x}", predict::feature_hash(feature))) continue;
    int64_t version = 1;
    if (trained["feature_versions"][feature.name].get(version) != simdjson::SUCCESS) version = 1;
    if (feature.version > version) continue;
    found.push_back(fmt::format("{}:{}: feature \"{}\" is in use by {} {} and was changed: give it version: {}, and train the model again", feature.file,
                                feature.line, feature.name, model.name, model.version, version + 1));
  }
}

}  // namespace

std::vector<std::string> features_changed_in_use(const Workspace& workspace, const std::filesystem::path& data_dir) {
  std::vector<std::string> found;
  std::error_code absent;
  if (!std::filesystem::is_directory(data_dir / "models", absent)) return found;
  const SystemClock clock;
  const learn::Registry registry(data_dir / "models", clock);
  for (const auto& model : workspace.models) {
    if (auto live = registry.find(model.name); live.ok()) compare(workspace, *live, found);
  }
  return found;
}

}  // namespace furrow::app
