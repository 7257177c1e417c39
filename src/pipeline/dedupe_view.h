// The message ids of all accepted events, so that one sent again is acknowledged and changes nothing.
//
// Keeps 128-bit hashes (hash128): two of 10^12 different ids collide with a chance below 10^-14. What is older than the last two
// checkpoints lives in the store behind bloom filters: a new id costs one hash and, mostly, no block read.
// Threads: the owning thread only. Memory: about 32 bytes an event since the last two checkpoints. Stored: 17 bytes an event.
#pragma once
#include <memory>

#include "event/view.h"
#include "pipeline/hash_set.h"

namespace furrow::pipeline {

class DedupeView : public View {
 public:
  static Result<std::unique_ptr<DedupeView>> open(store::KvStore& kv);
  std::string_view name() const override { return "message_ids"; }
  Result<bool> seen(std::string_view message_id) const;
  Status apply(const Record& record) override;
  std::unique_ptr<Gathering> freeze() override;
  Result<Digest> digest() override;
  uint64_t size() const { return size_; }

 private:
  class Frozen;
  DedupeView(store::KvStore& kv, store::Space ids, store::Space state, uint64_t size) : kv_(kv), ids_(ids), state_(state), size_(size) {}
  store::KvStore& kv_;
  store::Space ids_, state_;
  uint64_t size_;
  HashSet changed_, committing_;
};

}  // namespace furrow::pipeline
