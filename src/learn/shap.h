// Exact SHAP values of one row through a forest: which feature moved the margin by how much.
//
// Definition: path-dependent TreeSHAP (Lundberg et al., "Consistent individualized feature attribution for tree
// ensembles", 2018), what XGBoost's pred_contribs gives: in a coalition, a split on an absent feature sends the row both
// ways in proportion to the training cover.
// Method: along the path to a leaf, with d different features, feature j leaves the factor o_j (1 if all its splits on
// the path are satisfied, else 0) when present and z_j (product of its cover ratios) when absent. Its Shapley value is
//   value * (o_i - z_i) * integral over t in [0,1] of  prod_{j != i} (o_j t + z_j (1 - t)) dt,
// a polynomial of degree d - 1, which Gauss-Legendre quadrature with ceil(d / 2) points integrates exactly. One pass down
// the tree makes the products at each point, one pass up sums them over the leaves below each split: O(nodes * d)
// without a table of subsets and without cancellation, at any depth. (The same polynomials as Linear TreeSHAP, Yu et
// al. 2022, but evaluated inside [0,1] where every factor is positive.)
// Single rows of trees of at most four levels take their values from tables instead (shap_tables.h): the same to rounding.
// Promises: contributions + bias() equal the margin to 1e-6, and XGBoost's to its own rounding.
// Takes: at most 64 different features on one path.
// Threads: immutable after make; the caller brings scratch, one a thread.
#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/result.h"
#include "learn/forest.h"
#include "learn/shap_tables.h"

namespace furrow::learn {

class ShapExplainer {
 public:
  // Memory one evaluation works in; grows on first use and is then reused.
  struct Scratch {
    std::vector<double> memory;
    std::vector<uint8_t> satisfied;
    ShapTables::Scratch tables;
  };

  static Result<ShapExplainer> make(const Forest& forest);
  ~ShapExplainer();
  ShapExplainer(ShapExplainer&&) noexcept;
  ShapExplainer& operator=(ShapExplainer&&) noexcept;

  size_t features() const;
  // The margin of the average training row as the covers tell it; XGBoost's last column.
  double bias() const;
  // `row`: features() values, NaN missing. `out`: features() contributions to the margin.
  void contributions(const float* row, Scratch& scratch, double* out) const;
  // The same of a row that is decided already: how it goes at the splits of each tree (BoundCandidates::decisions). Only where
  // takes_decisions: the trees are shallow and not very many.
  bool takes_decisions() const;
  void contributions_of(std::span<const ShallowTrees::Decisions> decisions, Scratch& scratch, double* out) const;
  // Row-major; a block of trees stays in cache for many rows. out: count * features().
  void contributions(const float* rows, size_t count, Scratch& scratch, double* out) const;

 private:
  struct Impl;
  explicit ShapExplainer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace furrow::learn
