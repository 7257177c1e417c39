#include "learn/naming_numbers.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <unordered_map>

#include "base/ascii.h"
#include "base/number_text.h"

namespace furrow::learn {
namespace {

constexpr size_t kNumberedRows = 50;  // fewer may be all different, and one more each, by chance

// What the rows of one value have in sum.
struct ValueSum {
  double rows = 0, above = 0, squares = 0;
  // Pairs within, and the sum of their products.
  double pairs() const { return rows * (rows - 1) / 2; }
  double agreement() const { return (above * above - squares) / 2; }
};

// By rising value, of rows that have one.
std::vector<ValueSum> sums_of(const Column& numbers, const std::vector<uint32_t>& rows, const std::vector<float>& labels) {
  std::vector<std::pair<double, double>> cells;
  double mean = 0;
  for (size_t k = 0; k < rows.size(); ++k) {
    if (!numbers.missing(rows[k])) cells.emplace_back(numbers.numbers[rows[k]], labels[k]), mean += labels[k];
  }
  mean /= static_cast<double>(std::max<size_t>(1, cells.size()));
  std::sort(cells.begin(), cells.end());
  std::vector<ValueSum> values;
  for (size_t i = 0; i < cells.size(); ++i) {
    if (i == 0 || cells[i].first != cells[i - 1].first) values.emplace_back();
    const double above = cells[i].second - mean;
    values.back().rows += 1;
    values.back().above += above;
    values.back().squares += above * above;
  }
  return values;
}

}  // namespace

bool is_called_an_id(std::string_view name) {
  std::string lower(name);
  for (char& c : lower) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
  for (std::string_view whole : {"id", "uuid", "guid", "zip", "zipcode", "postcode", "plz", "sku", "编号", "序号", "邮编", "邮政编码"}) {
    if (lower == whole) return true;
  }
  for (std::string_view last : {"id", "zip", "zipcode", "postcode", "sku"}) {
    if (lower.size() > last.size() && lower.ends_with(last) && std::string_view("_ -.").find(lower[lower.size() - last.size() - 1]) != std::string_view::npos) return true;
  }
  for (std::string_view last : {"编号", "编码", "邮编", "zip code", "zip_code", "postal code", "postal_code"}) {
    if (lower.ends_with(last)) return true;
  }
  // customerId, CustomerID
  return name.size() > 2 && (name.ends_with("Id") || name.ends_with("ID")) && name[name.size() - 3] >= 'a' && name[name.size() - 3] <= 'z';
}

double values_name(const Column& numbers, const std::vector<uint32_t>& rows, const std::vector<float>& labels) {
  const std::vector<ValueSum> values = sums_of(numbers, rows, labels);
  double sum = 0, squares = 0;
  for (size_t v = 0; v < values.size(); ++v) {
    ValueSum beside;
    for (size_t near : {v - 1, v + 1}) {  // v - 1 of the first is past the end
      if (near >= values.size()) continue;
      beside.rows += values[near].rows;
      beside.above += values[near].above;
    }
    if (values[v].pairs() == 0 || beside.rows == 0) continue;
    const double expected = values[v].pairs() * (values[v].above / values[v].rows) * (beside.above / beside.rows);
    const double more = values[v].agreement() - expected;
    sum += more;
    squares += more * more;
  }
  return squares > 0 ? sum / std::sqrt(squares) : 0;
}

bool names_rows(const Column& column, const std::vector<uint32_t>& rows) {
  if (column.kind != ColumnKind::kNumber || rows.size() < kNumberedRows) return false;
  std::vector<double> values;
  for (uint32_t row : rows) {
    double x = column.numbers[row];
    if (!(x == std::floor(x))) return false;
    values.push_back(x);
  }
  // One more in each row of the file: a fold sees some of the rows, in their order.
  bool counts = column.numbers.size() > 1;
  for (size_t i = 1; i < column.numbers.size() && counts; ++i) counts = column.numbers[i] == column.numbers[i - 1] + 1;
  if (!counts && !is_called_an_id(column.name)) return false;
  std::sort(values.begin(), values.end());
  return std::adjacent_find(values.begin(), values.end()) == values.end();
}

Column as_names(const Column& numbers) {
  Column text;
  text.name = numbers.name;
  text.kind = ColumnKind::kText;
  std::unordered_map<double, int32_t> place;
  for (double number : numbers.numbers) {
    if (number != number) {
      text.codes.push_back(-1);
      continue;
    }
    auto [at, fresh] = place.try_emplace(number, static_cast<int32_t>(text.levels.size()));
    if (fresh) text.levels.push_back(number_text(number));
    text.codes.push_back(at->second);
  }
  return text;
}

}  // namespace furrow::learn
