// Candidates known long before the request: twenty actions of a placement, asked for again and again.
//
// What each candidate decides at the splits that test its own columns is worked out once. A request then decides the other
// splits once for everybody (shallow_trees.h), and 32 candidates at a time find their leaves by shifting those bits.
// Promises: each result is the same bits as Forest::margin of the candidate's whole row (as SharedScorer, which takes any
// trees and any candidates).
// Threads: immutable; scratch belongs to the caller. Cost: about 20 ns a tree for 32 candidates with AVX-512.
// Memory: 64 bytes a tree for each 32 candidates.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "learn/shallow_trees.h"

namespace furrow::learn {

class BoundCandidates {
 public:
  struct Scratch {
    std::vector<uint32_t> keys;
    std::vector<ShallowTrees::Decisions> decisions;
  };

  // `varying` and `values` as SharedScorer takes them. Nothing when a tree of the forest has more than four levels.
  static std::optional<BoundCandidates> make(const Forest& forest, std::span<const uint32_t> varying, std::span<const float> values, size_t count);

  size_t count() const { return count_; }
  // `shared`: a row of the forest's features; those that vary are not looked at. `out`: count() margins.
  void margins(const float* shared, Scratch& scratch, float* out) const;
  // After margins with that scratch: how the candidate's row decides the splits of each tree.
  void decisions(size_t candidate, const Scratch& scratch, std::vector<ShallowTrees::Decisions>& out) const;

 private:
  explicit BoundCandidates(ShallowTrees trees) : trees_(std::move(trees)) {}

  ShallowTrees trees_;
  float base_margin_ = 0;
  size_t count_ = 0, padded_ = 0;                     // to a multiple of 32
  std::vector<ShallowTrees::Decisions> varies_;       // a tree: the splits that test varying columns
  std::vector<ShallowTrees::Decisions> decided_;      // padded_ a tree: how each candidate decides those
};

}  // namespace furrow::learn
