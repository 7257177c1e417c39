#include "learn/cluster_medoids.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/random.h"
#include "base/result.h"
#include "learn/cluster_kmeans.h"

namespace furrow::learn {
namespace {

float absolute_distance(const float* a, const float* b, size_t columns) {
  float sum = 0;
  for (size_t j = 0; j < columns; ++j) sum += std::abs(a[j] - b[j]);
  return sum;
}

// All pairs', column after column, so that the sums run over rows side by side.
std::vector<float> all_distances(const Points& points) {
  const size_t n = points.rows;
  std::vector<float> columns(n * points.columns), out(n * n);
  for (size_t i = 0; i < n; ++i) {
    for (size_t j = 0; j < points.columns; ++j) columns[j * n + i] = points.row(i)[j];
  }
  for (size_t i = 0; i < n; ++i) {
    float* to = &out[i * n];
    for (size_t j = 0; j < points.columns; ++j) {
      const float* column = &columns[j * n];
      const float at = column[i];
      for (size_t other = 0; other < n; ++other) to[other] += std::abs(column[other] - at);
    }
  }
  return out;
}

double cost_of(const std::vector<float>& distances, size_t n, const std::vector<uint32_t>& medoids) {
  double sum = 0;
  for (size_t i = 0; i < n; ++i) {
    float least = std::numeric_limits<float>::max();
    for (uint32_t m : medoids) least = std::min(least, distances[m * n + i]);
    sum += least;
  }
  return sum;
}

struct Near {  // a row's nearest and second nearest medoid
  uint32_t first = 0, second = 0;
  float d1 = 0, d2 = 0;
};

std::vector<Near> nearest(const std::vector<float>& distances, size_t n, const std::vector<uint32_t>& medoids) {
  std::vector<Near> out(n);
  for (size_t i = 0; i < n; ++i) {
    Near near{0, 0, std::numeric_limits<float>::max(), std::numeric_limits<float>::max()};
    for (uint32_t m = 0; m < medoids.size(); ++m) {
      const float d = distances[medoids[m] * n + i];
      if (d < near.d1) { near.second = near.first; near.d2 = near.d1; near.first = m; near.d1 = d; }
      else if (d < near.d2) { near.second = m; near.d2 = d; }
    }
    out[i] = near;
  }
  return out;
}

// k-means++'s drawing with absolute distances: rows far from those already drawn.
std::vector<uint32_t> draw_medoids(const std::vector<float>& distances, size_t n, size_t k, Random& random) {
  std::vector<uint32_t> out{static_cast<uint32_t>(random.below(n))};
  std::vector<float> least(distances.begin() + static_cast<std::ptrdiff_t>(out[0] * n), distances.begin() + static_cast<std::ptrdiff_t>((out[0] + 1) * n));
  while (out.size() < k) {
    double total = 0;
    for (float d : least) total += d;
    if (!(total > 0)) break;
    double at = random.uniform() * total;
    uint32_t row = 0;
    for (uint32_t i = 0; i < n; ++i) {
      if (least[i] <= 0) continue;
      row = i;
      at -= least[i];
      if (at <= 0) break;
    }
    out.push_back(row);
    for (size_t i = 0; i < n; ++i) least[i] = std::min(least[i], distances[row * n + i]);
  }
  return out;
}

}  // namespace

std::vector<uint32_t> faster_pam(const std::vector<float>& distances, size_t n, std::vector<uint32_t> medoids) {
  const size_t k = medoids.size();
  if (k < 2) {  // the one best row
    double best = std::numeric_limits<double>::max();
    for (uint32_t c = 0; c < n; ++c) {
      double sum = 0;
      for (size_t i = 0; i < n; ++i) sum += distances[i * n + c];
      if (sum < best) { best = sum; medoids = {c}; }
    }
    return medoids;
  }
  std::vector<Near> near = nearest(distances, n, medoids);
  std::vector<double> removal(k);
  auto losses = [&] {
    std::fill(removal.begin(), removal.end(), 0.0);
    for (const Near& r : near) removal[r.first] += r.d2 - r.d1;
  };
  losses();
  std::vector<double> change(k);
  size_t since = 0;
  for (size_t c = 0; since < n; c = (c + 1) % n, ++since) {
    if (std::find(medoids.begin(), medoids.end(), c) != medoids.end()) continue;
    change = removal;
    double shared = 0;
    for (size_t i = 0; i < n; ++i) {
      const float d = distances[c * n + i];
      const Near& r = near[i];
      if (d < r.d1) { shared += d - r.d1; change[r.first] += r.d1 - r.d2; }
      else if (d < r.d2) change[r.first] += d - r.d2;
    }
    const size_t worst = static_cast<size_t>(std::min_element(change.begin(), change.end()) - change.begin());
    if (change[worst] + shared >= -1e-6) continue;
    medoids[worst] = static_cast<uint32_t>(c);
    near = nearest(distances, n, medoids);
    losses();
    since = 0;
  }
  return medoids;
}

std::vector<uint32_t> nearest_medoids(const Points& points, const std::vector<float>& medoids, double* cost) {
  const size_t k = medoids.size() / points.columns;
  std::vector<uint32_t> labels(points.rows);
  std::vector<double> sums((points.rows + kChunkRows - 1) / kChunkRows);
  parallel_chunks(points.rows, 0, [&](size_t chunk, size_t begin, size_t end) {
    for (size_t i = begin; i < end; ++i) {
      float best = std::numeric_limits<float>::max();
      for (uint32_t m = 0; m < k; ++m) {
        const float d = absolute_distance(points.row(i), &medoids[m * points.columns], points.columns);
        if (d < best) { best = d; labels[i] = m; }
      }
      sums[chunk] += best;
    }
  });
  if (cost) {
    *cost = 0;
    for (double s : sums) *cost += s;
  }
  return labels;
}

KMedoids k_medoids(const Points& points, size_t k, uint64_t seed, size_t starts) {
  FURROW_ASSERT(points.rows > 0 && points.columns > 0 && k > 0 && starts > 0);
  const size_t samples = points.rows > kPamRows ? 3 : 1;
  KMedoids best;
  best.cost = std::numeric_limits<double>::max();
  for (size_t s = 0; s < samples; ++s) {
    const Points sample = points.take(sample_rows(points.rows, kPamRows, mix64(seed * 31 + s)));
    const std::vector<float> distances = all_distances(sample);
    std::vector<uint32_t> chosen;
    double least = std::numeric_limits<double>::max();
    for (size_t t = 0; t < starts; ++t) {
      Random random(mix64(seed * 7919 + s * starts + t));
      auto medoids = faster_pam(distances, sample.rows, draw_medoids(distances, sample.rows, k, random));
      const double cost = cost_of(distances, sample.rows, medoids);
      if (cost >= least) continue;
      least = cost;
      chosen = std::move(medoids);
    }
    KMedoids attempt;
    attempt.medoids = sample.take(chosen).values;
    attempt.labels = nearest_medoids(points, attempt.medoids, &attempt.cost);
    if (attempt.cost < best.cost) best = std::move(attempt);
  }
  return best;
}

}  // namespace furrow::learn
