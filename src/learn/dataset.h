// Typed columns to learn from, and the parts of a training set: rows to learn from, labels, groups, times.
//
// A column is numbers (NaN missing), text levels (codes into `levels`, -1 missing) or times (seconds since 1970 UTC, NaN
// missing). Text settles to numbers when every level is one, but for blanks and marks of absence ("", "NA", "N/A",
// "null", "nan", "?"), also as "$1,200.50" or "12 %" (not "007", nor a whole number of more digits than a double keeps: those are ids); or when all but kStrayShare of
// many rows are, the strays being missing then. So do levels true and false (1 and 0); dates, ISO 8601 or as dates.h
// tells, settle to times.
// Not for: reading files; table/ does that, and dataset_from_table.h converts.
// Threads: values. Limits: 2^31 rows.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"

namespace furrow::learn {

inline constexpr double kStrayShare = 0.02;

enum class ColumnKind { kNumber, kText, kTime };

struct Column {
  std::string name;
  ColumnKind kind = ColumnKind::kNumber;
  std::vector<double> numbers;      // kNumber, kTime
  std::vector<int32_t> codes;       // kText
  std::vector<std::string> levels;  // kText
  std::vector<std::string> currencies;  // two, when its cells name several: its numbers are then no common measure; else none
  size_t strays = 0;                // cells among numbers that are none, and missing therefore
  std::string first_stray;

  size_t rows() const { return kind == ColumnKind::kText ? codes.size() : numbers.size(); }
  bool missing(size_t row) const { return kind == ColumnKind::kText ? codes[row] < 0 : numbers[row] != numbers[row]; }
  // The cell as text; "" when missing. Numbers in the shortest form that reads back.
  std::string text(size_t row) const;
};

struct Dataset {
  std::vector<Column> columns;
  size_t rows = 0;
  const Column* find(std::string_view name) const;
};

// Builds a text column from cells, and settles it.
class TextColumnBuilder {
 public:
  explicit TextColumnBuilder(std::string name) { column_.name = std::move(name); column_.kind = ColumnKind::kText; }
  void add(std::string_view cell);
  void add_missing() { column_.codes.push_back(-1); }
  Column finish() &&;

 private:
  Column column_;
  std::unordered_map<std::string, int32_t> codes_;
};
Column number_column(std::string name, std::vector<double> numbers);

// The number a cell says, as settling reads it.
std::optional<double> read_number(std::string_view cell);
// What a cell says that says yes or no (base/truth.h), blanks and case aside.
std::optional<bool> read_truth(std::string_view cell);
// Blank or a mark of absence.
bool is_absent(std::string_view cell);
// Kinds by name, for messages: "numbers", "text", "times".
std::string_view kind_name(ColumnKind kind);

}  // namespace furrow::learn
