// The rate of the target in each level of a text column, as a number to learn from.
//
// A level's rate is drawn to the overall one, which counts for `prior weight` rows: as many as make it the best guess from the level's own rows
// (empirical Bayes; what labels differ by within a level over what levels differ by). 48 states that differ much are nearly taken at their word, also with nine
// rows each; 1,500 that do not differ are all told the same.
// In training a row's rate comes from the rows of the other kRateParts - 1 of kRateParts parts drawn at random, so that a row never sees its own label and yet
// sees a rate nearly as sure as the one it will be scored by (cross-fitting; Pargent, Pfisterer, Thomas, Bischl, "Regularized target encoding outperforms
// traditional methods", Computational Statistics 2022). Why not from the rows before it: docs/decisions/0017.
// Threads: pure. Cost: two passes over the rows, kRateParts sums a level.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

namespace furrow::learn {

inline constexpr double kLeastPriorWeight = 0.5, kMostPriorWeight = 50;
inline constexpr size_t kRateParts = 5;

struct TargetRates {
  float prior = 0;                   // the overall rate
  std::vector<float> rates, counts;  // [level]; counts as log(1 + rows)
};

// In rows; in [kLeastPriorWeight, kMostPriorWeight]. `level_of`: a row's level, below `levels`; -1 none. `labels`: one a row.
double prior_weight_of(std::span<const int32_t> level_of, size_t levels, std::span<const float> labels);

// `held_out` receives each row's rate for training; the overall one for rows of no level.
TargetRates learn_target_rates(std::span<const int32_t> level_of, size_t levels, std::span<const float> labels, uint64_t seed, std::vector<float>& held_out);

}  // namespace furrow::learn
