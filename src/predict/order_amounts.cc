#include "predict/order_amounts.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <initializer_list>

#include "base/currency.h"
#include "base/cut_text.h"
#include "learn/amounts.h"

namespace furrow::predict {
namespace {

bool is_one_of(std::string_view name, std::initializer_list<std::string_view> names) { return std::find(names.begin(), names.end(), name) != names.end(); }

// Its code, or the text in capitals where no currency is known by it.
std::string currency_named(const std::string& text) {
  if (const std::string_view code = currency_of(text); !code.empty()) return std::string(code);
  std::string plain = plain_name(text);
  std::transform(plain.begin(), plain.end(), plain.begin(), [](char c) { return static_cast<char>(c >= 'a' && c <= 'z' ? c - 32 : c); });
  return plain;
}

}  // namespace

std::string plain_name(std::string_view name) {
  std::string out;
  for (char c : name) {
    if (c == '_' || c == ' ' || c == '-' || c == '.') continue;
    out.push_back(static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c));
  }
  return out;
}

Status check_one_currency(const table::Table& table, const table::Column& amount, const std::string& file) {
  std::string plain = plain_name(amount.name());
  for (std::string_view code : {"usd", "cny", "rmb", "eur", "gbp", "jpy", "hkd", "人民币", "美元", "欧元"}) {
    if (plain.find(code) != std::string::npos) return {};
  }
  for (const table::Column& column : table.columns()) {
    if (&column == &amount || column.type() != table::ColumnType::kText) continue;
    if (!is_one_of(plain_name(column.name()), {"currency", "currencycode", "ordercurrency", "paymentcurrency", "curr", "ccy", "币种", "货币", "货币代码", "货币类型", "结算币种", "währung", "waehrung", "devise", "moneda"})) continue;
    std::string first;
    for (size_t row = 0; row < column.size(); ++row) {
      if (column.is_null(row) || amount.is_null(row)) continue;
      std::string currency = currency_named(column.to_text(row));
      if (currency.empty()) continue;
      if (first.empty()) first = currency;
      if (currency == first) continue;
      return Error(ErrorCode::kInvalidFile, fmt::format("the amounts in column '{}' of {} are in {} and, in row {}, in {}, as column '{}' says: they cannot be added up; convert them to one currency, or keep the rows of one",
                                                        amount.name(), file, first, row + 1, currency, column.name()))
          .at(file)
          .in_field(amount.name());
    }
  }
  return {};
}

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
                                                      cut_text(cells[read.first_other], 60), read.first_other + 1))
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
