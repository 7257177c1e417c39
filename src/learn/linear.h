// The baseline every model is shown beside, and a part of the blend: ridge-penalised logistic or linear regression.
//
// Inputs are standardised; missing values become the mean and, where there were any, a 0/1 column says so. Logistic:
// Newton's method (iteratively reweighted least squares) on the penalised likelihood; linear: the normal equations.
// The penalty is on standardised coefficients, the intercept free (1 is scikit-learn's default, C = 1). fit_chosen()
// takes the penalty of kPenalties with the least loss on an inner fifth of the rows (a draw from `seed`).
// More cells than kMaxCells: a regular sample of the rows, so that memory is bounded.
// `monotone`: -1, 0 or +1 a column, or empty: columns whose slope would go the other way are left out, and the rest
// fitted again. Weights of the samples count.
// More than kMaxColumns columns: those that alone go with the label most are fitted, as many as rows; the others count for nothing.
// Threads: pure. Cost: rows x columns^2 a step, about 8 steps.
#pragma once
#include <vector>

#include "base/result.h"
#include "learn/boosting.h"
#include "learn/row_source.h"

namespace furrow::learn {

class LinearModel {
 public:
  static constexpr double kPenalties[] = {1, 30, 1000};
  static constexpr int kInnerFolds = 5;
  static constexpr size_t kMaxCells = 20'000'000;
  static constexpr size_t kMaxColumns = 2000;

  static Result<LinearModel> fit(Task task, const Samples& samples, double l2 = 1.0, const std::vector<int>& monotone = {});
  static Result<LinearModel> fit_chosen(Task task, const Samples& samples, uint64_t seed, const std::vector<int>& monotone = {});

  // The same of rows that are read when they are needed: no more than kMaxCells of them are held (of more than kMaxColumns columns, all).
  static Result<LinearModel> fit_chosen(Task task, const RowSource& rows, uint64_t seed, const std::vector<int>& monotone = {});

  double margin(const float* row) const;      // log-odds, or the value
  double predict(const float* row) const;     // probability, or the value
  double penalty() const { return penalty_; }

  // margin() = intercept() + the sum over columns of contribution(column, value), or of missing_contribution(column).
  double intercept() const { return weights_.back(); }
  bool uses(size_t column) const;
  double contribution(size_t column, double value) const { return weights_[column] * (value - mean_[column]) * scale_[column]; }
  double missing_contribution(size_t column) const;

 private:
  // Of a model of the columns `kept`: the same among `columns` of them.
  LinearModel widened(const std::vector<uint32_t>& kept, size_t columns) const;
  static Result<LinearModel> fit_thinned(Task task, const Samples& samples, size_t stride, double l2, const std::vector<int>& monotone);

  Task task_ = Task::kBinary;
  size_t columns_ = 0;
  double penalty_ = 1;
  std::vector<double> mean_, scale_;     // of each column, scale 0: constant, not used
  std::vector<uint32_t> flagged_;        // columns with a missing mark
  std::vector<double> weights_;          // columns, marks, intercept
};

}  // namespace furrow::learn
