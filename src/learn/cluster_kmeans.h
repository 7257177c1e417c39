// k-means: centres that make the sum of squared distances small, the same for the same seed on any number of threads.
//
// Seeding is greedy k-means++ (Arthur and Vassilvitskii 2007) on a sample, from several starts, each run to its end there;
// the best start is then run on all rows with Hamerly's bounds (2010), so that rows far from any border are not looked at
// again. Not mini-batch: the result is a fixed point of Lloyd's step on all rows, to `tolerance`.
// Rows that are all alike, or fewer different rows than k, give fewer than k centres. No centre is left without rows.
// Cost: 1 M rows × 20 columns, k = 10: docs/benchmarks.md. Memory beside the rows: 16 bytes a row.
// Limits: k up to 1000; values finite and centred near 0 (distances are taken in floats as |c|² - 2 x·c + |x|²).
#pragma once
#include <cstdint>
#include <vector>

#include "learn/cluster_points.h"

namespace furrow::learn {

struct KMeansOptions {
  size_t starts = 0;              // 0: 10 to 32, more where rows are few
  size_t sample_rows = 20'000;    // rows that the starts are tried on
  size_t max_iterations = 300;
  double tolerance = 1e-7;        // stops when the centres' squared move is below this share of the mean column variance
  uint64_t seed = 1;
  unsigned threads = 0;
};

struct KMeans {
  size_t k = 0, columns = 0;
  std::vector<float> centres;     // k × columns
  std::vector<uint32_t> labels;   // a row's centre
  double inertia = 0;             // sum of squared distances to the own centre
  size_t iterations = 0;          // over all rows
};

// rows > 0, 1 <= k.
KMeans k_means(const Points& points, size_t k, const KMeansOptions& options = {});
// From given centres (k × columns), Lloyd's step until it stands still.
KMeans k_means_from(const Points& points, std::vector<float> centres, const KMeansOptions& options = {});
// The nearest centre of each row.
std::vector<uint32_t> nearest_centres(const Points& points, const std::vector<float>& centres, unsigned threads = 0);
// Different rows in seeded random order; all of them, in order, when there are no more than `count`.
std::vector<uint32_t> sample_rows(size_t rows, size_t count, uint64_t seed);

}  // namespace furrow::learn
