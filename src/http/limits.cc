#include "http/limits.h"

#include <sodium.h>

#include <algorithm>
#include <cmath>

#include "base/ids.h"

namespace furrow::http {

RateLimiter::RateLimiter(double per_second, double burst, size_t capacity)
    : per_second_(per_second), burst_(burst), shard_capacity_(std::max<size_t>(1, capacity / 16)) {
  randombytes_buf(&seed_, sizeof seed_);
}

std::optional<int> RateLimiter::take(std::string_view key, Time now) {
  uint64_t hash = hash64(key, seed_);
  Shard& shard = shards_[hash >> 60];
  std::lock_guard lock(shard.mutex);
  auto [at, added] = shard.buckets.try_emplace(hash, Bucket{burst_, now});
  if (added && shard.buckets.size() > shard_capacity_) {
    make_room(shard, now);
    at = shard.buckets.try_emplace(hash, Bucket{burst_, now}).first;
  }
  Bucket& bucket = at->second;
  double waited = std::max(0.0, (now - bucket.filled).seconds());
  bucket.tokens = std::min(burst_, bucket.tokens + waited * per_second_);
  bucket.filled = now;
  if (bucket.tokens >= 1) {
    bucket.tokens -= 1;
    return std::nullopt;
  }
  return std::max(1, static_cast<int>(std::ceil((1 - bucket.tokens) / per_second_)));
}

void RateLimiter::make_room(Shard& shard, Time now) const {
  std::erase_if(shard.buckets, [&](const auto& entry) {
    return entry.second.tokens + (now - entry.second.filled).seconds() * per_second_ >= burst_;
  });
  if (shard.buckets.size() > shard_capacity_ / 2) shard.buckets.clear();
}

}  // namespace furrow::http
