#include "learn/amounts.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/ascii.h"
#include "learn/dataset.h"

namespace furrow::learn {
namespace {

constexpr size_t kLongestUnit = 12;  // bytes

struct Amount {
  double value = 0;
  std::string_view unit;
};

std::optional<Amount> parse_amount(std::string_view cell, bool decimal_comma) {
  if (auto plain = read_number(cell); plain && !decimal_comma) return Amount{*plain, {}};
  std::string_view text = trimmed(cell);
  const bool bracketed = text.size() > 2 && text.starts_with('(') && text.ends_with(')');
  if (bracketed) text = trimmed(text.substr(1, text.size() - 2));
  const size_t first = static_cast<size_t>(std::find_if(text.begin(), text.end(), is_digit) - text.begin());
  if (first == text.size() || (bracketed && text.starts_with('-'))) return std::nullopt;
  size_t end = first;
  while (end < text.size() && (is_digit(text[end]) || text[end] == '.' || text[end] == ',')) ++end;
  Amount amount;
  amount.unit = trimmed(text.substr(end));
  if (amount.unit.size() > kLongestUnit || std::any_of(amount.unit.begin(), amount.unit.end(), is_digit)) return std::nullopt;
  std::string plain(trimmed(text.substr(0, first)));  // a sign or a currency, which read_number knows
  for (char c : text.substr(first, end - first)) plain += !decimal_comma ? c : c == '.' ? ',' : c == ',' ? '.' : c;
  auto value = read_number(plain);
  if (!value) return std::nullopt;
  amount.value = bracketed ? -*value : *value;
  for (auto [mark, times] : {std::pair<std::string_view, double>{"万", 1e4}, {"亿", 1e8}}) {
    if (!amount.unit.starts_with(mark)) continue;
    amount.value *= times;
    amount.unit = trimmed(amount.unit.substr(mark.size()));
    break;
  }
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

std::optional<double> read_amount(std::string_view cell) {
  auto amount = parse_amount(cell, false);
  if (!amount) amount = parse_amount(cell, true);
  return amount ? std::optional(amount->value) : std::nullopt;
}

}  // namespace furrow::learn
