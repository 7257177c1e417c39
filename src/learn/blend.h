// How much each of several models of the same margin should count: stacking (Wolpert 1992) with weights of 0 or more
// (Breiman, "Stacked regressions", 1996), fitted to margins that each model gave rows it had not seen.
//
// Binary: logistic regression of the label on the margins; regression: least squares. A ridge of strength `pull` draws
// the weights towards a prior, so that few rows do not decide much. Weights that would be negative are 0.
// without_folds() gives all rows the blend whose weights were fitted without a fold, for each fold; cross_fit() gives each row the one
// without the row's own.
// choose_lean() weighs priors and strengths by how probably each has the least held-out loss (pseudo-BMA with the Bayesian bootstrap:
// Yao, Vehtari, Simpson, Gelman, "Using stacking to average Bayesian predictive distributions", 2018): where few rows cannot tell, it stays
// between them; where the linear model is as good as all there is to learn, it leans there.
// Threads: pure. Cost: rows x models^2 a step, about 10 steps; choose_lean: a cross_fit for each prior and strength.
#pragma once
#include <vector>

#include "learn/boosting.h"

namespace furrow::learn {

// What a blend is drawn to, and how strongly.
struct Lean {
  std::vector<double> prior;  // a weight a model
  double pull = 5;
};

struct Blend {
  std::vector<double> weights;  // one a model
  double constant = 0;

  // margins[model][row].
  static Blend fit(Task task, const std::vector<std::vector<double>>& margins, const std::vector<float>& labels,
                   const Lean& lean, const std::vector<uint32_t>& rows);
  static Blend fit(Task task, const std::vector<std::vector<double>>& margins, const std::vector<float>& labels,
                   const Lean& lean);
  // [fold][row].
  static std::vector<std::vector<double>> without_folds(Task task, const std::vector<std::vector<double>>& margins, const std::vector<float>& labels,
                                                        const Lean& lean, const std::vector<int>& fold);
  static std::vector<double> cross_fit(Task task, const std::vector<std::vector<double>>& margins, const std::vector<float>& labels,
                                       const Lean& lean, const std::vector<int>& fold);
  static Lean choose_lean(Task task, const std::vector<std::vector<double>>& margins, const std::vector<float>& labels,
                          const std::vector<std::vector<double>>& priors, const std::vector<int>& fold);
  double margin(const std::vector<std::vector<double>>& margins, size_t row) const;
  std::vector<double> all_margins(const std::vector<std::vector<double>>& margins) const;
};

}  // namespace furrow::learn
