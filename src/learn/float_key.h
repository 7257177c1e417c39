// Floats as unsigned integers of the same order, so that a comparison with a missing value needs no branch.
#pragma once
#include <bit>
#include <cstdint>

namespace furrow::learn {

// -0 and 0 are one key. Never 0 nor the largest, for finite values.
inline uint32_t key_of(float x) {
  auto bits = std::bit_cast<uint32_t>(x + 0.0f);
  return bits ^ (static_cast<uint32_t>(static_cast<int32_t>(bits) >> 31) | 0x80000000u);
}
// Two keys a feature: at 2 i for splits where a missing value goes right, at 2 i + 1 where it goes left.
inline void put_keys(float x, uint32_t* keys) {
  uint32_t key = key_of(x), missing = 0u - static_cast<uint32_t>(x != x);
  keys[0] = key | missing;
  keys[1] = key & ~missing;
}

}  // namespace furrow::learn
