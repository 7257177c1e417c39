// What gives a target away inside texts: "status: churned" in a note, a JSON field "outcome": "won", a word that only the closed cases have.
//
// A cell is taken as its words (words.h) and its fields: "key: value" or "key=value" as JSON, forms and logs write them, and "key:" by itself, which says that the
// field is there. One of them gives the target away when it is in kWidely of one label's rows and kRarely times less of the others', or in kMostly and kLess times less:
// the words of honest texts, opinions or complaints, are spread over thousands, and the frequent ones stand with either label.
// Not for: what many rare words say together; labels that are what the text is about, such as of several intents, whose words tell them by nature (fields do not).
// Threads: pure. Cost: at most kLeakTexts rows, kTextBytes of each.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "learn/dataset.h"

namespace furrow::learn {

inline constexpr size_t kLeakTexts = 10'000;
inline constexpr double kWidely = 0.2, kRarely = 100, kMostly = 0.5, kLess = 30;

struct WordLeak {
  std::string words;         // as found, in lower case: "churned", "status: churned"
  bool field = false;        // of a key and its value
  bool positive = true;      // of which label's rows
  double share = 0, other_share = 0;  // of that label's rows, and of the others', that have it
};
// The one that tells most, if any. `labels`: 0 or 1, one a row of `rows`. Nothing of columns that are no text or have one word a cell.
std::optional<WordLeak> find_word_leak(const Column& column, const std::vector<uint32_t>& rows, const std::vector<float>& labels);

}  // namespace furrow::learn
