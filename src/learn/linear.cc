#include "learn/linear.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "learn/dense.h"
#include "learn/folds.h"
#include "learn/margin_loss.h"
#include "learn/sigmoid.h"

namespace furrow::learn {
namespace {

constexpr int kMaxNewtonSteps = 50;

// Rows, targets and weights as one matrix each, the penalties of its columns, and the solution.
struct Design {
  Dense x;
  std::vector<double> y, weight, penalty;
};

std::vector<double> solve_linear(const Design& d) {
  Dense hessian = gram(d.x, d.weight);
  std::vector<double> target(d.x.rows);
  for (size_t i = 0; i < d.x.rows; ++i) target[i] = d.weight[i] * d.y[i];
  for (size_t c = 0; c < d.x.columns; ++c) hessian(c, c) += d.penalty[c];
  return solve_symmetric(hessian, multiply_transposed(d.x, target));
}

double objective(const Design& d, const std::vector<double>& beta, const std::vector<double>& margin) {
  double loss = 0;
  for (size_t c = 0; c < beta.size(); ++c) loss += 0.5 * d.penalty[c] * beta[c] * beta[c];
  for (size_t i = 0; i < margin.size(); ++i) loss += d.weight[i] * margin_loss(Task::kBinary, margin[i], d.y[i]);
  return loss;
}

// `start`: where Newton's method begins; a solution of another penalty saves steps.
std::vector<double> solve_logistic(const Design& d, std::vector<double> beta) {
  std::vector<double> margin = multiply(d.x, beta), curvature(d.x.rows), miss(d.x.rows);
  double before = objective(d, beta, margin);
  for (int step = 0; step < kMaxNewtonSteps; ++step) {
    for (size_t i = 0; i < d.x.rows; ++i) {
      const double p = sigmoid(margin[i]);
      curvature[i] = d.weight[i] * (p * (1 - p) + 1e-10);
      miss[i] = d.weight[i] * (d.y[i] - p);
    }
    Dense hessian = gram(d.x, curvature);
    std::vector<double> gradient = multiply_transposed(d.x, miss);
    for (size_t c = 0; c < d.x.columns; ++c) {
      hessian(c, c) += d.penalty[c];
      gradient[c] -= d.penalty[c] * beta[c];
    }
    const std::vector<double> change = solve_symmetric(hessian, gradient);
    double share = 1, now = before;
    for (; share > 1e-3; share /= 2) {  // a full step may overshoot where the classes part cleanly
      std::vector<double> tried = beta;
      for (size_t c = 0; c < tried.size(); ++c) tried[c] += share * change[c];
      std::vector<double> tried_margin = multiply(d.x, tried);
      now = objective(d, tried, tried_margin);
      if (now <= before) {
        beta = std::move(tried);
        margin = std::move(tried_margin);
        break;
      }
    }
    if (before - now < 1e-7 * (1 + std::abs(before))) break;
    before = now;
  }
  return beta;
}

// Of more columns than can be solved for, those that alone go with the label most, in their order: as many as there are rows, but not fewer than
// kFewestScreened (Fan and Lv, "Sure independence screening", 2008).
std::vector<uint32_t> screened(const Samples& samples, size_t most) {
  constexpr size_t kFewestScreened = 100, kRowsLooked = 2000;
  const size_t d = samples.columns, stride = std::max<size_t>(1, samples.rows() / kRowsLooked);
  std::vector<double> count(d, 0), x(d, 0), y(d, 0), xx(d, 0), xy(d, 0), strength(d, 0);
  for (size_t i = 0; i < samples.rows(); i += stride) {
    const float* row = samples.row(i);
    const double label = samples.labels[i];
    for (size_t c = 0; c < d; ++c) {
      if (row[c] != row[c]) continue;
      const double value = row[c];
      count[c] += 1, x[c] += value, y[c] += label, xx[c] += value * value, xy[c] += value * label;
    }
  }
  for (size_t c = 0; c < d; ++c) {
    const double spread = count[c] * xx[c] - x[c] * x[c];
    // The correlation times the square root of how many rows have a value; the label's own spread is nearly the same for all.
    if (count[c] > 1 && spread > 1e-12 * (1 + x[c] * x[c])) strength[c] = std::abs(count[c] * xy[c] - x[c] * y[c]) / std::sqrt(spread * count[c]);
  }
  std::vector<uint32_t> order(d);
  for (size_t c = 0; c < d; ++c) order[c] = static_cast<uint32_t>(c);
  std::stable_sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) { return strength[a] > strength[b]; });
  order.resize(std::min(most, std::max(kFewestScreened, samples.rows())));
  std::sort(order.begin(), order.end());
  return order;
}

Samples columns_of(const Samples& samples, const std::vector<uint32_t>& columns) {
  Samples out;
  out.columns = columns.size();
  out.labels = samples.labels;
  out.weights = samples.weights;
  out.values.reserve(samples.rows() * columns.size());
  for (size_t i = 0; i < samples.rows(); ++i) {
    for (uint32_t c : columns) out.values.push_back(samples.row(i)[c]);
  }
  return out;
}

// Of rows of so many columns: one of how many is fitted. Columns that are screened first are looked at in all rows.
size_t stride_of(size_t rows, size_t columns) {
  return columns > LinearModel::kMaxColumns ? 1 : std::max<size_t>(1, (rows * columns + LinearModel::kMaxCells - 1) / LinearModel::kMaxCells);
}

std::vector<uint32_t> every(const std::vector<uint32_t>& places, size_t stride) {
  std::vector<uint32_t> out;
  for (size_t i = 0; i < places.size(); i += stride) out.push_back(places[i]);
  return out;
}

}  // namespace

bool LinearModel::uses(size_t column) const {
  return (weights_[column] != 0 && scale_[column] != 0) || missing_contribution(column) != 0;
}

double LinearModel::missing_contribution(size_t column) const {
  auto found = std::lower_bound(flagged_.begin(), flagged_.end(), static_cast<uint32_t>(column));
  if (found == flagged_.end() || *found != column) return 0;
  return weights_[columns_ + static_cast<size_t>(found - flagged_.begin())];
}

Result<LinearModel> LinearModel::fit(Task task, const Samples& samples, double l2, const std::vector<int>& monotone) {
  return fit_thinned(task, samples, stride_of(samples.rows(), samples.columns), l2, monotone);
}

// Of every `stride`-th row.
Result<LinearModel> LinearModel::fit_thinned(Task task, const Samples& samples, size_t stride, double l2, const std::vector<int>& monotone) {
  if (samples.rows() == 0) return Error(ErrorCode::kInvalidArgument, "there are no rows to learn from");
  if (samples.columns > kMaxColumns) {
    const std::vector<uint32_t> kept = screened(samples, kMaxColumns);
    std::vector<int> kept_monotone;
    for (uint32_t c : kept) {
      if (!monotone.empty()) kept_monotone.push_back(monotone[c]);
    }
    FURROW_ASSIGN(LinearModel narrow, fit(task, columns_of(samples, kept), l2, kept_monotone));
    return narrow.widened(kept, samples.columns);
  }
  LinearModel model;
  model.task_ = task;
  model.penalty_ = l2;
  size_t d = model.columns_ = samples.columns;
  const size_t n = (samples.rows() + stride - 1) / stride;
  model.mean_.assign(d, 0);
  model.scale_.assign(d, 0);
  std::vector<double> squares(d, 0), count(d, 0);
  for (size_t i = 0; i < n; ++i) {
    const float* row = samples.row(i * stride);
    for (size_t c = 0; c < d; ++c) {
      if (row[c] == row[c]) model.mean_[c] += row[c], count[c] += 1;
    }
  }
  for (size_t c = 0; c < d; ++c) model.mean_[c] = count[c] > 0 ? model.mean_[c] / count[c] : 0;
  for (size_t i = 0; i < n; ++i) {
    const float* row = samples.row(i * stride);
    for (size_t c = 0; c < d; ++c) {
      if (row[c] == row[c]) squares[c] += (row[c] - model.mean_[c]) * (row[c] - model.mean_[c]);
    }
  }
  for (size_t c = 0; c < d; ++c) {
    double spread = count[c] > 0 ? std::sqrt(squares[c] / count[c]) : 0;
    model.scale_[c] = spread > 1e-12 * (1 + std::abs(model.mean_[c])) ? 1 / spread : 0;
    if (count[c] < static_cast<double>(n) && count[c] > 0) model.flagged_.push_back(static_cast<uint32_t>(c));
  }
  const size_t width = d + model.flagged_.size() + 1;
  Design design{Dense(n, width), std::vector<double>(n), std::vector<double>(n), std::vector<double>(width, l2)};
  for (size_t i = 0; i < n; ++i) {
    const size_t at = i * stride;
    const float* row = samples.row(at);
    for (size_t c = 0; c < d; ++c) {
      if (row[c] == row[c]) design.x(i, c) = (row[c] - model.mean_[c]) * model.scale_[c];
    }
    for (size_t f = 0; f < model.flagged_.size(); ++f) {
      float v = row[model.flagged_[f]];
      design.x(i, d + f) = v != v;
    }
    design.x(i, width - 1) = 1;
    design.y[i] = samples.labels[at];
    design.weight[i] = samples.weights.empty() ? 1.0 : samples.weights[at];
  }
  design.penalty.back() = 1e-9;
  std::vector<double> beta(width, 0.0);
  for (bool again = true; again;) {
    again = false;
    beta = task == Task::kRegression ? solve_linear(design) : solve_logistic(design, beta);
    for (size_t c = 0; c < monotone.size(); ++c) {
      if (monotone[c] * beta[c] >= 0) continue;
      std::fill(design.x.column(c), design.x.column(c) + n, 0.0);
      beta[c] = 0;
      again = true;
    }
  }
  model.weights_ = std::move(beta);
  return model;
}

LinearModel LinearModel::widened(const std::vector<uint32_t>& kept, size_t columns) const {
  LinearModel out;
  out.task_ = task_;
  out.penalty_ = penalty_;
  out.columns_ = columns;
  out.mean_.assign(columns, 0);
  out.scale_.assign(columns, 0);
  out.weights_.assign(columns, 0);
  for (size_t k = 0; k < kept.size(); ++k) {
    out.mean_[kept[k]] = mean_[k];
    out.scale_[kept[k]] = scale_[k];
    out.weights_[kept[k]] = weights_[k];
  }
  for (uint32_t c : flagged_) out.flagged_.push_back(kept[c]);
  out.weights_.insert(out.weights_.end(), weights_.begin() + static_cast<std::ptrdiff_t>(columns_), weights_.end());
  return out;
}

Result<LinearModel> LinearModel::fit_chosen(Task task, const Samples& samples, uint64_t seed, const std::vector<int>& monotone) {
  return fit_chosen(task, HeldRows::view(samples), seed, monotone);
}

Result<LinearModel> LinearModel::fit_chosen(Task task, const RowSource& rows, uint64_t seed, const std::vector<int>& monotone) {
  std::vector<LinearModel> trials;
  double chosen = kPenalties[0];
  if (const Fold inner = random_folds(rows.labels(), task == Task::kBinary, kInnerFolds, seed)[0]; !inner.train.empty() && !inner.held_out.empty()) {
    {
      const Samples learn = rows.subset(every(inner.train, stride_of(inner.train.size(), rows.columns())));
      for (double l2 : kPenalties) {
        FURROW_ASSIGN(LinearModel trial, fit_thinned(task, learn, 1, l2, monotone));
        trials.push_back(std::move(trial));
      }
    }
    std::vector<double> loss(trials.size(), 0);
    const size_t block = rows.block_rows();
    for (size_t first = 0; first < inner.held_out.size(); first += block) {
      const auto begin = inner.held_out.begin() + static_cast<ptrdiff_t>(first);
      const Samples watch = rows.subset({begin, begin + static_cast<ptrdiff_t>(std::min(block, inner.held_out.size() - first))});
      for (size_t t = 0; t < trials.size(); ++t) {
        for (size_t i = 0; i < watch.rows(); ++i) loss[t] += margin_loss(task, trials[t].margin(watch.row(i)), watch.labels[i]);
      }
    }
    double best = std::numeric_limits<double>::infinity();
    for (size_t t = 0; t < trials.size(); ++t) {
      if (loss[t] < best) best = loss[t], chosen = kPenalties[t];
    }
  }
  if (rows.held()) return fit(task, *rows.held(), chosen, monotone);
  const size_t stride = stride_of(rows.rows(), rows.columns());
  std::vector<uint32_t> places;
  for (size_t i = 0; i < rows.rows(); i += stride) places.push_back(static_cast<uint32_t>(i));
  return fit_thinned(task, rows.subset(places), 1, chosen, monotone);
}

double LinearModel::margin(const float* row) const {
  double sum = weights_.back();
  for (size_t c = 0; c < columns_; ++c) {
    if (row[c] == row[c]) sum += weights_[c] * (row[c] - mean_[c]) * scale_[c];
  }
  for (size_t f = 0; f < flagged_.size(); ++f) {
    float v = row[flagged_[f]];
    if (v != v) sum += weights_[columns_ + f];
  }
  return sum;
}
double LinearModel::predict(const float* row) const { return task_ == Task::kBinary ? sigmoid(margin(row)) : margin(row); }

}  // namespace furrow::learn
