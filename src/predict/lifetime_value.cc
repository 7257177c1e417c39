#include "predict/lifetime_value.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/math/special_functions/digamma.hpp>
#include <cmath>
#include <map>
#include <tuple>

#include "predict/maximum_likelihood.h"

namespace furrow::predict {
namespace {

using boost::math::digamma;

// Gauss's hypergeometric series, for 0 <= z < 1 and positive a, b, c. Terms shrink by z in the end.
double hypergeometric_2f1(double a, double b, double c, double z) {
  double term = 1, sum = 1;
  for (int n = 0; n < 100000; ++n) {
    term *= (a + n) * (b + n) / ((c + n) * (n + 1)) * z;
    sum += term;
    if (std::abs(term) < 1e-13 * std::abs(sum)) break;
  }
  return sum;
}

struct Distinct {
  CountedHistory history;
  size_t x_index;
};

}  // namespace

double BgNbd::p_alive(const OrderHistory& c) const {
  if (c.repeats == 0) return 1;  // one leaves only after a repeat order
  double log_odds = std::log(a / (b + c.repeats - 1)) + (r + c.repeats) * std::log((alpha + c.age) / (alpha + c.recency));
  return 1 / (1 + std::exp(log_odds));
}

double BgNbd::expected_orders(const OrderHistory& c, double weeks) const {
  // The formula has a removable singularity at a = 1.
  double shape = std::abs(a - 1) < 1e-7 ? 1 + 1e-7 : a;
  double x = c.repeats;
  double ratio = (r + x) * std::log((alpha + c.age) / (alpha + c.age + weeks));
  double series = hypergeometric_2f1(r + x, b + x, shape + b + x - 1, weeks / (alpha + c.age + weeks));
  double unconditional = (shape + b + x - 1) / (shape - 1) * (1 - std::exp(ratio) * series);
  return std::max(0.0, unconditional) * p_alive(c);
}

Result<std::vector<CountedHistory>> count_histories(std::span<const OrderHistory> customers) {
  std::map<std::tuple<double, double, double>, double> counted;
  bool repeats = false;
  for (const auto& c : customers) {
    counted[{c.repeats, c.recency, c.age}] += 1;
    repeats = repeats || (c.repeats > 0 && c.age > 0);
  }
  if (!repeats) return Error(ErrorCode::kInvalidFile, "no customer ordered on a second day, so nothing can be learned about repeat orders");
  std::vector<CountedHistory> out;
  for (const auto& [key, weight] : counted) out.push_back({std::get<0>(key), std::get<1>(key), std::get<2>(key), weight});
  return out;
}

Result<BgNbd> fit_bg_nbd(std::span<const OrderHistory> customers) {
  FURROW_ASSIGN(const std::vector<CountedHistory> counted, count_histories(customers));
  std::vector<double> orders;
  std::vector<Distinct> rows;
  double longest = 0;
  for (const CountedHistory& one : counted) {
    if (orders.empty() || orders.back() != one.repeats) orders.push_back(one.repeats);
    rows.push_back({one, orders.size() - 1});
    longest = std::max(longest, one.age);
  }
  // What depends on x alone is worked out once for each distinct x.
  struct PerOrder { double constant, dr, da, db, log_a4; };
  std::vector<PerOrder> per(orders.size());
  auto likelihood = [&](const std::array<double, 4>& logs, std::array<double, 4>& gradient) {
    double r = std::exp(logs[0]), alpha = std::exp(logs[1]), a = std::exp(logs[2]), b = std::exp(logs[3]);
    double psi_r = digamma(r), psi_ab = digamma(a + b), psi_b = digamma(b);
    for (size_t i = 0; i < orders.size(); ++i) {
      double x = orders[i];
      per[i].constant = std::lgamma(r + x) - std::lgamma(r) + r * logs[1] + std::lgamma(a + b) + std::lgamma(b + x) -
                        std::lgamma(b) - std::lgamma(a + b + x);
      double psi_abx = digamma(a + b + x);
      per[i].dr = digamma(r + x) - psi_r + logs[1];
      per[i].da = psi_ab - psi_abx;
      per[i].db = psi_ab + digamma(b + x) - psi_b - psi_abx;
      per[i].log_a4 = x > 0 ? logs[2] - std::log(b + x - 1) : 0;
    }
    double total = 0;
    std::array<double, 4> g{};
    for (const auto& [row, x_index] : rows) {
      const PerOrder& p = per[x_index];
      double log_age = std::log(alpha + row.age);
      double alive = -(r + row.repeats) * log_age, left_weight = 0, log_recency = 0, value = alive;
      if (row.repeats > 0) {
        log_recency = std::log(alpha + row.recency);
        double left = p.log_a4 - (r + row.repeats) * log_recency;
        value = std::max(alive, left) + std::log1p(std::exp(-std::abs(alive - left)));
        left_weight = std::exp(left - value);
      }
      double alive_weight = 1 - left_weight;
      total += row.weight * (p.constant + value);
      g[0] += row.weight * (p.dr - alive_weight * log_age - left_weight * log_recency);
      g[1] += row.weight * (r / alpha - (r + row.repeats) * (alive_weight / (alpha + row.age) + left_weight / (alpha + row.recency)));
      g[2] += row.weight * (p.da + left_weight / a);
      g[3] += row.weight * (p.db - (row.repeats > 0 ? left_weight / (b + row.repeats - 1) : 0));
    }
    gradient = {g[0] * r, g[1] * alpha, g[2] * a, g[3] * b};
    return total;
  };
  auto [best, held] = maximise_or_hold<4>({0.0, std::log(longest / 4), 0.0, 0.5}, {0.0, std::log(longest / 4), 0.0, 0.0}, static_cast<double>(customers.size()), likelihood);
  if (!best.converged) {
    return Error(ErrorCode::kInvalidFile, fmt::format("no BG/NBD model fits these {} customers: check that the times of their orders are right", customers.size()));
  }
  return BgNbd{std::exp(best.x[0]), std::exp(best.x[1]), std::exp(best.x[2]), std::exp(best.x[3]), best.value, best.iterations, held};
}

double GammaGamma::expected_amount(const OrderHistory& c) const {
  double x = c.mean_amount > 0 ? c.repeats - c.unpriced : 0;
  double shape = p * x + q;
  if (shape <= 1) return p * v / q;  // the mean does not exist; the ratio of scales stands in
  return p * (v + x * c.mean_amount) / (shape - 1);
}

Result<GammaGamma> fit_gamma_gamma(std::span<const OrderHistory> customers) {
  std::vector<const OrderHistory*> rows;
  double sum_x = 0, sum_m = 0;
  for (const auto& c : customers) {
    if (c.repeats <= c.unpriced || c.mean_amount <= 0) continue;
    rows.push_back(&c);
    sum_x += c.repeats - c.unpriced;
    sum_m += c.mean_amount;
  }
  if (rows.size() < 10) {
    return Error(ErrorCode::kInvalidFile, fmt::format("{} customers have repeat orders with an amount; at least 10 are needed to say what an order is worth; without --amount the number of orders is forecast all the same", rows.size()));
  }
  auto n = static_cast<double>(rows.size());
  double mean_x = sum_x / n, mean_m = sum_m / n, xx = 0, mm = 0, xm = 0;
  for (const auto* c : rows) {
    const double x = c->repeats - c->unpriced - mean_x, m = c->mean_amount - mean_m;
    xx += x * x;
    mm += m * m;
    xm += x * m;
  }
  auto likelihood = [&](const std::array<double, 3>& logs, std::array<double, 3>& gradient) {
    double p = std::exp(logs[0]), q = std::exp(logs[1]), v = std::exp(logs[2]);
    double lgamma_q = std::lgamma(q), psi_q = digamma(q), total = 0;
    std::array<double, 3> g{};
    for (const auto* c : rows) {
      double x = c->repeats - c->unpriced, m = c->mean_amount, scale = v + x * m, log_scale = std::log(scale);
      double log_m = std::log(m), log_x = std::log(x), psi = digamma(p * x + q);
      total += std::lgamma(p * x + q) - std::lgamma(p * x) - lgamma_q + q * logs[2] + (p * x - 1) * log_m + p * x * log_x -
               (p * x + q) * log_scale;
      g[0] += x * (psi - digamma(p * x) + log_m + log_x - log_scale);
      g[1] += psi - psi_q + logs[2] - log_scale;
      g[2] += q / v - (p * x + q) / scale;
    }
    gradient = {g[0] * p, g[1] * q, g[2] * v};
    return total;
  };
  auto [best, held] = maximise_or_hold<3>({1.0, 1.0, std::log(mean_m)}, {0.0, 0.0, std::log(mean_m)}, n, likelihood);
  if (!best.converged) return Error(ErrorCode::kInvalidFile, "no Gamma-Gamma model fits these amounts: check the column, or leave --amount out");
  double correlation = xx > 0 && mm > 0 ? xm / std::sqrt(xx * mm) : 0;
  return GammaGamma{std::exp(best.x[0]), std::exp(best.x[1]), std::exp(best.x[2]), best.value, correlation, held};
}

OrderInterval order_interval(double alive, const std::function<double(Random&)>& draw_orders, double level, uint64_t seed, int draws) {
  Random random(seed);
  std::vector<double> counts;
  counts.reserve(static_cast<size_t>(draws));
  for (int i = 0; i < draws; ++i) counts.push_back(random.chance(alive) ? draw_orders(random) : 0);
  std::sort(counts.begin(), counts.end());
  auto at = [&](double q) { return counts[static_cast<size_t>(std::clamp(q * draws, 0.0, draws - 1.0))]; };
  return {at((1 - level) / 2), at((1 + level) / 2)};
}

OrderInterval order_interval(const BgNbd& model, const OrderHistory& c, double weeks, double level, uint64_t seed, int draws) {
  // Given alive at T: the rate is Gamma(r + x, alpha + T), the drop-out probability Beta(a, b + x), independent.
  auto orders = [&](Random& random) {
    double rate = random.gamma(model.r + c.repeats) / (model.alpha + c.age);
    double leave = random.gamma(model.a), stay = random.gamma(model.b + c.repeats);
    double drop = leave / (leave + stay);
    double wanted = static_cast<double>(random.poisson(rate * weeks));
    double until_drop = drop < 1 ? 1 + std::floor(std::log(1 - random.uniform()) / std::log1p(-drop)) : 1;
    return std::min(wanted, until_drop);
  };
  return order_interval(model.p_alive(c), orders, level, seed, draws);
}

}  // namespace furrow::predict
