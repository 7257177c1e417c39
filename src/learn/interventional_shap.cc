#include "learn/interventional_shap.h"

#include <algorithm>
#include <array>

namespace furrow::learn {
namespace {

constexpr size_t kMostParted = 65;  // a path of 64 splits parts at 64 features at most

struct WeightTable {
  std::array<std::array<double, kMostParted>, kMostParted> weight{};
  WeightTable() {
    for (size_t p = 1; p < kMostParted; ++p) {
      weight[p][0] = 1 / static_cast<double>(p);
      for (size_t q = 1; q < kMostParted; ++q) weight[p][q] = weight[p][q - 1] * static_cast<double>(q) / static_cast<double>(p + q);
    }
  }
};

enum Taken : uint8_t { kNeither, kFromRow, kFromBackground };

// One tree, one row, one background row.
struct PairWalk {
  const Tree& tree;
  const float *row, *background;
  std::vector<uint8_t>& taken;  // of each feature, on the path
  double* out;

  struct Sums {
    double from_row, from_background;  // what the leaves below give each feature of the path on either side
  };

  Sums walk(size_t node, size_t p, size_t q) const {
    while (!tree.is_leaf(node)) {
      auto feature = static_cast<size_t>(tree.feature[node]);
      int32_t ours = tree.child(node, row[feature]), other = tree.child(node, background[feature]);
      if (ours == other || taken[feature] == kFromRow) {
        node = static_cast<size_t>(ours);
      } else if (taken[feature] == kFromBackground) {
        node = static_cast<size_t>(other);
      } else {
        taken[feature] = kFromRow;
        Sums a = walk(static_cast<size_t>(ours), p + 1, q);
        taken[feature] = kFromBackground;
        Sums b = walk(static_cast<size_t>(other), p, q + 1);
        taken[feature] = kNeither;
        out[feature] += a.from_row + b.from_background;
        return {a.from_row + b.from_row, a.from_background + b.from_background};
      }
    }
    double value = tree.threshold[node];
    return {p > 0 ? value * coalition_weight(p, q) : 0, q > 0 ? -value * coalition_weight(q, p) : 0};
  }
};

}  // namespace

double coalition_weight(size_t p, size_t q) {
  static const WeightTable table;
  return table.weight[p][q];
}

InterventionalShap::InterventionalShap(const Forest& forest, std::vector<float> background)
    : forest_(forest), features_(forest.features()), background_(std::move(background)) {
  for (size_t b = 0; b < background_rows(); ++b) {
    double margin = forest.base_margin();
    for (const Tree& tree : forest.trees()) {
      size_t node = 0;
      while (!tree.is_leaf(node)) node = static_cast<size_t>(tree.child(node, background_row(b)[tree.feature[node]]));
      margin += tree.threshold[node];
    }
    bias_ += margin / static_cast<double>(background_rows());
  }
}

Result<InterventionalShap> InterventionalShap::make(const Forest& forest, std::vector<float> background) {
  if (background.empty() || background.size() % forest.features() != 0) {
    return Error(ErrorCode::kInvalidArgument, "interventional explanations need background rows to compare with, and there are none");
  }
  return InterventionalShap(forest, std::move(background));
}

void InterventionalShap::contributions(const float* row, double* out) const {
  std::fill(out, out + features_, 0.0);
  std::vector<uint8_t> taken(features_, kNeither);
  for (const Tree& tree : forest_.trees()) {
    for (size_t b = 0; b < background_rows(); ++b) PairWalk{tree, row, background_row(b), taken, out}.walk(0, 0, 0);
  }
  auto rows = static_cast<double>(background_rows());
  for (size_t f = 0; f < features_; ++f) out[f] /= rows;
}

}  // namespace furrow::learn
