// The live profile: traits, the journal of what features need, and who the person is, kept current event by event.
//
// A MergeRecord moves everything of `from` into `into`; whatever came from whom stays marked, so that a merge can be
// undone: a SplitRecord moves what its `leaving` profiles brought into a profile of their own. Other records are ignored.
//
// Threads: apply, freeze, gather and digest from the owning thread; read, for_each, size and the byte counts from any thread (64
// striped reader locks, held for the visit: keep it short; do not call the view from inside a visit).
// Memory: at most `cache_bytes` of profiles, plus the encoded states that changed since the last two checkpoints
// (uncommitted_bytes: checkpoint sooner when it grows). Other profiles live in the store and are read when needed.
// Checkpoint: the batch holds every profile that changed since the last. It must be written, or the view opened afresh,
// before the next is frozen; until then the view does not count on the store having it.
// Rebuild: when the features (FeatureProgram::hash), the trust in sources or the stored form changed, `open` empties the view's spaces and
// needs_rebuild() is true until a checkpoint: replay the log from its first record before serving reads.
// Errors: kStorageCorrupt (a stored profile does not decode; remedy: rebuild), and the store's.
#pragma once
#include <functional>
#include <memory>

#include "event/view.h"
#include "profile/profile.h"
#include "profile/program.h"

namespace furrow::profile {

class ProfileView : public View {
 public:
  static Result<std::unique_ptr<ProfileView>> open(std::shared_ptr<const FeatureProgram> program, store::KvStore& kv, size_t cache_bytes, SourceTrust trust = {});
  virtual bool needs_rebuild() const = 0;
  // Calls `visit` with the profile, if there is one; the reference dies with the call. Give canonical ids. A stored
  // profile that cannot be read counts as absent here; for_each and apply report it.
  virtual bool read(ProfileId id, const std::function<void(const Profile&)>& visit) const = 0;
  virtual const FeatureProgram& program() const = 0;
  virtual uint64_t size() const = 0;
  virtual uint64_t cached_bytes() const = 0;
  virtual uint64_t uncommitted_bytes() const = 0;
  // Every profile, cached or stored, in no promised order, until `visit` returns false. Beside a running writer each
  // profile is whole, but the set is not one instant's.
  virtual Status for_each(const std::function<bool(const Profile&)>& visit) const = 0;
};

}  // namespace furrow::profile
