#include "table/table.h"

#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "base/number_text.h"
#include "base/yaml.h"

namespace furrow::table {
namespace {

std::string folded(std::string_view name) {
  size_t first = name.find_first_not_of(" \t");
  size_t last = name.find_last_not_of(" \t");
  if (first == std::string_view::npos) return {};
  std::string out(name.substr(first, last - first + 1));
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return out;
}

}  // namespace

std::string_view to_string(ColumnType type) {
  switch (type) {
    case ColumnType::kInteger: return "integer";
    case ColumnType::kNumber: return "number";
    case ColumnType::kBoolean: return "boolean";
    case ColumnType::kText: return "text";
    case ColumnType::kTimestamp: return "timestamp";
  }
  return "";
}

size_t Column::missing_count() const {
  return static_cast<size_t>(std::count(missing_.begin(), missing_.end(), uint8_t{1}));
}

int64_t Column::integer(size_t row) const {
  FURROW_ASSERT(type_ == ColumnType::kInteger);
  return integers_[row];
}
bool Column::boolean(size_t row) const {
  FURROW_ASSERT(type_ == ColumnType::kBoolean);
  return booleans_[row] != 0;
}
std::string_view Column::text(size_t row) const {
  FURROW_ASSERT(type_ == ColumnType::kText);
  uint64_t start = row == 0 ? 0 : ends_[row - 1];
  return std::string_view(text_).substr(start, ends_[row] - start);
}
Time Column::time(size_t row) const {
  FURROW_ASSERT(type_ == ColumnType::kTimestamp);
  return Time{integers_[row]};
}

double Column::number(size_t row) const {
  constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
  if (is_null(row)) return kNaN;
  switch (type_) {
    case ColumnType::kInteger: return static_cast<double>(integers_[row]);
    case ColumnType::kNumber: return numbers_[row];
    case ColumnType::kBoolean: return booleans_[row] ? 1 : 0;
    case ColumnType::kTimestamp: return static_cast<double>(integers_[row]) / 1e6;
    case ColumnType::kText: return Value(text(row)).as_number();
  }
  return kNaN;
}

std::string Column::to_text(size_t row) const {
  if (is_null(row)) return {};
  switch (type_) {
    case ColumnType::kInteger: return std::to_string(integers_[row]);
    case ColumnType::kBoolean: return booleans_[row] ? "true" : "false";
    case ColumnType::kText: return std::string(text(row));
    case ColumnType::kTimestamp: return format_time(Time{integers_[row]});
    case ColumnType::kNumber: return number_text(numbers_[row]);
  }
  return {};
}

Value Column::value(size_t row) const {
  if (is_null(row)) return {};
  switch (type_) {
    case ColumnType::kBoolean: return Value(booleans_[row] != 0);
    case ColumnType::kText: return Value(text(row));
    case ColumnType::kTimestamp: return Value(static_cast<double>(Time{integers_[row]}.milliseconds()));
    default: return Value(number(row));
  }
}

void Column::append_null() {
  switch (type_) {
    case ColumnType::kInteger: append_integer(0); break;
    case ColumnType::kTimestamp: append_time({}); break;
    case ColumnType::kBoolean: append_boolean(false); break;
    case ColumnType::kText: append_text({}); break;
    case ColumnType::kNumber: append_number(std::numeric_limits<double>::quiet_NaN()); break;
  }
  missing_.back() = 1;
}
void Column::append_integer(int64_t value) {
  FURROW_ASSERT(type_ == ColumnType::kInteger);
  integers_.push_back(value);
  missing_.push_back(0);
}
void Column::append_number(double value) {
  FURROW_ASSERT(type_ == ColumnType::kNumber);
  numbers_.push_back(value);
  missing_.push_back(std::isnan(value) ? 1 : 0);
}
void Column::append_boolean(bool value) {
  FURROW_ASSERT(type_ == ColumnType::kBoolean);
  booleans_.push_back(value ? 1 : 0);
  missing_.push_back(0);
}
void Column::append_text(std::string_view value) {
  FURROW_ASSERT(type_ == ColumnType::kText);
  text_ += value;
  ends_.push_back(text_.size());
  missing_.push_back(0);
}
void Column::append_time(Time value) {
  FURROW_ASSERT(type_ == ColumnType::kTimestamp);
  integers_.push_back(value.micros);
  missing_.push_back(0);
}

void Column::reserve(size_t rows) {
  missing_.reserve(rows);
  switch (type_) {
    case ColumnType::kInteger:
    case ColumnType::kTimestamp: integers_.reserve(rows); break;
    case ColumnType::kNumber: numbers_.reserve(rows); break;
    case ColumnType::kBoolean: booleans_.reserve(rows); break;
    case ColumnType::kText: ends_.reserve(rows); break;
  }
}

void Column::append_from(const Column& other, size_t row) {
  FURROW_ASSERT(other.type_ == type_);
  if (other.is_null(row)) return append_null();
  switch (type_) {
    case ColumnType::kInteger: return append_integer(other.integers_[row]);
    case ColumnType::kTimestamp: return append_time(Time{other.integers_[row]});
    case ColumnType::kNumber: return append_number(other.numbers_[row]);
    case ColumnType::kBoolean: return append_boolean(other.booleans_[row] != 0);
    case ColumnType::kText: return append_text(other.text(row));
  }
}

void Column::clear() {
  missing_.clear();
  integers_.clear();
  numbers_.clear();
  booleans_.clear();
  ends_.clear();
  text_.clear();
}

const Column* Table::find(std::string_view name) const {
  for (const Column& column : columns_) {
    if (column.name() == name) return &column;
  }
  std::string wanted = folded(name);
  for (const Column& column : columns_) {
    if (folded(column.name()) == wanted) return &column;
  }
  return nullptr;
}

Result<const Column*> Table::require(std::string_view name, std::string_view file) const {
  if (const Column* column = find(name)) return column;
  std::vector<std::string> present = names();
  std::string close = nearest(name, present);
  std::string all;
  for (size_t i = 0; i < present.size() && i < 20; ++i) all += (i ? ", " : "") + present[i];
  if (present.size() > 20) all += fmt::format(" and {} more", present.size() - 20);
  return Error(ErrorCode::kInvalidFile,
               close.empty() ? fmt::format("there is no column \"{}\"; the columns are {}", name, all)
                             : fmt::format("there is no column \"{}\"; did you mean \"{}\"? The columns are {}", name,
                                           close, all))
      .in_field(name)
      .at(file);
}

std::vector<std::string> Table::names() const {
  std::vector<std::string> out;
  for (const Column& column : columns_) out.push_back(column.name());
  return out;
}

void Table::add(Column column) {
  FURROW_ASSERT(columns_.empty() || column.size() == rows());
  columns_.push_back(std::move(column));
}
void Table::remove(size_t index) { columns_.erase(columns_.begin() + static_cast<ptrdiff_t>(index)); }

void Table::clear_rows() {
  for (Column& column : columns_) column.clear();
}

Table Table::take(const std::vector<size_t>& indices) const {
  Table out;
  for (const Column& column : columns_) {
    Column taken(column.name(), column.type());
    taken.reserve(indices.size());
    for (size_t row : indices) taken.append_from(column, row);
    out.add(std::move(taken));
  }
  return out;
}

}  // namespace furrow::table
