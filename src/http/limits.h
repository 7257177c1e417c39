// Rates: a token bucket for each key or address, in bounded memory.
//
// A bucket holds `burst` tokens and refills at `per_second`. Buckets that are full again are forgotten when room is
// needed; if that is not enough the shard starts afresh, which lets callers through rather than locking people out.
// Threads: any (16 locks). Cost: about 60 ns.
#pragma once
#include <array>
#include <mutex>
#include <optional>
#include <string_view>
#include <unordered_map>

#include "base/time.h"

namespace furrow::http {

class RateLimiter {
 public:
  RateLimiter(double per_second, double burst, size_t capacity = 65'536);
  // Nothing when the call may pass (a token is taken), else the seconds to wait, at least 1.
  std::optional<int> take(std::string_view key, Time now);

 private:
  struct Bucket {
    double tokens;
    Time filled;
  };
  struct Shard {
    std::mutex mutex;
    std::unordered_map<uint64_t, Bucket> buckets;
  };
  void make_room(Shard& shard, Time now) const;

  double per_second_, burst_;
  size_t shard_capacity_;
  uint64_t seed_;  // random, so that nobody can choose addresses that share a bucket
  std::array<Shard, 16> shards_;
};

}  // namespace furrow::http
