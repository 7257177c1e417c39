#include "learn/cluster_dip.h"

#include <algorithm>
#include <cmath>

namespace furrow::learn {
namespace {

// For each point the next one towards the start on the greatest convex minorant of the distribution up to it.
std::vector<int> minorant_links(const std::vector<double>& x, int n) {
  std::vector<int> link(static_cast<size_t>(n) + 1);
  auto at = [&](int i) -> int& { return link[static_cast<size_t>(i)]; };
  auto value = [&](int i) { return x[static_cast<size_t>(i)]; };
  at(1) = 1;
  for (int j = 2; j <= n; ++j) {
    at(j) = j - 1;
    while (true) {
      const int a = at(j), b = at(a);
      if (a == 1 || (value(j) - value(a)) * (a - b) < (value(a) - value(b)) * (j - a)) break;
      at(j) = b;
    }
  }
  return link;
}

// And towards the end on the least concave majorant.
std::vector<int> majorant_links(const std::vector<double>& x, int n) {
  std::vector<int> link(static_cast<size_t>(n) + 1);
  auto at = [&](int i) -> int& { return link[static_cast<size_t>(i)]; };
  auto value = [&](int i) { return x[static_cast<size_t>(i)]; };
  at(n) = n;
  for (int k = n - 1; k >= 1; --k) {
    at(k) = k + 1;
    while (true) {
      const int a = at(k), b = at(a);
      if (a == n || (value(k) - value(a)) * (a - b) < (value(a) - value(b)) * (k - a)) break;
      at(k) = b;
    }
  }
  return link;
}

// The largest excess of the distribution over (side +1) or under (-1) the chord from `low` to `high`.
double chord_excess(const std::vector<double>& x, int low, int high, int side) {
  double largest = 1;
  const double a = x[static_cast<size_t>(low)], b = x[static_cast<size_t>(high)];
  if (high - low <= 1 || a == b) return largest;
  const double slope = (high - low) / (b - a);
  for (int j = low; j <= high; ++j) {
    const double rise = (x[static_cast<size_t>(j)] - a) * slope;
    largest = std::max(largest, side > 0 ? (j - low + 1) - rise : rise - (j - low - 1));
  }
  return largest;
}

}  // namespace

double dip(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  if (values.size() < 2 || values.front() == values.back()) return 0;
  const int n = static_cast<int>(values.size());
  values.insert(values.begin(), 0);  // counted from 1, as in the paper
  const std::vector<double>& x = values;
  const std::vector<int> minor = minorant_links(x, n), major = majorant_links(x, n);
  auto value = [&](int i) { return x[static_cast<size_t>(i)]; };
  double largest = 1;
  int low = 1, high = n;
  while (true) {
    std::vector<int> gcm{0, high}, lcm{0, low};
    while (gcm.back() > low) gcm.push_back(minor[static_cast<size_t>(gcm.back())]);
    while (lcm.back() < high) lcm.push_back(major[static_cast<size_t>(lcm.back())]);
    const int gcm_length = static_cast<int>(gcm.size()) - 1, lcm_length = static_cast<int>(lcm.size()) - 1;
    int ig = gcm_length, ih = lcm_length, ix = ig - 1, iv = 2;
    auto g = [&](int i) { return gcm[static_cast<size_t>(i)]; };
    auto l = [&](int i) { return lcm[static_cast<size_t>(i)]; };
    double distance = 0;
    if (gcm_length == 2 && lcm_length == 2) {
      distance = 1;
    } else {
      do {
        if (g(ix) > l(iv)) {
          const int before = g(ix + 1);
          const double d = (l(iv) - before + 1) - (value(l(iv)) - value(before)) * (g(ix) - before) / (value(g(ix)) - value(before));
          ++iv;
          if (d >= distance) { distance = d; ig = ix + 1; ih = iv - 1; }
        } else {
          const int before = l(iv - 1);
          const double d = (value(g(ix)) - value(before)) * (l(iv) - before) / (value(l(iv)) - value(before)) - (g(ix) - before - 1);
          --ix;
          if (d >= distance) { distance = d; ig = ix + 1; ih = iv; }
        }
        ix = std::max(ix, 1);
        iv = std::min(iv, lcm_length);
      } while (g(ix) != l(iv));
    }
    if (distance < largest) break;
    double here = 0;
    for (int j = ig; j < gcm_length; ++j) here = std::max(here, chord_excess(x, g(j + 1), g(j), +1));
    for (int j = ih; j < lcm_length; ++j) here = std::max(here, chord_excess(x, l(j), l(j + 1), -1));
    largest = std::max(largest, here);
    if (low == g(ig) && high == l(ih)) break;
    low = g(ig);
    high = l(ih);
  }
  return largest / (2.0 * n);
}

double dip_p_value(double dip, size_t n) {
  // Quantiles of sqrt(n) * dip of uniform samples: simulated (20,000 samples of 2,000), with the correction for small n that
  // makes the quantiles of 10, 20, 50, 100 and 200 rows agree with them to 2 %.
  struct Quantile { double statistic, p; };
  static constexpr Quantile kQuantiles[] = {{0.2179, 0.999}, {0.2751, 0.95}, {0.2935, 0.9}, {0.3783, 0.5}, {0.5008, 0.1},
                                            {0.5449, 0.05}, {0.5944, 0.02}, {0.6301, 0.01}, {0.6783, 0.004}, {0.7128, 0.002},
                                            {0.7421, 0.001}, {0.8145, 0.0001}};
  const double root = std::sqrt(static_cast<double>(n));
  const double statistic = dip * (root + 0.55);
  if (n < 4 || statistic <= kQuantiles[0].statistic) return 1;
  for (size_t i = 1; i < std::size(kQuantiles); ++i) {
    if (statistic > kQuantiles[i].statistic) continue;
    const Quantile &a = kQuantiles[i - 1], &b = kQuantiles[i];
    const double t = (statistic - a.statistic) / (b.statistic - a.statistic);
    return std::exp(std::log(a.p) + t * (std::log(b.p) - std::log(a.p)));
  }
  return 0.0001;
}

}  // namespace furrow::learn
