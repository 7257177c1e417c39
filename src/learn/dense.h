// Dense linear algebra on plain vectors: what the models need of Eigen, in one place.
//
// Eigen's templates take ten seconds of every file that uses them; dense.cc alone does. Sizes must fit (asserted); numbers
// are doubles; nothing is checked for NaN. Threads: any.
#pragma once
#include <cstddef>
#include <vector>

namespace furrow::learn {

// A matrix, column after column.
struct Dense {
  size_t rows = 0, columns = 0;
  std::vector<double> values;

  Dense() = default;
  Dense(size_t r, size_t c) : rows(r), columns(c), values(r * c, 0.0) {}
  double& operator()(size_t row, size_t column) { return values[column * rows + row]; }
  double operator()(size_t row, size_t column) const { return values[column * rows + row]; }
  double* column(size_t c) { return values.data() + c * rows; }
  const double* column(size_t c) const { return values.data() + c * rows; }
};

double norm(const std::vector<double>& x);
std::vector<double> multiply(const Dense& a, const std::vector<double>& x);             // a·x
std::vector<double> multiply_transposed(const Dense& a, const std::vector<double>& y);  // aᵀ·y
Dense multiply(const Dense& a, const Dense& b);                                         // a·b
// xᵀ·diag(weights)·x, symmetric, weights from 0; without weights xᵀ·x. O(rows · columns²).
Dense gram(const Dense& x, const std::vector<double>& weights = {});

// The solution of a·z = b, a symmetric (its lower half is read) and not negative: LDLᵀ with pivoting. O(columns³).
std::vector<double> solve_symmetric(const Dense& a, const std::vector<double>& b);

struct Eigenpairs {
  std::vector<double> values;  // ascending
  Dense vectors;               // a column each, of length 1
};
Eigenpairs symmetric_eigenpairs(const Dense& a);

// L⁻¹ of a = L·Lᵀ, a symmetric and positive, and the logarithm of a's determinant.
struct Whitening {
  Dense inverse;  // lower triangle
  double log_determinant = 0;
};
Whitening whitening(const Dense& a);

}  // namespace furrow::learn
