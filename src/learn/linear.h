// The baseline every model is shown beside: ridge-penalised logistic or linear regression.
//
// Inputs are standardised; missing values become the mean and, where there were any, a 0/1 column says so. Logistic:
// Newton's method (iteratively reweighted least squares) on the penalised likelihood; linear: the normal equations.
// The penalty `l2` is on standardised coefficients, the intercept free (1 is scikit-learn's default, C = 1).
// Threads: pure. Cost: rows x columns^2 a step, about 8 steps; at most 2,000 columns (kInvalidArgument).
#pragma once
#include <vector>

#include "base/result.h"
#include "learn/boosting.h"

namespace furrow::learn {

class LinearModel {
 public:
  static Result<LinearModel> fit(Task task, const Samples& samples, double l2 = 1.0);
  double margin(const float* row) const;      // log-odds, or the value
  double predict(const float* row) const;     // probability, or the value

 private:
  Task task_ = Task::kBinary;
  size_t columns_ = 0;
  std::vector<double> mean_, scale_;     // of each column, scale 0: constant, not used
  std::vector<uint32_t> flagged_;        // columns with a missing mark
  std::vector<double> weights_;          // columns, marks, intercept
};

}  // namespace furrow::learn
