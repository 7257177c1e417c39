#include "learn/cluster_agreement.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/result.h"

namespace furrow::learn {
namespace {

size_t groups(std::span<const uint32_t> labels) {
  return labels.empty() ? 0 : size_t{*std::max_element(labels.begin(), labels.end())} + 1;
}
double pairs(int64_t n) { return static_cast<double>(n) * static_cast<double>(n - 1) / 2; }

}  // namespace

Contingency contingency(std::span<const uint32_t> left, std::span<const uint32_t> right) {
  FURROW_ASSERT(left.size() == right.size());
  Contingency out{groups(left), groups(right), {}};
  out.counts.assign(out.rows * out.columns, 0);
  for (size_t i = 0; i < left.size(); ++i) ++out.counts[left[i] * out.columns + right[i]];
  return out;
}

double adjusted_rand(std::span<const uint32_t> left, std::span<const uint32_t> right) {
  const Contingency table = contingency(left, right);
  double both = 0, a = 0, b = 0;
  std::vector<int64_t> column(table.columns);
  for (size_t i = 0; i < table.rows; ++i) {
    int64_t row = 0;
    for (size_t j = 0; j < table.columns; ++j) {
      both += pairs(table.at(i, j));
      row += table.at(i, j);
      column[j] += table.at(i, j);
    }
    a += pairs(row);
  }
  for (int64_t n : column) b += pairs(n);
  const double all = pairs(static_cast<int64_t>(left.size()));
  if (all <= 0) return 1;
  const double expected = a * b / all, most = (a + b) / 2;
  return most == expected ? 1 : (both - expected) / (most - expected);
}

std::vector<double> best_jaccard(std::span<const uint32_t> left, std::span<const uint32_t> right) {
  const Contingency table = contingency(left, right);
  std::vector<int64_t> row(table.rows), column(table.columns);
  for (size_t i = 0; i < table.rows; ++i) {
    for (size_t j = 0; j < table.columns; ++j) { row[i] += table.at(i, j); column[j] += table.at(i, j); }
  }
  std::vector<double> best(table.rows, 0);
  for (size_t i = 0; i < table.rows; ++i) {
    for (size_t j = 0; j < table.columns; ++j) {
      const int64_t either = row[i] + column[j] - table.at(i, j);
      if (either > 0) best[i] = std::max(best[i], static_cast<double>(table.at(i, j)) / static_cast<double>(either));
    }
  }
  return best;
}

std::vector<int> heaviest_pairing(size_t rows, size_t columns, std::span<const double> weights) {
  FURROW_ASSERT(weights.size() == rows * columns);
  const size_t n = std::max(rows, columns);
  double most = 0;
  for (double w : weights) most = std::max(most, w);
  auto cost = [&](size_t i, size_t j) { return i < rows && j < columns ? most - weights[i * columns + j] : most; };
  // Shortest augmenting paths with potentials, counted from 1.
  std::vector<double> u(n + 1), v(n + 1);
  std::vector<size_t> match(n + 1), way(n + 1);
  for (size_t i = 1; i <= n; ++i) {
    match[0] = i;
    size_t at = 0;
    std::vector<double> least(n + 1, std::numeric_limits<double>::max());
    std::vector<bool> used(n + 1);
    do {
      used[at] = true;
      const size_t row = match[at];
      double delta = std::numeric_limits<double>::max();
      size_t to = 0;
      for (size_t j = 1; j <= n; ++j) {
        if (used[j]) continue;
        const double reduced = cost(row - 1, j - 1) - u[row] - v[j];
        if (reduced < least[j]) { least[j] = reduced; way[j] = at; }
        if (least[j] < delta) { delta = least[j]; to = j; }
      }
      for (size_t j = 0; j <= n; ++j) {
        if (used[j]) { u[match[j]] += delta; v[j] -= delta; }
        else least[j] -= delta;
      }
      at = to;
    } while (match[at] != 0);
    for (; at != 0; at = way[at]) match[at] = match[way[at]];
  }
  std::vector<int> out(rows, -1);
  for (size_t j = 1; j <= columns; ++j) {
    if (match[j] >= 1 && match[j] <= rows) out[match[j] - 1] = static_cast<int>(j - 1);
  }
  return out;
}

PairDistances::PairDistances(const Points& points) : rows_(points.rows), values_(rows_ * rows_) {
  const PointBlocks blocks(points);
  std::vector<float> cap(blocks.padded(), 0), squared(blocks.padded());
  std::fill_n(cap.begin(), rows_, std::numeric_limits<float>::max());
  for (size_t i = 0; i < rows_; ++i) {
    (void)blocks.capped_distances(points.row(i), cap, squared);
    std::transform(squared.begin(), squared.begin() + static_cast<std::ptrdiff_t>(rows_), values_.begin() + static_cast<std::ptrdiff_t>(i * rows_),
                   [](float s) { return std::sqrt(s); });
  }
}

double silhouette(const Points& points, std::span<const uint32_t> labels) {
  return groups(labels) < 2 ? 0 : silhouette(PairDistances(points), labels);
}

double silhouette(const PairDistances& distances, std::span<const uint32_t> labels) {
  const size_t k = groups(labels), rows = distances.rows();
  if (k < 2) return 0;
  std::vector<double> size(k), sum(rows * k);
  for (uint32_t label : labels) ++size[label];
  for (size_t i = 0; i < rows; ++i) {
    const auto row = distances.row(i);
    double* own = &sum[i * k];
    for (size_t j = 0; j < rows; ++j) own[labels[j]] += static_cast<double>(row[j]);
  }
  double total = 0;
  for (size_t i = 0; i < rows; ++i) {
    if (size[labels[i]] < 2) continue;  // 0 by definition
    const double own = sum[i * k + labels[i]] / (size[labels[i]] - 1);
    double other = std::numeric_limits<double>::max();
    for (size_t c = 0; c < k; ++c) {
      if (c != labels[i] && size[c] > 0) other = std::min(other, sum[i * k + c] / size[c]);
    }
    if (other < std::numeric_limits<double>::max() && std::max(own, other) > 0) total += (other - own) / std::max(own, other);
  }
  return total / static_cast<double>(rows);
}

}  // namespace furrow::learn
