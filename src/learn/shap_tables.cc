#include "learn/shap_tables.h"

#include <algorithm>
#include <bit>

namespace furrow::learn {
namespace {

using Decisions = ShallowTrees::Decisions;
constexpr size_t kPlaces = ShallowTrees::kPlaces;
constexpr size_t kMaxUsed = 60'000;

// The places whose decisions make up a case of unit u: the root, the split below it, the unit's own, and the two below that.
inline size_t case_of(Decisions decisions, size_t u) {
  size_t d = decisions;
  return (d >> 1 & 1) | (d >> (2 + u / 2) & 1) << 1 | (d >> (4 + u) & 1) << 2 | (d >> (8 + 2 * u) & 3) << 3;
}

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

std::optional<ShapTables> ShapTables::make(const Forest& forest) {
  if (forest.trees().size() > kMaxTrees) return {};
  auto trees = ShallowTrees::make(forest);
  if (!trees) return {};
  ShapTables tables(std::move(*trees));
  tables.features_ = forest.features();
  std::vector<uint16_t> slot(forest.features(), 0);
  std::vector<bool> met(forest.features(), false);
  for (size_t t = 0; t < tables.trees_.trees(); ++t) {
    for (size_t place = 0; place < kPlaces; ++place) {
      int32_t feature = tables.trees_.feature(t, place);
      if (feature < 0 || met[static_cast<size_t>(feature)]) continue;
      met[static_cast<size_t>(feature)] = true;
      slot[static_cast<size_t>(feature)] = static_cast<uint16_t>(tables.used_.size());
      tables.used_.push_back(static_cast<uint32_t>(feature));
    }
  }
  if (tables.used_.size() > kMaxUsed) return {};
  constexpr size_t kLine = 64 / sizeof(double);
  tables.storage_.assign(tables.trees_.trees() * kUnits * kCases * kColumns + kLine, 0);
  size_t past = reinterpret_cast<uintptr_t>(tables.storage_.data()) / sizeof(double) % kLine;
  tables.cases_ = tables.storage_.data() + (kLine - past) % kLine;
  for (size_t t = 0; t < tables.trees_.trees(); ++t) {
    for (size_t place = 0; place < kPlaces; ++place) {
      int32_t feature = tables.trees_.feature(t, place);
      // Padding adds zeros, each to a place of its own behind the features, so that none waits for another.
      tables.slots_.push_back(feature < 0 ? static_cast<uint16_t>(tables.used_.size() + place) : slot[static_cast<size_t>(feature)]);
    }
    tables.fill(forest, t);
  }
  return tables;
}

void ShapTables::fill(const Forest& forest, size_t t) {
  const Tree& tree = forest.trees()[t];
  for (size_t leaf = kPlaces; leaf < 2 * kPlaces; ++leaf) {
    // A leaf that padding repeats counts once.
    if (leaf > kPlaces && trees_.node(t, leaf) == trees_.node(t, leaf - 1)) continue;
    const size_t unit = (leaf - kPlaces) / 4, last = leaf >> 1 & 1;
    for (size_t c = 0; c < kCases; ++c) {
      Step path[ShallowTrees::kLevels];
      size_t count = 0;
      for (size_t level = 0; level < ShallowTrees::kLevels; ++level) {
        const size_t place = leaf >> (ShallowTrees::kLevels - level), below = leaf >> (ShallowTrees::kLevels - level - 1);
        const int32_t feature = trees_.feature(t, place);
        if (feature < 0) break;
        const size_t column = level < 3 ? level : 3 + last;
        const bool left = below & 1, row_left = c >> column & 1;
        Step* step = std::find_if(path, path + count, [&](const Step& s) { return s.feature == feature; });
        if (step == path + count) path[count++] = {feature, column, 1, 1};
        if (left != row_left) step->present = 0;
        step->absent *= tree.cover_ratio(trees_.node(t, place), left ? 0 : 1);
      }
      double* row = cases_ + ((t * kUnits + unit) * kCases + c) * kColumns;
      for (size_t i = 0; i < count; ++i) row[path[i].column] += shapley(path, count, i) * static_cast<double>(tree.threshold[trees_.node(t, leaf)]);
    }
  }
}

void ShapTables::contributions(const float* row, Scratch& scratch, double* out) const {
  const size_t trees = trees_.trees(), width = used_.size() + kPlaces;
  scratch.decisions.resize(trees);
  trees_.decide(row, scratch.keys, scratch.decisions.data());
  // Two sums a feature, for the trees in turn: a sum waits for the one before it.
  scratch.sums.assign(2 * width, 0);
  for (size_t t = 0; t < trees; ++t) {
    const Decisions decisions = scratch.decisions[t];
    const double* cases = cases_ + t * kUnits * kCases * kColumns;
    const uint16_t* slot = slots_.data() + t * kPlaces;
    double* sums = scratch.sums.data() + (t & 1) * width;
    const double* u[kUnits];
    for (size_t i = 0; i < kUnits; ++i) u[i] = cases + (i * kCases + case_of(decisions, i)) * kColumns;
    sums[slot[1]] += (u[0][0] + u[1][0]) + (u[2][0] + u[3][0]);
    sums[slot[2]] += u[0][1] + u[1][1];
    sums[slot[3]] += u[2][1] + u[3][1];
    for (size_t i = 0; i < kUnits; ++i) {
      sums[slot[4 + i]] += u[i][2];
      sums[slot[8 + 2 * i]] += u[i][3];
      sums[slot[9 + 2 * i]] += u[i][4];
    }
  }
  std::fill(out, out + features_, 0.0);
  for (size_t i = 0; i < used_.size(); ++i) out[used_[i]] = scratch.sums[i] + scratch.sums[width + i];
}

}  // namespace furrow::learn
