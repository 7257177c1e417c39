// Amounts as business files write them, where settling (dataset.h) finds no plain numbers: a decimal comma ("12,5", "1.234,50"),
// a unit or currency behind ("12.50元", "35 kg"), ten thousands and hundred millions ("3.5万", "1.2亿"), a loss in brackets ("(12.50)").
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

// One cell by itself, any unit: with a decimal point where it can be read so, else with a decimal comma.
std::optional<double> read_amount(std::string_view cell);

}  // namespace furrow::learn
