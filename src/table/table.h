// Typed columns in memory: what files become, and what learning, queries and reports read.
//
// A Column has one type and a missing mark for each row; text lives in one buffer a column. A Table is columns of equal
// length. Not for data larger than memory: stream it with RowReader (row_reader.h) or leave it to SQL (database.h).
// Reading files: files.h. Threads: values; read from any thread while nobody writes.
// Cost: 8 bytes a cell (booleans 1) and 1 for the missing mark; text 8 and its bytes.
// Reading a cell in another type than the column's is a bug (FURROW_ASSERT), but for `number`, `to_text` and `value`.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "base/value.h"

namespace furrow::table {

enum class ColumnType : uint8_t { kInteger, kNumber, kBoolean, kText, kTimestamp };
std::string_view to_string(ColumnType type);  // "integer", "number", "boolean", "text", "timestamp"

class Column {
 public:
  Column(std::string name, ColumnType type) : name_(std::move(name)), type_(type) {}

  const std::string& name() const { return name_; }
  void rename(std::string name) { name_ = std::move(name); }
  ColumnType type() const { return type_; }
  bool is_numeric() const { return type_ == ColumnType::kInteger || type_ == ColumnType::kNumber; }
  size_t size() const { return missing_.size(); }
  size_t missing_count() const;

  bool is_null(size_t row) const { return missing_[row] != 0; }
  int64_t integer(size_t row) const;       // kInteger
  bool boolean(size_t row) const;          // kBoolean
  std::string_view text(size_t row) const; // kText; valid until the column changes
  Time time(size_t row) const;             // kTimestamp
  // Integers and numbers as they are, booleans 0 or 1, timestamps in seconds since 1970, text that is wholly a number;
  // NaN otherwise and when missing.
  double number(size_t row) const;
  // The cell as it would stand in a CSV file; "" when missing.
  std::string to_text(size_t row) const;
  // Text columns give views into the column. Integers over 2^53 lose digits here. Timestamps give epoch milliseconds.
  Value value(size_t row) const;

  void append_null();
  void append_integer(int64_t value);
  void append_number(double value);  // NaN counts as missing
  void append_boolean(bool value);
  void append_text(std::string_view value);
  void append_time(Time value);
  void reserve(size_t rows);
  // Appends row `row` of a column of the same type.
  void append_from(const Column& other, size_t row);
  void clear();  // of its rows; the memory is kept for the next

 private:
  std::string name_;
  ColumnType type_;
  std::vector<uint8_t> missing_;
  std::vector<int64_t> integers_;  // kInteger, kTimestamp (microseconds)
  std::vector<double> numbers_;    // kNumber
  std::vector<uint8_t> booleans_;  // kBoolean
  std::vector<uint64_t> ends_;     // kText: end of each cell in text_
  std::string text_;
};

class Table {
 public:
  Table() = default;

  size_t rows() const { return columns_.empty() ? 0 : columns_.front().size(); }
  size_t column_count() const { return columns_.size(); }
  const std::vector<Column>& columns() const { return columns_; }
  const Column& column(size_t index) const { return columns_[index]; }
  Column& column(size_t index) { return columns_[index]; }
  // nullptr when there is none of that name (exact; then ignoring ASCII case and surrounding blanks).
  const Column* find(std::string_view name) const;
  // As find, or kInvalidFile naming the nearest columns. `file` is named in the error.
  Result<const Column*> require(std::string_view name, std::string_view file = {}) const;
  std::vector<std::string> names() const;

  // The column must have as many rows as the others.
  void add(Column column);
  void remove(size_t index);
  void clear_rows();  // the memory is kept for the next
  // The rows of `indices`, in that order.
  Table take(const std::vector<size_t>& indices) const;

 private:
  std::vector<Column> columns_;
};

}  // namespace furrow::table
