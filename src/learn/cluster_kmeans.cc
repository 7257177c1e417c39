#include "learn/cluster_kmeans.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/random.h"
#include "base/result.h"
#include "learn/cluster_kernel.h"

namespace furrow::learn {
namespace {

constexpr size_t kBatch = 64;
constexpr float kPadding = 1e30f;

double squared_distance(const float* a, const float* b, size_t columns) {
  double sum = 0;
  for (size_t j = 0; j < columns; ++j) sum += (static_cast<double>(a[j]) - b[j]) * (static_cast<double>(a[j]) - b[j]);
  return sum;
}

// What every run over the same rows needs to know of them.
struct RowScale {
  std::vector<float> norms;   // squared lengths
  double mean_variance = 0;   // over columns, on a part of the rows
  RowScale(const Points& points, unsigned threads) : norms(points.rows) {
    parallel_chunks(points.rows, threads, [&](size_t, size_t begin, size_t end) {
      for (size_t i = begin; i < end; ++i) {
        float sum = 0;
        for (size_t j = 0; j < points.columns; ++j) sum += points.row(i)[j] * points.row(i)[j];
        norms[i] = sum;
      }
    });
    std::vector<double> sum(points.columns), square(points.columns);
    const size_t step = std::max<size_t>(1, points.rows / 100'000);
    size_t n = 0;
    for (size_t i = 0; i < points.rows; i += step, ++n) {
      for (size_t j = 0; j < points.columns; ++j) {
        sum[j] += points.row(i)[j];
        square[j] += static_cast<double>(points.row(i)[j]) * points.row(i)[j];
      }
    }
    const double count = static_cast<double>(n);
    for (size_t j = 0; j < points.columns; ++j) mean_variance += square[j] / count - sum[j] / count * sum[j] / count;
    mean_variance /= static_cast<double>(points.columns);
  }
};

// The centres as the kernel reads them.
struct KernelCentres {
  std::vector<float> transposed, norms;
  cluster::Centres view;
  KernelCentres(const std::vector<float>& centres, size_t columns) {
    const size_t k = centres.size() / columns, padded = (k + cluster::kLanes - 1) / cluster::kLanes * cluster::kLanes;
    transposed.assign(columns * padded, 0);
    norms.assign(padded, kPadding);
    for (size_t c = 0; c < k; ++c) {
      double sum = 0;
      for (size_t j = 0; j < columns; ++j) {
        float value = centres[c * columns + j];
        transposed[j * padded + c] = value;
        sum += static_cast<double>(value) * value;
      }
      norms[c] = static_cast<float>(sum);
    }
    view = {transposed.data(), norms.data(), columns, padded, k};
  }
};

// One run from given centres. Bounds are distances, widened by float's rounding.
class Hamerly {
 public:
  Hamerly(const Points& points, std::vector<float> centres, const KMeansOptions& options, const RowScale& scale)
      : points_(points), options_(options), scale_(scale), k_(centres.size() / points.columns), centres_(std::move(centres)), upper_(points.rows), lower_(points.rows), labels_(points.rows, kNone),
        sums_(k_ * points.columns, 0.0), counts_(k_, 0) {}

  KMeans run() {
    const double stop = options_.tolerance * scale_.mean_variance;
    size_t iteration = 0;
    bool still = false;
    while (!still) {
      const bool changed = assign();
      ++iteration;
      if (refill_empty()) continue;
      still = (!changed || iteration >= options_.max_iterations);
      if (!still && move_centres() <= stop) { assign(); break; }
    }
    return finish(iteration);
  }

 private:
  static constexpr uint32_t kNone = UINT32_MAX;
  struct Delta {
    std::vector<double> sums;
    std::vector<int64_t> counts;
    bool changed = false;
  };

  // Half the distance from each centre to the nearest other one.
  std::vector<float> half_gaps() const {
    std::vector<float> half(k_, std::numeric_limits<float>::max());
    for (size_t a = 0; a < k_; ++a) {
      for (size_t b = a + 1; b < k_; ++b) {
        float d = static_cast<float>(std::sqrt(squared_distance(&centres_[a * points_.columns], &centres_[b * points_.columns], points_.columns)) / 2);
        half[a] = std::min(half[a], d);
        half[b] = std::min(half[b], d);
      }
    }
    return half;
  }

  bool assign() {
    const KernelCentres kernel_centres(centres_, points_.columns);
    const std::vector<float> half = half_gaps();
    const cluster::Kernel kernel = cluster::nearest_kernel();
    std::vector<Delta> deltas((points_.rows + kChunkRows - 1) / kChunkRows);
    parallel_chunks(points_.rows, options_.threads, [&](size_t chunk, size_t begin, size_t end) {
      Delta& delta = deltas[chunk];
      delta.sums.assign(k_ * points_.columns, 0);
      delta.counts.assign(k_, 0);
      std::vector<float> rows(kBatch * points_.columns);
      uint32_t which[kBatch];
      cluster::Nearest found[kBatch];
      size_t waiting = 0;
      auto flush = [&] {
        kernel(rows.data(), waiting, kernel_centres.view, found);
        for (size_t w = 0; w < waiting; ++w) settle(which[w], found[w], delta);
        waiting = 0;
      };
      for (size_t i = begin; i < end; ++i) {
        if (labels_[i] != kNone && upper_[i] <= std::max(half[labels_[i]], lower_[i])) continue;
        std::copy_n(points_.row(i), points_.columns, &rows[waiting * points_.columns]);
        which[waiting] = static_cast<uint32_t>(i);
        if (++waiting == kBatch) flush();
      }
      if (waiting > 0) flush();
    });
    bool changed = false;
    for (const Delta& delta : deltas) {
      changed |= delta.changed;
      for (size_t s = 0; s < sums_.size(); ++s) sums_[s] += delta.sums[s];
      for (size_t c = 0; c < k_; ++c) counts_[c] += delta.counts[c];
    }
    return changed;
  }

  void settle(size_t row, const cluster::Nearest& found, Delta& delta) {
    const float slack = 1e-5f;
    upper_[row] = std::sqrt(std::max(0.0f, found.distance + scale_.norms[row])) * (1 + slack);
    lower_[row] = std::sqrt(std::max(0.0f, found.second_distance + scale_.norms[row])) * (1 - slack);
    const uint32_t before = labels_[row];
    if (before == found.first) return;
    delta.changed = true;
    const float* x = points_.row(row);
    if (before != kNone) {
      --delta.counts[before];
      for (size_t j = 0; j < points_.columns; ++j) delta.sums[before * points_.columns + j] -= x[j];
    }
    ++delta.counts[found.first];
    for (size_t j = 0; j < points_.columns; ++j) delta.sums[found.first * points_.columns + j] += x[j];
    labels_[row] = found.first;
  }

  // A centre that lost all its rows takes the row farthest from its own centre. True when there was one.
  bool refill_empty() {
    bool any = false;
    for (size_t c = 0; c < k_; ++c) {
      if (counts_[c] > 0) continue;
      size_t far = points_.rows;
      double farthest = 0;
      for (size_t i = 0; i < points_.rows; ++i) {
        if (counts_[labels_[i]] < 2) continue;
        double d = squared_distance(points_.row(i), &centres_[labels_[i] * points_.columns], points_.columns);
        if (d > farthest) { farthest = d; far = i; }
      }
      if (far == points_.rows) { drop(c--); continue; }
      std::copy_n(points_.row(far), points_.columns, &centres_[c * points_.columns]);
      give(far, static_cast<uint32_t>(c));
      any = true;
    }
    if (any) std::fill(upper_.begin(), upper_.end(), std::numeric_limits<float>::max());
    return any;
  }

  void give(size_t row, uint32_t to) {
    const uint32_t from = labels_[row];
    --counts_[from];
    ++counts_[to];
    for (size_t j = 0; j < points_.columns; ++j) {
      sums_[from * points_.columns + j] -= points_.row(row)[j];
      sums_[to * points_.columns + j] += points_.row(row)[j];
    }
    labels_[row] = to;
  }

  void drop(size_t c) {
    const auto at = static_cast<std::ptrdiff_t>(c * points_.columns), next = at + static_cast<std::ptrdiff_t>(points_.columns);
    centres_.erase(centres_.begin() + at, centres_.begin() + next);
    sums_.erase(sums_.begin() + at, sums_.begin() + next);
    counts_.erase(counts_.begin() + static_cast<std::ptrdiff_t>(c));
    --k_;
    for (uint32_t& label : labels_) label -= label > c ? 1 : 0;
  }

  // Returns the squared move of all centres together; widens the bounds.
  double move_centres() {
    std::vector<float> move(k_);
    double total = 0;
    float largest = 0, second = 0;
    size_t largest_at = 0;
    for (size_t c = 0; c < k_; ++c) {
      double squared = 0;
      for (size_t j = 0; j < points_.columns; ++j) {
        float to = static_cast<float>(sums_[c * points_.columns + j] / static_cast<double>(counts_[c]));
        double by = static_cast<double>(to) - centres_[c * points_.columns + j];
        squared += by * by;
        centres_[c * points_.columns + j] = to;
      }
      total += squared;
      move[c] = static_cast<float>(std::sqrt(squared)) * 1.0001f;
      if (move[c] > largest) { second = largest; largest = move[c]; largest_at = c; }
      else second = std::max(second, move[c]);
    }
    parallel_chunks(points_.rows, options_.threads, [&](size_t, size_t begin, size_t end) {
      for (size_t i = begin; i < end; ++i) {
        upper_[i] += move[labels_[i]];
        lower_[i] -= labels_[i] == largest_at ? second : largest;
      }
    });
    return total;
  }

  KMeans finish(size_t iterations) {
    std::vector<double> inertia((points_.rows + kChunkRows - 1) / kChunkRows);
    parallel_chunks(points_.rows, options_.threads, [&](size_t chunk, size_t begin, size_t end) {
      for (size_t i = begin; i < end; ++i) inertia[chunk] += squared_distance(points_.row(i), &centres_[labels_[i] * points_.columns], points_.columns);
    });
    KMeans out{k_, points_.columns, std::move(centres_), std::move(labels_), std::accumulate(inertia.begin(), inertia.end(), 0.0), iterations};
    return out;
  }

  const Points& points_;
  const KMeansOptions& options_;
  const RowScale& scale_;
  size_t k_;
  std::vector<float> centres_, upper_, lower_;
  std::vector<uint32_t> labels_;
  std::vector<double> sums_;
  std::vector<int64_t> counts_;
};

// Greedy k-means++: each next centre is the best of a few rows drawn by squared distance. Fewer when rows run out.
std::vector<float> seed_centres(const Points& points, const PointBlocks& blocks, size_t k, Random& random) {
  std::vector<float> centres(points.columns);
  std::vector<float> nearest(blocks.padded(), 0), trial(blocks.padded()), kept(blocks.padded());
  std::fill_n(nearest.begin(), points.rows, std::numeric_limits<float>::max());
  size_t first = random.below(points.rows);
  std::copy_n(points.row(first), points.columns, centres.begin());
  (void)blocks.capped_distances(points.row(first), nearest, kept);
  nearest.swap(kept);
  const size_t tries = 2 + static_cast<size_t>(std::log2(static_cast<double>(k)));
  std::vector<double> cumulative(points.rows);
  while (centres.size() < k * points.columns) {
    double total = 0;
    for (size_t i = 0; i < points.rows; ++i) cumulative[i] = total += nearest[i];
    if (!(total > 0)) break;
    size_t best = points.rows;
    double best_cost = std::numeric_limits<double>::max();
    for (size_t t = 0; t < tries; ++t) {
      size_t row = static_cast<size_t>(std::upper_bound(cumulative.begin(), cumulative.end(), random.uniform() * total) - cumulative.begin());
      row = std::min(row, points.rows - 1);
      if (nearest[row] <= 0) continue;
      const double cost = blocks.capped_distances(points.row(row), nearest, trial);
      if (cost >= best_cost) continue;
      best_cost = cost;
      best = row;
      kept.swap(trial);
    }
    if (best == points.rows) break;
    centres.insert(centres.end(), points.row(best), points.row(best) + points.columns);
    nearest.swap(kept);
  }
  return centres;
}

size_t default_starts(size_t rows, size_t k) {
  return std::clamp<size_t>(4'000'000 / std::max<size_t>(1, rows * k), 10, 32);
}

}  // namespace

PointBlocks::PointBlocks(const Points& points)
    : rows_(points.rows), columns_(points.columns), blocks_((rows_ + kBlockRows - 1) / kBlockRows), values_(blocks_ * kBlockRows * columns_) {
  static_assert(kBlockRows == cluster::kBlockRows);
  for (size_t i = 0; i < rows_; ++i) {
    float* block = &values_[i / kBlockRows * kBlockRows * columns_ + i % kBlockRows];
    for (size_t j = 0; j < columns_; ++j) block[j * kBlockRows] = points.row(i)[j];
  }
}

double PointBlocks::capped_distances(const float* at, const std::vector<float>& cap, std::vector<float>& out) const {
  FURROW_ASSERT(cap.size() == padded() && out.size() == padded());
  static const cluster::CappedDistances kernel = cluster::capped_distances();
  return kernel({values_.data(), blocks_, columns_}, at, cap.data(), out.data());
}

std::vector<uint32_t> sample_rows(size_t rows, size_t count, uint64_t seed) {
  std::vector<uint32_t> all(rows);
  std::iota(all.begin(), all.end(), 0u);
  if (rows <= count) return all;
  Random random(seed);
  for (size_t i = 0; i < count; ++i) std::swap(all[i], all[i + random.below(rows - i)]);
  all.resize(count);
  return all;
}

KMeans k_means_from(const Points& points, std::vector<float> centres, const KMeansOptions& options) {
  FURROW_ASSERT(points.rows > 0 && points.columns > 0 && centres.size() >= points.columns);
  const RowScale scale(points, options.threads);
  return Hamerly(points, std::move(centres), options, scale).run();
}

KMeans k_means(const Points& points, size_t k, const KMeansOptions& options) {
  FURROW_ASSERT(points.rows > 0 && points.columns > 0 && k > 0);
  const bool whole = points.rows <= options.sample_rows;
  Points sampled;
  if (!whole) sampled = points.take(sample_rows(points.rows, options.sample_rows, mix64(options.seed ^ 0x5eed)));
  const Points& sample = whole ? points : sampled;
  const size_t starts = options.starts > 0 ? options.starts : default_starts(sample.rows, k);
  std::vector<KMeans> runs(starts);
  const PointBlocks blocks(sample);
  const RowScale scale(sample, 1);
  std::atomic<size_t> next{0};
  KMeansOptions inner = options;
  inner.threads = 1;
  auto work = [&] {
    for (size_t s = next++; s < starts; s = next++) {
      Random random(mix64(options.seed * 1000003 + s));
      runs[s] = Hamerly(sample, seed_centres(sample, blocks, k, random), inner, scale).run();
      runs[s].labels.clear();
    }
  };
  // A thread costs about as much as a start on a thousand rows.
  const bool worth = sample.rows * starts * k > 500'000;
  const unsigned threads = !worth ? 1 : options.threads > 0 ? options.threads : std::max(1u, std::thread::hardware_concurrency());
  std::vector<std::thread> others;
  for (unsigned t = 1; t < threads && t < starts; ++t) others.emplace_back(work);
  work();
  for (auto& other : others) other.join();
  size_t best = 0;
  for (size_t s = 1; s < starts; ++s) {
    if (runs[s].inertia < runs[best].inertia) best = s;
  }
  if (whole) return Hamerly(points, std::move(runs[best].centres), options, scale).run();
  return k_means_from(points, std::move(runs[best].centres), options);
}

std::vector<uint32_t> nearest_centres(const Points& points, const std::vector<float>& centres, unsigned threads) {
  const KernelCentres kernel_centres(centres, points.columns);
  const cluster::Kernel kernel = cluster::nearest_kernel();
  std::vector<uint32_t> labels(points.rows);
  parallel_chunks(points.rows, threads, [&](size_t, size_t begin, size_t end) {
    std::vector<cluster::Nearest> found(end - begin);
    kernel(points.row(begin), end - begin, kernel_centres.view, found.data());
    for (size_t i = begin; i < end; ++i) labels[i] = found[i - begin].first;
  });
  return labels;
}

}  // namespace furrow::learn
