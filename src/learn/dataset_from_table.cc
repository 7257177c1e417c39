#include "learn/dataset_from_table.h"

#include <limits>

#include "base/ascii.h"

namespace furrow::learn {

Dataset dataset_from_table(const table::Table& table) {
  Dataset data;
  data.rows = table.rows();
  for (const table::Column& source : table.columns()) {
    if (source.type() == table::ColumnType::kText) {
      TextColumnBuilder builder(source.name());
      for (size_t i = 0; i < data.rows; ++i) {
        if (source.is_null(i)) builder.add_missing();
        else builder.add(trimmed(source.text(i)));
      }
      data.columns.push_back(std::move(builder).finish());
      continue;
    }
    std::vector<double> numbers(data.rows);
    for (size_t i = 0; i < data.rows; ++i) numbers[i] = source.is_null(i) ? std::numeric_limits<double>::quiet_NaN() : source.number(i);
    data.columns.push_back(number_column(source.name(), std::move(numbers)));
    if (source.type() == table::ColumnType::kTimestamp) data.columns.back().kind = ColumnKind::kTime;
  }
  return data;
}

}  // namespace furrow::learn
