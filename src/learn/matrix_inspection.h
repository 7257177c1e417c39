// What is wrong with a feature matrix before anything is learnt from it: columns that say nothing, say it twice, know the
// answer, or change with time.
//
//   constant    at most one value among the rows that have one
//   sparse      missing in more than 99 % of the rows
//   duplicate   equal to an earlier column in every row, or correlated with it to more than 0.9999 (numbers)
//   leaking     alone tells the target apart with an AUC over 0.98 (or, of a numeric target, correlates over 0.98), by its
//               value or by being missing: rarely honest; look where the column comes from
//   drifting    its distribution in the newer half of the rows differs from the older half: population stability index
//               over 0.25 on ten quantile bins (texts: the ten most frequent levels), a bin a missing value
// Thresholds are the usual ones of practice, no test. Cost: O(rows x columns), and O(rows) a pair for columns with equal
// mean and spread only. Threads: any.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "learn/dataset.h"

namespace furrow::learn {

struct InspectionOptions {
  std::string target;            // "" for none
  std::string positive;          // of a text target; chosen as trainer.h says when ""
  std::string time;              // the rows' order; "" for none
  std::vector<std::string> ignored;  // ids
};

struct ColumnInspection {
  std::string name;
  ColumnKind kind = ColumnKind::kNumber;
  double missing = 0;            // share of rows
  size_t distinct = 0;
  bool constant = false, sparse = false, leaking = false, drifting = false;
  std::string duplicate_of;      // "" for none
  std::optional<double> target_strength;  // AUC from 0.5 on, or |correlation|
  std::optional<double> stability_index;
  bool flagged() const { return constant || sparse || leaking || drifting || !duplicate_of.empty(); }
};

// In the order of the columns, without target, time and ignored ones. kInvalidArgument: a named column is not there.
Result<std::vector<ColumnInspection>> inspect_matrix(const Dataset& data, const InspectionOptions& options);

}  // namespace furrow::learn
