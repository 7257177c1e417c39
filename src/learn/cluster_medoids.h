// k-medoids: groups around rows of the data itself, by the sum of absolute differences (in cluster_space.h's space: Gower's
// distance with its weights). Less moved by far-out rows than k-means, and fit for levels.
//
// FasterPAM (Schubert and Rousseeuw 2021) on up to kPamRows rows, the best of several starts; above, CLARA (Kaufman and
// Rousseeuw 1990): several samples, the medoids that serve all rows best. Threads: one. Memory: 4 kPamRows² bytes. Fewer different rows than k: fewer medoids.
#pragma once
#include <cstdint>
#include <vector>

#include "learn/cluster_points.h"

namespace furrow::learn {

inline constexpr size_t kPamRows = 2500;

struct KMedoids {
  std::vector<float> medoids;  // k × columns
  std::vector<uint32_t> labels;
  double cost = 0;             // sum of distances to the own medoid
};
// `starts`: of each sample.
KMedoids k_medoids(const Points& points, size_t k, uint64_t seed, size_t starts = 4);
std::vector<uint32_t> nearest_medoids(const Points& points, const std::vector<float>& medoids, double* cost = nullptr);

// From a matrix of distances (n × n): the medoids' rows after no swap makes the sum smaller. `start` has k different rows.
std::vector<uint32_t> faster_pam(const std::vector<float>& distances, size_t n, std::vector<uint32_t> start);

}  // namespace furrow::learn
