// How a forest is laid out and walked; forest.h says why.
#include <cmath>
#include <memory>

#include "learn/float_key.h"
#include "learn/forest.h"

namespace furrow::learn {
namespace {

constexpr int kMaxPaddedDepth = 8;
constexpr size_t kStackKeys = 1024;  // beyond it the keys of one row are allocated
constexpr size_t kRowBlock = 16;

template <int kDepth, class Node>
void walk(const Node* nodes, const float* leaves, const uint32_t* keys, float* out) {
  constexpr int kTrees = 8;
  constexpr uint64_t kWidth = uint64_t{1} << kDepth;
  uint64_t place[kTrees];
#pragma GCC unroll 8
  for (int t = 0; t < kTrees; ++t) place[t] = 1;
#pragma GCC unroll 8
  for (int level = 0; level < kDepth; ++level) {
#pragma GCC unroll 8
    for (int t = 0; t < kTrees; ++t) {
      const Node& node = nodes[static_cast<uint64_t>(t) * kWidth + place[t]];
      place[t] = place[t] + place[t] + static_cast<uint64_t>(keys[node.slot] < node.key);
    }
  }
#pragma GCC unroll 8
  for (int t = 0; t < kTrees; ++t) out[t] = leaves[static_cast<uint64_t>(t) * kWidth + place[t] - kWidth];
}

}  // namespace

void Forest::lay_out() {
  constexpr uint32_t kUnused = 0xffffffffu;
  std::vector<uint32_t> slot(features_, kUnused);
  for (const Tree& tree : trees_) {
    for (size_t n = 0; n < tree.nodes(); ++n) {
      if (!tree.is_leaf(n)) slot[static_cast<size_t>(tree.feature[n])] = 0;
    }
  }
  for (uint32_t f = 0; f < features_; ++f) {
    if (slot[f] == kUnused) continue;
    slot[f] = static_cast<uint32_t>(used_.size());
    used_.push_back(f);
  }
  for (size_t first = 0; first < trees_.size(); first += kGroup) {
    Group group{first, std::min(kGroup, trees_.size() - first), 0, nodes_.size()};
    for (size_t i = 0; i < group.trees; ++i) group.depth = std::max(group.depth, trees_[first + i].depth);
    if (group.depth > kMaxPaddedDepth) {
      group.depth = -1;
    } else {
      lay_out_padded(group, slot);
    }
    groups_.push_back(group);
  }
}

// A leaf above the last level is repeated in every place below it, so that any direction taken there is right.
void Forest::lay_out_padded(Group& group, const std::vector<uint32_t>& slot) {
  size_t width = size_t{1} << group.depth;
  nodes_.resize(group.offset + width * kGroup, Node{0, 0});
  leaves_.resize(group.offset + width * kGroup, 0);
  for (size_t i = 0; i < group.trees; ++i) {
    const Tree& tree = trees_[group.first_tree + i];
    size_t base = group.offset + i * width;
    std::vector<int32_t> at(2 * width);
    for (size_t place = 1; place < width; ++place) {
      auto node = static_cast<size_t>(at[place]);
      bool leaf = tree.is_leaf(node);
      at[2 * place] = leaf ? at[place] : tree.right[node];
      at[2 * place + 1] = leaf ? at[place] : tree.left[node];
      if (leaf) continue;
      nodes_[base + place] = Node{key_of(tree.threshold[node]), 2 * slot[static_cast<size_t>(tree.feature[node])] + tree.default_left[node]};
    }
    for (size_t place = 0; place < width; ++place) leaves_[base + place] = tree.threshold[static_cast<size_t>(at[width + place])];
  }
}

void Forest::make_keys(const float* row, uint32_t* keys) const {
  const uint32_t* used = used_.data();
  size_t count = used_.size();
  for (size_t i = 0; i < count; ++i) {
    put_keys(row[used[i]], keys + 2 * i);
  }
}

void Forest::group_leaves(const Group& group, const float* row, const uint32_t* keys, float* out) const {
  const Node* nodes = nodes_.data() + group.offset;
  const float* leaves = leaves_.data() + group.offset;
  switch (group.depth) {
    case 0: return walk<0>(nodes, leaves, keys, out);
    case 1: return walk<1>(nodes, leaves, keys, out);
    case 2: return walk<2>(nodes, leaves, keys, out);
    case 3: return walk<3>(nodes, leaves, keys, out);
    case 4: return walk<4>(nodes, leaves, keys, out);
    case 5: return walk<5>(nodes, leaves, keys, out);
    case 6: return walk<6>(nodes, leaves, keys, out);
    case 7: return walk<7>(nodes, leaves, keys, out);
    case 8: return walk<8>(nodes, leaves, keys, out);
    default: break;
  }
  for (size_t i = 0; i < group.trees; ++i) {
    const Tree& tree = trees_[group.first_tree + i];
    size_t node = 0;
    while (!tree.is_leaf(node)) node = static_cast<size_t>(tree.child(node, row[tree.feature[node]]));
    out[i] = tree.threshold[node];
  }
}

float Forest::margin(const float* row) const {
  uint32_t stack[kStackKeys];
  std::unique_ptr<uint32_t[]> heap;
  uint32_t* keys = stack;
  if (2 * used_.size() > kStackKeys) {
    heap = std::make_unique_for_overwrite<uint32_t[]>(2 * used_.size());
    keys = heap.get();
  }
  make_keys(row, keys);
  float sum = base_margin_, leaf[kGroup];
  for (const Group& group : groups_) {
    group_leaves(group, row, keys, leaf);
    for (size_t i = 0; i < group.trees; ++i) sum += leaf[i];
  }
  return sum;
}

void Forest::margins(const float* rows, size_t count, float* out) const {
  size_t width = 2 * used_.size();
  std::vector<uint32_t> keys(width * kRowBlock);
  float leaf[kGroup];
  for (size_t first = 0; first < count; first += kRowBlock) {
    size_t here = std::min(kRowBlock, count - first);
    for (size_t i = 0; i < here; ++i) {
      make_keys(rows + (first + i) * features_, keys.data() + i * width);
      out[first + i] = base_margin_;
    }
    for (const Group& group : groups_) {
      for (size_t i = 0; i < here; ++i) {
        group_leaves(group, rows + (first + i) * features_, keys.data() + i * width, leaf);
        for (size_t t = 0; t < group.trees; ++t) out[first + i] += leaf[t];
      }
    }
  }
}

void Forest::leaves(const float* row, float* out) const {
  std::vector<uint32_t> keys(2 * used_.size());
  make_keys(row, keys.data());
  float leaf[kGroup];
  for (const Group& group : groups_) {
    group_leaves(group, row, keys.data(), leaf);
    std::copy(leaf, leaf + group.trees, out + group.first_tree);
  }
}

}  // namespace furrow::learn
