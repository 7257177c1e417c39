#include "learn/shared_scoring.h"

#include <fmt/format.h>

#include <bit>
#include <limits>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace furrow::learn {
namespace {

constexpr uint32_t kMissingLeft = 0x80000000u, kVaries = 0x40000000u, kFeatureMask = 0x3fffffffu;
constexpr size_t kBlock = 64;  // candidates at once: the bits of a mask
constexpr size_t kLanes = 16;

struct Sides {
  uint64_t less, missing;
};

Sides compare_portable(const float* x, size_t count, float threshold) {
  Sides sides{0, 0};
  for (size_t i = 0; i < count; ++i) {
    sides.less |= uint64_t{x[i] < threshold} << i;
    sides.missing |= uint64_t{x[i] != x[i]} << i;
  }
  return sides;
}
void put_portable(float* leaf, uint64_t mask, size_t, float value) {
  for (; mask != 0; mask &= mask - 1) leaf[std::countr_zero(mask)] = value;
}

#if defined(__x86_64__)
const bool kCompares512 = __builtin_cpu_supports("avx512f");

__attribute__((target("avx512f"))) Sides compare_avx512(const float* x, size_t count, float threshold) {
  Sides sides{0, 0};
  __m512 t = _mm512_set1_ps(threshold);
  for (size_t i = 0; i < count; i += kLanes) {
    __m512 v = _mm512_loadu_ps(x + i);
    sides.less |= uint64_t{_mm512_cmp_ps_mask(v, t, _CMP_LT_OQ)} << i;
    sides.missing |= uint64_t{_mm512_cmp_ps_mask(v, v, _CMP_UNORD_Q)} << i;
  }
  return sides;
}
__attribute__((target("avx512f"))) void put_avx512(float* leaf, uint64_t mask, size_t count, float value) {
  __m512 v = _mm512_set1_ps(value);
  for (size_t i = 0; i < count; i += kLanes) _mm512_mask_storeu_ps(leaf + i, static_cast<__mmask16>(mask >> i), v);
}
#endif

// `count` is rounded up to 16 and the places beyond the candidates hold anything but are never in a mask.
Sides compare(const float* x, size_t count, float threshold) {
#if defined(__x86_64__)
  if (kCompares512) return compare_avx512(x, count, threshold);
#endif
  return compare_portable(x, count, threshold);
}
void put(float* leaf, uint64_t mask, size_t count, float value) {
#if defined(__x86_64__)
  if (kCompares512) return put_avx512(leaf, mask, count, value);
#endif
  put_portable(leaf, mask, count, value);
}

}  // namespace

Result<SharedScorer> SharedScorer::make(const Forest& forest, std::vector<uint32_t> varying) {
  constexpr uint32_t kShared = std::numeric_limits<uint32_t>::max();
  std::vector<uint32_t> slot(forest.features(), kShared);
  for (uint32_t i = 0; i < varying.size(); ++i) {
    if (varying[i] >= forest.features() || slot[varying[i]] != kShared) {
      return Error(ErrorCode::kInvalidArgument,
                   fmt::format("varying column {} is repeated or not among the {} columns", varying[i], forest.features()));
    }
    slot[varying[i]] = i;
  }
  SharedScorer scorer(forest, std::move(varying));
  for (size_t t = 0; t < forest.trees().size(); ++t) {
    const Tree& tree = forest.trees()[t];
    bool mixed = false;
    for (size_t n = 0; n < tree.nodes(); ++n) mixed |= !tree.is_leaf(n) && slot[static_cast<size_t>(tree.feature[n])] != kShared;
    if (!mixed) continue;
    auto root = static_cast<uint32_t>(scorer.nodes_.size());
    scorer.mixed_.push_back({t, root});
    for (size_t n = 0; n < tree.nodes(); ++n) {
      Node node{tree.threshold[n], 0, 0, 0};
      if (!tree.is_leaf(n)) {
        uint32_t place = slot[static_cast<size_t>(tree.feature[n])];
        node.feature = place == kShared ? static_cast<uint32_t>(tree.feature[n]) : place | kVaries;
        if (tree.default_left[n]) node.feature |= kMissingLeft;
        node.left = root + static_cast<uint32_t>(tree.left[n]);
        node.right = root + static_cast<uint32_t>(tree.right[n]);
      }
      scorer.nodes_.push_back(node);
    }
  }
  return scorer;
}

void SharedScorer::walk(const MixedTree& tree, const float* shared, const float* columns, size_t padded, uint64_t all,
                        float* leaf) const {
  struct Open {
    uint32_t node;
    uint64_t mask;
  };
  Open open[64];  // a tree is at most 64 deep, and one branch waits at each level
  int waiting = 0;
  Open at{tree.root, all};
  while (true) {
    const Node* node = &nodes_[at.node];
    while (node->left != 0) {
      if (node->feature & kVaries) {
        Sides sides = compare(columns + (node->feature & kFeatureMask) * padded, padded, node->threshold);
        uint64_t left = at.mask & (node->feature & kMissingLeft ? sides.less | sides.missing : sides.less);
        uint64_t right = at.mask & ~left;
        if (left != 0 && right != 0) open[waiting++] = {node->right, right};
        at.mask = left != 0 ? left : right;
        node = &nodes_[left != 0 ? node->left : node->right];
      } else {
        float x = shared[node->feature & kFeatureMask];
        bool left = (x < node->threshold) | ((x != x) & static_cast<bool>(node->feature & kMissingLeft));
        node = &nodes_[left ? node->left : node->right];
      }
    }
    put(leaf, at.mask, padded, node->threshold);
    if (waiting == 0) return;
    at = open[--waiting];
  }
}

void SharedScorer::margins(const float* shared, const float* values, size_t count, Scratch& scratch, float* out) const {
  size_t width = varying_.size();
  scratch.leaf.resize(forest_->trees().size());
  forest_->leaves(shared, scratch.leaf.data());
  for (size_t first = 0; first < count; first += kBlock) {
    size_t here = std::min(kBlock, count - first), padded = (here + kLanes - 1) / kLanes * kLanes;
    scratch.columns.resize(width * padded);
    for (size_t c = 0; c < width; ++c) {
      for (size_t i = 0; i < here; ++i) scratch.columns[c * padded + i] = values[(first + i) * width + c];
    }
    scratch.candidate.assign(padded, 0);
    scratch.sum.assign(padded, forest_->base_margin());
    float* sum = scratch.sum.data();
    uint64_t all = here == 64 ? ~uint64_t{0} : (uint64_t{1} << here) - 1;
    size_t next = 0;
    for (const MixedTree& tree : mixed_) {
      for (; next < tree.tree; ++next) {
        float value = scratch.leaf[next];
        for (size_t i = 0; i < padded; ++i) sum[i] += value;
      }
      walk(tree, shared, scratch.columns.data(), padded, all, scratch.candidate.data());
      const float* leaf = scratch.candidate.data();
      for (size_t i = 0; i < padded; ++i) sum[i] += leaf[i];
      ++next;
    }
    for (; next < forest_->trees().size(); ++next) {
      float value = scratch.leaf[next];
      for (size_t i = 0; i < padded; ++i) sum[i] += value;
    }
    std::copy(sum, sum + here, out + first);
  }
}

}  // namespace furrow::learn
