// ProfileStore: profiles by id, in memory while they are hot, in the key-value store when not. Knows nothing of events.
//
// 64 shards, each with a shared lock; one owner changes, anyone reads. What the owner changed since the last checkpoint,
// and what the last checkpoint handed over (its batch may still be on its way), is never dropped: an evicted profile of
// that kind is parked as bytes. Eviction is second chance (clock). See profile_view.h for the promises that follow.
//
// A checkpoint is frozen, then gathered in slices. A profile whose turn has not come is encoded just before it changes, so
// the checkpoint holds every profile as it was when it was frozen.
#pragma once
#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "profile/profile.h"
#include "store/kv.h"

namespace furrow::profile {

class ProfileStore {
 public:
  ProfileStore(store::KvStore& kv, store::Space space, size_t cache_bytes, uint64_t size)
      : kv_(kv), space_(space), cache_bytes_(cache_bytes), size_(size) {}

  // The owner's side. `change` runs with the profile locked; a profile that is not there is made first, or, with
  // `must_exist`, left alone (gives false).
  Result<bool> change(ProfileId id, bool must_exist, const std::function<void(Profile&)>& change);
  // Takes a profile out, for good.
  Result<std::optional<Profile>> take(ProfileId id);
  void evict();  // down to the limit
  void freeze();
  bool gather(store::Batch& batch, size_t entries);  // as Gathering does

  // Any thread.
  bool read(ProfileId id, const std::function<void(const Profile&)>& visit) const;
  // Every profile's encoded bytes, until `visit` returns false.
  Status for_each_encoded(const std::function<bool(ProfileId, std::string_view)>& visit) const;
  uint64_t size() const { return size_.load(std::memory_order_relaxed); }
  uint64_t cached_bytes() const { return cached_.load(std::memory_order_relaxed); }
  uint64_t uncommitted_bytes() const { return parked_bytes_.load(std::memory_order_relaxed); }

 private:
  struct Resident {
    Profile profile;
    size_t bytes = 0;
    uint64_t generation = 0;  // of the last change
    bool taken = false;       // by the checkpoint of that generation
    mutable std::atomic<bool> used{true};
  };
  struct Parked {
    std::optional<std::string> bytes;  // nothing: taken out
    uint64_t generation = 0;
  };
  struct alignas(64) Shard {
    mutable std::shared_mutex mutex;
    std::unordered_map<ProfileId, std::unique_ptr<Resident>> resident;
    std::unordered_map<ProfileId, Parked> parked;
  };
  static constexpr size_t kShards = 64;

  Shard& shard(ProfileId id) { return shards_[mix64(id.value) >> 58]; }
  const Shard& shard(ProfileId id) const { return shards_[mix64(id.value) >> 58]; }
  static std::string key(ProfileId id);
  Result<Resident*> load(ProfileId id);  // nullptr when there is none
  Resident* keep(ProfileId id, Profile profile, uint64_t generation);
  void mark_changed(ProfileId id, Resident& resident);
  bool is_frozen(uint64_t generation) const { return gathering_ && generation + 1 == generation_; }
  void park(Shard& shard, ProfileId id, std::optional<std::string> bytes, uint64_t generation);
  void unpark(Shard& shard, ProfileId id);
  bool settled(uint64_t generation) const { return generation + 1 < generation_; }

  store::KvStore& kv_;
  store::Space space_;
  size_t cache_bytes_;
  std::array<Shard, kShards> shards_;
  std::deque<ProfileId> clock_;
  std::vector<ProfileId> changed_;  // since the last checkpoint
  uint64_t generation_ = 2;         // 0: as the store has it
  bool gathering_ = false;          // the checkpoint of the generation before
  std::vector<ProfileId> frozen_;   // what that one holds
  size_t gathered_ = 0, swept_ = 0;  // of frozen_, of shards_
  store::Batch early_;              // of it, what changed before its turn
  std::atomic<uint64_t> size_, cached_{0}, parked_bytes_{0};
};

}  // namespace furrow::profile
