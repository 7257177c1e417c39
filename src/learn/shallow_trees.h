// Trees of at most four levels, with all splits of a tree decided at once.
//
// Such a tree has at most 15 splits, so what a row does at every one of them is 16 bits: enough to find the leaf without
// another look at the row (shared_scoring.h), and to look its SHAP values up (shap_tables.h).
// Layout: as in forest.h each tree is padded to a complete one; place 1 is the root, 2 p the right child of p, 2 p + 1 the left.
// A leaf above the last level is repeated in all places below it, and the splits that pads it with never go left.
// Threads: immutable. Cost: about 10 ns a tree. Memory: 192 bytes a tree.
#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "learn/forest.h"

namespace furrow::learn {

class ShallowTrees {
 public:
  static constexpr int kLevels = 4;
  static constexpr size_t kPlaces = size_t{1} << kLevels;  // of splits, 0 unused; and leaves
  static constexpr int32_t kPadding = -1;
  using Decisions = uint16_t;  // bit p: the split at place p sends the row left

  // Nothing when a tree of the forest is deeper.
  static std::optional<ShallowTrees> make(const Forest& forest);

  size_t trees() const { return leaves_.size() / kPlaces; }
  // `keys` is working memory; `out`: trees() places.
  void decide(const float* row, std::vector<uint32_t>& keys, Decisions* out) const;
  // The tree's leaf values at places 16 … 31.
  const float* leaves(size_t tree) const { return leaves_.data() + tree * kPlaces; }
  // The forest's feature that the split at a place tests; kPadding where there is none.
  int32_t feature(size_t tree, size_t place) const { return features_[tree * kPlaces + place]; }
  // The forest's node at places 1 … 31.
  size_t node(size_t tree, size_t place) const { return nodes_[tree * 2 * kPlaces + place]; }

 private:
  std::vector<uint32_t> split_keys_, split_slots_;  // kPlaces a tree; the slot is of the row's keys
  std::vector<float> leaves_;
  std::vector<int32_t> features_;
  std::vector<uint32_t> nodes_;
  std::vector<uint32_t> used_;  // the features that splits test
};

}  // namespace furrow::learn
