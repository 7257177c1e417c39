#include "learn/amounts.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/ascii.h"
#include "base/currency.h"
#include "learn/dataset.h"

namespace furrow::learn {
namespace {

constexpr size_t kLongestUnit = 12;  // bytes

struct Amount {
  double value = 0;
  std::string_view unit;
};

// Blanks at both ends, also those that do not break a line.
std::string_view without_blanks(std::string_view text) {
  for (bool found = true; found;) {
    found = false;
    text = trimmed(text);
    for (std::string_view blank : {"\u00A0", "\u202F"}) {
      if (text.starts_with(blank)) text.remove_prefix(blank.size()), found = true;
      else if (text.ends_with(blank)) text.remove_suffix(blank.size()), found = true;
    }
  }
  return text;
}

// What stands between groups of three digits beside points and commas: "1 234", "1'234", also by spaces that do not break a line.
size_t group_mark(std::string_view text) {
  for (std::string_view mark : {" ", "'", "\u00A0", "\u202F", "’"}) {
    if (!text.starts_with(mark) || text.size() < mark.size() + 3) continue;
    const std::string_view group = text.substr(mark.size());
    if (is_digit(group[0]) && is_digit(group[1]) && is_digit(group[2]) && (group.size() == 3 || !is_digit(group[3]))) return mark.size();
  }
  return 0;
}

// `known`: the column is known to be amounts. Else digits in groups without a unit or decimals may be a telephone's.
std::optional<Amount> parse_amount(std::string_view cell, bool decimal_comma, bool known = false) {
  if (auto plain = read_number(cell); plain && !decimal_comma) {
    const size_t first = static_cast<size_t>(std::find_if(cell.begin(), cell.end(), is_digit) - cell.begin());
    std::string_view ahead = without_blanks(cell.substr(0, first));
    if (ahead.starts_with('-')) ahead.remove_prefix(1);
    return Amount{*plain, currency_of(ahead)};
  }
  std::string_view text = without_blanks(cell);
  const bool bracketed = text.size() > 2 && text.starts_with('(') && text.ends_with(')');
  if (bracketed) text = trimmed(text.substr(1, text.size() - 2));
  const size_t first = static_cast<size_t>(std::find_if(text.begin(), text.end(), is_digit) - text.begin());
  if (first == text.size() || (bracketed && text.starts_with('-'))) return std::nullopt;
  std::string_view ahead = without_blanks(text.substr(0, first));
  if (ahead.starts_with('+')) ahead = without_blanks(ahead.substr(1));
  bool negative = bracketed;
  if (ahead.starts_with('-') || ahead.ends_with('-')) {
    negative = true;
    ahead.starts_with('-') ? ahead.remove_prefix(1) : ahead.remove_suffix(1);
    ahead = without_blanks(ahead);
  }
  Amount amount;
  if (!ahead.empty() && (amount.unit = currency_of(ahead)).empty()) return std::nullopt;
  std::string plain;
  size_t end = first, marks = 0;
  while (end < text.size()) {
    const char c = text[end];
    if (is_digit(c) || c == '.' || c == ',') {
      plain += !decimal_comma ? c : c == '.' ? ',' : c == ',' ? '.' : c;
      ++end;
    } else if (const size_t mark = group_mark(text.substr(end)); mark > 0 && plain.find_first_of(".,") == plain.npos && (marks > 0 || plain.size() <= 3)) {
      end += mark;
      ++marks;
    } else {
      break;
    }
  }
  std::string_view behind = without_blanks(text.substr(end));
  if (behind.ends_with('-') && !negative) {
    negative = true;
    behind = without_blanks(behind.substr(0, behind.size() - 1));
  }
  if (behind.size() > kLongestUnit || std::any_of(behind.begin(), behind.end(), is_digit)) return std::nullopt;
  auto value = read_number(plain);
  if (!value) return std::nullopt;
  amount.value = negative ? -*value : *value;
  for (auto [mark, times] : {std::pair<std::string_view, double>{"万", 1e4}, {"亿", 1e8}}) {
    if (!behind.starts_with(mark)) continue;
    amount.value *= times;
    behind = without_blanks(behind.substr(mark.size()));
    break;
  }
  if (behind == "%") behind = {};
  if (const std::string_view code = currency_of(behind); !code.empty()) behind = code;
  if (!behind.empty()) amount.unit = behind;
  if (marks > 0 && !known && amount.unit.empty() && plain.find_first_of(".,") == plain.npos) return std::nullopt;
  return amount;
}

std::optional<std::vector<double>> read_in_style(const std::vector<std::string>& levels, bool decimal_comma) {
  std::vector<double> values(levels.size(), std::numeric_limits<double>::quiet_NaN()), different;
  std::string_view unit;
  for (size_t i = 0; i < levels.size(); ++i) {
    if (is_absent(levels[i])) continue;
    auto amount = parse_amount(levels[i], decimal_comma);
    if (!amount || (!unit.empty() && !amount->unit.empty() && unit != amount->unit)) return std::nullopt;
    if (unit.empty()) unit = amount->unit;
    different.push_back(values[i] = amount->value);
  }
  std::sort(different.begin(), different.end());
  if (std::unique(different.begin(), different.end()) - different.begin() < static_cast<std::ptrdiff_t>(kLeastAmounts)) return std::nullopt;
  return values;
}

}  // namespace

std::optional<std::vector<double>> read_amounts(const std::vector<std::string>& levels) {
  auto values = read_in_style(levels, false);
  return values ? values : read_in_style(levels, true);
}

AmountCells read_amount_cells(const std::vector<std::string_view>& cells) {
  size_t points = 0, commas = 0;
  for (std::string_view cell : cells) {
    if (is_absent(cell)) continue;
    points += parse_amount(cell, false, true).has_value();
    commas += parse_amount(cell, true, true).has_value();
  }
  AmountCells out;
  const bool comma = commas > points;
  for (size_t i = 0; i < cells.size(); ++i) {
    out.values.push_back(std::numeric_limits<double>::quiet_NaN());
    if (is_absent(cells[i])) continue;
    auto amount = parse_amount(cells[i], comma, true);
    if (!amount) amount = parse_amount(cells[i], !comma, true);
    if (!amount) {
      if (out.others++ == 0) out.first_other = i;
      continue;
    }
    ++out.amounts;
    out.values.back() = amount->value;
    const bool known = amount->unit.empty() || std::find(out.units.begin(), out.units.end(), amount->unit) != out.units.end();
    if (!known && out.units.size() < 2) out.units.emplace_back(amount->unit);
  }
  return out;
}

std::optional<double> read_amount(std::string_view cell) {
  auto amount = parse_amount(cell, false);
  if (!amount) amount = parse_amount(cell, true);
  return amount ? std::optional(amount->value) : std::nullopt;
}

}  // namespace furrow::learn
