// Many candidates that share most of their features: one person, twenty actions.
//
// SharedScorer is prepared once for a forest and the columns that vary between candidates. margins() then walks each
// tree once for all candidates: trees that meet no varying column give one leaf for everybody (Forest::leaves
// finds them), and in the others a set of candidates splits only at a node that tests a varying column.
// Promises: each result is the same bits as Forest::margin of the candidate's whole row.
// Threads: immutable; scratch belongs to the caller, one a thread. The forest must outlive the scorer.
// Cost: near one row's time plus the varying nodes met, times the candidates in registers (docs/benchmarks.md).
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"
#include "learn/forest.h"

namespace furrow::learn {

class SharedScorer {
 public:
  struct Scratch {
    std::vector<float> leaf;       // one a tree
    std::vector<float> columns;    // varying values, column by column
    std::vector<float> candidate;  // leaf of the tree at hand, one a candidate
    std::vector<float> sum;
  };

  // `varying`: encoded columns, each < forest.features(), no repeats (kInvalidArgument).
  static Result<SharedScorer> make(const Forest& forest, std::vector<uint32_t> varying);

  // `shared`: features() values (those of varying columns are not looked at). `values`: count rows of the varying
  // columns in the order given to make. `out`: count margins.
  void margins(const float* shared, const float* values, size_t count, Scratch& scratch, float* out) const;

  size_t varying_columns() const { return varying_.size(); }
  size_t varying_trees() const { return mixed_.size(); }  // trees with a varying column somewhere

 private:
  struct Node {
    float threshold;    // or the leaf's value
    uint32_t feature;   // column, or slot of a varying column; kVaries and kMissingLeft above
    uint32_t left, right;  // left == 0: a leaf
  };
  struct MixedTree {
    size_t tree;
    uint32_t root;
  };
  SharedScorer(const Forest& forest, std::vector<uint32_t> varying) : forest_(&forest), varying_(std::move(varying)) {}
  void walk(const MixedTree& tree, const float* shared, const float* columns, size_t padded, uint64_t all, float* leaf) const;

  const Forest* forest_;
  std::vector<uint32_t> varying_;
  std::vector<MixedTree> mixed_;
  std::vector<Node> nodes_;
};

}  // namespace furrow::learn
