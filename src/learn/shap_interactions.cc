#include "learn/shap_interactions.h"

#include <algorithm>

#include "base/result.h"
#include "learn/quadrature.h"

namespace furrow::learn {

// The leaves of one tree under the weights of coverage.
struct ShapInteractions::PathWalk {
  struct Factor {
    int32_t feature;
    uint32_t group;
    double present, absent;
  };
  const ShapInteractions& self;
  const Tree& tree;
  const float* row;
  double* out;
  std::vector<Factor>& path;
  std::vector<double>& share;    // [factor][point]
  std::vector<double>& product;  // of all factors, [point]
  std::vector<double>& weighed;  // one factor's share by it, [point]

  void leaf(double value) const {
    const size_t d = path.size();
    if (d < 2) return;
    const Rule& rule = self.rules_[d];
    const size_t points = rule.points.size();
    share.resize(d * points);
    product.assign(rule.weights.begin(), rule.weights.end());
    for (size_t k = 0; k < d; ++k) {
      const double absent = path[k].absent, more = path[k].present - absent;
      for (size_t q = 0; q < points; ++q) {
        const double factor = absent + more * rule.points[q];
        product[q] *= factor;
        share[k * points + q] = more / factor;
      }
    }
    weighed.resize(points);
    for (size_t i = 1; i < d; ++i) {
      for (size_t q = 0; q < points; ++q) weighed[q] = value / 2 * product[q] * share[i * points + q];
      for (size_t j = 0; j < i; ++j) {
        if (path[i].group == path[j].group) continue;
        const double* theirs = share.data() + j * points;
        double sum = 0;
        for (size_t q = 0; q < points; ++q) sum += weighed[q] * theirs[q];
        self.add(out, path[i].group, path[j].group, sum);
      }
    }
  }

  void walk(size_t node) const {
    if (tree.is_leaf(node)) return leaf(tree.threshold[node]);
    const int32_t feature = tree.feature[node], goes = tree.child(node, row[feature]);
    auto found = std::find_if(path.begin(), path.end(), [&](const Factor& f) { return f.feature == feature; });
    const auto place = static_cast<size_t>(found - path.begin());
    const bool known = found != path.end();
    const Factor before = known ? *found : Factor{feature, self.group_of_[static_cast<size_t>(feature)], 1, 1};
    for (int side = 0; side < 2; ++side) {
      const int32_t child = side == 0 ? tree.left[node] : tree.right[node];
      const Factor step{feature, before.group, child == goes ? before.present : 0, before.absent * tree.cover_ratio(node, side)};
      if (step.present == 0 && step.absent == 0) continue;  // no coalition gets there
      if (known) path[place] = step;
      else path.push_back(step);
      walk(static_cast<size_t>(child));
      if (known) path[place] = before;
      else path.pop_back();
    }
  }
};

// The leaves of one tree that mixtures of a row and a background row reach.
struct ShapInteractions::PairPaths {
  const ShapInteractions& self;
  const Tree& tree;
  const float *row, *background;
  double* out;
  double weight;
  std::vector<int8_t>& taken;                   // of each feature: 0, 1 from the row, -1 from the background
  std::vector<size_t>&from_row, &from_background;  // features

  void pair(size_t a, size_t b, double value) const {
    const uint32_t first = self.group_of_[a], second = self.group_of_[b];
    if (first != second) self.add(out, first, second, value * weight / 2);
  }
  void leaf(double value) const {
    const size_t p = from_row.size(), q = from_background.size();
    if (p + q < 2) return;
    for (size_t i = 1; i < p; ++i) {
      for (size_t j = 0; j < i; ++j) pair(from_row[i], from_row[j], value * coalition_weight(p - 1, q));
    }
    for (size_t i = 1; i < q; ++i) {
      for (size_t j = 0; j < i; ++j) pair(from_background[i], from_background[j], value * coalition_weight(q - 1, p));
    }
    for (size_t i = 0; i < p; ++i) {
      for (size_t j = 0; j < q; ++j) pair(from_row[i], from_background[j], -value * coalition_weight(p, q - 1));
    }
  }
  void walk(size_t node) const {
    while (!tree.is_leaf(node)) {
      const auto feature = static_cast<size_t>(tree.feature[node]);
      const int32_t ours = tree.child(node, row[feature]), other = tree.child(node, background[feature]);
      if (ours != other && taken[feature] == 0) {
        taken[feature] = 1;
        from_row.push_back(feature);
        walk(static_cast<size_t>(ours));
        from_row.pop_back();
        taken[feature] = -1;
        from_background.push_back(feature);
        walk(static_cast<size_t>(other));
        from_background.pop_back();
        taken[feature] = 0;
        return;
      }
      node = static_cast<size_t>(taken[feature] < 0 ? other : ours);
    }
    leaf(tree.threshold[node]);
  }
};

namespace {

constexpr double kWalk = 40;  // operations to reach a leaf, its share of the splits among them

// Operations of the pairs below a node, and the most different features of a path.
void measure(const Tree& tree, size_t node, std::vector<int32_t>& path, double& work, size_t& most) {
  if (tree.is_leaf(node)) {
    const auto d = static_cast<double>(path.size());
    work += kWalk + d * d * d / 4 + d;
    most = std::max(most, path.size());
    return;
  }
  const bool known = std::find(path.begin(), path.end(), tree.feature[node]) != path.end();
  if (!known) path.push_back(tree.feature[node]);
  measure(tree, static_cast<size_t>(tree.left[node]), path, work, most);
  measure(tree, static_cast<size_t>(tree.right[node]), path, work, most);
  if (!known) path.pop_back();
}

}  // namespace

ShapInteractions::ShapInteractions(const Forest& forest, std::vector<uint32_t> group_of, size_t groups)
    : forest_(forest), group_of_(std::move(group_of)), groups_(groups) {
  FURROW_ASSERT(group_of_.size() == forest.features());
  size_t most = 0;
  std::vector<int32_t> path;
  for (const Tree& tree : forest.trees()) measure(tree, 0, path, work_, most);
  rules_.resize(most + 1);
  for (size_t d = 2; d <= most; ++d) gauss_legendre(static_cast<int>(d / 2), rules_[d].points, rules_[d].weights);
}

void ShapInteractions::finish(const double* contributions, double* out) const {
  for (size_t f = 0; f < group_of_.size(); ++f) out[group_of_[f] * groups_ + group_of_[f]] += contributions[f];
  for (size_t g = 0; g < groups_; ++g) {
    for (size_t h = 0; h < groups_; ++h) {
      if (h != g) out[g * groups_ + g] -= out[g * groups_ + h];
    }
  }
}

void ShapInteractions::path_dependent(const float* row, const double* contributions, double* out) const {
  std::fill(out, out + groups_ * groups_, 0.0);
  std::vector<PathWalk::Factor> path;
  std::vector<double> share, product, weighed;
  for (const Tree& tree : forest_.trees()) PathWalk{*this, tree, row, out, path, share, product, weighed}.walk(0);
  finish(contributions, out);
}

void ShapInteractions::interventional(const InterventionalShap& background, const float* row, const double* contributions, double* out) const {
  std::fill(out, out + groups_ * groups_, 0.0);
  std::vector<int8_t> taken(group_of_.size(), 0);
  std::vector<size_t> from_row, from_background;
  const double weight = 1 / static_cast<double>(background.background_rows());
  for (const Tree& tree : forest_.trees()) {
    for (size_t b = 0; b < background.background_rows(); ++b) {
      PairPaths{*this, tree, row, background.background_row(b), out, weight, taken, from_row, from_background}.walk(0);
    }
  }
  finish(contributions, out);
}

}  // namespace furrow::learn
