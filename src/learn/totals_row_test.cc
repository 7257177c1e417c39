#include "learn/totals_row.h"

#include <gtest/gtest.h>

#include <vector>

namespace furrow::learn {
namespace {

using table::Column;
using table::ColumnType;
using Cells = std::vector<const char*>;

table::Table table_of(const std::vector<Cells>& columns) {
  table::Table table;
  for (const Cells& cells : columns) {
    Column column("c" + std::to_string(table.column_count()), ColumnType::kText);
    for (const char* cell : cells) cell ? column.append_text(cell) : column.append_null();
    table.add(std::move(column));
  }
  return table;
}

TEST(TotalsRow, IsToldByItsWordAndItsSums) {
  EXPECT_EQ(totals_row(table_of({{"ann", "bob", "cy", "Total"}, {"1", "0", "1", "2"}})), "Total");
  EXPECT_EQ(totals_row(table_of({{"1.5", "2", "4", "合计："}, {"12", "7", "3", "22.00"}})), "合计：");
  EXPECT_EQ(totals_row(table_of({{"1", "2", "6", "Average"}, {"$1,000", "$3,000", "$2,000", "$2,000"}})), "Average");
  EXPECT_EQ(totals_row(table_of({{"ann", "bob", "cy", "Grand total"}, {"a", "b", "c", nullptr}, {"1", "0", "1", "7"}})), "Grand total");  // of a filter, mostly empty
}

TEST(TotalsRow, IsNoRowThatOnlySaysSo) {
  EXPECT_FALSE(totals_row(table_of({{"ann", "bob", "cy", "Total"}, {"1", "0", "1", "9"}})));           // a customer of that name
  EXPECT_FALSE(totals_row(table_of({{"ann", "Total", "cy", "Total"}, {"1", "0", "1", "2"}})));         // a usual value
  EXPECT_FALSE(totals_row(table_of({{"ann", "bob", "cy", "Totally"}, {"1", "0", "1", "2"}})));
  EXPECT_FALSE(totals_row(table_of({{"ann", "bob", "Total", "cy"}, {"1", "0", "1", "2"}})));           // not at the end
}

}  // namespace
}  // namespace furrow::learn
