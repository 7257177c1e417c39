#include "predict/order_amounts.h"

#include <fmt/format.h>

#include "learn/amounts.h"

namespace furrow::predict {

Result<std::vector<double>> order_amounts(const table::Column& column, const std::string& file) {
  std::vector<double> amounts(column.size());
  if (column.type() == table::ColumnType::kTimestamp) {
    return Error(ErrorCode::kInvalidFile, fmt::format("column '{}' of {} holds times, not amounts: name the column of the money", column.name(), file)).at(file).in_field(column.name());
  }
  if (column.type() != table::ColumnType::kText) {
    for (size_t row = 0; row < column.size(); ++row) amounts[row] = column.number(row);
    return amounts;
  }
  std::vector<std::string_view> cells(column.size());
  for (size_t row = 0; row < column.size(); ++row) {
    if (!column.is_null(row)) cells[row] = column.text(row);
  }
  learn::AmountCells read = learn::read_amount_cells(cells);
  if (read.others > read.amounts) {
    return Error(ErrorCode::kInvalidFile, fmt::format("column '{}' of {} holds text that is no amount, such as \"{}\" in row {}: amounts are taken as 1234.5, $1,234.50, 1.234,50 €, 3.5万 and the like", column.name(), file,
                                                      std::string(cells[read.first_other]).substr(0, 60), read.first_other + 1))
        .at(file)
        .in_field(column.name());
  }
  if (read.units.size() > 1) {
    return Error(ErrorCode::kInvalidFile, fmt::format("column '{}' of {} holds amounts in {} and in {}, which cannot be added up: convert them to one currency", column.name(), file, read.units[0], read.units[1]))
        .at(file)
        .in_field(column.name());
  }
  return std::move(read.values);
}

}  // namespace furrow::predict
