#include "learn/shap_cases.h"

#include <algorithm>
#include <bit>

namespace furrow::learn {
namespace {

constexpr size_t kPlaces = ShallowTrees::kPlaces;

// One feature of a path: what it leaves as a factor when it is in a coalition, and when it is not.
struct Step {
  int32_t feature;
  size_t column;
  double present, absent;
};

// The Shapley value of path[i] in the game whose worth is the product of everybody's factors.
double shapley(const Step* path, size_t count, size_t i) {
  static constexpr double kFactorial[] = {1, 1, 2, 6, 24};
  double sum = 0;
  for (unsigned coalition = 0; coalition < 1u << count; ++coalition) {
    if (coalition >> i & 1) continue;
    auto size = static_cast<size_t>(std::popcount(coalition));
    double product = kFactorial[size] * kFactorial[count - size - 1] / kFactorial[count];
    for (size_t k = 0; k < count; ++k) {
      if (k != i) product *= coalition >> k & 1 ? path[k].present : path[k].absent;
    }
    sum += product;
  }
  return sum * (path[i].present - path[i].absent);
}

}  // namespace

void fill_shap_cases(const Forest& forest, const ShallowTrees& trees, size_t t, double* cases) {
  const Tree& tree = forest.trees()[t];
  for (size_t leaf = kPlaces; leaf < 2 * kPlaces; ++leaf) {
    // A leaf that padding repeats counts once.
    if (leaf > kPlaces && trees.node(t, leaf) == trees.node(t, leaf - 1)) continue;
    const size_t unit = (leaf - kPlaces) / 4, last = leaf >> 1 & 1;
    for (size_t c = 0; c < kShapCases; ++c) {
      Step path[ShallowTrees::kLevels];
      size_t count = 0;
      for (size_t level = 0; level < ShallowTrees::kLevels; ++level) {
        const size_t place = leaf >> (ShallowTrees::kLevels - level), below = leaf >> (ShallowTrees::kLevels - level - 1);
        const int32_t feature = trees.feature(t, place);
        if (feature < 0) break;
        const size_t column = level < 3 ? level : 3 + last;
        const bool left = below & 1, row_left = c >> column & 1;
        Step* step = std::find_if(path, path + count, [&](const Step& s) { return s.feature == feature; });
        if (step == path + count) path[count++] = {feature, column, 1, 1};
        if (left != row_left) step->present = 0;
        step->absent *= tree.cover_ratio(trees.node(t, place), left ? 0 : 1);
      }
      double* row = cases + (unit * kShapCases + c) * kShapColumns;
      for (size_t i = 0; i < count; ++i) row[path[i].column] += shapley(path, count, i) * static_cast<double>(tree.threshold[trees.node(t, leaf)]);
    }
  }
}

}  // namespace furrow::learn
