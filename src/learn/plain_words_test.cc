#include "learn/plain_words.h"

#include <gtest/gtest.h>

namespace furrow::learn {
namespace {

TEST(PlainWords, SayTheScoreTheUsualAndTheLargestReasonsEachWay) {
  const NamedReason reasons[] = {{"age", "61", -0.5}, {"month", "oct", 0.4}, {"poutcome", "success", 1.2}, {"job", "", 0.05}};
  PlainWords words = plain_words(Task::kBinary, 0.621, 0.113, reasons);
  EXPECT_EQ(words.english, "The score is 62.1 %, where 11.3 % is usual. poutcome = success and month = oct raise it most; age = 61 lowers it most.");
  EXPECT_EQ(words.chinese, "得分为 62.1%，一般为 11.3%。提高分数最多的是 poutcome = success、month = oct；降低分数最多的是 age = 61。");
}

TEST(PlainWords, OfANumberAMissingValueAndNoReason) {
  const NamedReason missing[] = {{"visits", "", -3}};
  EXPECT_EQ(plain_words(Task::kRegression, 12.3456, 15, missing).english, "The score is 12.35, where 15 is usual. visits = (missing) lowers it most.");
  EXPECT_EQ(plain_words(Task::kBinary, 0.1, 0.1, {}).chinese, "得分为 10.0%，一般为 10.0%。该行没有任何信息影响分数。");
}

}  // namespace
}  // namespace furrow::learn
