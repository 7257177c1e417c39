#include "learn/dataset_from_table.h"

#include <limits>

#include "base/ascii.h"

namespace furrow::learn {
namespace {

constexpr int64_t kMostExact = int64_t{1} << 53;  // whole numbers up to here are doubles

// Ids of nineteen digits fit 64 bits, and no double.
bool has_long_ids(const table::Column& column) {
  if (column.type() != table::ColumnType::kInteger) return false;
  for (size_t i = 0; i < column.size(); ++i) {
    if (!column.is_null(i) && (column.integer(i) > kMostExact || column.integer(i) < -kMostExact)) return true;
  }
  return false;
}

learn::Column column_of(const table::Column& source) {
  if (source.type() == table::ColumnType::kText || has_long_ids(source)) {
    TextColumnBuilder builder(source.name());
    for (size_t i = 0; i < source.size(); ++i) {
      if (source.is_null(i)) builder.add_missing();
      else if (source.type() == table::ColumnType::kInteger) builder.add(source.to_text(i));
      else builder.add(trimmed(source.text(i)));
    }
    return std::move(builder).finish();
  }
  std::vector<double> numbers(source.size());
  for (size_t i = 0; i < numbers.size(); ++i) numbers[i] = source.is_null(i) ? std::numeric_limits<double>::quiet_NaN() : source.number(i);
  learn::Column column = number_column(source.name(), std::move(numbers));
  if (source.type() == table::ColumnType::kTimestamp) column.kind = ColumnKind::kTime;
  return column;
}

}  // namespace

Dataset dataset_from_table(const table::Table& table) {
  Dataset data;
  data.rows = table.rows();
  for (const table::Column& source : table.columns()) data.columns.push_back(column_of(source));
  return data;
}

Dataset dataset_from_table(table::Table&& table) {
  Dataset data;
  data.rows = table.rows();
  for (; table.column_count() > 0; table.remove(0)) data.columns.push_back(column_of(table.column(0)));
  return data;
}

}  // namespace furrow::learn
