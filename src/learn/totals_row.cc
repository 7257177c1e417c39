#include "learn/totals_row.h"

#include <algorithm>
#include <cmath>
#include <string_view>

#include "base/ascii.h"
#include "learn/dataset.h"

namespace furrow::learn {
namespace {

constexpr std::string_view kTotalWords[] = {"total", "totals", "grand total", "overall total", "sum", "subtotal", "sub-total", "average", "mean", "合计", "总计", "共计", "小计", "汇总", "总和", "平均", "平均值",
                                            "summe", "gesamt", "gesamtsumme", "totaal", "totale", "итого", "合計", "総計", "합계"};
constexpr double kRounding = 1e-3;  // a shown total is rounded
constexpr size_t kLeastRows = 3;    // with the totals row

bool says_total(std::string_view cell) {
  cell = trimmed(cell);
  for (std::string_view mark : {":", "："}) {
    if (cell.ends_with(mark)) cell = trimmed(cell.substr(0, cell.size() - mark.size()));
  }
  return std::any_of(std::begin(kTotalWords), std::end(kTotalWords), [&](std::string_view word) {
    return std::equal(cell.begin(), cell.end(), word.begin(), word.end(), [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + 32 : a) == b; });
  });
}

std::optional<double> number_of(const table::Column& column, size_t row) {
  if (column.is_null(row)) return std::nullopt;
  if (column.type() == table::ColumnType::kText) return read_number(column.text(row));
  return column.is_numeric() ? std::optional(column.number(row)) : std::nullopt;
}

// Is the last cell the sum or the mean of those above?
bool adds_up(const table::Column& column) {
  const size_t last = column.size() - 1;
  const auto shown = number_of(column, last);
  if (!shown || *shown == 0) return false;
  double sum = 0, count = 0;
  for (size_t row = 0; row < last; ++row) {
    if (auto number = number_of(column, row)) sum += *number, ++count;
  }
  const auto near = [&](double value) { return std::abs(value - *shown) <= kRounding * std::abs(*shown); };
  return count > 1 && (near(sum) || near(sum / count));
}

}  // namespace

std::optional<std::string> totals_row(const table::Table& table) {
  if (table.rows() < kLeastRows) return std::nullopt;
  const size_t last = table.rows() - 1;
  for (const table::Column& column : table.columns()) {
    if (column.type() != table::ColumnType::kText || column.is_null(last) || !says_total(column.text(last))) continue;
    bool usual = false;
    for (size_t row = 0; row < last && !usual; ++row) usual = !column.is_null(row) && says_total(column.text(row));
    if (usual) continue;
    size_t empty = 0;
    bool adds = false;
    for (const table::Column& other : table.columns()) {
      if (&other == &column) continue;
      empty += other.is_null(last) || (other.type() == table::ColumnType::kText && trimmed(other.text(last)).empty());
      adds = adds || adds_up(other);
    }
    if (adds || (empty > 0 && 2 * empty >= table.column_count() - 1)) return std::string(trimmed(column.text(last)));
  }
  return std::nullopt;
}

}  // namespace furrow::learn
