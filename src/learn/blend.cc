#include "learn/blend.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "learn/dense.h"

namespace furrow::learn {
namespace {

constexpr int kMaxBlendSteps = 30;
constexpr double kLongest = 10;  // a step's length, so that separable margins do not run away at once

// Newton's method over the models in `active`; the constant is the last coefficient.
std::vector<double> solve(Task task, const std::vector<std::vector<double>>& margins, const std::vector<float>& labels,
                          const std::vector<double>& prior, const std::vector<uint32_t>& rows, const std::vector<size_t>& active) {
  const size_t width = active.size() + 1;
  std::vector<double> centre(width, 0.0), pull(width, Blend::kPull);
  for (size_t a = 0; a < active.size(); ++a) centre[a] = prior[active[a]];
  pull.back() = 1e-6;
  if (task == Task::kRegression) {  // in units of the target's spread, as log-odds are free of units
    double mean = 0, squares = 0;
    for (uint32_t r : rows) mean += labels[r] / static_cast<double>(rows.size());
    for (uint32_t r : rows) squares += (labels[r] - mean) * (labels[r] - mean) / static_cast<double>(rows.size());
    for (double& p : pull) p *= std::max(squares, 1e-12);
  }
  Dense x(rows.size(), width);
  for (size_t i = 0; i < rows.size(); ++i) {
    for (size_t a = 0; a < active.size(); ++a) x(i, a) = margins[active[a]][rows[i]];
    x(i, width - 1) = 1;
  }
  std::vector<double> beta = centre, curvature(rows.size()), miss(rows.size());
  for (int step = 0; step < kMaxBlendSteps; ++step) {
    const std::vector<double> value = multiply(x, beta);
    for (size_t i = 0; i < rows.size(); ++i) {
      const double p = task == Task::kBinary ? 1 / (1 + std::exp(-value[i])) : value[i];
      miss[i] = labels[rows[i]] - p;
      curvature[i] = task == Task::kBinary ? std::max(p * (1 - p), 1e-10) : 1.0;
    }
    Dense hessian = gram(x, curvature);
    std::vector<double> gradient = multiply_transposed(x, miss);
    for (size_t c = 0; c < width; ++c) {
      hessian(c, c) += pull[c];
      gradient[c] += pull[c] * (centre[c] - beta[c]);
    }
    const std::vector<double> change = solve_symmetric(hessian, gradient);
    const double length = norm(change), share = task == Task::kBinary && length > kLongest ? kLongest / length : 1;
    for (size_t c = 0; c < width; ++c) beta[c] += share * change[c];
    if (share * length < 1e-8 * (1 + norm(beta))) break;
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
    const std::vector<double> beta = solve(task, margins, labels, prior, rows, active);
    const auto worst = std::min_element(beta.begin(), beta.end() - 1) - beta.begin();
    if (!active.empty() && beta[static_cast<size_t>(worst)] < 0) {
      active.erase(active.begin() + worst);
      continue;
    }
    blend.weights.assign(margins.size(), 0.0);
    for (size_t a = 0; a < active.size(); ++a) blend.weights[active[a]] = beta[a];
    blend.constant = beta.back();
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

std::vector<double> Blend::choose_prior(Task task, const std::vector<std::vector<double>>& margins, const std::vector<float>& labels,
                                        const std::vector<std::vector<double>>& priors, const std::vector<int>& fold) {
  const auto losses = [&](const std::vector<double>& prior) {
    std::vector<double> loss = cross_fit(task, margins, labels, prior, fold);
    for (size_t r = 0; r < labels.size(); ++r) {
      const double y = static_cast<double>(labels[r]), m = loss[r];
      loss[r] = task == Task::kBinary ? std::max(m, 0.0) - m * y + std::log1p(std::exp(-std::abs(m))) : (m - y) * (m - y);
    }
    return loss;
  };
  size_t best = 0;
  std::vector<double> least = losses(priors.at(0));
  for (size_t p = 1; p < priors.size(); ++p) {
    const std::vector<double> other = losses(priors[p]);
    double sum = 0, squares = 0, rows = static_cast<double>(labels.size());
    for (size_t r = 0; r < labels.size(); ++r) sum += least[r] - other[r], squares += (least[r] - other[r]) * (least[r] - other[r]);
    const double error = std::sqrt(std::max(0.0, squares - sum * sum / rows));  // standard error of the sum
    if (sum > error) best = p, least = other;
  }
  return priors[best];
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
