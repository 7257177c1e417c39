#include "learn/cross_validation.h"

#include <gtest/gtest.h>

#include "learn/model.h"

namespace furrow::learn {
namespace {

// With a share of the columns a tree, an action and the feature that tells whom it helps meet in one tree of six.
TEST(ForestParts, SmallTablesMayTakeMoreRoundsAndModelsThatDecideMayNot) {
  TrainOptions options;
  EXPECT_EQ(forest_parts(1'000, options)[0].boosting.rounds, 2000);
  EXPECT_EQ(forest_parts(100'000, options)[0].boosting.rounds, 1000);
  EXPECT_EQ(forest_parts(10'000'000, options)[0].boosting.rounds, 500);
  options.compared = {"action_price"};
  EXPECT_EQ(forest_parts(1'000, options)[0].boosting.rounds, 500);
}

TEST(ForestParts, TreesOfScoresThatAreComparedSeeEveryColumn) {
  TrainOptions options;
  for (const ForestPart& part : forest_parts(10'000, options)) EXPECT_LT(part.boosting.column_share, 0.5) << part.name;
  options.compared = {"action"};
  for (const ForestPart& part : forest_parts(10'000, options)) EXPECT_EQ(part.boosting.column_share, 1) << part.name;
}

}  // namespace
}  // namespace furrow::learn
