// Versions of named models in a folder, and which one is live.
//
//   ROOT/NAME/v0001/…    a model folder (model.h)
//   ROOT/NAME/CURRENT    the promoted version's name; replaced atomically, so readers see the old or the new
//   ROOT/NAME/history    one JSON line for each training, promotion and rollback, in order
// A version is `promoted` when CURRENT names it, `archived` when it was promoted before, else `trained`.
// Only a version that loads (hashes and parity hold) can be promoted. Rollback promotes what was live before the last
// promotion. Names: lower-case letters, digits, _ and -, at most 64.
// Threads: one writer at a time (the caller's lock); readers any time. Errors: kNotFound, kConflict, kInvalidArgument,
// and those of Model::load.
#pragma once
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "learn/model.h"

namespace furrow::learn {

enum class VersionState { kTrained, kPromoted, kArchived };
std::string_view to_string(VersionState state);

struct ModelVersion {
  std::string name, version;  // "buys_7d", "v0001"
  VersionState state = VersionState::kTrained;
  std::filesystem::path folder;
};

class Registry {
 public:
  Registry(std::filesystem::path root, const Clock& clock) : root_(std::move(root)), clock_(&clock) {}

  // All versions of all models, or of one, oldest first. An unknown name gives none.
  Result<std::vector<ModelVersion>> list(std::string_view name = {}) const;
  // A version by name; "" for the promoted one.
  Result<ModelVersion> find(std::string_view name, std::string_view version = {}) const;
  // Keeps a trained model as the next version.
  Result<ModelVersion> add(std::string_view name, const ModelFiles& files);
  Result<ModelVersion> promote(std::string_view name, std::string_view version);
  Result<ModelVersion> rollback(std::string_view name);

 private:
  Status note(std::string_view name, std::string_view action, std::string_view version) const;
  Result<std::vector<std::string>> promotions(std::string_view name) const;  // versions, in order; rollbacks take back
  Status set_current(std::string_view name, std::string_view version) const;

  std::filesystem::path root_;
  const Clock* clock_;
};

}  // namespace furrow::learn
