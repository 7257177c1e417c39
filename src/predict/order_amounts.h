// The money column of orders and transactions: numbers, or text that writes amounts as business files do (learn/amounts.h: "$1,234.50",
// "1.234,50 €", "¥1,2万"), read as `model train` reads them.
// Errors: kInvalidFile naming the column, a cell and what is taken, when more cells are no amount than are, or when there are two
// currencies, which cannot be added up. Threads: pure.
#pragma once
#include <string>
#include <vector>

#include "base/result.h"
#include "table/table.h"

namespace furrow::predict {

// One a row; NaN where there is none. `file` is named in errors.
Result<std::vector<double>> order_amounts(const table::Column& column, const std::string& file);

// kInvalidFile when a column beside it says that the amounts are of two currencies (currency: USD and CNY; 币种: 人民币 and 美元). An amount whose name
// has its currency (amount_usd) was converted already.
Status check_one_currency(const table::Table& table, const table::Column& amount, const std::string& file);

// A column's name without blanks, hyphens, underscores, points and capitals: "Customer ID" and "customer_id" are one.
std::string plain_name(std::string_view name);

}  // namespace furrow::predict
