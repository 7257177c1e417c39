#include "decide/ledger_people.h"

#include <fmt/format.h>

namespace furrow::decide {
namespace {
constexpr size_t kEntryOverhead = 160;  // map node, list node, Cached beside the person
constexpr int kLongestChain = 1000;     // merges into merges; more is damage

Error endless(ProfileId id) {
  return Error(ErrorCode::kStorageCorrupt, fmt::format("the ledger's merges of {} form a ring; remove the views folder: "
                                                       "it is rebuilt from the log", id.to_string()));
}
}  // namespace

Result<PersonLedger*> LedgerPeople::load(ProfileId id) {
  auto found = cache_.find(id);
  if (found != cache_.end()) {
    order_.splice(order_.begin(), order_, found->second.place);
    if (found->second.owed != 0 && found->second.owed == checkpoints_) take(id, found->second);
    return &found->second.person;
  }
  FURROW_ASSIGN(PersonLedger person, peek(id));
  evict();
  order_.push_front(id);
  Cached& cached = cache_[id];
  cached.person = std::move(person);
  cached.place = order_.begin();
  cached.bytes = cached.person.memory_bytes() + kEntryOverhead;
  bytes_ += cached.bytes;
  return &cached.person;
}

Result<ProfileId> LedgerPeople::canonical(ProfileId id) {
  for (int i = 0; i < kLongestChain; ++i) {
    FURROW_ASSIGN(PersonLedger* person, load(id));
    if (!person->moved_to) return id;
    id = person->moved_to;
  }
  return endless(id);
}

Result<PersonLedger> LedgerPeople::peek(ProfileId id) const {
  if (auto found = cache_.find(id); found != cache_.end()) return found->second.person;
  FURROW_ASSIGN(auto stored, kv_.get(space_, person_key(id)));
  if (!stored) return PersonLedger{};
  return decode_person(*stored);
}

Result<ProfileId> LedgerPeople::peek_canonical(ProfileId id) const {
  for (int i = 0; i < kLongestChain; ++i) {
    FURROW_ASSIGN(PersonLedger person, peek(id));
    if (!person.moved_to) return id;
    id = person.moved_to;
  }
  return endless(id);
}

void LedgerPeople::changed(ProfileId id) {
  Cached& cached = cache_.at(id);
  if (cached.owed == 0) {
    cached.owed = checkpoints_ + 1;
    dirty_.push_back(id);
  }
  bytes_ -= cached.bytes;
  cached.bytes = cached.person.memory_bytes() + kEntryOverhead;
  bytes_ += cached.bytes;
}

void LedgerPeople::take(ProfileId id, Cached& cached) {
  taken_.emplace_back(person_key(id), encode_person(cached.person));
  cached.owed = 0;
  cached.written = checkpoints_;
}

void LedgerPeople::freeze() {
  ++checkpoints_;
  frozen_ = std::exchange(dirty_, {});
  gathered_ = 0;
}

bool LedgerPeople::gather(store::Batch& batch, size_t& entries) {
  for (; gathered_ < frozen_.size() && entries > 0; ++gathered_, --entries) {
    Cached& cached = cache_.at(frozen_[gathered_]);
    if (cached.owed == checkpoints_) take(frozen_[gathered_], cached);
  }
  for (auto& [key, value] : taken_) batch.put(space_, std::move(key), std::move(value));
  taken_.clear();
  return gathered_ < frozen_.size();
}

void LedgerPeople::evict() {
  // A bounded look at the oldest: when those are all unwritten, the cache grows until the next checkpoint.
  auto candidate = order_.end();
  for (int looked = 0; bytes_ > cache_bytes_ && candidate != order_.begin() && looked < 8; ++looked) {
    --candidate;
    auto found = cache_.find(*candidate);
    const Cached& cached = found->second;
    if (cached.owed != 0 || (cached.written != 0 && cached.written == checkpoints_)) continue;
    bytes_ -= cached.bytes;
    cache_.erase(found);
    candidate = order_.erase(candidate);
  }
}

Status LedgerPeople::digest(Digest& digest) const {
  auto add = [&](std::string_view key, std::string_view value) {
    std::string entry = "person ";
    entry.append(key).append(value);
    digest.add(entry);
  };
  // A merge may have stored somebody who has decided nothing; a rebuild that never stored them is the same ledger.
  const std::string nothing = encode_person(PersonLedger{});
  auto cursor = kv_.scan(space_, "", "");
  for (; cursor->valid(); cursor->next()) {
    ByteReader key(cursor->key());
    if (cursor->value() != nothing && !cache_.contains(ProfileId{key.u64()})) add(cursor->key(), cursor->value());
  }
  FURROW_TRY(cursor->status());
  for (const auto& [id, cached] : cache_) {
    if (!cached.person.empty()) add(person_key(id), encode_person(cached.person));
  }
  return {};
}

}  // namespace furrow::decide
