#include "learn/conformal.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/random.h"

namespace furrow::learn {
namespace {


// Errors that grow with the prediction and are not symmetric, as money's are.
void draw(Random& random, size_t rows, std::vector<double>& predictions, std::vector<float>& outcomes) {
  for (size_t i = 0; i < rows; ++i) {
    double p = 100 * random.uniform();
    predictions.push_back(p);
    outcomes.push_back(static_cast<float>(p + (1 + p / 5) * (std::exp(random.normal() / 2) - 1)));
  }
}

TEST(ConformalIntervals, HoldWhatTheyPromiseEverywhere) {
  Random random(7);
  std::vector<double> predictions, fresh;
  std::vector<float> outcomes, truth;
  draw(random, 3000, predictions, outcomes);
  draw(random, 20000, fresh, truth);
  auto fitted = ConformalIntervals::fit(predictions, outcomes);
  std::string json;
  JsonWriter writer(json);
  fitted.write(writer);
  auto intervals = ConformalIntervals::parse(json);
  ASSERT_TRUE(intervals.ok());
  for (double level : {0.5, 0.8, 0.95}) {
    size_t inside[2] = {0, 0}, rows[2] = {0, 0};
    for (size_t i = 0; i < fresh.size(); ++i) {
      auto interval = intervals->at(fresh[i], level);
      size_t half = fresh[i] < 50 ? 0 : 1;
      ++rows[half];
      inside[half] += truth[i] >= interval.low && truth[i] <= interval.high;
    }
    for (size_t half : {0u, 1u}) EXPECT_NEAR(static_cast<double>(inside[half]) / static_cast<double>(rows[half]), level, 0.03) << "seed 7, level " << level;
  }
  auto narrow = intervals->at(5, 0.8), wide = intervals->at(95, 0.8);
  EXPECT_LT(3 * (narrow.high - narrow.low), wide.high - wide.low);
}

TEST(ConformalIntervals, FewRowsGiveTheLargestErrors) {
  auto intervals = ConformalIntervals::fit({1, 2, 3}, {0, 2, 7});
  auto at = intervals.at(10, 0.95);
  EXPECT_DOUBLE_EQ(at.low, 9);
  EXPECT_DOUBLE_EQ(at.high, 14);
  EXPECT_FALSE(ConformalIntervals::parse("{}").ok());
}

}  // namespace
}  // namespace furrow::learn
