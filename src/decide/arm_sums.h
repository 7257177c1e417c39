// Sums over the people of one arm of a placement: what an inference with people as the unit needs, kept incrementally.
//
// A person i has n decisions, y of them converted, and value v in all. Sums of n, y, v, their squares and products give
// means, variances and covariances without the people. Sums of two sets of people add.
// Counts are exact integers up to 2^64; values are doubles added in log order, so a rebuild gives the same bits.
#pragma once
#include <cstdint>

namespace furrow::decide {

struct PersonSums {
  uint64_t n = 0;  // decisions
  uint64_t y = 0;  // of them converted
  double v = 0;    // reward of all outcomes
  bool operator==(const PersonSums&) const = default;
};

struct ArmSums {
  uint64_t people = 0;     // with at least one decision
  uint64_t converted = 0;  // people with at least one conversion
  uint64_t n = 0, y = 0;
  uint64_t nn = 0, ny = 0, yy = 0;
  double v = 0, nv = 0, vv = 0;

  void add(const PersonSums& p) { shift(p, 1); }
  void remove(const PersonSums& p) { shift(p, -1); }
  void add(const ArmSums& other);
  bool operator==(const ArmSums&) const = default;

 private:
  void shift(const PersonSums& p, int sign) {
    if (p.n == 0) return;
    uint64_t s = static_cast<uint64_t>(static_cast<int64_t>(sign));
    people += s;
    converted += p.y > 0 ? s : 0;
    n += s * p.n;
    y += s * p.y;
    nn += s * p.n * p.n;
    ny += s * p.n * p.y;
    yy += s * p.y * p.y;
    double count = static_cast<double>(p.n);
    v += sign * p.v;
    nv += sign * count * p.v;
    vv += sign * p.v * p.v;
  }
};

inline void ArmSums::add(const ArmSums& o) {
  people += o.people, converted += o.converted, n += o.n, y += o.y, nn += o.nn, ny += o.ny, yy += o.yy;
  v += o.v, nv += o.nv, vv += o.vv;
}

}  // namespace furrow::decide
