// Amounts as business files write them, where settling (dataset.h) finds no plain numbers: a decimal comma ("12,5", "1.234,50"),
// a unit or currency behind or ahead ("12.50元", "35 kg", "USD 12.50"), thousands apart ("1 234,50", "1'234.50"), ten thousands and hundred
// millions ("3.5万", "1.2亿"), a loss in brackets or with the sign behind ("(12.50)", "12.50-").
//
// A column is amounts when every cell that is there reads as one, in one style of decimals, with at most one unit, and kLeastAmounts
// are different: few levels stay text, which loses nothing.
// Not for: dates (dates.h), ranges ("30-40"), codes with letters ahead of the digits ("A11"), conversion of units.
// Threads: pure.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace furrow::learn {

inline constexpr size_t kLeastAmounts = 10;

// One a level, NaN where it is absent; nothing when the levels are no amounts.
std::optional<std::vector<double>> read_amounts(const std::vector<std::string>& levels);

// A column that is known to be amounts, as of orders: every cell that reads as one.
struct AmountCells {
  std::vector<double> values;       // one a cell, NaN where it is absent or no amount
  size_t amounts = 0, others = 0;   // cells that read as one, and that are there and do not
  size_t first_other = 0;           // the place of one
  std::vector<std::string> units;   // the different units and currencies, two at most: then the values are not to be added up
};
// In the style of decimals that reads more of the cells (a point where both read as many); cells of the other style are read in theirs.
AmountCells read_amount_cells(const std::vector<std::string_view>& cells);

// One cell by itself, any unit: with a decimal point where it can be read so, else with a decimal comma.
std::optional<double> read_amount(std::string_view cell);

}  // namespace furrow::learn
