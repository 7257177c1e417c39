// Strong identifiers: types stop mix-ups, the text forms are stable and safe in URLs.
#pragma once
#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace furrow {

// A person. 64 bits chosen from the hash of the first identifier seen (re-salted on collision), recorded in the log,
// so that a rebuild gives the same ids. Text: "p_" and 13 characters of Crockford base32. 0 means none.
struct ProfileId {
  uint64_t value = 0;
  auto operator<=>(const ProfileId&) const = default;
  explicit operator bool() const { return value != 0; }
  std::string to_string() const;
  static Result<ProfileId> parse(std::string_view text);
};

// The position of a record in the log, from 1. 0 means before the first.
struct LogPosition {
  uint64_t value = 0;
  auto operator<=>(const LogPosition&) const = default;
};

// One decision: 48 bits of milliseconds and 80 random bits (the ULID layout), so it sorts by time and cannot be
// guessed. Text: "d_" and 26 characters of Crockford base32.
struct DecisionId {
  std::array<uint8_t, 16> bytes{};
  auto operator<=>(const DecisionId&) const = default;
  std::string to_string() const;
  static Result<DecisionId> parse(std::string_view text);
  // From a time and 80 bits of cryptographic randomness.
  static DecisionId make(int64_t unix_ms);
};

// BLAKE2b with 128 bits of output: stable across versions and machines. For keys, never for secrets.
struct Hash128 {
  uint64_t high = 0, low = 0;
  auto operator<=>(const Hash128&) const = default;
};
Hash128 hash128(std::string_view bytes);
// Fast 64-bit hash, stable across versions and machines (128-bit multiply and fold). Not for untrusted hash-flooding defence.
uint64_t hash64(std::string_view bytes, uint64_t seed = 0);
// Finaliser for integers.
uint64_t mix64(uint64_t value);

}  // namespace furrow

template <>
struct std::hash<furrow::ProfileId> {
  size_t operator()(furrow::ProfileId id) const noexcept { return furrow::mix64(id.value); }
};
template <>
struct std::hash<furrow::DecisionId> {
  size_t operator()(const furrow::DecisionId& id) const noexcept {
    return furrow::hash64({reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size()});
  }
};
template <>
struct std::hash<furrow::Hash128> {
  size_t operator()(const furrow::Hash128& h) const noexcept { return h.low; }
};
