// Gaussian mixtures: groups as overlapping bells of their own size, spread and slant, fitted by expectation-maximisation
// (Dempster, Laird and Rubin 1977) from k-means starts (one of them on whitened rows,
// where long bells side by side are round), scored by the Bayesian information criterion (Schwarz 1978).
//
// More columns than kMixtureAxes are first turned to their principal axes, of which the leading ones with 90 % of the variance
// are kept, at most kMixtureAxes: else parameters outnumber what the rows can say, and levels make bells without width.
// Full covariances where each group has at least kRowsAParameter rows a parameter, else their diagonals; both with a small
// ridge, so that levels and constant directions do no harm. Threads: one. Cost: rows · k · columns² an iteration; large data
// are fitted on `sample_rows` and all rows then take their likeliest group.
#pragma once
#include <cstdint>
#include <vector>

#include "learn/cluster_points.h"
#include "learn/dense.h"

namespace furrow::learn {

inline constexpr size_t kMixtureAxes = 10;

struct MixtureOptions {
  size_t starts = 4, max_iterations = 200, sample_rows = 20'000;
  double tolerance = 1e-6;  // of the mean log-likelihood
  uint64_t seed = 1;
};

struct Mixture {
  size_t k = 0, columns = 0;           // columns: of the axes, where rows were turned to them
  std::vector<double> origin;          // and then the rows' mean, and a column an axis; else empty
  Dense axes;
  bool full = true;
  std::vector<double> weights, means;  // k; k × columns
  std::vector<double> precisions;      // k × columns × columns: inverse of the lower Cholesky factor of the covariance, row after row
  std::vector<double> log_determinants;
  double log_likelihood = 0;           // mean a row
  double bic = 0;                      // smaller is better
};

Mixture fit_mixture(const Points& points, size_t k, const MixtureOptions& options = {});
// Each row's likeliest group.
std::vector<uint32_t> likeliest(const Mixture& mixture, const Points& points);

}  // namespace furrow::learn
