#include "learn/target_rates.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/random.h"

namespace furrow::learn {
namespace {

struct Levels {
  std::vector<int32_t> level_of;
  std::vector<float> labels;
};

// Rates drawn with a known spread: a beta of mean 0.3 whose strength is the weight sought (Pólya's urn: exchangeable with draws at such a rate).
Levels drawn(size_t levels, int rows, double strength, uint64_t seed) {
  Random random(seed);
  Levels out;
  for (size_t level = 0; level < levels; ++level) {
    double yes = 0.3 * strength, all = strength;
    for (int k = 0; k < rows; ++k) {
      const bool one = random.chance(yes / all);
      yes += one, all += 1;
      out.level_of.push_back(static_cast<int32_t>(level));
      out.labels.push_back(one ? 1.0f : 0.0f);
    }
  }
  return out;
}

TEST(TargetRates, ThePriorWeighsWhatTheSpreadOfTheRatesSays) {
  for (const double strength : {3.0, 12.0}) {
    const Levels some = drawn(4000, 6, strength, 11);
    EXPECT_NEAR(prior_weight_of(some.level_of, 4000, some.labels) / strength, 1, 0.15) << strength;
  }
  const Levels nothing = drawn(4000, 6, 1e9, 3);
  EXPECT_GT(prior_weight_of(nothing.level_of, 4000, nothing.labels), 20);
  EXPECT_EQ(prior_weight_of(std::vector<int32_t>{-1, -1, 0}, 1, std::vector<float>{1, 0, 1}), kMostPriorWeight) << "no two rows of one level";
}

// Nine rows each of 48 states that differ much: a rate that is taken half at its word would be wrong by half of what they differ by.
TEST(TargetRates, ClearDifferencesAreTakenAtTheirWordInTrainingToo) {
  Random random(5);
  std::vector<double> truth;
  std::vector<int32_t> level_of;
  std::vector<float> labels, held_out;
  for (int32_t state = 0; state < 48; ++state) {
    truth.push_back(20 * random.normal());
    for (int year = 0; year < 9; ++year) level_of.push_back(state), labels.push_back(static_cast<float>(truth.back() + random.normal()));
  }
  const TargetRates learnt = learn_target_rates(level_of, 48, labels, 1, held_out);
  double squares = 0, all = 0;
  for (size_t k = 0; k < level_of.size(); ++k) {
    const double state = truth[static_cast<size_t>(level_of[k])], error = held_out[k] - state;
    EXPECT_NEAR(learnt.rates[static_cast<size_t>(level_of[k])], state, 5);
    squares += error * error, all += state * state;
  }
  EXPECT_LT(std::sqrt(squares / all), 0.1);
}

TEST(TargetRates, ARowsRateInTrainingDoesNotHangOnItsLabel) {
  Levels some = drawn(40, 12, 5, 7);
  std::vector<float> before, after;
  learn_target_rates(some.level_of, 40, some.labels, 9, before);
  some.labels[100] = 1 - some.labels[100];
  // The prior and its weight are of all rows: what is left of the change is theirs, the same for every row of the part and far below the label's own.
  learn_target_rates(some.level_of, 40, some.labels, 9, after);
  EXPECT_NEAR(before[100], after[100], 0.01);
  double most = 0;
  for (size_t k = 96; k < 108; ++k) most = std::max<double>(most, std::abs(before[k] - after[k]));
  EXPECT_GT(most, 0.04) << "rows of its level in other parts do see it";
}

TEST(TargetRates, RowsOfNoLevelGetTheOverallRate) {
  std::vector<float> held_out;
  const std::vector<int32_t> level_of{-1, 0, 0, 1};
  const TargetRates learnt = learn_target_rates(level_of, 3, std::vector<float>{1, 0, 0, 1}, 1, held_out);
  EXPECT_EQ(held_out[0], 0.5f);
  EXPECT_EQ(learnt.rates[2], 0.5f) << "a level without rows";
  EXPECT_EQ(learnt.counts[2], 0.0f);
}

}  // namespace
}  // namespace furrow::learn
