// Was the action drawn at random, and which columns were measured after it? Part of uplift.h's contract.
#pragma once
#include <string>
#include <vector>

#include "base/result.h"
#include "learn/encoding.h"
#include "learn/guards.h"

namespace furrow::learn {

struct ArmBalance {
  std::vector<std::string> differing;   // inputs that differ between the arms beyond chance
  size_t inputs = 0;
};
// Means and missing shares of every encoded column, each arm against the control (|z| > kBalanceZ).
inline constexpr double kBalanceZ = 4.5;
ArmBalance compare_arms(const Encoder& encoder, const Samples& samples, const std::vector<int>& arm, int arms);

struct Propensity {
  bool random = true;
  double auc = 0.5;                     // of telling the arms apart, on rows not seen
  std::vector<double> treated;          // one a row: the share, or the estimated probability
};
Result<Propensity> estimate_propensity(const Samples& samples, const std::vector<uint8_t>& treated, uint64_t seed);

}  // namespace furrow::learn
