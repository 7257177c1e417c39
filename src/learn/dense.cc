#include "learn/dense.h"

#include <Eigen/Cholesky>
#include <Eigen/Core>
#include <Eigen/Eigenvalues>

#include "base/result.h"

namespace furrow::learn {
namespace {

using Matrix = Eigen::MatrixXd;
using Vector = Eigen::VectorXd;

Eigen::Map<const Matrix> view(const Dense& a) {
  return {a.values.data(), static_cast<Eigen::Index>(a.rows), static_cast<Eigen::Index>(a.columns)};
}
Eigen::Map<Matrix> view(Dense& a) { return {a.values.data(), static_cast<Eigen::Index>(a.rows), static_cast<Eigen::Index>(a.columns)}; }
Eigen::Map<const Vector> view(const std::vector<double>& x) { return {x.data(), static_cast<Eigen::Index>(x.size())}; }
Eigen::Map<Vector> view(std::vector<double>& x) { return {x.data(), static_cast<Eigen::Index>(x.size())}; }

constexpr Eigen::Index kBand = 1024;  // rows weighted at a time, so that the weighted copy stays small

}  // namespace

double norm(const std::vector<double>& x) { return view(x).norm(); }

std::vector<double> multiply(const Dense& a, const std::vector<double>& x) {
  FURROW_ASSERT(x.size() == a.columns);
  std::vector<double> out(a.rows);
  view(out).noalias() = view(a) * view(x);
  return out;
}

std::vector<double> multiply_transposed(const Dense& a, const std::vector<double>& y) {
  FURROW_ASSERT(y.size() == a.rows);
  std::vector<double> out(a.columns);
  view(out).noalias() = view(a).transpose() * view(y);
  return out;
}

Dense multiply(const Dense& a, const Dense& b) {
  FURROW_ASSERT(a.columns == b.rows);
  Dense out(a.rows, b.columns);
  view(out).noalias() = view(a) * view(b);
  return out;
}

Dense gram(const Dense& x, const std::vector<double>& weights) {
  FURROW_ASSERT(weights.empty() || weights.size() == x.rows);
  Dense out(x.columns, x.columns);
  auto sum = view(out);
  const auto rows = static_cast<Eigen::Index>(x.rows);
  for (Eigen::Index from = 0; from < rows; from += kBand) {
    const auto count = std::min(kBand, rows - from);
    Matrix band = view(x).middleRows(from, count);
    if (!weights.empty()) band = view(weights).segment(from, count).cwiseSqrt().asDiagonal() * band;
    sum.selfadjointView<Eigen::Lower>().rankUpdate(band.transpose());
  }
  for (size_t c = 0; c < out.columns; ++c) {
    for (size_t r = 0; r < c; ++r) out(r, c) = out(c, r);
  }
  return out;
}

std::vector<double> solve_symmetric(const Dense& a, const std::vector<double>& b) {
  FURROW_ASSERT(a.rows == a.columns && b.size() == a.rows);
  std::vector<double> out(b.size());
  view(out) = Eigen::LDLT<Matrix>(view(a)).solve(view(b));
  return out;
}

Eigenpairs symmetric_eigenpairs(const Dense& a) {
  FURROW_ASSERT(a.rows == a.columns);
  const Eigen::SelfAdjointEigenSolver<Matrix> solver(view(a));
  Eigenpairs out{std::vector<double>(a.rows), Dense(a.rows, a.rows)};
  view(out.values) = solver.eigenvalues();
  view(out.vectors) = solver.eigenvectors();
  return out;
}

Whitening whitening(const Dense& a) {
  FURROW_ASSERT(a.rows == a.columns);
  const Eigen::LLT<Matrix> factor(view(a));
  Whitening out{Dense(a.rows, a.rows), 0};
  view(out.inverse).setIdentity();
  auto inverse = view(out.inverse);
  factor.matrixL().solveInPlace(inverse);
  for (Eigen::Index i = 0; i < inverse.rows(); ++i) out.log_determinant -= 2 * std::log(inverse(i, i));
  return out;
}

}  // namespace furrow::learn
