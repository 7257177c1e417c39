#include "govern/numbers.h"

#include <array>
#include <charconv>
#include <cmath>

#include "base/ascii.h"
#include "base/currency.h"
#include "base/json.h"
#include "govern/text_form.h"

namespace furrow::govern {
namespace {

struct Unit {
  std::string_view mark, unit, base;
  double factor;
};
constexpr std::array<Unit, 46> kUnits{{
    {"公斤", "kg", "kg", 1}, {"千克", "kg", "kg", 1}, {"kg", "kg", "kg", 1}, {"kgs", "kg", "kg", 1}, {"克", "g", "kg", 1e-3}, {"g", "g", "kg", 1e-3}, {"mg", "mg", "kg", 1e-6},
    {"斤", "jin", "kg", 0.5}, {"lb", "lb", "kg", 0.45359237}, {"lbs", "lb", "kg", 0.45359237}, {"oz", "oz", "kg", 0.028349523125}, {"吨", "t", "kg", 1000}, {"t", "t", "kg", 1000},
    {"厘米", "cm", "m", 0.01}, {"cm", "cm", "m", 0.01}, {"毫米", "mm", "m", 1e-3}, {"mm", "mm", "m", 1e-3}, {"千米", "km", "m", 1000}, {"公里", "km", "m", 1000}, {"km", "km", "m", 1000},
    {"米", "m", "m", 1}, {"m", "m", "m", 1}, {"inch", "in", "m", 0.0254}, {"ft", "ft", "m", 0.3048}, {"毫升", "ml", "l", 1e-3}, {"ml", "ml", "l", 1e-3}, {"升", "l", "l", 1}, {"l", "l", "l", 1},
    {"小时", "h", "s", 3600}, {"hours", "h", "s", 3600}, {"h", "h", "s", 3600}, {"分钟", "min", "s", 60}, {"min", "min", "s", 60}, {"mins", "min", "s", 60}, {"秒", "s", "s", 1},
    {"s", "s", "s", 1}, {"ms", "ms", "s", 1e-3}, {"天", "d", "s", 86400}, {"days", "d", "s", 86400}, {"kb", "KB", "B", 1e3}, {"mb", "MB", "B", 1e6}, {"gb", "GB", "B", 1e9},
    {"件", "件", "", 1}, {"个", "个", "", 1}, {"岁", "岁", "", 1}, {"pcs", "件", "", 1},
}};

std::string_view blanks_off(std::string_view text) {
  text = trim(text);
  return text;
}

double take_multiplier(std::string_view& text, bool money) {
  struct Multiplier { std::string_view mark; double factor; bool money_only; };
  for (const Multiplier& multiplier : {Multiplier{"亿", 1e8, false}, {"万", 1e4, false}, {"萬", 1e4, false}, {"千", 1e3, false}, {"w", 1e4, true}, {"W", 1e4, true}, {"k", 1e3, true},
                                       {"K", 1e3, true}, {"M", 1e6, true}, {"bn", 1e9, true}}) {
    if (!text.ends_with(multiplier.mark) || (multiplier.money_only && !money)) continue;
    text.remove_suffix(multiplier.mark.size());
    text = blanks_off(text);
    return multiplier.factor;
  }
  return 1;
}

// Digits with at most one point out of grouped digits; nothing when the grouping is none.
std::optional<std::string> ungroup(std::string_view text, char decimal) {
  size_t commas = 0, points = 0, last_comma = 0, last_point = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == ',') ++commas, last_comma = i;
    else if (c == '.') ++points, last_point = i;
    else if (!is_digit(c) && c != ' ' && c != '\'') return {};
  }
  char point = 0;
  if (commas > 0 && points > 0) point = last_comma > last_point ? ',' : '.';
  else if (commas > 1) point = '.';
  else if (points > 1) point = ',';
  else if (commas == 1) {
    size_t behind = text.size() - last_comma - 1;
    point = behind == 3 && last_comma <= 3 && text[0] != '0' ? decimal : ',';
  } else {
    point = '.';
    if (points == 1 && decimal == ',' && text.size() - last_point - 1 == 3 && text[0] != '0') point = ',';
  }
  std::string out;
  size_t group = 0;
  bool grouped = false, fraction = false;
  for (char c : text) {
    if (is_digit(c)) {
      out += c;
      ++group;
    } else if (c == point && !fraction) {
      if (grouped && group != 3) return {};
      out += '.';
      fraction = true;
      group = 0;
    } else {
      if (fraction || (grouped && group != 3 && group != 2) || group == 0 || group > 3) return {};
      grouped = true;
      group = 0;
    }
  }
  if (grouped && !fraction && group != 3) return {};
  if (out.empty() || out == ".") return {};
  if (out.front() == '.') out.insert(0, "0");
  if (out.back() == '.') out.pop_back();
  return out;
}

}  // namespace

bool is_plain_number(std::string_view text) {
  size_t at = !text.empty() && text[0] == '-' ? 1 : 0, digits = 0;
  while (at < text.size() && is_digit(text[at])) ++at, ++digits;
  if (digits == 0) return false;
  if (at < text.size() && text[at] == '.') {
    size_t from = ++at;
    while (at < text.size() && is_digit(text[at])) ++at;
    if (at == from) return false;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
    size_t from = at;
    while (at < text.size() && is_digit(text[at])) ++at;
    if (at == from) return false;
  }
  return at == text.size();
}

std::optional<Quantity> read_quantity(std::string_view raw, const NumberForm& form) {
  if (raw.size() > 64) return {};
  Quantity out;
  std::string folded = fold_width(trim(raw));
  std::string_view text = folded;
  if (text.empty()) return {};
  if (is_plain_number(text) && !(form.decimal == ',' && text.find('.') != std::string_view::npos)) {
    out.number = text;
  } else {
    bool negative = false;
    if (text.front() == '(' && text.back() == ')') {
      negative = true;
      text = blanks_off(text.substr(1, text.size() - 2));
    }
    auto sign = [&] {
      if (text.starts_with('-') || text.starts_with("−") || text.starts_with("－")) {
        negative = !negative;
        text.remove_prefix(text.starts_with('-') ? 1 : 3);
      } else if (text.starts_with('+')) {
        text.remove_prefix(1);
      } else if (text.ends_with('-') && text.size() > 1) {
        negative = !negative;
        text.remove_suffix(1);
      }
      text = blanks_off(text);
    };
    sign();
    out.currency = take_currency(text);
    if (!out.currency.empty()) {
      std::string_view again = take_currency(text);  // ¥1,234.50元
      if (!again.empty() && again != out.currency) out.currency = again;
    }
    sign();
    for (std::string_view mark : {"%", "‰", "％"}) {
      if (!out.currency.empty() || !text.ends_with(mark)) continue;
      out.unit = mark == "‰" ? "‰" : "%";
      text = blanks_off(text.substr(0, text.size() - mark.size()));
    }
    double factor = out.unit.empty() ? take_multiplier(text, !out.currency.empty()) : 1;
    if (out.currency.empty() && out.unit.empty() && factor == 1 && !text.empty() && !is_digit(text.back())) {
      size_t digits_end = text.size();
      while (digits_end > 0 && !is_digit(text[digits_end - 1])) --digits_end;
      std::string mark = to_lower(trim(text.substr(digits_end)));
      bool known = false;
      for (const Unit& unit : kUnits) {
        if (mark != unit.mark) continue;
        out.unit = unit.unit;
        known = true;
        break;
      }
      if (!known) return {};
      text = blanks_off(text.substr(0, digits_end));
    }
    auto digits = ungroup(text, form.decimal);
    if (!digits) return {};
    out.number = (negative ? "-" : "") + *digits;
    if (factor != 1) {
      double value = 0;
      std::from_chars(out.number.data(), out.number.data() + out.number.size(), value);
      out.number.clear();
      double whole = std::round(value * factor * 1e6) / 1e6;
      if (std::abs(whole) < 9e15 && whole == std::trunc(whole)) out.number = std::to_string(static_cast<int64_t>(whole));
      else JsonWriter(out.number).number(whole);
    }
  }
  auto [end, error] = std::from_chars(out.number.data(), out.number.data() + out.number.size(), out.value);
  if (error != std::errc() || end != out.number.data() + out.number.size() || !std::isfinite(out.value)) return {};
  return out;
}

std::string currency_code(std::string_view raw) { return std::string(currency_of(fold_width(trim(raw)))); }

bool to_base_unit(Quantity& quantity) {
  for (const Unit& unit : kUnits) {
    if (unit.unit != quantity.unit || unit.base.empty()) continue;
    if (unit.unit == unit.base) return true;
    quantity.value *= unit.factor;
    quantity.unit = unit.base;
    quantity.number.clear();
    JsonWriter(quantity.number).number(std::round(quantity.value * 1e9) / 1e9);
    return true;
  }
  return false;
}

}  // namespace furrow::govern
