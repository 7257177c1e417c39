#include "decide/holdout.h"

#include <gtest/gtest.h>

#include <cmath>

namespace furrow::decide {
namespace {

TEST(Holdout, TheShareIsHeldOutAndRaisingItOnlyAddsPeople) {
  constexpr int kPeople = 200'000;
  uint64_t salt = holdout_salt("Corner Shop");
  int tenth = 0, third = 0;
  for (uint64_t i = 1; i <= kPeople; ++i) {  // neighbouring ids: the hardest case for a weak hash
    bool small = held_out({i}, salt, 0.1), large = held_out({i}, salt, 0.3);
    EXPECT_TRUE(large || !small);
    tenth += small;
    third += large;
  }
  // Four standard errors.
  EXPECT_NEAR(tenth / double(kPeople), 0.1, 4 * std::sqrt(0.09 / kPeople));
  EXPECT_NEAR(third / double(kPeople), 0.3, 4 * std::sqrt(0.21 / kPeople));
}

TEST(Holdout, WorkspacesHoldOutDifferentPeople) {
  uint64_t a = holdout_salt("a"), b = holdout_salt("b");
  int both = 0;
  constexpr int kPeople = 100'000;
  for (uint64_t i = 1; i <= kPeople; ++i) both += held_out({i}, a, 0.2) && held_out({i}, b, 0.2);
  EXPECT_NEAR(both / double(kPeople), 0.04, 4 * std::sqrt(0.04 * 0.96 / kPeople));
}

TEST(Holdout, TheSameOnEveryMachineAndNobodyUnknown) {
  // Written down: a change would move people between the arms of running experiments.
  EXPECT_NEAR(holdout_place({1}, holdout_salt("shop")), 0.218271737701, 1e-11);
  EXPECT_NEAR(holdout_place({12345}, holdout_salt("shop")), 0.193325031062, 1e-11);
  EXPECT_NEAR(holdout_place({UINT64_MAX}, holdout_salt("shop")), 0.350139798495, 1e-11);
  EXPECT_FALSE(held_out({}, holdout_salt("shop"), 0.9));
}

}  // namespace
}  // namespace furrow::decide
