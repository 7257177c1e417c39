#include "learn/quadrature.h"

#include <cmath>
#include <numbers>

namespace furrow::learn {

void gauss_legendre(int m, std::vector<double>& points, std::vector<double>& weights) {
  for (int i = 0; i < m; ++i) {
    double x = std::cos(std::numbers::pi * (i + 0.75) / (m + 0.5)), slope = 0;
    for (int step = 0; step < 100; ++step) {
      double p = 1, before = 0;
      for (int k = 1; k <= m; ++k) {
        double next = ((2 * k - 1) * x * p - (k - 1) * before) / k;
        before = p;
        p = next;
      }
      slope = m * (x * p - before) / (x * x - 1);
      double change = p / slope;
      x -= change;
      if (std::abs(change) < 1e-16) break;
    }
    points.push_back((1 + x) / 2);
    weights.push_back(1 / ((1 - x * x) * slope * slope));
  }
}

}  // namespace furrow::learn
