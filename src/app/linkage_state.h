// What a linkage of the workspace's people learned, kept version by version, and how far those who came later have been linked.
//
//   DATA/linkage/v0001.linkage   the weights and the records (identity/linkage_saved.h)
//   DATA/linkage/state.json      which version counts, and the cursor: everything durable up to it has been looked at
// The state is replaced atomically after the file that it names; a crash between leaves the version before, and a file that the next run
// removes. Deleting the folder switches live linkage off until the next run.
// Threads: one writer at a time (PeopleLinkage::work).
#pragma once
#include <filesystem>
#include <optional>

#include "base/ids.h"
#include "base/time.h"
#include "identity/linkage.h"

namespace furrow::app {

struct LiveState {
  uint64_t version = 0;
  Time learned_at;
  LogPosition learned_to;   // the traits up to it (and perhaps some later ones) are among the records
  uint64_t records = 0;     // that it was learned from
  LogPosition cursor;
  Time last_at;             // when somebody was last looked at; 0 for never
  uint64_t looked_at = 0, linked = 0, kept_apart = 0, asked = 0;  // people, since this version was learned
};

// Nothing when there is no state; kStorageCorrupt when it cannot be read.
Result<std::optional<LiveState>> read_live_state(const std::filesystem::path& folder);
Status write_live_state(const std::filesystem::path& folder, const LiveState& state);
std::filesystem::path linkage_file(const std::filesystem::path& folder, uint64_t version);

// Writes the next version, with the cursor at `learned_to`, and removes those before the last two.
Status keep_linkage(const identity::LinkResult& linked, const std::vector<identity::LinkSourceInput>& inputs, const std::filesystem::path& folder,
                    LiveState state);

}  // namespace furrow::app
