// Maximum-likelihood fits of a few parameters: BFGS with analytic gradients, and what to do where the likelihood has no maximum.
//
// Where customers are all alike, or nobody leaves, a likelihood rises for ever along a ridge, and where on it a search stops means nothing: a weak
// normal prior on the log parameters holds it then, and the fit says so.
// Threads: pure functions. Cost: some tens of evaluations of the likelihood.
#pragma once
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <utility>

namespace furrow::predict {

// Maximises f by BFGS on unbounded coordinates. f(x, gradient) returns the value and fills the gradient.
template <size_t N>
struct Maximum {
  std::array<double, N> x;
  double value;
  int iterations;
  bool converged;
};

template <size_t N, class F>
Maximum<N> maximise(std::array<double, N> x, F&& f) {
  std::array<double, N> g{}, next_x{}, next_g{};
  double value = f(x, g);
  double inverse[N][N] = {};
  auto reset = [&] {
    for (size_t i = 0; i < N; ++i) {
      for (size_t j = 0; j < N; ++j) inverse[i][j] = i == j ? 1.0 / std::max(1.0, std::abs(g[i])) : 0;
    }
  };
  reset();
  int iteration = 0;
  for (; iteration < 300; ++iteration) {
    double steepest = 0;
    for (double d : g) steepest = std::max(steepest, std::abs(d));
    if (steepest < 1e-7 * std::max(1.0, std::abs(value))) return {x, value, iteration, true};
    std::array<double, N> direction{};
    double slope = 0;
    for (size_t i = 0; i < N; ++i) {
      for (size_t j = 0; j < N; ++j) direction[i] += inverse[i][j] * g[j];
      slope += direction[i] * g[i];
    }
    if (slope <= 0) {
      reset();
      direction = g;
      slope = 0;
      for (double d : g) slope += d * d;
    }
    // Armijo backtracking; a step changes no parameter by more than a factor of e^2.
    double longest = 0;
    for (double d : direction) longest = std::max(longest, std::abs(d));
    double step = std::min(1.0, 2.0 / longest), next_value = 0;
    bool found = false;
    for (int halving = 0; halving < 50; ++halving, step /= 2) {
      for (size_t i = 0; i < N; ++i) next_x[i] = x[i] + step * direction[i];
      next_value = f(next_x, next_g);
      if (std::isfinite(next_value) && next_value >= value + 1e-4 * step * slope) {
        found = true;
        break;
      }
    }
    if (!found) return {x, value, iteration, steepest < 1e-4 * std::max(1.0, std::abs(value))};
    std::array<double, N> s{}, y{}, hy{};
    double sy = 0, yhy = 0;
    for (size_t i = 0; i < N; ++i) {
      s[i] = next_x[i] - x[i];
      y[i] = g[i] - next_g[i];  // of the negated function
      sy += s[i] * y[i];
    }
    if (sy > 1e-12) {
      for (size_t i = 0; i < N; ++i) {
        for (size_t j = 0; j < N; ++j) hy[i] += inverse[i][j] * y[j];
        yhy += y[i] * hy[i];
      }
      for (size_t i = 0; i < N; ++i) {
        for (size_t j = 0; j < N; ++j) inverse[i][j] += (sy + yhy) * s[i] * s[j] / (sy * sy) - (hy[i] * s[j] + s[i] * hy[j]) / sy;
      }
    }
    double gain = next_value - value;
    x = next_x;
    g = next_g;
    value = next_value;
    if (gain < 1e-11 * std::abs(value)) return {x, value, iteration, true};
  }
  return {x, value, iteration, false};
}

inline constexpr double kFarthest = 8;     // a log parameter beyond this is on a ridge
inline constexpr double kPriorSpread = 3;  // of the log parameters, around where the search starts
inline constexpr double kWall = 1;         // times the customers: where amounts are all one the likelihood itself has no bound, and no prior holds it

// The maximum inside; where there is none, that with a weak normal prior on the log parameters, which always is.
template <size_t N, class F>
std::pair<Maximum<N>, bool> maximise_or_hold(const std::array<double, N>& start, const std::array<double, N>& unit, double rows, F&& likelihood) {
  auto inside = [&](const Maximum<N>& found) {
    for (size_t i = 0; i < N; ++i) {
      if (!(std::abs(found.x[i] - unit[i]) < kFarthest)) return false;
    }
    return found.converged;
  };
  Maximum<N> best = maximise<N>(start, likelihood);
  if (inside(best)) return {best, false};
  auto held = [&](const std::array<double, N>& logs, std::array<double, N>& gradient) {
    double value = likelihood(logs, gradient);
    for (size_t i = 0; i < N; ++i) {
      double from = logs[i] - start[i], over = from - std::clamp(from, -kFarthest, kFarthest);
      value -= from * from / (2 * kPriorSpread * kPriorSpread) + kWall * rows * over * over;
      gradient[i] -= from / (kPriorSpread * kPriorSpread) + 2 * kWall * rows * over;
    }
    return value;
  };
  best = maximise<N>(start, held);
  std::array<double, N> unused{};
  best.value = likelihood(best.x, unused);
  return {best, true};
}

}  // namespace furrow::predict
