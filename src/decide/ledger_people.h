// The ledger's people: a bounded cache over the store, which never forgets what a checkpoint has not surely written.
//
// A checkpoint holds people as they were when it was frozen: somebody who is loaded before their turn came, maybe to be
// changed, is encoded then and there. Its batch is written some time after, so people that went into it stay in the
// cache until the next freeze; only then may they be evicted. Private to the room. Threads: guarded by the ledger's lock.
#pragma once
#include <list>
#include <unordered_map>
#include <utility>
#include <vector>

#include "decide/ledger_entry.h"

namespace furrow::decide {

class LedgerPeople {
 public:
  LedgerPeople(store::KvStore& kv, store::Space space, size_t cache_bytes)
      : kv_(kv), space_(space), cache_bytes_(cache_bytes) {}

  // The person as stored, empty when new, merges not followed. The reference holds until the next call.
  Result<PersonLedger*> load(ProfileId id);
  // Who this profile is after the merges the ledger has seen.
  Result<ProfileId> canonical(ProfileId id);
  // Reads without changing the cache.
  Result<PersonLedger> peek(ProfileId id) const;
  Result<ProfileId> peek_canonical(ProfileId id) const;
  // After a change through load()'s pointer.
  void changed(ProfileId id);
  void freeze();
  // As Gathering does; counts what it took off `entries`.
  bool gather(store::Batch& batch, size_t& entries);
  Status digest(Digest& digest) const;
  size_t bytes() const { return bytes_; }

 private:
  struct Cached {
    PersonLedger person;
    size_t bytes = 0;
    uint64_t owed = 0;     // the checkpoint that is to take it; 0: none
    uint64_t written = 0;  // the checkpoint that took it last; 0: never
    std::list<ProfileId>::iterator place;
  };
  void evict();
  void take(ProfileId id, Cached& cached);

  store::KvStore& kv_;
  store::Space space_;
  size_t cache_bytes_;
  size_t bytes_ = 0;
  uint64_t checkpoints_ = 0;             // frozen so far
  std::vector<ProfileId> dirty_;         // owed to the next checkpoint
  std::vector<ProfileId> frozen_;        // and to the one under way; those taken early are still listed
  size_t gathered_ = 0;                  // of frozen_
  std::vector<std::pair<std::string, std::string>> taken_;  // encoded for the one under way
  std::unordered_map<ProfileId, Cached> cache_;
  std::list<ProfileId> order_;  // the latest used first
};

}  // namespace furrow::decide
