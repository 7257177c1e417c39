// Exact SHAP interaction values of one row: what pairs of inputs moved the margin by together, beyond each alone.
//
// Definition: the Shapley interaction index of features i and j, half of it each way (Lundberg et al. 2020), of the same
// games as the contributions: path-dependent (shap.h) or interventional (interventional_shap.h). Features stand in groups, such
// as the encoded columns of one input; the value of two groups is the sum over their pairs of features, and the diagonal is the
// group's own contribution less its interactions with the others (its main effect). So a row of the matrix adds up to the
// group's contribution, and the whole matrix to margin - bias, to 1e-6.
// Method: on the path to a leaf with factors o_k present and z_k absent, the index of i and j is
//   value * (o_i - z_i) (o_j - z_j) * integral over t in [0,1] of  prod_{k != i,j} (o_k t + z_k (1 - t)) dt,
// of degree d - 2, exact by ceil((d - 1) / 2) quadrature points. Interventional: with p features of the leaf's path from the
// row and q from the background row, value * (p-2)! q! / (p+q-1)! for two of the p, value * p! (q-2)! / (p+q-1)! for two of the
// q, and -value * (p-1)! (q-1)! / (p+q-1)! for one of each.
// Threads: immutable; any. The forest must outlive it. Cost: work() operations a row, path-dependent; a few milliseconds for
// 500 trees of depth 6. Not for live scoring.
#pragma once
#include <cstdint>
#include <vector>

#include "learn/forest.h"
#include "learn/interventional_shap.h"

namespace furrow::learn {

class ShapInteractions {
 public:
  // `group_of`: of each feature; groups are 0 .. groups - 1.
  ShapInteractions(const Forest& forest, std::vector<uint32_t> group_of, size_t groups);

  size_t groups() const { return groups_; }
  double work() const { return work_; }
  // `contributions`: of each feature, by the same definition. `out`: groups x groups, symmetric.
  void path_dependent(const float* row, const double* contributions, double* out) const;
  void interventional(const InterventionalShap& background, const float* row, const double* contributions, double* out) const;

 private:
  struct Rule {
    std::vector<double> points, weights;
  };
  struct PathWalk;
  struct PairPaths;
  void add(double* out, uint32_t first, uint32_t second, double value) const {
    out[first * groups_ + second] += value;
    out[second * groups_ + first] += value;
  }
  void finish(const double* contributions, double* out) const;

  const Forest& forest_;
  std::vector<uint32_t> group_of_;
  size_t groups_;
  double work_ = 0;
  std::vector<Rule> rules_;  // by the number of different features of a path
};

}  // namespace furrow::learn
