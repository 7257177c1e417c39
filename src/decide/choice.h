// Drawing actions with exploration, rank by rank without replacement, and the exact probability of each draw.
//
// At each rank k actions remain. With probability 1 - epsilon the best of them is taken (the highest utility, ties to the
// lower index), else one of the k uniformly. The propensity of the taken action at that rank, given the ranks before, is
// (1 - epsilon)·[it is the best] + epsilon / k. Propensities are computed from the mechanism, never estimated, and none
// of an eligible action is below epsilon / k: any other policy can be valued on the log (decision record 0004).
// Threads: pure functions of their arguments. Cost: O(n k).
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "base/random.h"

namespace furrow::decide {

struct Choice {
  uint32_t candidate = 0;
  double propensity = 0;
  bool explored = false;  // the uniform branch drew it (it may be the best all the same)
};

// Fills `out` with min(n, utilities) choices. `remaining` is working memory.
void choose(std::span<const double> utilities, double epsilon, size_t n, Random& random, std::vector<uint32_t>& remaining,
            std::vector<Choice>& out);

}  // namespace furrow::decide
