#include "learn/blend.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/random.h"
#include "learn/dense.h"
#include "learn/margin_loss.h"

namespace furrow::learn {
namespace {

constexpr int kMaxBlendSteps = 30;
constexpr double kLeanPulls[] = {5, 50, 500};
constexpr size_t kLeanBlocks = 200;
constexpr int kLeanDraws = 200;
constexpr double kLongest = 10;  // a step's length, so that separable margins do not run away at once

// Newton's method over the models in `active`; the constant is the last coefficient.
std::vector<double> solve(Task task, const std::vector<std::vector<double>>& margins, const std::vector<float>& labels,
                          const Lean& lean, const std::vector<uint32_t>& rows, const std::vector<size_t>& active) {
  const size_t width = active.size() + 1;
  std::vector<double> centre(width, 0.0), pull(width, lean.pull);
  for (size_t a = 0; a < active.size(); ++a) centre[a] = lean.prior[active[a]];
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
                 const Lean& lean, const std::vector<uint32_t>& rows) {
  std::vector<size_t> active(margins.size());
  std::iota(active.begin(), active.end(), size_t{0});
  Blend blend;
  while (true) {
    const std::vector<double> beta = solve(task, margins, labels, lean, rows, active);
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
                 const Lean& lean) {
  std::vector<uint32_t> rows(labels.size());
  std::iota(rows.begin(), rows.end(), 0u);
  return fit(task, margins, labels, lean, rows);
}

double Blend::margin(const std::vector<std::vector<double>>& margins, size_t row) const {
  double sum = constant;
  for (size_t m = 0; m < weights.size(); ++m) sum += weights[m] * margins[m][row];
  return sum;
}

namespace {

// How probably each candidate has the least loss: sums over blocks of rows, drawn again and again with exponential weights.
std::vector<double> shares_of_best(const std::vector<std::vector<double>>& block_losses) {
  const size_t candidates = block_losses.size(), blocks = block_losses.front().size();
  std::vector<double> shares(candidates, 0.0), sums(candidates);
  Random random(1);
  for (int draw = 0; draw < kLeanDraws; ++draw) {
    std::fill(sums.begin(), sums.end(), 0.0);
    double total = 0;
    for (size_t b = 0; b < blocks; ++b) {
      const double weight = random.exponential(1.0);
      total += weight;
      for (size_t c = 0; c < candidates; ++c) sums[c] += weight * block_losses[c][b];
    }
    const double least = *std::min_element(sums.begin(), sums.end()), scale = static_cast<double>(blocks) / total;
    double all = 0;
    for (double& sum : sums) all += sum = std::exp(-scale * (sum - least));
    for (size_t c = 0; c < candidates; ++c) shares[c] += sums[c] / all / kLeanDraws;
  }
  return shares;
}

}  // namespace

Lean Blend::choose_lean(Task task, const std::vector<std::vector<double>>& margins, const std::vector<float>& labels,
                        const std::vector<std::vector<double>>& priors, const std::vector<int>& fold) {
  const size_t blocks = std::clamp<size_t>(labels.size(), 1, kLeanBlocks);
  std::vector<Lean> leans;
  for (const auto& prior : priors) {
    for (double pull : kLeanPulls) leans.push_back({prior, pull});
  }
  std::vector<std::vector<double>> losses;
  for (const Lean& lean : leans) {
    const std::vector<double> held_out = cross_fit(task, margins, labels, lean, fold);
    auto& sums = losses.emplace_back(blocks, 0.0);
    for (size_t r = 0; r < labels.size(); ++r) {
      sums[r % blocks] += margin_loss(task, held_out[r], static_cast<double>(labels[r]));
    }
  }
  if (task == Task::kRegression) {  // in nats: squared errors over twice the least variance
    double least = std::numeric_limits<double>::infinity();
    for (const auto& sums : losses) least = std::min(least, std::accumulate(sums.begin(), sums.end(), 0.0));
    const double scale = static_cast<double>(labels.size()) / (2 * std::max(least, 1e-300));
    for (auto& sums : losses) {
      for (double& sum : sums) sum *= scale;
    }
  }
  const std::vector<double> shares = shares_of_best(losses);
  Lean out{std::vector<double>(margins.size(), 0.0), 0};
  for (size_t c = 0; c < leans.size(); ++c) {
    for (size_t m = 0; m < margins.size(); ++m) out.prior[m] += shares[c] * leans[c].prior[m];
    out.pull += shares[c] * std::log(leans[c].pull);
  }
  out.pull = std::exp(out.pull);
  return out;
}

std::vector<double> Blend::all_margins(const std::vector<std::vector<double>>& margins) const {
  std::vector<double> out(margins.front().size());
  for (size_t r = 0; r < out.size(); ++r) out[r] = margin(margins, r);
  return out;
}

std::vector<std::vector<double>> Blend::without_folds(Task task, const std::vector<std::vector<double>>& margins, const std::vector<float>& labels,
                                                      const Lean& lean, const std::vector<int>& fold) {
  std::vector<std::vector<double>> out;
  const int folds = fold.empty() ? 0 : *std::max_element(fold.begin(), fold.end()) + 1;
  for (int f = 0; f < folds; ++f) {
    std::vector<uint32_t> rows;
    for (uint32_t r = 0; r < fold.size(); ++r) {
      if (fold[r] != f) rows.push_back(r);
    }
    Blend blend{lean.prior, 0};
    if (!rows.empty()) blend = fit(task, margins, labels, lean, rows);
    out.push_back(blend.all_margins(margins));
  }
  return out;
}

std::vector<double> Blend::cross_fit(Task task, const std::vector<std::vector<double>>& margins, const std::vector<float>& labels,
                                     const Lean& lean, const std::vector<int>& fold) {
  const auto without = without_folds(task, margins, labels, lean, fold);
  std::vector<double> out(labels.size());
  for (size_t r = 0; r < fold.size(); ++r) out[r] = without[static_cast<size_t>(fold[r])][r];
  return out;
}

}  // namespace furrow::learn
