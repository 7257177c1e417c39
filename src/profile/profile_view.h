// The live profile: traits, the journal of what features need, and who the person is, kept current event by event.
//
// State per profile: traits (last writer by event time wins; each keeps its source, time and log position), the Journal
// (journal.h), first and last seen, the number of events, and the log positions of the latest events for the timeline.
// A MergeRecord moves everything of `from` into `into`; both keep what an undo needs.
// Threads: apply, checkpoint, digest from the owning thread; read from any thread (striped reader locks, held for the
// visit: keep it short). Memory: at most `cache_bytes`; profiles beyond it live in the store and are read when needed.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "event/view.h"
#include "profile/journal.h"
#include "profile/program.h"

namespace furrow::profile {

struct Trait {
  std::string value;  // JSON
  Time time;
  std::string source;
  LogPosition position;
};

inline constexpr size_t kTimelinePositions = 256;

struct Profile {
  ProfileId id;
  std::vector<std::pair<std::string, Trait>> traits;  // sorted by name
  Journal journal;
  Time first_seen, last_seen;
  uint64_t events = 0;
  std::vector<LogPosition> latest;  // oldest first, at most kTimelinePositions
  std::vector<ProfileId> absorbed;  // profiles merged into this one
};

class ProfileView : public View {
 public:
  static Result<std::unique_ptr<ProfileView>> open(std::shared_ptr<const FeatureProgram> program, store::KvStore& kv, size_t cache_bytes);
  // Calls `visit` with the profile, if there is one; the reference dies with the call. Give canonical ids.
  virtual bool read(ProfileId id, const std::function<void(const Profile&)>& visit) const = 0;
  virtual const FeatureProgram& program() const = 0;
  virtual uint64_t size() const = 0;
  virtual uint64_t cached_bytes() const = 0;
  // Every profile, cached or stored, in no promised order, until `visit` returns false.
  virtual Status for_each(const std::function<bool(const Profile&)>& visit) const = 0;
};

}  // namespace furrow::profile
