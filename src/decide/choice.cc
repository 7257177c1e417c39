#include "decide/choice.h"

#include <algorithm>
#include <numeric>

namespace furrow::decide {

void choose(std::span<const double> utilities, double epsilon, size_t n, Random& random, std::vector<uint32_t>& remaining,
            std::vector<Choice>& out) {
  out.clear();
  remaining.resize(utilities.size());
  std::iota(remaining.begin(), remaining.end(), 0u);
  for (size_t rank = 0; rank < n && !remaining.empty(); ++rank) {
    // `remaining` stays ascending, so the first of the highest is the earliest declared.
    auto best = std::max_element(remaining.begin(), remaining.end(),
                                 [&](uint32_t a, uint32_t b) { return utilities[a] < utilities[b]; });
    double k = static_cast<double>(remaining.size());
    bool explored = random.uniform() < epsilon;
    auto taken = explored ? remaining.begin() + static_cast<ptrdiff_t>(random.below(remaining.size())) : best;
    double propensity = epsilon / k + (taken == best ? 1 - epsilon : 0);
    out.push_back({*taken, propensity, explored});
    remaining.erase(taken);
  }
}

}  // namespace furrow::decide
