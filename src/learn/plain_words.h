// One score and its reasons as a sentence for people, in English and in Chinese.
//
// "The score is 62.1 %, where 11.3 % is usual. poutcome = success and month = oct raise it most; age = 61 lowers it most."
// Usual is the score of the explanation's base: the average training row, or the background. At most kReasonsNamed reasons each
// way; those below kWorthSaying of the largest are not told.
// Says what the model uses, not what causes the outcome. Threads: pure.
#pragma once
#include <span>
#include <string>

#include "learn/boosting.h"

namespace furrow::learn {

struct NamedReason {
  std::string input, value;  // "" value: missing
  double contribution = 0;   // to the margin
};
struct PlainWords {
  std::string english, chinese;
};
inline constexpr size_t kReasonsNamed = 3;
inline constexpr double kWorthSaying = 0.1;

// `reasons`: in any order.
PlainWords plain_words(Task task, double score, double usual, std::span<const NamedReason> reasons);

}  // namespace furrow::learn
