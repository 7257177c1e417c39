#include "learn/dataset.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>

#include "base/number_text.h"
#include "base/time.h"
#include "base/truth.h"
#include "learn/amounts.h"
#include "learn/dates.h"

namespace furrow::learn {
namespace {

std::string_view trim(std::string_view s) {
  while (!s.empty() && static_cast<unsigned char>(s.front()) <= ' ') s.remove_prefix(1);
  while (!s.empty() && static_cast<unsigned char>(s.back()) <= ' ') s.remove_suffix(1);
  return s;
}

std::string lower(std::string_view s) {
  std::string out(s);
  for (char& c : out) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
  return out;
}

constexpr size_t kStrayRows = 200;  // fewer rows: a stray cell makes the column text

std::optional<double> plain_number(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  std::string_view digits = text.starts_with('-') ? text.substr(1) : text;
  if (digits.size() > 1 && digits[0] == '0' && digits[1] >= '0' && digits[1] <= '9') return std::nullopt;  // "007" is an id
  double value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value) || loses_digits(digits, std::abs(value))) return std::nullopt;
  return value;
}

// "1,234,567.8" without its commas; nothing when they do not part thousands.
std::optional<std::string> without_commas(std::string_view text) {
  std::string out;
  size_t whole = std::min(text.find('.'), text.size()), since = 0;
  bool any = false;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != ',') {
      out += text[i];
      since += i < whole;
      continue;
    }
    if (i > whole || since == 0 || (any && since != 3)) return std::nullopt;
    any = true;
    since = 0;
  }
  return any && since == 3 ? std::optional(out) : std::nullopt;
}

std::optional<double> as_truth(std::string_view text) {
  std::string word = lower(trim(text));
  if (word == "true") return 1;
  if (word == "false") return 0;
  return std::nullopt;
}

std::optional<double> as_seconds(std::string_view text) {
  text = trim(text);
  if (text.size() < 8 || text.find('-') == text.npos) return std::nullopt;
  auto time = parse_time(text);
  if (!time.ok()) return std::nullopt;
  return static_cast<double>(time->micros) / 1e6;
}

// Two currencies that the levels with a number name, or none.
std::vector<std::string> several_currencies(const std::vector<std::string>& levels, const std::vector<double>& values) {
  std::vector<std::string_view> cells;
  bool marked = false;
  for (size_t i = 0; i < levels.size(); ++i) {
    if (std::isnan(values[i])) continue;
    cells.push_back(levels[i]);
    marked = marked || std::any_of(levels[i].begin(), levels[i].end(), [](char c) { return c == '$' || static_cast<unsigned char>(c) >= 0x80; });
  }
  if (!marked) return {};
  auto units = read_amount_cells(cells).units;
  return units.size() > 1 ? std::move(units) : std::vector<std::string>{};
}

// Takes the column for numbers or times: one a level, NaN where it has none.
void give_numbers(Column& column, ColumnKind kind, const std::vector<double>& values) {
  column.kind = kind;
  if (kind == ColumnKind::kNumber) column.currencies = several_currencies(column.levels, values);
  for (int32_t code : column.codes) column.numbers.push_back(code < 0 ? std::numeric_limits<double>::quiet_NaN() : values[static_cast<size_t>(code)]);
  column.codes = {};
  column.levels = {};
}

// Every level that is not absent read by `read`, or nothing.
template <class Read>
bool settle(Column& column, ColumnKind kind, Read read) {
  std::vector<double> values(column.levels.size(), std::numeric_limits<double>::quiet_NaN());
  bool any = false;
  for (size_t i = 0; i < values.size(); ++i) {
    if (is_absent(column.levels[i])) continue;
    std::optional<double> number = read(column.levels[i]);
    if (!number) return false;
    values[i] = *number;
    any = true;
  }
  if (any) give_numbers(column, kind, values);
  return any;
}

// Numbers with a few strays in many rows: the strays become missing.
bool settle_but_strays(Column& column) {
  if (column.codes.size() < kStrayRows) return false;
  std::vector<double> value(column.levels.size(), std::numeric_limits<double>::quiet_NaN());
  std::vector<size_t> rows(column.levels.size(), 0);
  size_t strays = 0, numbers = 0, different = 0;
  std::string first_stray;
  for (int32_t code : column.codes) {
    if (code >= 0) ++rows[static_cast<size_t>(code)];
  }
  for (size_t i = 0; i < value.size(); ++i) {
    if (is_absent(column.levels[i])) continue;
    auto number = read_number(column.levels[i]);
    value[i] = number.value_or(value[i]);
    if (!number && strays == 0) first_stray = column.levels[i];
    (number ? numbers : strays) += rows[i];
    different += number.has_value();
  }
  if (different < 10 || static_cast<double>(strays) > kStrayShare * static_cast<double>(numbers + strays)) return false;
  column.strays = strays;
  column.first_stray = std::move(first_stray);
  give_numbers(column, ColumnKind::kNumber, value);
  return true;
}

// What a reader of whole columns makes of the levels, or nothing.
bool settle_whole(Column& column, ColumnKind kind, std::optional<std::vector<double>> values) {
  if (!values) return false;
  give_numbers(column, kind, *values);
  return true;
}

}  // namespace

std::optional<double> read_number(std::string_view cell) {
  std::string_view text = trim(cell);
  if (auto number = plain_number(text)) return number;
  bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  for (std::string_view mark : {"$", "€", "£", "¥", "￥"}) {
    if (text.starts_with(mark)) text = trim(text.substr(mark.size()));
  }
  if (text.ends_with('%')) text = trim(text.substr(0, text.size() - 1));
  if (text.empty() || text[0] < '0' || text[0] > '9') return std::nullopt;
  auto plain = without_commas(text);
  auto number = plain_number(plain ? *plain : text);
  return number && negative ? std::optional(-*number) : number;
}

std::optional<bool> read_truth(std::string_view cell) { return truth_of(lower(trim(cell))); }

bool is_absent(std::string_view cell) {
  std::string word = lower(trim(cell));
  return word.empty() || word == "na" || word == "n/a" || word == "null" || word == "nan" || word == "?" || word == "inf" || word == "-inf" || word == "infinity" ||
         word == "-infinity" || word == "#n/a" || word == "#value!" || word == "#div/0!" || word == "#ref!" || word == "#num!";
}

std::string_view kind_name(ColumnKind kind) {
  return kind == ColumnKind::kNumber ? "numbers" : kind == ColumnKind::kText ? "text" : "times";
}

std::string Column::text(size_t row) const {
  if (missing(row)) return "";
  if (kind == ColumnKind::kText) return levels[static_cast<size_t>(codes[row])];
  if (kind == ColumnKind::kTime) return format_time(Time{static_cast<int64_t>(std::llround(numbers[row] * 1e6))});
  return number_text(numbers[row]);
}

const Column* Dataset::find(std::string_view name) const {
  auto found = std::find_if(columns.begin(), columns.end(), [&](const Column& c) { return c.name == name; });
  return found == columns.end() ? nullptr : &*found;
}

void TextColumnBuilder::add(std::string_view cell) {
  auto [place, fresh] = codes_.try_emplace(std::string(cell), static_cast<int32_t>(column_.levels.size()));
  if (fresh) column_.levels.emplace_back(cell);
  column_.codes.push_back(place->second);
}

Column TextColumnBuilder::finish() && {
  if (settle(column_, ColumnKind::kNumber, read_number) || settle(column_, ColumnKind::kNumber, as_truth)) return std::move(column_);
  if (settle(column_, ColumnKind::kTime, as_seconds) || settle_whole(column_, ColumnKind::kTime, read_dates(column_.levels))) return std::move(column_);
  if (settle_whole(column_, ColumnKind::kNumber, read_amounts(column_.levels)) || settle_but_strays(column_)) return std::move(column_);
  for (int32_t& code : column_.codes) {
    if (code >= 0 && is_absent(column_.levels[static_cast<size_t>(code)])) code = -1;
  }
  return std::move(column_);
}

Column number_column(std::string name, std::vector<double> numbers) {
  Column column;
  column.name = std::move(name);
  for (double& x : numbers) {
    if (std::isinf(x)) x = std::numeric_limits<double>::quiet_NaN();
  }
  column.numbers = std::move(numbers);
  return column;
}

}  // namespace furrow::learn
