// Exact SHAP values of shallow trees by look-up: what shap.h computes, from tables made once (shap_cases.h).
//
// A row's values are four look-ups a tree, and sums: the table's rows are first set side by side, and each feature then takes its
// values from known places, so that no sum waits for another.
// Threads: immutable. Cost: about 15 ns a tree. Memory: 8 KiB a tree, hence no more than kMaxTrees.
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
    std::vector<double> values;
  };

  ShapTables(ShapTables&&) = default;
  ShapTables& operator=(ShapTables&&) = default;

  // Nothing when a tree has more than four levels or there are too many.
  static std::optional<ShapTables> make(const Forest& forest);
  // `out`: a value for each feature of the forest.
  void contributions(const float* row, Scratch& scratch, double* out) const;
  // Of a row whose decisions at each tree are known.
  void contributions(const ShallowTrees::Decisions* decisions, Scratch& scratch, double* out) const;

 private:
  explicit ShapTables(ShallowTrees trees) : trees_(std::move(trees)) {}
  void find_places();

  ShallowTrees trees_;
  size_t features_ = 0;
  std::vector<double> storage_;
  double* cases_ = nullptr;         // aligned: units x cases x columns a tree
  std::vector<uint32_t> used_;      // features that splits test
  std::vector<uint32_t> ends_;      // of each used feature's places
  std::vector<uint32_t> places_;    // in Scratch::values
};

}  // namespace furrow::learn
