#include "learn/blend.h"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <numeric>

namespace furrow::learn {
namespace {

constexpr int kMaxSteps = 30;
constexpr double kLongest = 10;  // a step's length, so that separable margins do not run away at once

// Newton's method over the models in `active`; the constant is the last coefficient.
Eigen::VectorXd solve(Task task, const std::vector<std::vector<double>>& margins, const std::vector<float>& labels,
                      const std::vector<double>& prior, const std::vector<uint32_t>& rows, const std::vector<size_t>& active) {
  auto width = static_cast<Eigen::Index>(active.size() + 1);
  Eigen::VectorXd centre = Eigen::VectorXd::Zero(width), pull = Eigen::VectorXd::Constant(width, Blend::kPull);
  for (size_t a = 0; a < active.size(); ++a) centre(static_cast<Eigen::Index>(a)) = prior[active[a]];
  pull(width - 1) = 1e-6;
  if (task == Task::kRegression) {  // in units of the target's spread, as log-odds are free of units
    double mean = 0, squares = 0;
    for (uint32_t r : rows) mean += labels[r] / static_cast<double>(rows.size());
    for (uint32_t r : rows) squares += (labels[r] - mean) * (labels[r] - mean) / static_cast<double>(rows.size());
    pull *= std::max(squares, 1e-12);
  }
  Eigen::VectorXd beta = centre, x(width);
  for (int step = 0; step < kMaxSteps; ++step) {
    Eigen::MatrixXd hessian = pull.asDiagonal();
    Eigen::VectorXd gradient = pull.cwiseProduct(centre - beta);
    for (uint32_t r : rows) {
      for (size_t a = 0; a < active.size(); ++a) x(static_cast<Eigen::Index>(a)) = margins[active[a]][r];
      x(width - 1) = 1;
      double value = x.dot(beta), p = task == Task::kBinary ? 1 / (1 + std::exp(-value)) : value;
      gradient += x * (labels[r] - p);
      hessian.selfadjointView<Eigen::Lower>().rankUpdate(x, task == Task::kBinary ? std::max(p * (1 - p), 1e-10) : 1.0);
    }
    Eigen::VectorXd change = hessian.selfadjointView<Eigen::Lower>().ldlt().solve(gradient);
    if (task == Task::kBinary && change.norm() > kLongest) change *= kLongest / change.norm();
    beta += change;
    if (change.norm() < 1e-8 * (1 + beta.norm())) break;
  }
  return beta;
}

}  // namespace

Blend Blend::fit(Task task, const std::vector<std::vector<double>>& margins, const std::vector<float>& labels,
                 const std::vector<double>& prior, const std::vector<uint32_t>& rows) {
  std::vector<size_t> active(margins.size());
  std::iota(active.begin(), active.end(), size_t{0});
  Blend blend;
  while (true) {
    Eigen::VectorXd beta = solve(task, margins, labels, prior, rows, active);
    Eigen::Index worst = 0;
    if (!active.empty()) beta.head(beta.size() - 1).minCoeff(&worst);
    if (!active.empty() && beta(worst) < 0) {
      active.erase(active.begin() + worst);
      continue;
    }
    blend.weights.assign(margins.size(), 0.0);
    for (size_t a = 0; a < active.size(); ++a) blend.weights[active[a]] = beta(static_cast<Eigen::Index>(a));
    blend.constant = beta(beta.size() - 1);
    return blend;
  }
}

Blend Blend::fit(Task task, const std::vector<std::vector<double>>& margins, const std::vector<float>& labels,
                 const std::vector<double>& prior) {
  std::vector<uint32_t> rows(labels.size());
  std::iota(rows.begin(), rows.end(), 0u);
  return fit(task, margins, labels, prior, rows);
}

double Blend::margin(const std::vector<std::vector<double>>& margins, size_t row) const {
  double sum = constant;
  for (size_t m = 0; m < weights.size(); ++m) sum += weights[m] * margins[m][row];
  return sum;
}

std::vector<double> Blend::cross_fit(Task task, const std::vector<std::vector<double>>& margins, const std::vector<float>& labels,
                                     const std::vector<double>& prior, const std::vector<int>& fold) {
  std::vector<double> out(labels.size());
  int folds = fold.empty() ? 0 : *std::max_element(fold.begin(), fold.end()) + 1;
  for (int f = 0; f < folds; ++f) {
    std::vector<uint32_t> rows;
    for (uint32_t r = 0; r < fold.size(); ++r) {
      if (fold[r] != f) rows.push_back(r);
    }
    Blend blend{prior, 0};
    if (!rows.empty()) blend = fit(task, margins, labels, prior, rows);
    for (size_t r = 0; r < fold.size(); ++r) {
      if (fold[r] == f) out[r] = blend.margin(margins, r);
    }
  }
  return out;
}

}  // namespace furrow::learn
