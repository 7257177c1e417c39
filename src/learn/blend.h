// How much each of several models of the same margin should count: stacking (Wolpert 1992) with weights of 0 or more
// (Breiman, "Stacked regressions", 1996), fitted to margins that each model gave rows it had not seen.
//
// Binary: logistic regression of the label on the margins; regression: least squares. A ridge of strength kPull draws
// the weights towards `prior`, so that few rows do not decide much. Weights that would be negative are 0.
// cross_fit() gives each row the blend whose weights were fitted without the row's fold.
// Threads: pure. Cost: rows x models^2 a step, about 10 steps.
#pragma once
#include <vector>

#include "learn/boosting.h"

namespace furrow::learn {

struct Blend {
  static constexpr double kPull = 5;

  std::vector<double> weights;  // one a model
  double constant = 0;

  // margins[model][row].
  static Blend fit(Task task, const std::vector<std::vector<double>>& margins, const std::vector<float>& labels,
                   const std::vector<double>& prior, const std::vector<uint32_t>& rows);
  static Blend fit(Task task, const std::vector<std::vector<double>>& margins, const std::vector<float>& labels,
                   const std::vector<double>& prior);
  static std::vector<double> cross_fit(Task task, const std::vector<std::vector<double>>& margins, const std::vector<float>& labels,
                                       const std::vector<double>& prior, const std::vector<int>& fold);
  // The prior whose cross_fit has the least log loss, or squared error; the first unless another is better by a standard error.
  static std::vector<double> choose_prior(Task task, const std::vector<std::vector<double>>& margins, const std::vector<float>& labels,
                                          const std::vector<std::vector<double>>& priors, const std::vector<int>& fold);
  double margin(const std::vector<std::vector<double>>& margins, size_t row) const;
};

}  // namespace furrow::learn
