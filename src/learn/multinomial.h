// The baseline of a target of several classes: multinomial logistic regression with a ridge.
//
// Inputs are standardised; missing values become the mean and, where there were any, a 0/1 column says so. The penalised
// likelihood is climbed by L-BFGS (Liu and Nocedal 1989) with a backtracking line search; intercepts are free. fit_chosen()
// takes the penalty of LinearModel::kPenalties with the least loss on an inner fifth of the rows (a draw from `seed`).
// Rows beyond kMostCells cells: a regular sample. Threads: pure. Cost: rows · columns · classes a step, at most 200 steps.
#pragma once
#include <cstdint>
#include <vector>

#include "base/result.h"
#include "learn/boosting.h"

namespace furrow::learn {

class MultinomialModel {
 public:
  static constexpr size_t kMostCells = 20'000'000;

  // `samples.labels` are places of classes. kInvalidArgument when there are no rows.
  static Result<MultinomialModel> fit(const Samples& samples, size_t classes, double l2);
  static Result<MultinomialModel> fit_chosen(const Samples& samples, size_t classes, uint64_t seed);

  size_t classes() const { return classes_; }
  double penalty() const { return penalty_; }
  // `out`: a probability for each class.
  void probabilities(const float* row, double* out) const;
  // What probabilities() does to rows without missing values, before the softmax: for each class a slope a column, and a constant.
  std::vector<double> slopes() const;
  // The gradient of the penalised loss (mean over rows) at `weights`, and the loss; for tests against differences.
  static double objective(const std::vector<double>& inputs, const std::vector<uint32_t>& labels, size_t width, size_t classes, double l2,
                          const std::vector<double>& weights, std::vector<double>& gradient);

 private:
  void standardise(const float* row, double* out) const;

  size_t classes_ = 0, columns_ = 0;
  double penalty_ = 1;
  std::vector<double> mean_, scale_;   // of each column; scale 0: constant
  std::vector<uint32_t> flagged_;      // columns with a missing mark
  std::vector<double> weights_;        // [class][columns, marks, intercept]
};

}  // namespace furrow::learn
