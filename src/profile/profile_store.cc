#include "profile/profile_store.h"

#include <fmt/format.h>

#include <mutex>
#include <unordered_set>
#include <utility>

namespace furrow::profile {
namespace {

std::string encoded(const Profile& profile) {
  std::string bytes;
  ByteWriter out(bytes);
  encode(profile, out);
  return bytes;
}

Result<ProfileId> id_of(std::string_view key) {
  if (key.size() != 8) return Error(ErrorCode::kStorageCorrupt, "a stored profile's key has not 8 bytes; rebuild the views from the log");
  uint64_t value = 0;
  for (char c : key) value = value << 8 | static_cast<unsigned char>(c);
  return ProfileId{value};
}

}  // namespace

std::string ProfileStore::key(ProfileId id) {
  std::string bytes(8, '\0');
  for (size_t i = 0; i < 8; ++i) bytes[i] = static_cast<char>(id.value >> (56 - 8 * i));
  return bytes;
}

// The owner alone changes the maps, so it may look without a lock; it locks to change.
Result<ProfileStore::Resident*> ProfileStore::load(ProfileId id) {
  Shard& home = shard(id);
  if (auto at = home.resident.find(id); at != home.resident.end()) return at->second.get();
  if (auto at = home.parked.find(id); at != home.parked.end()) {
    if (!at->second.bytes) return nullptr;
    FURROW_ASSIGN(Profile profile, decode_profile(*at->second.bytes));
    return keep(id, std::move(profile), at->second.generation);
  }
  FURROW_ASSIGN(auto bytes, kv_.get(space_, key(id)));
  if (!bytes) return nullptr;
  FURROW_ASSIGN(Profile profile, decode_profile(*bytes));
  return keep(id, std::move(profile), 0);
}

ProfileStore::Resident* ProfileStore::keep(ProfileId id, Profile profile, uint64_t generation) {
  auto resident = std::make_unique<Resident>();
  resident->profile = std::move(profile);
  resident->generation = generation;
  resident->bytes = resident->profile.bytes();
  cached_.fetch_add(resident->bytes, std::memory_order_relaxed);
  clock_.push_back(id);
  Resident* kept = resident.get();
  Shard& home = shard(id);
  std::unique_lock lock(home.mutex);
  unpark(home, id);
  home.resident[id] = std::move(resident);
  return kept;
}

void ProfileStore::park(Shard& home, ProfileId id, std::optional<std::string> bytes, uint64_t generation) {
  unpark(home, id);
  parked_bytes_.fetch_add(bytes ? bytes->size() : 0, std::memory_order_relaxed);
  home.parked[id] = {std::move(bytes), generation};
}

void ProfileStore::unpark(Shard& home, ProfileId id) {
  auto at = home.parked.find(id);
  if (at == home.parked.end()) return;
  if (!at->second.bytes && is_frozen(at->second.generation)) early_.erase(space_, key(id));
  parked_bytes_.fetch_sub(at->second.bytes ? at->second.bytes->size() : 0, std::memory_order_relaxed);
  home.parked.erase(at);
}

void ProfileStore::mark_changed(ProfileId id, Resident& resident) {
  if (resident.generation == generation_) return;
  if (is_frozen(resident.generation) && !resident.taken) early_.put(space_, key(id), encoded(resident.profile));
  resident.generation = generation_;
  resident.taken = false;
  changed_.push_back(id);
}

Result<bool> ProfileStore::change(ProfileId id, bool must_exist, const std::function<void(Profile&)>& change) {
  FURROW_ASSIGN(Resident * resident, load(id));
  if (!resident) {
    if (must_exist) return false;
    Profile fresh;
    fresh.id = id;
    resident = keep(id, std::move(fresh), 0);
    size_.fetch_add(1, std::memory_order_relaxed);
  }
  mark_changed(id, *resident);
  resident->used.store(true, std::memory_order_relaxed);
  {
    std::unique_lock lock(shard(id).mutex);
    change(resident->profile);
  }
  size_t bytes = resident->profile.bytes();
  cached_.fetch_add(bytes - resident->bytes, std::memory_order_relaxed);
  resident->bytes = bytes;
  return true;
}

Result<std::optional<Profile>> ProfileStore::take(ProfileId id) {
  FURROW_ASSIGN(Resident * resident, load(id));
  if (!resident) return std::optional<Profile>();
  Shard& home = shard(id);
  mark_changed(id, *resident);
  cached_.fetch_sub(resident->bytes, std::memory_order_relaxed);
  size_.fetch_sub(1, std::memory_order_relaxed);
  std::unique_lock lock(home.mutex);
  std::optional<Profile> taken(std::move(resident->profile));
  home.resident.erase(id);
  park(home, id, {}, generation_);
  return taken;
}

void ProfileStore::evict() {
  while (cached_bytes() > cache_bytes_ && !clock_.empty()) {
    ProfileId id = clock_.front();
    clock_.pop_front();
    Shard& home = shard(id);
    auto at = home.resident.find(id);
    if (at == home.resident.end()) continue;
    Resident& resident = *at->second;
    if (resident.used.exchange(false, std::memory_order_relaxed)) {
      clock_.push_back(id);
      continue;
    }
    std::optional<std::string> bytes;
    if (!settled(resident.generation)) bytes = encoded(resident.profile);
    cached_.fetch_sub(resident.bytes, std::memory_order_relaxed);
    uint64_t generation = resident.generation;
    std::unique_lock lock(home.mutex);
    if (bytes) park(home, id, std::move(bytes), generation);
    home.resident.erase(at);
  }
}

void ProfileStore::freeze() {
  FURROW_ASSERT(!gathering_);
  frozen_ = std::exchange(changed_, {});
  gathered_ = swept_ = 0;
  gathering_ = true;
  ++generation_;
}

bool ProfileStore::gather(store::Batch& batch, size_t entries) {
  for (; gathered_ < frozen_.size() && entries > 0; ++gathered_, --entries) {
    const ProfileId id = frozen_[gathered_];
    const Shard& home = shard(id);
    // Of a later generation: it was encoded before it changed.
    if (auto at = home.resident.find(id); at != home.resident.end()) {
      Resident& resident = *at->second;
      if (is_frozen(resident.generation) && !std::exchange(resident.taken, true)) batch.put(space_, key(id), encoded(resident.profile));
    } else if (auto parked = home.parked.find(id); parked != home.parked.end() && is_frozen(parked->second.generation)) {
      if (parked->second.bytes) batch.put(space_, key(id), *parked->second.bytes);
      else batch.erase(space_, key(id));
    }
  }
  batch.append(std::exchange(early_, {}));
  if (gathered_ < frozen_.size()) return true;
  // What the checkpoint before took is in the store by now.
  for (; swept_ < shards_.size() && entries > 0; ++swept_) {
    Shard& home = shards_[swept_];
    entries -= std::min(entries, home.parked.size());
    std::unique_lock lock(home.mutex);
    for (auto at = home.parked.begin(); at != home.parked.end();) {
      const auto& [id, parked] = *at++;
      if (settled(parked.generation)) unpark(home, id);
    }
  }
  gathering_ = swept_ < shards_.size();
  return gathering_;
}

bool ProfileStore::read(ProfileId id, const std::function<void(const Profile&)>& visit) const {
  std::optional<std::string> bytes;
  {
    const Shard& home = shard(id);
    std::shared_lock lock(home.mutex);
    if (auto at = home.resident.find(id); at != home.resident.end()) {
      at->second->used.store(true, std::memory_order_relaxed);
      visit(at->second->profile);
      return true;
    }
    if (auto at = home.parked.find(id); at != home.parked.end()) {
      if (!at->second.bytes) return false;
      bytes = at->second.bytes;
    }
  }
  // Neither in memory nor parked: the store has the last word, and had it when we looked.
  if (!bytes) {
    auto stored = kv_.get(space_, key(id));
    if (!stored || !*stored) return false;
    bytes = std::move(**stored);
  }
  auto profile = decode_profile(*bytes);
  if (!profile) return false;
  visit(*profile);
  return true;
}

Status ProfileStore::for_each_encoded(const std::function<bool(ProfileId, std::string_view)>& visit) const {
  auto stored = kv_.scan(space_, {}, {});  // before looking at memory: what leaves memory meanwhile is then in one of the two
  std::unordered_set<ProfileId> in_memory;
  std::vector<ProfileId> alive;
  for (const Shard& home : shards_) {
    std::shared_lock lock(home.mutex);
    for (const auto& [id, resident] : home.resident) alive.push_back(id);
    for (const auto& [id, parked] : home.parked) {
      if (parked.bytes) alive.push_back(id);
      else in_memory.insert(id);
    }
  }
  in_memory.insert(alive.begin(), alive.end());
  for (ProfileId id : alive) {
    std::string bytes;
    if (read(id, [&](const Profile& profile) { bytes = encoded(profile); }) && !visit(id, bytes)) return {};
  }
  for (; stored->valid(); stored->next()) {
    FURROW_ASSIGN(ProfileId id, id_of(stored->key()));
    if (!in_memory.contains(id) && !visit(id, stored->value())) return {};
  }
  return stored->status();
}

}  // namespace furrow::profile
