#include "learn/linear.h"

#include <fmt/format.h>

#include <Eigen/Dense>
#include <cmath>

namespace furrow::learn {
namespace {
constexpr size_t kMaxColumns = 2000;
constexpr int kMaxSteps = 50;
double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }
}  // namespace

Result<LinearModel> LinearModel::fit(Task task, const Samples& samples, double l2) {
  if (samples.rows() == 0) return Error(ErrorCode::kInvalidArgument, "there are no rows to learn from");
  if (samples.columns > kMaxColumns) {
    return Error(ErrorCode::kInvalidArgument, fmt::format("the linear model takes at most {} columns, not {}", kMaxColumns, samples.columns));
  }
  LinearModel model;
  model.task_ = task;
  size_t n = samples.rows(), d = model.columns_ = samples.columns;
  model.mean_.assign(d, 0);
  model.scale_.assign(d, 0);
  for (size_t c = 0; c < d; ++c) {
    double sum = 0, squares = 0, count = 0;
    for (size_t i = 0; i < n; ++i) {
      double x = samples.row(i)[c];
      if (x != x) continue;
      sum += x;
      count += 1;
    }
    double mean = count > 0 ? sum / count : 0;
    for (size_t i = 0; i < n; ++i) {
      double x = samples.row(i)[c];
      if (x == x) squares += (x - mean) * (x - mean);
    }
    double spread = count > 0 ? std::sqrt(squares / count) : 0;
    model.mean_[c] = mean;
    model.scale_[c] = spread > 1e-12 * (1 + std::abs(mean)) ? 1 / spread : 0;
    if (count < static_cast<double>(n) && count > 0) model.flagged_.push_back(static_cast<uint32_t>(c));
  }
  auto width = static_cast<Eigen::Index>(d + model.flagged_.size() + 1), rows = static_cast<Eigen::Index>(n);
  Eigen::MatrixXd x(rows, width);
  Eigen::VectorXd y(rows);
  for (Eigen::Index i = 0; i < rows; ++i) {
    const float* row = samples.row(static_cast<size_t>(i));
    for (size_t c = 0; c < d; ++c) x(i, static_cast<Eigen::Index>(c)) = row[c] != row[c] ? 0 : (row[c] - model.mean_[c]) * model.scale_[c];
    for (size_t f = 0; f < model.flagged_.size(); ++f) {
      float v = row[model.flagged_[f]];
      x(i, static_cast<Eigen::Index>(d + f)) = v != v;
    }
    x(i, width - 1) = 1;
    y(i) = samples.labels[static_cast<size_t>(i)];
  }
  Eigen::VectorXd penalty = Eigen::VectorXd::Constant(width, l2), beta = Eigen::VectorXd::Zero(width);
  penalty(width - 1) = 1e-9;
  Eigen::MatrixXd hessian(width, width);
  if (task == Task::kRegression) {
    hessian.noalias() = x.transpose() * x;
    hessian.diagonal() += penalty;
    beta = hessian.ldlt().solve(x.transpose() * y);
  } else {
    double before = std::numeric_limits<double>::infinity();
    for (int step = 0; step < kMaxSteps; ++step) {
      Eigen::VectorXd margin = x * beta;
      Eigen::VectorXd p = margin.unaryExpr(&sigmoid), weight = p.array() * (1 - p.array()) + 1e-10;
      double loss = 0.5 * (penalty.array() * beta.array().square()).sum();
      for (Eigen::Index i = 0; i < rows; ++i) loss += std::log1p(std::exp(-std::abs(margin(i)))) + std::max(margin(i), 0.0) - y(i) * margin(i);
      if (before - loss < 1e-9 * (1 + std::abs(loss))) break;
      before = loss;
      Eigen::MatrixXd weighted = weight.cwiseSqrt().asDiagonal() * x;
      hessian.setZero();
      hessian.selfadjointView<Eigen::Lower>().rankUpdate(weighted.transpose());
      hessian.diagonal() += penalty;
      Eigen::VectorXd gradient = x.transpose() * (y - p) - penalty.cwiseProduct(beta);
      beta += hessian.selfadjointView<Eigen::Lower>().ldlt().solve(gradient);
    }
  }
  model.weights_.assign(beta.data(), beta.data() + width);
  return model;
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
