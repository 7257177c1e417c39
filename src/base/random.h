// Randomness as a port: a seeded generator (xoshiro256++) whose sequence is the same on every machine and version.
// Not for secrets: those come from libsodium. Threads: one thread each.
#pragma once
#include <cmath>
#include <cstdint>
#include <numbers>

#include "base/ids.h"

namespace furrow {

class Random {
 public:
  explicit Random(uint64_t seed) {
    for (auto& s : state_) s = mix64(seed += 0x9e3779b97f4a7c15ULL);
  }
  uint64_t next() {
    uint64_t result = rotate(state_[0] + state_[3], 23) + state_[0];
    uint64_t t = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= t;
    state_[3] = rotate(state_[3], 45);
    return result;
  }
  double uniform() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }  // [0, 1)
  double uniform(double low, double high) { return low + (high - low) * uniform(); }
  // 0 … n-1, without bias (Lemire 2019). n > 0.
  uint64_t below(uint64_t n) {
    while (true) {
      __uint128_t m = static_cast<__uint128_t>(next()) * n;
      if (static_cast<uint64_t>(m) >= (-n) % n) return static_cast<uint64_t>(m >> 64);
    }
  }
  bool chance(double probability) { return uniform() < probability; }
  double normal() {  // Box–Muller, one of the pair
    double u = 1.0 - uniform();
    return std::sqrt(-2 * std::log(u)) * std::cos(2 * std::numbers::pi * uniform());
  }
  double exponential(double rate) { return -std::log(1.0 - uniform()) / rate; }
  double gamma(double shape) {  // Marsaglia and Tsang 2000
    if (shape < 1) return gamma(shape + 1) * std::pow(1.0 - uniform(), 1 / shape);
    double d = shape - 1.0 / 3, c = 1 / std::sqrt(9 * d);
    while (true) {
      double x = normal(), v = 1 + c * x;
      if (v <= 0) continue;
      v = v * v * v;
      if (std::log(1.0 - uniform()) < 0.5 * x * x + d - d * v + d * std::log(v)) return d * v;
    }
  }
  uint64_t poisson(double mean) {
    if (mean > 30) {  // split: the sum of Poissons is Poisson
      double half = mean / 2;
      return poisson(half) + poisson(mean - half);
    }
    double limit = std::exp(-mean), product = uniform();
    uint64_t n = 0;
    for (; product > limit; ++n) product *= uniform();
    return n;
  }

 private:
  static uint64_t rotate(uint64_t x, int k) { return x << k | x >> (64 - k); }
  uint64_t state_[4];
};

}  // namespace furrow
