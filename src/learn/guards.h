// What a sceptic would check before believing a model: columns that give the answer away, rows that are there twice,
// labels that cannot be right.
//
// Leakage, column by column, on at most kGuardRows rows (a regular draw), rates of texts taken out of the row's fold:
//   target_copy       every value has one label only and there are hardly more values than labels: the target itself
//                     under another name. Such a column is left out of training.
//   leak              the column alone ranks the rows almost perfectly (AUC >= kLeakAuc)
//   leak_filled_later whether the column is filled tells the label almost perfectly: known only after the outcome
//   leak_range        beyond some value, or for some level, (almost) every row has the same label, for a fifth or more
//                     of that label's rows: the column was made from the outcome, or copied after it
//   leak_field, leak_words  a field or a word inside its texts is there for one label and hardly ever for the other (word_leaks.h)
//   leak_order        a number with a value of its own in each row (an id, a row number) ranks the rows: the file is
//                     ordered by the label
// Rows: copies of others (row_copies.h).
// Labels: fewer than kFewOfClass rows of the rarer class; nearly all of one class.
// A warning is advice with the column and the reason, never an error. Threads: pure. Cost: a sort a column.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "base/json.h"
#include "learn/dataset.h"

namespace furrow::learn {

struct Target;

struct Warning {
  std::string code, column;   // column: "" when it is about rows or labels
  std::string english, chinese;
};
void write_json(JsonWriter& json, const std::vector<Warning>& warnings);
std::vector<Warning> parse_warnings(std::string_view json);  // of an array; what cannot be read is left out

inline constexpr size_t kGuardRows = 50000;
inline constexpr double kLeakAuc = 0.985, kTooGood = 0.995;
inline constexpr size_t kFewOfClass = 50;

struct GuardFindings {
  std::vector<Warning> warnings;
  std::vector<std::string> copies;  // columns that are the target
};

// Binary targets; for numbers, only copies of the target and of rows are looked for. `ignored`: columns that are no input anyway.
GuardFindings guard_training(const Dataset& data, const Target& target, const std::string& target_name,
                             const std::vector<std::string>& ignored);

// target_spellings: yes and no are written in several ways (truth_spellings of target.h).
void warn_of_spellings(const Column& target, std::vector<Warning>& out);
// too_good: an AUC of kTooGood or more on held-out rows where no column was found to leak by itself; it may lie in what is between two, as the days between two dates.
// `importance`: inputs, the most important first.
void warn_if_too_good(double auc, const std::vector<std::pair<std::string, double>>& importance, std::vector<Warning>& out);

}  // namespace furrow::learn
