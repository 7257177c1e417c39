#include "learn/margin_loss.h"

#include <gtest/gtest.h>

namespace furrow::learn {
namespace {

TEST(MarginLoss, IsFiniteAtEitherEndAndTheLogLossBetween) {
  EXPECT_DOUBLE_EQ(margin_loss(Task::kBinary, 1000, 0), 1000);
  EXPECT_DOUBLE_EQ(margin_loss(Task::kBinary, -1000, 1), 1000);
  EXPECT_DOUBLE_EQ(margin_loss(Task::kBinary, 1000, 1), 0);
  EXPECT_DOUBLE_EQ(margin_loss(Task::kBinary, 0.7, 1), -std::log(1 / (1 + std::exp(-0.7))));
  EXPECT_DOUBLE_EQ(margin_loss(Task::kRegression, 3, 1), 4);
}

}  // namespace
}  // namespace furrow::learn
