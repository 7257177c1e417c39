#include "learn/shap.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "learn/quadrature.h"
#include "learn/shap_kernel.h"

namespace furrow::learn {
namespace {

constexpr size_t kChunkNodes = 192;  // splits at once: their products stay in the first cache
constexpr size_t kShapRows = 32;
constexpr int kMaxPathFeatures = 64;

// A split of a tree with what its path knows, before it is laid out.
struct Split {
  size_t tree;
  int32_t node;
  int level;
  int parent_split;  // index among the splits gathered, -1 for a root
  int side;          // of the parent
  int earlier_split, earlier_side;  // nearest edge above on the same feature; -1: none
  double earlier_absent;
};

struct Path {
  int32_t feature;
  int split, side;
  double absent;
};

}  // namespace

struct ShapExplainer::Impl {
  struct Block {
    std::vector<shap::Node> nodes;
    std::vector<double> gain;
    std::vector<shap::Repeat> repeats;
    std::vector<double> earlier;
    std::vector<shap::Segment> segments;
    shap::Chunk view() const {
      return {nodes.data(), gain.data(), repeats.data(), earlier.data(), segments.data(), segments.size(), nodes.size()};
    }
  };
  size_t features = 0, most_nodes = 0;
  int m = 2;
  double bias = 0;
  std::vector<uint32_t> used;  // slot -> feature
  std::vector<uint32_t> slot;  // feature -> slot
  std::vector<double> t, s, weight, miss;
  std::vector<Block> blocks;
  shap::Kernel kernel = nullptr;
  std::optional<ShapTables> tables;  // of shallow trees, for single rows

  void prepare_points() {
    std::vector<double> points;
    gauss_legendre(m, points, weight);
    for (int twice = 0; twice < 2; ++twice) {
      for (int q = 0; q < m; ++q) {
        auto at = static_cast<size_t>(q);
        t.push_back(points[at]);
        s.push_back(1 - points[at]);
        miss.push_back(-weight[at] / (1 - points[at]));
      }
    }
  }
  void add_chunk(const Forest& forest, std::vector<Split> splits);
};

namespace {

// The splits of one tree, parents before children; returns the most different features met on one path.
int gather(const Tree& tree, size_t index, std::vector<Split>& splits, double& mean) {
  struct Open {
    int32_t node;
    int level, parent, side;
    double reach;
    std::vector<Path> path;
  };
  int most = 0;
  std::vector<Open> open;
  open.push_back({0, 0, -1, 0, 1.0, {}});
  while (!open.empty()) {
    Open at = std::move(open.back());
    open.pop_back();
    auto node = static_cast<size_t>(at.node);
    if (tree.is_leaf(node)) {
      mean += at.reach * tree.threshold[node];
      most = std::max(most, static_cast<int>(at.path.size()));
      continue;
    }
    Split split{index, at.node, at.level, at.parent, at.side, -1, 0, 1.0};
    auto found = std::find_if(at.path.begin(), at.path.end(), [&](const Path& p) { return p.feature == tree.feature[node]; });
    if (found != at.path.end()) {
      split.earlier_split = found->split;
      split.earlier_side = found->side;
      split.earlier_absent = found->absent;
    }
    int self = static_cast<int>(splits.size());
    splits.push_back(split);
    size_t place = static_cast<size_t>(found - at.path.begin());
    for (int side = 0; side < 2; ++side) {
      double ratio = tree.cover_ratio(node, side);
      Open next{side == 0 ? tree.left[node] : tree.right[node], at.level + 1, self, side, at.reach * ratio, at.path};
      Path step{tree.feature[node], self, side, split.earlier_absent * ratio};
      if (place < next.path.size()) next.path[place] = step;
      else next.path.push_back(step);
      open.push_back(std::move(next));
    }
  }
  return most;
}

}  // namespace

void ShapExplainer::Impl::add_chunk(const Forest& forest, std::vector<Split> splits) {
  std::vector<uint32_t> order(splits.size()), place(splits.size());
  for (uint32_t i = 0; i < order.size(); ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) {
    return std::pair(splits[a].level, splits[a].earlier_split >= 0) < std::pair(splits[b].level, splits[b].earlier_split >= 0);
  });
  for (uint32_t i = 0; i < order.size(); ++i) place[order[i]] = i;
  Block block;
  auto lanes = static_cast<size_t>(m);
  int level = -1;
  for (uint32_t i = 0; i < order.size(); ++i) {
    const Split& split = splits[order[i]];
    const Tree& tree = forest.trees()[split.tree];
    auto at = static_cast<size_t>(split.node);
    bool repeated = split.earlier_split >= 0;
    if (split.level != level || block.segments.back().repeated != repeated) {
      block.segments.push_back({i, i, static_cast<uint32_t>(block.repeats.size()), repeated});
      level = split.level;
    }
    block.segments.back().end = i + 1;
    shap::Node node{tree.threshold[at], static_cast<uint32_t>(tree.feature[at]), slot[static_cast<size_t>(tree.feature[at])], 0, {}, {}};
    if (tree.default_left[at]) node.feature |= shap::kMissingLeft;
    size_t parent = split.parent_split < 0 ? splits.size() : place[static_cast<size_t>(split.parent_split)];
    node.parent = static_cast<uint32_t>(parent * 2 * lanes + static_cast<size_t>(split.side) * lanes);
    double z0 = split.earlier_absent;
    shap::Repeat repeat{repeated ? 2 * place[static_cast<size_t>(split.earlier_split)] + static_cast<uint32_t>(split.earlier_side) : 0, 0, {}};
    for (int side = 0; side < 2; ++side) {
      double ratio = tree.cover_ratio(at, side), z = z0 * ratio;
      auto child = static_cast<size_t>(side == 0 ? tree.left[at] : tree.right[at]);
      node.absent[side] = z;
      node.value[side] = tree.is_leaf(child) ? tree.threshold[child] : 1.0;
      repeat.ratio[side] = ratio;
      for (size_t q = 0; q < lanes; ++q) {
        double now = (1 - z) / (t[q] + z * s[q]);
        double before = repeated ? (1 - z0) / (t[q] + z0 * s[q]) : 0;
        block.gain.push_back(weight[q] * (now - before));
      }
    }
    block.nodes.push_back(node);
    if (!repeated) continue;
    block.repeats.push_back(repeat);
    for (size_t q = 0; q < lanes; ++q) block.earlier.push_back(1 / (t[q] + z0 * s[q]));
    for (size_t q = 0; q < lanes; ++q) block.earlier.push_back(-weight[q] * (1 / s[q] + (1 - z0) / (t[q] + z0 * s[q])));
  }
  most_nodes = std::max(most_nodes, block.nodes.size());
  blocks.push_back(std::move(block));
}

Result<ShapExplainer> ShapExplainer::make(const Forest& forest) {
  auto impl = std::make_unique<Impl>();
  impl->features = forest.features();
  impl->bias = forest.base_margin();
  impl->slot.assign(forest.features(), 0);
  std::vector<std::vector<Split>> trees;
  std::vector<uint8_t> met(forest.features(), 0);
  int most = 0;
  for (size_t i = 0; i < forest.trees().size(); ++i) {
    const Tree& tree = forest.trees()[i];
    trees.emplace_back();
    most = std::max(most, gather(tree, i, trees.back(), impl->bias));
    for (const Split& split : trees.back()) met[static_cast<size_t>(tree.feature[static_cast<size_t>(split.node)])] = 1;
  }
  if (most > kMaxPathFeatures) {
    return Error(ErrorCode::kModelMismatch,
                 fmt::format("a tree has {} different features on one path; explanations take at most {}", most, kMaxPathFeatures));
  }
  for (uint32_t f = 0; f < met.size(); ++f) {
    if (!met[f]) continue;
    impl->slot[f] = static_cast<uint32_t>(impl->used.size());
    impl->used.push_back(f);
  }
  while (2 * impl->m < most) impl->m *= 2;
  impl->prepare_points();
  impl->kernel = shap::kernel_for(impl->m);
  std::vector<Split> chunk;
  for (auto& splits : trees) {
    if (!chunk.empty() && chunk.size() + splits.size() > kChunkNodes) {
      impl->add_chunk(forest, std::move(chunk));
      chunk.clear();
    }
    int offset = static_cast<int>(chunk.size());
    for (Split split : splits) {
      if (split.parent_split >= 0) split.parent_split += offset;
      if (split.earlier_split >= 0) split.earlier_split += offset;
      chunk.push_back(split);
    }
  }
  if (!chunk.empty()) impl->add_chunk(forest, std::move(chunk));
  impl->tables = ShapTables::make(forest);
  return ShapExplainer(std::move(impl));
}

ShapExplainer::ShapExplainer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ShapExplainer::~ShapExplainer() = default;
ShapExplainer::ShapExplainer(ShapExplainer&&) noexcept = default;
ShapExplainer& ShapExplainer::operator=(ShapExplainer&&) noexcept = default;

size_t ShapExplainer::features() const { return impl_->features; }
double ShapExplainer::bias() const { return impl_->bias; }

bool ShapExplainer::takes_decisions() const { return impl_->tables.has_value(); }

void ShapExplainer::contributions_of(std::span<const ShallowTrees::Decisions> decisions, Scratch& scratch, double* out) const {
  impl_->tables->contributions(decisions.data(), scratch.tables, out);
}

void ShapExplainer::contributions(const float* row, Scratch& scratch, double* out) const {
  if (impl_->tables) return impl_->tables->contributions(row, scratch.tables, out);
  contributions(row, 1, scratch, out);
}

void ShapExplainer::contributions(const float* rows, size_t count, Scratch& scratch, double* out) const {
  const Impl& self = *impl_;
  size_t lanes = 2 * static_cast<size_t>(self.m), work = lanes * (self.most_nodes + 1), width = lanes * self.used.size();
  size_t block_rows = std::min(count, kShapRows);
  if (scratch.memory.size() < work + width * block_rows) scratch.memory.resize(work + width * block_rows);
  if (scratch.satisfied.size() < 2 * self.most_nodes) scratch.satisfied.resize(2 * self.most_nodes);
  double* phi = scratch.memory.data() + work;
  shap::Points points{self.t.data(), self.s.data(), self.miss.data()};
  for (size_t first = 0; first < count; first += kShapRows) {
    size_t here = std::min(kShapRows, count - first);
    std::fill(phi, phi + width * here, 0.0);
    for (const Impl::Block& block : self.blocks) {
      shap::Chunk chunk = block.view();
      for (size_t i = 0; i < here; ++i) {
        self.kernel(chunk, points, rows + (first + i) * self.features, scratch.memory.data(), scratch.satisfied.data(), phi + i * width);
      }
    }
    for (size_t i = 0; i < here; ++i) {
      double* target = out + (first + i) * self.features;
      std::fill(target, target + self.features, 0.0);
      for (size_t u = 0; u < self.used.size(); ++u) {
        double sum = 0;
        for (size_t q = 0; q < lanes; ++q) sum += phi[i * width + u * lanes + q];
        target[self.used[u]] = sum;
      }
    }
  }
}

}  // namespace furrow::learn
