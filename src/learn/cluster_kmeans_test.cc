#include "learn/cluster_kmeans.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "base/random.h"
#include "learn/cluster_agreement.h"
#include "learn/cluster_medoids.h"
#include "learn/cluster_mixture.h"

namespace furrow::learn {
namespace {

struct Blobs {
  Points points;
  std::vector<uint32_t> truth;
};
Blobs blobs(size_t rows, size_t columns, size_t k, double deviation, uint64_t seed) {
  Random random(seed);
  std::vector<double> centres(k * columns);
  for (double& c : centres) c = random.uniform(-10, 10);
  Blobs out{{rows, columns, {}}, {}};
  for (size_t i = 0; i < rows; ++i) {
    const auto g = static_cast<uint32_t>(random.below(k));
    out.truth.push_back(g);
    for (size_t j = 0; j < columns; ++j) out.points.values.push_back(static_cast<float>(centres[g * columns + j] + deviation * random.normal()));
  }
  return out;
}

double distance(const float* a, const float* b, size_t columns) {
  double sum = 0;
  for (size_t j = 0; j < columns; ++j) sum += (static_cast<double>(a[j]) - b[j]) * (static_cast<double>(a[j]) - b[j]);
  return sum;
}

// Lloyd's algorithm as in the textbook.
double naive_lloyd(const Points& points, std::vector<float> centres) {
  const size_t k = centres.size() / points.columns;
  double inertia = 0;
  for (int iteration = 0; iteration < 300; ++iteration) {
    std::vector<double> sums(centres.size());
    std::vector<double> counts(k);
    inertia = 0;
    for (size_t i = 0; i < points.rows; ++i) {
      size_t best = 0;
      double least = std::numeric_limits<double>::max();
      for (size_t c = 0; c < k; ++c) {
        const double d = distance(points.row(i), &centres[c * points.columns], points.columns);
        if (d < least) { least = d; best = c; }
      }
      inertia += least;
      ++counts[best];
      for (size_t j = 0; j < points.columns; ++j) sums[best * points.columns + j] += points.row(i)[j];
    }
    std::vector<float> next(centres);
    for (size_t c = 0; c < k; ++c) {
      for (size_t j = 0; j < points.columns; ++j) {
        if (counts[c] > 0) next[c * points.columns + j] = static_cast<float>(sums[c * points.columns + j] / counts[c]);
      }
    }
    if (next == centres) break;
    centres = std::move(next);
  }
  return inertia;
}

TEST(KMeans, BoundsGiveWhatTheTextbookGives) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    const size_t k = 2 + random.below(20), columns = 1 + random.below(12);
    const Blobs data = blobs(300 + random.below(2000), columns, k, 2, seed);
    const Points start = data.points.take(sample_rows(data.points.rows, k, seed));
    KMeansOptions exact;
    exact.tolerance = 0;
    const KMeans fast = k_means_from(data.points, start.values, exact);
    EXPECT_NEAR(fast.inertia / naive_lloyd(data.points, start.values), 1, 2e-3);
    // Every row stands with its nearest centre.
    for (size_t i = 0; i < data.points.rows; ++i) {
      const double own = distance(data.points.row(i), &fast.centres[fast.labels[i] * columns], columns);
      for (size_t c = 0; c < fast.k; ++c) EXPECT_LE(own, distance(data.points.row(i), &fast.centres[c * columns], columns) * 1.001 + 1e-3);
    }
  }
}

TEST(KMeans, FindsBlobsAndIsTheSameOnAnyNumberOfThreads) {
  const Blobs data = blobs(60'000, 8, 6, 1, 3);
  KMeansOptions one, four;
  one.threads = 1;
  four.threads = 4;
  const KMeans a = k_means(data.points, 6, one), b = k_means(data.points, 6, four);
  EXPECT_EQ(a.labels, b.labels);
  EXPECT_EQ(a.centres, b.centres);
  EXPECT_GT(adjusted_rand(a.labels, data.truth), 0.99);
}

TEST(KMeans, FewerDifferentRowsGiveFewerCentres) {
  Points same{10, 2, std::vector<float>(20, 1.5f)};
  EXPECT_EQ(k_means(same, 5).k, 1u);
  same.values[0] = 9;
  EXPECT_EQ(k_means(same, 5).k, 2u);
  EXPECT_EQ(k_means({1, 1, {3}}, 4).k, 1u);
}

TEST(KMedoids, NoSwapMakesTheSumSmaller) {
  for (uint64_t seed = 1; seed <= 5; ++seed) {
    const Blobs data = blobs(80, 3, 4, 3, seed);
    const size_t n = data.points.rows, k = 4;
    std::vector<float> distances(n * n);
    for (size_t i = 0; i < n; ++i) {
      for (size_t j = 0; j < n; ++j) {
        for (size_t c = 0; c < 3; ++c) distances[i * n + j] += std::abs(data.points.row(i)[c] - data.points.row(j)[c]);
      }
    }
    auto cost = [&](const std::vector<uint32_t>& medoids) {
      double sum = 0;
      for (size_t i = 0; i < n; ++i) {
        float least = std::numeric_limits<float>::max();
        for (uint32_t m : medoids) least = std::min(least, distances[i * n + m]);
        sum += least;
      }
      return sum;
    };
    const auto found = faster_pam(distances, n, {0, 1, 2, 3});
    const double best = cost(found);
    for (size_t m = 0; m < k; ++m) {
      for (uint32_t c = 0; c < n; ++c) {
        auto swapped = found;
        swapped[m] = c;
        EXPECT_GE(cost(swapped), best - 1e-3) << "seed " << seed;
      }
    }
  }
}

TEST(KMedoids, FindsBlobsInMoreRowsThanPamTakes) {
  const Blobs data = blobs(5000, 4, 5, 1, 11);
  EXPECT_GT(adjusted_rand(k_medoids(data.points, 5, 1).labels, data.truth), 0.98);
}

// Groups of unlike size, spread and slant that overlap, with truth known: the best any rule can do is the true densities' own
// guess, so agreement is judged beside that.
struct Bells {
  Points points;
  std::vector<uint32_t> truth, by_true_density;
};
Bells bells(size_t rows, size_t noise_columns, uint64_t seed) {
  Random random(seed);
  const double weight[3] = {0.5, 0.3, 0.2}, along[3] = {3, 1, 0.5}, across[3] = {0.5, 1, 0.5}, angle[3] = {0.6, 0, -0.8};
  const double x[3] = {0, 4.5, 1}, y[3] = {0, 0.5, 4};
  Bells out{{rows, 2 + noise_columns, {}}, {}, {}};
  for (size_t i = 0; i < rows; ++i) {
    const double at = random.uniform();
    const uint32_t g = at < weight[0] ? 0 : at < weight[0] + weight[1] ? 1 : 2;
    const double u = along[g] * random.normal(), v = across[g] * random.normal();
    const double px = x[g] + u * std::cos(angle[g]) - v * std::sin(angle[g]), py = y[g] + u * std::sin(angle[g]) + v * std::cos(angle[g]);
    out.points.values.push_back(static_cast<float>(px));
    out.points.values.push_back(static_cast<float>(py));
    for (size_t j = 0; j < noise_columns; ++j) out.points.values.push_back(static_cast<float>(0.3 * random.normal()));
    out.truth.push_back(g);
    double likeliest = -1;
    out.by_true_density.push_back(0);
    for (uint32_t h = 0; h < 3; ++h) {
      const double dx = px - x[h], dy = py - y[h], a = dx * std::cos(angle[h]) + dy * std::sin(angle[h]), b = dy * std::cos(angle[h]) - dx * std::sin(angle[h]);
      const double density = weight[h] / (along[h] * across[h]) * std::exp(-0.5 * (a * a / (along[h] * along[h]) + b * b / (across[h] * across[h])));
      if (density > likeliest) { likeliest = density; out.by_true_density.back() = h; }
    }
  }
  return out;
}

TEST(Mixture, GuessesAsWellAsTheTrueDensitiesAndFindsTheirNumber) {
  for (uint64_t seed = 1; seed <= 3; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const Bells data = bells(1500, 0, seed);
    MixtureOptions options;
    options.seed = seed;
    const double best = adjusted_rand(data.by_true_density, data.truth);
    EXPECT_GT(adjusted_rand(likeliest(fit_mixture(data.points, 3, options), data.points), data.truth), best - 0.03);
    EXPECT_LT(adjusted_rand(k_means(data.points, 3).labels, data.truth), best - 0.1);  // round groups of one size do not do
    size_t chosen = 0;
    double least = std::numeric_limits<double>::max();
    for (size_t k = 1; k <= 6; ++k) {
      const double bic = fit_mixture(data.points, k, options).bic;
      if (bic < least) { least = bic; chosen = k; }
    }
    EXPECT_EQ(chosen, 3u);
  }
}

TEST(Mixture, ManyColumnsAreTurnedToTheAxesThatMatter) {
  const Bells data = bells(800, 30, 7);
  const Mixture mixture = fit_mixture(data.points, 3);
  EXPECT_LE(mixture.columns, kMixtureAxes);
  EXPECT_GT(adjusted_rand(likeliest(mixture, data.points), data.truth), adjusted_rand(data.by_true_density, data.truth) - 0.06);
}

TEST(KMedoids, FarOutRowsMoveItLessThanMeans) {
  Blobs data = blobs(600, 3, 3, 1, 4);
  for (size_t i = 0; i < 600; i += 50) data.points.row(i)[0] += 60;
  const double medoids = adjusted_rand(k_medoids(data.points, 3, 1).labels, data.truth);
  EXPECT_GT(medoids, 0.9);
  EXPECT_LT(adjusted_rand(k_means(data.points, 3).labels, data.truth), medoids - 0.2);  // spends a centre on them
}

}  // namespace
}  // namespace furrow::learn
