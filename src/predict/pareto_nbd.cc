#include "predict/pareto_nbd.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/math/quadrature/gauss.hpp>
#include <boost/math/special_functions/digamma.hpp>
#include <cmath>
#include <map>
#include <vector>

#include "predict/maximum_likelihood.h"

namespace furrow::predict {
namespace {

using boost::math::digamma;
using Nodes = boost::math::quadrature::gauss<double, 12>;

constexpr double kFall = 4;            // of the integrand's logarithm over a panel, over which 12 nodes are exact to some 1e-12
constexpr double kLongest = 2;         // panel, in the logarithm of time
constexpr double kNegligible = 1e-17;  // of the integral

// Of "left at some time between the last order and the end": the logarithm of the integral of (alpha+t)^-(r+x) (beta+t)^-(s+1) over that time t,
// and what its gradient needs, as means over t.
struct Leaving {
  double log_integral = -HUGE_VAL;
  double log_alpha = 0, log_beta = 0;          // means of log(alpha + t) and log(beta + t)
  double one_by_alpha = 0, one_by_beta = 0;    // means of 1 / (alpha + t) and 1 / (beta + t)
};

// With v = log((c+t) / (c+recency)), c the lesser of alpha and beta, the integrand is exp(-m v) times a power of a slow function. It falls ever
// faster with v once it falls, so that what comes after a negligible panel is less.
Leaving leaving(const ParetoNbd& p, double x, double recency, double age) {
  Leaving out;
  if (!(age > recency)) return out;
  const bool alpha_first = p.alpha <= p.beta;
  const double lesser = std::min(p.alpha, p.beta) + recency, apart = std::abs(p.alpha - p.beta) / lesser;
  const double power = alpha_first ? p.s + 1 : p.r + x, m = p.r + x + p.s;
  const double log_lesser = std::log(lesser), at_last = std::log1p(apart), whole = std::log1p((age - recency) / lesser);
  double sum = 0, of_lesser = 0, of_other = 0, by_lesser = 0, by_other = 0;
  const auto& nodes = Nodes::abscissa();
  const auto& weights = Nodes::weights();
  for (double from = 0; from < whole;) {
    const double ahead = apart * std::exp(-from), share = ahead / (1 + ahead), fall = m - power * share;
    const double length = std::min({kLongest, whole - from, kFall / std::abs(fall), std::sqrt(2 * kFall / (power * share * (1 - share)))});
    if (!(length > 0)) break;
    const double half = length / 2, before = sum;
    for (size_t k = 0; k < 2 * nodes.size(); ++k) {
      const double v = from + half * (1 + (k % 2 == 0 ? nodes[k / 2] : -nodes[k / 2]));
      const double shrink = std::exp(-v), ratio = std::log1p(apart * shrink);  // ratio: log of the greater by the lesser
      const double weight = half * weights[k / 2] * std::exp(power * (at_last - ratio) - m * v);
      const double by_here = shrink / lesser;
      sum += weight;
      of_lesser += weight * (log_lesser + v);
      of_other += weight * (log_lesser + v + ratio);
      by_lesser += weight * by_here;
      by_other += weight * by_here / (1 + apart * shrink);
    }
    from += length;
    if (fall > 0 && sum - before < kNegligible * sum) break;
  }
  if (!(sum > 0)) return out;
  out.log_integral = -m * log_lesser - power * at_last + std::log(sum);
  out.log_alpha = (alpha_first ? of_lesser : of_other) / sum;
  out.log_beta = (alpha_first ? of_other : of_lesser) / sum;
  out.one_by_alpha = (alpha_first ? by_lesser : by_other) / sum;
  out.one_by_beta = (alpha_first ? by_other : by_lesser) / sum;
  return out;
}

// The log-likelihood of one history but for what depends on r and x alone, its gradient by r, alpha, s and beta, and the chance to be a customer still.
struct OfOne {
  double value, alive;
  std::array<double, 4> gradient;
};
OfOne of_one(const ParetoNbd& p, double x, double recency, double age) {
  const double log_alpha = std::log(p.alpha + age), log_beta = std::log(p.beta + age);
  const double stayed = -(p.r + x) * log_alpha - p.s * log_beta;
  const Leaving gone = leaving(p, x, recency, age);
  const double left = std::log(p.s) + gone.log_integral;
  const double value = std::max(stayed, left) + std::log1p(std::exp(-std::abs(stayed - left)));
  const double alive = std::exp(stayed - value), dead = 1 - alive;
  return {value + p.r * std::log(p.alpha) + p.s * std::log(p.beta), alive,
          {std::log(p.alpha) - alive * log_alpha - dead * gone.log_alpha,
           p.r / p.alpha - (p.r + x) * (alive / (p.alpha + age) + dead * gone.one_by_alpha),
           std::log(p.beta) - alive * log_beta + dead * (1 / p.s - gone.log_beta),
           p.s / p.beta - alive * p.s / (p.beta + age) - dead * (p.s + 1) * gone.one_by_beta}};
}

}  // namespace

double ParetoNbd::p_alive(const OrderHistory& c) const { return of_one(*this, c.repeats, c.recency, c.age).alive; }

double ParetoNbd::expected_orders(const OrderHistory& c, double weeks) const {
  const double longer = std::log1p(weeks / (beta + c.age)), shape = s - 1;
  // The formula has a removable singularity at s = 1.
  const double lives = (beta + c.age) * (std::abs(shape) < 1e-9 ? longer : -std::expm1(-shape * longer) / shape);
  return (r + c.repeats) / (alpha + c.age) * lives * p_alive(c);
}

Result<ParetoNbd> fit_pareto_nbd(std::span<const OrderHistory> customers) {
  FURROW_ASSIGN(const std::vector<CountedHistory> rows, count_histories(customers));
  std::map<double, double> by_repeats;
  double longest = 0;
  for (const CountedHistory& row : rows) {
    by_repeats[row.repeats] += row.weight;
    longest = std::max(longest, row.age);
  }
  auto likelihood = [&](const std::array<double, 4>& logs, std::array<double, 4>& gradient) {
    const ParetoNbd p{std::exp(logs[0]), std::exp(logs[1]), std::exp(logs[2]), std::exp(logs[3])};
    double total = 0;
    std::array<double, 4> g{};
    for (const auto& [x, weight] : by_repeats) {
      total += weight * (std::lgamma(p.r + x) - std::lgamma(p.r));
      g[0] += weight * (digamma(p.r + x) - digamma(p.r));
    }
    for (const CountedHistory& row : rows) {
      const OfOne one = of_one(p, row.repeats, row.recency, row.age);
      total += row.weight * one.value;
      for (size_t k = 0; k < 4; ++k) g[k] += row.weight * one.gradient[k];
    }
    gradient = {g[0] * p.r, g[1] * p.alpha, g[2] * p.s, g[3] * p.beta};
    return total;
  };
  const double scale = std::log(longest / 4);
  auto [best, held] = maximise_or_hold<4>({0.0, scale, 0.0, scale}, {0.0, scale, 0.0, scale}, static_cast<double>(customers.size()), likelihood);
  if (!best.converged) {
    return Error(ErrorCode::kInvalidFile, fmt::format("no Pareto/NBD model fits these {} customers: check that the times of their orders are right", customers.size()));
  }
  return ParetoNbd{std::exp(best.x[0]), std::exp(best.x[1]), std::exp(best.x[2]), std::exp(best.x[3]), best.value, best.iterations, held};
}

OrderInterval order_interval(const ParetoNbd& model, const OrderHistory& c, double weeks, double level, uint64_t seed, int draws) {
  // Given a customer at the end: the rates of ordering and of leaving are Gamma(r + x, alpha + T) and Gamma(s, beta + T), independent.
  auto orders = [&](Random& random) {
    const double rate = random.gamma(model.r + c.repeats) / (model.alpha + c.age), leave = random.gamma(model.s) / (model.beta + c.age);
    const double stays = leave > 0 ? -std::log1p(-random.uniform()) / leave : weeks;
    return static_cast<double>(random.poisson(rate * std::min(weeks, stays)));
  };
  return order_interval(model.p_alive(c), orders, level, seed, draws);
}

}  // namespace furrow::predict
