#include "learn/cluster_mixture.h"

#include <Eigen/Cholesky>
#include <Eigen/Core>
#include <Eigen/Eigenvalues>
#include <cmath>
#include <limits>
#include <numbers>

#include "base/random.h"
#include "base/result.h"
#include "learn/cluster_kmeans.h"

namespace furrow::learn {
namespace {

using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
constexpr double kRowsAParameter = 2;
constexpr double kRidge = 1e-2;  // of the mean variance

Matrix as_matrix(const Points& points) {
  Matrix out(points.rows, points.columns);
  for (size_t i = 0; i < points.rows; ++i) {
    for (size_t j = 0; j < points.columns; ++j) out(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(j)) = points.row(i)[j];
  }
  return out;
}

// log(weight · density) of every row under group g.
Eigen::VectorXd log_density(const Mixture& mixture, const Matrix& x, size_t g) {
  const auto d = static_cast<Eigen::Index>(mixture.columns);
  Eigen::Map<const Eigen::RowVectorXd> mean(&mixture.means[g * mixture.columns], d);
  Eigen::Map<const Matrix> whiten(&mixture.precisions[g * mixture.columns * mixture.columns], d, d);
  const Matrix z = mixture.full ? Matrix((x.rowwise() - mean) * whiten.transpose())
                                : Matrix((x.rowwise() - mean).array().rowwise() * whiten.diagonal().transpose().array());
  const double constant = std::log(mixture.weights[g]) - 0.5 * (static_cast<double>(d) * std::log(2 * std::numbers::pi) + mixture.log_determinants[g]);
  return (-0.5 * z.rowwise().squaredNorm()).array() + constant;
}

// One group's parameters from the rows' shares in it.
void maximise(Mixture& mixture, const Matrix& x, const Eigen::VectorXd& share, size_t g, double ridge) {
  const auto d = x.cols();
  const double total = std::max(share.sum(), 1e-9);
  mixture.weights[g] = total / static_cast<double>(x.rows());
  const Eigen::RowVectorXd mean = (share.transpose() * x) / total;
  Eigen::Map<Eigen::RowVectorXd>(&mixture.means[g * mixture.columns], d) = mean;
  const Matrix centred = x.rowwise() - mean;
  Matrix covariance;
  if (mixture.full) {
    covariance = (centred.array().colwise() * share.array()).matrix().transpose() * centred / total;
  } else {
    covariance = Matrix::Zero(d, d);
    covariance.diagonal() = (centred.array().square().colwise() * share.array()).colwise().sum().transpose() / total;
  }
  covariance.diagonal().array() += ridge;
  const Eigen::LLT<Matrix> factor(covariance);
  Eigen::Map<Matrix> whiten(&mixture.precisions[g * mixture.columns * mixture.columns], d, d);
  whiten = factor.matrixL().solve(Matrix::Identity(d, d));
  mixture.log_determinants[g] = 2 * Matrix(factor.matrixL()).diagonal().array().log().sum();
}

struct Expectation {
  Matrix shares;  // rows × k
  double log_likelihood = 0;
};
Expectation expect(const Mixture& mixture, const Matrix& x) {
  Expectation out{Matrix(x.rows(), mixture.k), 0};
  for (size_t g = 0; g < mixture.k; ++g) out.shares.col(static_cast<Eigen::Index>(g)) = log_density(mixture, x, g);
  const Eigen::VectorXd most = out.shares.rowwise().maxCoeff();
  out.shares = (out.shares.colwise() - most).array().exp();
  const Eigen::VectorXd sum = out.shares.rowwise().sum();
  out.log_likelihood = (most.array() + sum.array().log()).mean();
  out.shares.array().colwise() /= sum.array();
  return out;
}

Mixture run(const Matrix& x, const std::vector<uint32_t>& labels, size_t k, const MixtureOptions& options) {
  const size_t d = static_cast<size_t>(x.cols()), full_parameters = d * (d + 3) / 2;
  Mixture mixture{k, d, static_cast<double>(x.rows()) / static_cast<double>(k) >= kRowsAParameter * static_cast<double>(full_parameters),
                  std::vector<double>(k), std::vector<double>(k * d), std::vector<double>(k * d * d), std::vector<double>(k), 0, 0};
  const double variance = (x.rowwise() - x.colwise().mean()).array().square().mean();
  const double ridge = std::max(1e-9, kRidge * variance);
  Matrix shares = Matrix::Zero(x.rows(), static_cast<Eigen::Index>(k));
  for (size_t i = 0; i < labels.size(); ++i) shares(static_cast<Eigen::Index>(i), labels[i]) = 1;
  double before = -std::numeric_limits<double>::max();
  for (size_t iteration = 0; iteration < options.max_iterations; ++iteration) {
    for (size_t g = 0; g < k; ++g) maximise(mixture, x, shares.col(static_cast<Eigen::Index>(g)), g, ridge);
    Expectation now = expect(mixture, x);
    mixture.log_likelihood = now.log_likelihood;
    shares = std::move(now.shares);
    if (mixture.log_likelihood - before < options.tolerance) break;
    before = mixture.log_likelihood;
  }
  const double parameters = static_cast<double>(k * (mixture.full ? full_parameters : 2 * d) + k - 1);
  const double n = static_cast<double>(x.rows());
  mixture.bic = parameters * std::log(n) - 2 * n * mixture.log_likelihood;
  return mixture;
}

// The rows along their principal axes, each with deviation 1; axes without any are left at 0.
Points whitened(const Matrix& x) {
  const Eigen::RowVectorXd mean = x.colwise().mean();
  const Matrix centred = x.rowwise() - mean;
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(centred.transpose() * centred / static_cast<double>(x.rows()));
  const double least = 1e-6 * std::max(1e-12, solver.eigenvalues().maxCoeff());
  const Eigen::VectorXd scale = solver.eigenvalues().unaryExpr([&](double v) { return v > least ? 1 / std::sqrt(v) : 0.0; });
  const Matrix z = centred * solver.eigenvectors() * scale.asDiagonal();
  Points out{static_cast<size_t>(x.rows()), static_cast<size_t>(x.cols()), {}};
  for (Eigen::Index i = 0; i < z.rows(); ++i) {
    for (Eigen::Index j = 0; j < z.cols(); ++j) out.values.push_back(static_cast<float>(z(i, j)));
  }
  return out;
}

}  // namespace

Mixture fit_mixture(const Points& points, size_t k, const MixtureOptions& options) {
  FURROW_ASSERT(points.rows > 0 && points.columns > 0 && k > 0);
  const Points sample = points.take(sample_rows(points.rows, options.sample_rows, mix64(options.seed)));
  const Matrix x = as_matrix(sample);
  Mixture best;
  for (size_t s = 0; s < options.starts; ++s) {
    KMeansOptions start;
    start.seed = mix64(options.seed * 613 + s);
    start.starts = s < 2 ? 16 : 1;  // the best partition k-means finds, then some others
    const KMeans means = k_means(s == 1 ? whitened(x) : sample, k, start);
    Mixture attempt = run(x, means.labels, means.k, options);
    if (s == 0 || attempt.log_likelihood > best.log_likelihood) best = std::move(attempt);
    if (k == 1) break;
  }
  return best;
}

std::vector<uint32_t> likeliest(const Mixture& mixture, const Points& points) {
  std::vector<uint32_t> labels(points.rows);
  parallel_chunks(points.rows, 0, [&](size_t, size_t begin, size_t end) {
    Points part{end - begin, points.columns, {points.row(begin), points.row(begin) + (end - begin) * points.columns}};
    const Matrix x = as_matrix(part);
    Eigen::VectorXd best = Eigen::VectorXd::Constant(x.rows(), -std::numeric_limits<double>::max());
    for (size_t g = 0; g < mixture.k; ++g) {
      const Eigen::VectorXd density = log_density(mixture, x, g);
      for (size_t i = 0; i < part.rows; ++i) {
        if (density(static_cast<Eigen::Index>(i)) <= best(static_cast<Eigen::Index>(i))) continue;
        best(static_cast<Eigen::Index>(i)) = density(static_cast<Eigen::Index>(i));
        labels[begin + i] = static_cast<uint32_t>(g);
      }
    }
  });
  return labels;
}

}  // namespace furrow::learn
