// Versions of named models in a folder, and which one is live.
//
//   ROOT/NAME/v0001/…    a model folder (model.h)
//   ROOT/NAME/CURRENT    the promoted version's name; replaced atomically, so readers see the old or the new
//   ROOT/NAME/SHADOW     the version whose scores are kept beside those of the promoted one, and change nothing
//   ROOT/NAME/CANARY     the version that decides for a share of the people, and the share
//   ROOT/NAME/history    one JSON line for each training, approval, alarm and change of stage, in order, with who did it
// A version is `promoted` when CURRENT names it, `archived` when it was promoted before, else `trained`.
// Only a version that loads (hashes and parity hold) can be promoted. Rollback promotes what was live before the last
// promotion. Names: lower-case letters, digits, _ and -, at most 64.
// Threads: one writer at a time (the caller's lock); readers any time. Errors: kNotFound, kConflict, kInvalidArgument,
// and those of Model::load.
#pragma once
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "learn/model.h"

namespace furrow::learn {

// Beside the promoted version; "" is none.
struct ModelStages {
  std::string shadow, canary;
  double canary_share = 0;  // (0, 1)
  bool operator==(const ModelStages&) const = default;
};

struct ModelEvent {
  std::string time, action, version, actor, note;  // "trained", "approved", "promoted", "rolled_back", "shadow", "canary", "alarm", …
  std::string data;  // a JSON object: what a note that no person wrote says (ModelNote); "" none
};

// A ModelEvent's: in English for who reads the file, and as data for what tells it in the reader's language.
struct ModelNote {
  std::string text, data;
};

enum class VersionState { kTrained, kPromoted, kArchived };
std::string_view to_string(VersionState state);

struct ModelVersion {
  std::string name, version;  // "buys_7d", "v0001"
  VersionState state = VersionState::kTrained;
  std::filesystem::path folder;
};

class Registry {
 public:
  // `check` says whether a version's folder is whole; without one Model::load does.
  using Check = std::function<Status(const std::filesystem::path& folder)>;
  Registry(std::filesystem::path root, const Clock& clock, Check check = {}) : root_(std::move(root)), clock_(&clock), check_(std::move(check)) {}

  // All versions of all models, or of one, oldest first. An unknown name gives none.
  Result<std::vector<ModelVersion>> list(std::string_view name = {}) const;
  // A version by name; "" for the promoted one.
  Result<ModelVersion> find(std::string_view name, std::string_view version = {}) const;
  // Keeps a trained model as the next version.
  Result<ModelVersion> add(std::string_view name, const ModelFiles& files);
  // The same for a model of another form: `write` makes the folder, whole or not at all.
  Result<ModelVersion> add(std::string_view name, const std::function<Status(const std::filesystem::path& folder)>& write);
  // A version that is promoted is no longer shadow or canary; a roll-back ends the canary.
  Result<ModelVersion> promote(std::string_view name, std::string_view version, std::string_view actor = {});
  Result<ModelVersion> rollback(std::string_view name, std::string_view actor = {}, const ModelNote& why = {});

  Result<ModelStages> stages(std::string_view name) const;
  // "" ends it. kConflict when the version is promoted already, or is in the other stage; kInvalidArgument for a share outside (0, 1).
  Status set_shadow(std::string_view name, std::string_view version, std::string_view actor);
  Status set_canary(std::string_view name, std::string_view version, double share, std::string_view actor);
  Status approve(std::string_view name, std::string_view version, std::string_view actor, std::string_view note);
  Status alarm(std::string_view name, std::string_view version, const ModelNote& why);
  Result<std::vector<ModelEvent>> history(std::string_view name) const;

 private:
  Status note(std::string_view name, std::string_view action, std::string_view version, std::string_view actor = {}, const ModelNote& why = {}) const;
  Status set_stages(std::string_view name, const ModelStages& stages) const;
  Result<std::vector<std::string>> promotions(std::string_view name) const;  // versions, in order; rollbacks take back
  Status set_current(std::string_view name, std::string_view version) const;
  Status check(const std::filesystem::path& folder) const;

  std::filesystem::path root_;
  const Clock* clock_;
  Check check_;
};

}  // namespace furrow::learn
