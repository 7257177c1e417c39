// Gauss-Legendre points and weights on [0,1]: with m points, exact for polynomials of degree 2 m - 1.
#pragma once
#include <vector>

namespace furrow::learn {

// Appended to both. By Newton's method on the Legendre polynomial; m >= 1.
void gauss_legendre(int m, std::vector<double>& points, std::vector<double>& weights);

}  // namespace furrow::learn
