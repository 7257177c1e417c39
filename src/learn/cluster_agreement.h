// How far two groupings of the same rows agree, and how well one grouping stands apart.
//
// Labels are small whole numbers, one a row. Threads: pure functions.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "learn/cluster_points.h"

namespace furrow::learn {

// How many rows carry label a in `left` and b in `right`, at a * columns + b.
struct Contingency {
  size_t rows = 0, columns = 0;
  std::vector<int64_t> counts;
  int64_t at(size_t a, size_t b) const { return counts[a * columns + b]; }
};
Contingency contingency(std::span<const uint32_t> left, std::span<const uint32_t> right);

// Hubert and Arabie 1985: 1 the same grouping, 0 what chance gives. 1 when both are one group.
double adjusted_rand(std::span<const uint32_t> left, std::span<const uint32_t> right);
// For each group of `left` the Jaccard share (both / either) of the group of `right` most like it.
std::vector<double> best_jaccard(std::span<const uint32_t> left, std::span<const uint32_t> right);
// For each row of weights the column it is paired with, so that the sum of the pairs' weights is largest (Kuhn's Hungarian
// method, O(n³)); -1 for rows left over when there are more rows than columns.
std::vector<int> heaviest_pairing(size_t rows, size_t columns, std::span<const double> weights);
// All pairs of rows' Euclidean distances, 4 rows² bytes: for several silhouettes of the same rows.
class PairDistances {
 public:
  explicit PairDistances(const Points& points);
  size_t rows() const { return rows_; }
  std::span<const float> row(size_t i) const { return {values_.data() + i * rows_, rows_}; }

 private:
  size_t rows_;
  std::vector<float> values_;
};
// Mean silhouette (Rousseeuw 1987), Euclidean, over all pairs of rows: O(rows²). 0 for one group.
double silhouette(const PairDistances& distances, std::span<const uint32_t> labels);
double silhouette(const Points& points, std::span<const uint32_t> labels);

}  // namespace furrow::learn
