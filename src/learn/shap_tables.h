// Exact SHAP values of shallow trees by look-up: what shap.h computes, from tables made once.
//
// A tree of four levels is cut into four units, each with the two splits of the last level below one split above them. What
// the leaves of a unit give to its five features depends on the row only through the decisions at those five splits: 32
// cases, each a row of a table. A row's values are then four look-ups a tree, and sums.
// The tables are filled by the definition itself, a sum over all coalitions of the at most four features of a path.
// Threads: immutable. Cost: about 20 ns a tree. Memory: 8 KiB a tree, hence no more than kMaxTrees.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "learn/forest.h"
#include "learn/shallow_trees.h"

namespace furrow::learn {

class ShapTables {
 public:
  static constexpr size_t kMaxTrees = 2000;
  struct Scratch {
    std::vector<uint32_t> keys;
    std::vector<ShallowTrees::Decisions> decisions;
    std::vector<double> sums;
  };

  ShapTables(ShapTables&&) = default;
  ShapTables& operator=(ShapTables&&) = default;

  // Nothing when a tree has more than four levels or there are too many.
  static std::optional<ShapTables> make(const Forest& forest);
  // `out`: a value for each feature of the forest.
  void contributions(const float* row, Scratch& scratch, double* out) const;

 private:
  static constexpr size_t kUnits = 4, kCases = 32, kColumns = 8;  // a cache line: the five features, and air
  explicit ShapTables(ShallowTrees trees) : trees_(std::move(trees)) {}
  void fill(const Forest& forest, size_t tree);

  ShallowTrees trees_;
  size_t features_ = 0;
  std::vector<double> storage_;
  double* cases_ = nullptr;       // aligned: units x cases x columns a tree
  std::vector<uint16_t> slots_;   // kPlaces a tree: where the place's feature is summed
  std::vector<uint32_t> used_;    // the feature of a slot
};

}  // namespace furrow::learn
