// What a cleaning did, in figures that add up.
//
// Every row read is in `rows_out` or in one of the rejected counts. A cell's score: of the cells that had a value before,
// the share that is standard (cell_standardizer.h says when a cell is); the same cells are counted after, so that a value taken
// out counts against the score and not for it. `standardised_before` and `_after` are over all columns whose meaning has a
// standard form (has_standard_form) and was found with a confidence of at least kLeastConfidence; 1 when there is none.
#pragma once
#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/json.h"
#include "govern/cell_standardizer.h"
#include "govern/column_plan.h"

namespace furrow::govern {

inline constexpr double kLeastConfidence = 0.5;

struct ChangeExample {
  uint64_t line = 0;
  std::string original, value, rule, note;
};

struct ColumnReport {
  std::string name;
  Meaning meaning = Meaning::kFreeText;
  double confidence = 0;
  std::string why;
  bool overridden = false;
  std::vector<std::pair<Meaning, double>> alternatives;
  std::string region, order, unit;
  uint64_t cells = 0, missing_before = 0, missing_after = 0, values = 0;  // values: cells that had one before
  uint64_t standard_before = 0, standard_cleaned = 0, standard_after = 0;
  uint64_t changed = 0, invalid = 0, emptied = 0;
  std::map<std::string, uint64_t, std::less<>> rules;
  std::vector<ChangeExample> examples;      // at most five, one a rule first
  std::string missingness;                  // "none", "structural", "depends on other columns", "at random" and why
  uint64_t outliers = 0;
  std::string outlier_note;

  bool counts() const { return has_standard_form(meaning) && confidence >= kLeastConfidence; }
  double before() const { return values == 0 ? 1 : static_cast<double>(standard_before) / static_cast<double>(values); }
  double cleaned() const { return values == 0 ? 1 : static_cast<double>(standard_cleaned) / static_cast<double>(values); }
  double after() const { return values == 0 ? 1 : static_cast<double>(standard_after) / static_cast<double>(values); }
};

struct CleanReport {
  std::string file, rules_version, encoding;
  uint64_t rows_in = 0, rows_out = 0, rejected_unreadable = 0, rejected_invalid = 0, rejected_duplicates = 0;
  uint64_t duplicates_kept = 0, cells_changed = 0, rows_flagged = 0;
  std::vector<ColumnReport> columns;
  std::map<std::string, uint64_t, std::less<>> findings;  // shared devices, bots, near duplicates, faulty clocks …
  std::vector<std::string> notes;
  double seconds = 0;

  uint64_t rejected() const { return rejected_unreadable + rejected_invalid + rejected_duplicates; }
  double standardised_before() const;
  double standardised_cleaned() const;
  double standardised_after() const;
  std::map<std::string, uint64_t> step_changes() const;  // cells by step
};

void write_report(const CleanReport& report, JsonWriter& json);

}  // namespace furrow::govern
