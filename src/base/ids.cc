#include "base/ids.h"

#include <fmt/format.h>
#include <sodium.h>

#include <cstring>

#include "base/cut_text.h"

namespace furrow {
namespace {

constexpr std::string_view kCrockford = "0123456789abcdefghjkmnpqrstvwxyz";

int crockford_value(char c) {
  if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  size_t at = kCrockford.find(c);
  return at == std::string_view::npos ? -1 : static_cast<int>(at);
}

Error bad_id(std::string_view what, std::string_view text) {
  return Error(ErrorCode::kInvalidArgument, fmt::format("\"{}\" is not a {}", cut_text(text, 64), what));
}

uint64_t read64(const char* p) {
  uint64_t v;
  std::memcpy(&v, p, 8);
  return v;
}

uint64_t multiply_mix(uint64_t a, uint64_t b) {
  __uint128_t r = static_cast<__uint128_t>(a) * b;
  return static_cast<uint64_t>(r) ^ static_cast<uint64_t>(r >> 64);
}

}  // namespace

std::string ProfileId::to_string() const {
  std::string text = "p_0000000000000";
  uint64_t rest = value;
  for (size_t i = text.size(); i-- > 2; rest >>= 5) text[i] = kCrockford[rest & 31];
  return text;
}

Result<ProfileId> ProfileId::parse(std::string_view text) {
  if (text.size() != 15 || text.substr(0, 2) != "p_") return bad_id("profile id (p_ and 13 characters)", text);
  uint64_t value = 0;
  for (char c : text.substr(2)) {
    int digit = crockford_value(c);
    if (digit < 0 || value >> 59) return bad_id("profile id (p_ and 13 characters)", text);
    value = value << 5 | static_cast<uint64_t>(digit);
  }
  return ProfileId{value};
}

std::string DecisionId::to_string() const {
  // 128 bits as 26 characters of 5 bits, the first holding 3.
  std::string text = "d_";
  __uint128_t rest = 0;
  for (uint8_t byte : bytes) rest = rest << 8 | byte;
  char digits[26];
  for (int i = 25; i >= 0; --i, rest >>= 5) digits[i] = kCrockford[static_cast<size_t>(rest & 31)];
  return text.append(digits, 26);
}

Result<DecisionId> DecisionId::parse(std::string_view text) {
  if (text.size() != 28 || text.substr(0, 2) != "d_") return bad_id("decision id (d_ and 26 characters)", text);
  __uint128_t value = 0;
  for (char c : text.substr(2)) {
    int digit = crockford_value(c);
    if (digit < 0 || value >> 123) return bad_id("decision id (d_ and 26 characters)", text);
    value = value << 5 | static_cast<unsigned>(digit);
  }
  DecisionId id;
  for (int i = 15; i >= 0; --i, value >>= 8) id.bytes[static_cast<size_t>(i)] = static_cast<uint8_t>(value);
  return id;
}

DecisionId DecisionId::make(int64_t unix_ms) {
  // One call to the system's generator gives many ids; each thread keeps its own pool.
  thread_local std::array<uint8_t, 1000> pool;
  thread_local size_t used = pool.size();
  DecisionId id;
  for (size_t i = 0; i < 6; ++i) id.bytes[i] = static_cast<uint8_t>(static_cast<uint64_t>(unix_ms) >> (40 - 8 * i));
  if (used + 10 > pool.size()) {
    randombytes_buf(pool.data(), pool.size());
    used = 0;
  }
  std::memcpy(id.bytes.data() + 6, pool.data() + used, 10);
  used += 10;
  return id;
}

Hash128 hash128(std::string_view bytes) {
  unsigned char out[16];
  crypto_generichash(out, sizeof out, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), nullptr, 0);
  Hash128 hash;
  std::memcpy(&hash.high, out, 8);
  std::memcpy(&hash.low, out + 8, 8);
  return hash;
}

uint64_t mix64(uint64_t x) {
  // MurmurHash3's finaliser.
  x ^= x >> 33;
  x *= 0xff51afd7ed558ccdULL;
  x ^= x >> 33;
  x *= 0xc4ceb9fe1a85ec53ULL;
  return x ^ x >> 33;
}

uint64_t hash64(std::string_view bytes, uint64_t seed) {
  constexpr uint64_t k0 = 0xa0761d6478bd642fULL, k1 = 0xe7037ed1a0b428dbULL;
  const char* p = bytes.data();
  size_t n = bytes.size();
  uint64_t state = seed ^ k0;
  for (; n > 16; n -= 16, p += 16) state = multiply_mix(read64(p) ^ k1, read64(p + 8) ^ state);
  char tail[16] = {};
  std::memcpy(tail, p, n);
  return multiply_mix(k1 ^ bytes.size(), multiply_mix(read64(tail) ^ k1, read64(tail + 8) ^ state));
}

}  // namespace furrow
