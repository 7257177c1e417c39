#include "learn/target_rates.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/ids.h"

namespace furrow::learn {
namespace {

struct LevelSum {
  double rows = 0, labels = 0;
  void add(float label) { rows += 1, labels += label; }
  LevelSum without(const LevelSum& part) const { return {rows - part.rows, labels - part.labels}; }
  float rate(double prior, double weight) const { return static_cast<float>((labels + weight * prior) / (rows + weight)); }
};

double mean_of(std::span<const float> labels) { return std::accumulate(labels.begin(), labels.end(), 0.0) / static_cast<double>(std::max<size_t>(1, labels.size())); }

}  // namespace

double prior_weight_of(std::span<const int32_t> level_of, size_t levels, std::span<const float> labels) {
  // What the rows of one level have in sum, above the mean of all rows that have a level.
  struct Spread {
    double rows = 0, above = 0, squares = 0;
  };
  double mean = 0, count = 0;
  for (size_t k = 0; k < labels.size(); ++k) {
    if (level_of[k] >= 0) mean += labels[k], count += 1;
  }
  mean /= std::max(1.0, count);
  std::vector<Spread> sums(levels);
  for (size_t k = 0; k < labels.size(); ++k) {
    if (level_of[k] < 0) continue;
    Spread& level = sums[static_cast<size_t>(level_of[k])];
    const double above = labels[k] - mean;
    level.rows += 1, level.above += above, level.squares += above * above;
  }
  double pairs = 0, agreement = 0, squares = 0;
  for (const Spread& level : sums) {
    pairs += level.rows * (level.rows - 1) / 2;
    agreement += (level.above * level.above - level.squares) / 2;
    squares += level.squares;
  }
  if (pairs == 0 || !(agreement > 0)) return kMostPriorWeight;
  const double between = agreement / pairs, within = std::max(0.0, squares / count - between);
  return std::clamp(within / between, kLeastPriorWeight, kMostPriorWeight);
}

TargetRates learn_target_rates(std::span<const int32_t> level_of, size_t levels, std::span<const float> labels, uint64_t seed, std::vector<float>& held_out) {
  const double prior = mean_of(labels), weight = prior_weight_of(level_of, levels, labels);
  std::vector<LevelSum> all(levels), parts(levels * kRateParts);
  auto part_of = [&](size_t row, int32_t level) -> LevelSum& { return parts[static_cast<size_t>(level) * kRateParts + mix64(seed + row) % kRateParts]; };
  for (size_t k = 0; k < labels.size(); ++k) {
    if (level_of[k] < 0) continue;
    all[static_cast<size_t>(level_of[k])].add(labels[k]);
    part_of(k, level_of[k]).add(labels[k]);
  }
  held_out.assign(labels.size(), static_cast<float>(prior));
  for (size_t k = 0; k < labels.size(); ++k) {
    if (level_of[k] >= 0) held_out[k] = all[static_cast<size_t>(level_of[k])].without(part_of(k, level_of[k])).rate(prior, weight);
  }
  TargetRates out;
  out.prior = static_cast<float>(prior);
  for (const LevelSum& level : all) {
    out.rates.push_back(level.rate(prior, weight));
    out.counts.push_back(static_cast<float>(std::log1p(level.rows)));
  }
  return out;
}

}  // namespace furrow::learn
