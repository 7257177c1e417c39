#include "learn/cluster_mixture.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>

#include "base/random.h"
#include "base/result.h"
#include "learn/cluster_kmeans.h"
#include "learn/dense.h"

namespace furrow::learn {
namespace {

constexpr double kRowsAParameter = 2;
constexpr double kRidge = 1e-2;  // of the mean variance

Dense as_matrix(const Points& points) {
  Dense out(points.rows, points.columns);
  for (size_t i = 0; i < points.rows; ++i) {
    for (size_t j = 0; j < points.columns; ++j) out(i, j) = points.row(i)[j];
  }
  return out;
}

Dense centred_at(const Dense& x, const double* mean) {
  Dense out = x;
  for (size_t j = 0; j < x.columns; ++j) {
    for (size_t i = 0; i < x.rows; ++i) out(i, j) -= mean[j];
  }
  return out;
}

// log(weight · density) of every row under group g.
std::vector<double> log_density(const Mixture& mixture, const Dense& x, size_t g) {
  const size_t d = mixture.columns;
  const double* precision = &mixture.precisions[g * d * d];
  Dense z = centred_at(x, &mixture.means[g * d]);
  if (mixture.full) {
    Dense whiten(d, d);
    std::copy(precision, precision + d * d, whiten.values.begin());
    z = multiply(z, whiten);
  } else {
    for (size_t j = 0; j < d; ++j) std::transform(z.column(j), z.column(j) + z.rows, z.column(j), [&](double v) { return v * precision[j * d + j]; });
  }
  const double constant = std::log(mixture.weights[g]) - 0.5 * (static_cast<double>(d) * std::log(2 * std::numbers::pi) + mixture.log_determinants[g]);
  std::vector<double> out(x.rows, constant);
  for (size_t j = 0; j < d; ++j) {
    for (size_t i = 0; i < x.rows; ++i) out[i] -= 0.5 * z(i, j) * z(i, j);
  }
  return out;
}

// One group's parameters from the rows' shares in it.
void maximise(Mixture& mixture, const Dense& x, const double* share, size_t g, double ridge) {
  const size_t d = x.columns;
  const std::vector<double> shares(share, share + x.rows);
  const double total = std::max(std::accumulate(shares.begin(), shares.end(), 0.0), 1e-9);
  mixture.weights[g] = total / static_cast<double>(x.rows);
  double* mean = &mixture.means[g * d];
  const std::vector<double> sums = multiply_transposed(x, shares);
  std::transform(sums.begin(), sums.end(), mean, [&](double sum) { return sum / total; });
  const Dense centred = centred_at(x, mean);
  Dense covariance(d, d);
  if (mixture.full) {
    covariance = gram(centred, shares);
  } else {
    for (size_t j = 0; j < d; ++j) {
      for (size_t i = 0; i < x.rows; ++i) covariance(j, j) += shares[i] * centred(i, j) * centred(i, j);
    }
  }
  for (double& v : covariance.values) v /= total;
  for (size_t j = 0; j < d; ++j) covariance(j, j) += ridge;
  const Whitening whiten = whitening(covariance);
  for (size_t r = 0; r < d; ++r) {
    for (size_t c = 0; c < d; ++c) mixture.precisions[g * d * d + r * d + c] = whiten.inverse(r, c);
  }
  mixture.log_determinants[g] = whiten.log_determinant;
}

// The rows' shares in the groups, and the mean log-likelihood.
double expect(const Mixture& mixture, const Dense& x, Dense& shares) {
  for (size_t g = 0; g < mixture.k; ++g) {
    const std::vector<double> density = log_density(mixture, x, g);
    std::copy(density.begin(), density.end(), shares.column(g));
  }
  double likelihood = 0;
  for (size_t i = 0; i < x.rows; ++i) {
    double most = shares(i, 0), sum = 0;
    for (size_t g = 1; g < mixture.k; ++g) most = std::max(most, shares(i, g));
    for (size_t g = 0; g < mixture.k; ++g) sum += shares(i, g) = std::exp(shares(i, g) - most);
    for (size_t g = 0; g < mixture.k; ++g) shares(i, g) /= sum;
    likelihood += (most + std::log(sum)) / static_cast<double>(x.rows);
  }
  return likelihood;
}

double mean_variance(const Dense& x) {
  double total = 0;
  for (size_t j = 0; j < x.columns; ++j) {
    const double mean = std::accumulate(x.column(j), x.column(j) + x.rows, 0.0) / static_cast<double>(x.rows);
    for (size_t i = 0; i < x.rows; ++i) total += (x(i, j) - mean) * (x(i, j) - mean);
  }
  return total / static_cast<double>(x.values.size());
}

Mixture run(const Dense& x, const std::vector<uint32_t>& labels, size_t k, const MixtureOptions& options) {
  const size_t d = x.columns, full_parameters = d * (d + 3) / 2;
  Mixture mixture{k, d, {}, {}, static_cast<double>(x.rows) / static_cast<double>(k) >= kRowsAParameter * static_cast<double>(full_parameters),
                  std::vector<double>(k), std::vector<double>(k * d), std::vector<double>(k * d * d), std::vector<double>(k), 0, 0};
  const double ridge = std::max(1e-9, kRidge * mean_variance(x));
  Dense shares(x.rows, k);
  for (size_t i = 0; i < labels.size(); ++i) shares(i, labels[i]) = 1;
  double before = -std::numeric_limits<double>::max();
  for (size_t iteration = 0; iteration < options.max_iterations; ++iteration) {
    for (size_t g = 0; g < k; ++g) maximise(mixture, x, shares.column(g), g, ridge);
    mixture.log_likelihood = expect(mixture, x, shares);
    if (mixture.log_likelihood - before < options.tolerance) break;
    before = mixture.log_likelihood;
  }
  const double parameters = static_cast<double>(k * (mixture.full ? full_parameters : 2 * d) + k - 1);
  const double n = static_cast<double>(x.rows);
  mixture.bic = parameters * std::log(n) - 2 * n * mixture.log_likelihood;
  return mixture;
}

Points as_points(const Dense& x) {
  Points out{x.rows, x.columns, std::vector<float>(x.rows * x.columns)};
  for (size_t j = 0; j < x.columns; ++j) {
    for (size_t i = 0; i < x.rows; ++i) out.row(i)[j] = static_cast<float>(x(i, j));
  }
  return out;
}

struct PrincipalAxes {
  std::vector<double> mean;
  Eigenpairs pairs;
  explicit PrincipalAxes(const Dense& x) {
    const std::vector<double> shares(x.rows, 1 / static_cast<double>(x.rows));
    mean = multiply_transposed(x, shares);
    pairs = symmetric_eigenpairs(gram(centred_at(x, mean.data()), shares));
  }
};

// The rows along their principal axes, each with deviation 1; axes without any are left at 0.
Points whitened(const Dense& x) {
  PrincipalAxes axes(x);
  Dense& vectors = axes.pairs.vectors;
  const double least = 1e-6 * std::max(1e-12, axes.pairs.values.back());
  for (size_t j = 0; j < x.columns; ++j) {
    const double scale = axes.pairs.values[j] > least ? 1 / std::sqrt(axes.pairs.values[j]) : 0.0;
    std::transform(vectors.column(j), vectors.column(j) + x.columns, vectors.column(j), [&](double v) { return v * scale; });
  }
  return as_points(multiply(centred_at(x, axes.mean.data()), vectors));
}

// The leading axes, as columns: those with 90 % of the variance, at most kMixtureAxes.
Dense leading(const Eigenpairs& pairs) {
  const size_t d = pairs.values.size();
  const double wanted = 0.9 * std::accumulate(pairs.values.begin(), pairs.values.end(), 0.0);
  size_t kept = 0;
  for (double held = 0; kept < std::min(d, kMixtureAxes) && held < wanted; ++kept) held += pairs.values[d - 1 - kept];
  Dense out(d, std::max<size_t>(kept, 1));
  for (size_t a = 0; a < out.columns; ++a) std::copy_n(pairs.vectors.column(d - 1 - a), d, out.column(a));
  return out;
}

Dense turned(const Mixture& mixture, Dense x) {
  return mixture.origin.empty() ? x : multiply(centred_at(x, mixture.origin.data()), mixture.axes);
}

}  // namespace

Mixture fit_mixture(const Points& points, size_t k, const MixtureOptions& options) {
  FURROW_ASSERT(points.rows > 0 && points.columns > 0 && k > 0);
  const Points sample = points.take(sample_rows(points.rows, options.sample_rows, mix64(options.seed)));
  Mixture turning;
  Dense x = as_matrix(sample);
  if (points.columns > kMixtureAxes) {
    PrincipalAxes axes(x);
    turning.origin = std::move(axes.mean);
    turning.axes = leading(axes.pairs);
    x = turned(turning, std::move(x));
  }
  const Points plain = as_points(x), round = whitened(x);
  Mixture best;
  for (size_t s = 0; s < options.starts; ++s) {
    KMeansOptions start;
    start.seed = mix64(options.seed * 613 + s);
    start.starts = s < 2 ? 16 : 1;  // the best partition k-means finds, then some others
    const KMeans means = k_means(s == 1 ? round : plain, k, start);
    Mixture attempt = run(x, means.labels, means.k, options);
    if (s == 0 || attempt.log_likelihood > best.log_likelihood) best = std::move(attempt);
    if (k == 1) break;
  }
  best.origin = std::move(turning.origin);
  best.axes = std::move(turning.axes);
  return best;
}

std::vector<uint32_t> likeliest(const Mixture& mixture, const Points& points) {
  std::vector<uint32_t> labels(points.rows);
  parallel_chunks(points.rows, 0, [&](size_t, size_t begin, size_t end) {
    Points part{end - begin, points.columns, {points.row(begin), points.row(begin) + (end - begin) * points.columns}};
    const Dense x = turned(mixture, as_matrix(part));
    std::vector<double> best(x.rows, -std::numeric_limits<double>::max());
    for (size_t g = 0; g < mixture.k; ++g) {
      const std::vector<double> density = log_density(mixture, x, g);
      for (size_t i = 0; i < part.rows; ++i) {
        if (density[i] <= best[i]) continue;
        best[i] = density[i];
        labels[begin + i] = static_cast<uint32_t>(g);
      }
    }
  });
  return labels;
}

}  // namespace furrow::learn
