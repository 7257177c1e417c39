#include "learn/foreign_trees.h"

#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "learn/composition.h"
#include "learn/forest.h"

namespace furrow::learn {
namespace {

constexpr int kMaxDepth = 64;

// The float u for which every float x is below u exactly when the source sends x left.
float split_below(double threshold, bool or_equal) {
  auto nearest = static_cast<float>(threshold);
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  if (or_equal) {
    float largest = static_cast<double>(nearest) > threshold ? std::nextafter(nearest, -kInfinity) : nearest;  // not above
    float next = std::nextafter(largest, kInfinity);
    return std::min(next, std::numeric_limits<float>::max());
  }
  return static_cast<double>(nearest) < threshold ? std::nextafter(nearest, kInfinity) : nearest;  // the least float not below
}

struct Growing {
  const std::vector<ForeignNode>& from;
  size_t features;
  Tree out;
  bool broken = false;

  size_t room() {
    for (auto* list : {&out.left, &out.right}) list->push_back(-1);
    out.feature.push_back(0);
    out.threshold.push_back(0);
    out.cover.push_back(0);
    out.default_left.push_back(0);
    return out.left.size() - 1;
  }
  void grow(size_t here, int32_t node, int depth) {
    if (node < 0 || static_cast<size_t>(node) >= from.size() || depth > kMaxDepth || out.left.size() > 2 * from.size()) {
      broken = true;
      return;
    }
    const ForeignNode& n = from[static_cast<size_t>(node)];
    out.depth = std::max(out.depth, depth);
    out.cover[here] = static_cast<float>(n.cover > 0 ? n.cover : 1);
    if (n.leaf) {
      out.threshold[here] = static_cast<float>(n.value);
      return;
    }
    if (n.feature < 0 || static_cast<size_t>(n.feature) >= features) {
      broken = true;
      return;
    }
    out.feature[here] = n.feature;
    out.threshold[here] = split_below(n.threshold, n.or_equal);
    out.default_left[here] = n.missing_left;
    size_t left = room(), right = room();
    out.left[here] = static_cast<int32_t>(left);
    out.right[here] = static_cast<int32_t>(right);
    grow(left, n.left, depth + 1);
    if (!broken) grow(right, n.right, depth + 1);
    if (!broken && !(n.cover > 0)) out.cover[here] = out.cover[left] + out.cover[right];
  }
};

}  // namespace

double ForeignTrees::margin(const float* row) const {
  double sum = base;
  for (const auto& tree : trees) {
    size_t node = 0;
    while (!tree[node].leaf) {
      const ForeignNode& n = tree[node];
      double x = row[n.feature];
      bool left = std::isnan(x) ? n.missing_left : n.or_equal ? x <= n.threshold : x < n.threshold;
      node = static_cast<size_t>(left ? n.left : n.right);
    }
    sum += tree[node].value;
  }
  return sum;
}

Result<std::string> ForeignTrees::xgboost_json() const {
  ForestComposition composition(task, features.size());
  for (const auto& tree : trees) {
    Growing growing{tree, features.size(), {}};
    growing.grow(growing.room(), 0, 0);
    if (growing.broken) return Error(ErrorCode::kModelMismatch, fmt::format("the {} model's trees are broken: links, features or a depth above {}", format, kMaxDepth));
    composition.add(std::move(growing.out));
  }
  composition.add_constant(base);
  return composition.json();
}

}  // namespace furrow::learn
