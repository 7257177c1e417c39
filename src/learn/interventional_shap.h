// Exact interventional SHAP values: which input moved the margin away from that of given background rows.
//
// Definition: in a coalition, absent features take the values of a background row; the value is the mean over the background
// (Lundberg et al., "From local explanations to global understanding with explainable AI for trees", 2020: independent
// TreeSHAP; Janzing et al. 2020 say why). Beside the path-dependent values of shap.h it breaks the link between inputs that go
// together: an input that no tree splits on gets exactly 0, and "compared with whom" is said by the background.
// Method: for a row and a background row one walk a tree, which parts only at features where the two go different ways. A leaf
// reached with p features taken from the row and q from the other counts (p-1)! q! / (p+q)! for each of the p, and
// -p! (q-1)! / (p+q)! for each of the q; sums are handed up, so that a walk is linear in the nodes it meets.
// Promises: contributions + bias() equal the sum of the row's leaves to 1e-9 (margin() rounds to float32 after each tree). Exact for the background given, of which there is no sampling.
// Threads: immutable after make; any. The forest must outlive it. Cost: background rows x trees x about 2 x depth nodes a row.
#pragma once
#include <vector>

#include "base/result.h"
#include "learn/forest.h"

namespace furrow::learn {

class InterventionalShap {
 public:
  static constexpr size_t kEnough = 100;  // background rows: more change the values little and cost as much again

  // `background`: whole rows of forest.features() values. kInvalidArgument when there is none.
  static Result<InterventionalShap> make(const Forest& forest, std::vector<float> background);

  double bias() const { return bias_; }  // the mean margin of the background
  size_t background_rows() const { return background_.size() / features_; }
  const float* background_row(size_t i) const { return background_.data() + i * features_; }
  // `out`: features() contributions to the margin.
  void contributions(const float* row, double* out) const;

 private:
  InterventionalShap(const Forest& forest, std::vector<float> background);
  const Forest& forest_;
  size_t features_;
  std::vector<float> background_;
  double bias_ = 0;
};

// (p-1)! q! / (p+q)!, for p of 1 to 64 and q of 0 to 64.
double coalition_weight(size_t p, size_t q);

}  // namespace furrow::learn
