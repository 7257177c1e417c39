// Recency, frequency and monetary value of customers out of a table of transactions, and the classic named groups.
//
// One row an order line. Recency: days from a customer's last purchase to `as_of`; frequency: different orders (values of the
// order column, else different purchase days); monetary: the sum of positive amounts. Rows without a customer or a readable
// time, of a day far from nearly all others (2204), and amounts that are not positive (returns, corrections), are skipped and counted.
// Time cells: as order_history.h; amounts: as order_amounts.h. Threads: pure functions. Memory: about 32 bytes a row while grouping.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "table/table.h"

namespace furrow::predict {

struct TransactionColumns {
  std::string customer, time;
  std::string amount;    // "": no money; COLUMN or COLUMN*COLUMN (a price times a quantity)
  std::string order;     // "": purchase days are orders
  std::optional<Time> as_of;  // the newest purchase when absent
};

// The columns of a transactions file by their names (English and Chinese), when it is one: a customer column whose values
// repeat, a time column, an amount, or a price and a quantity. `given` fields are kept as they are.
std::optional<TransactionColumns> detect_transactions(const table::Table& table, const TransactionColumns& given);

// Customers that are described by these measures already: a recency, and a frequency or money, by the columns' names.
bool holds_rfm(const table::Table& customers);

struct RfmGroup {
  std::string_view key, en, zh;  // "champions", "champions", "重要价值客户"
};

struct RfmTable {
  table::Table customers;  // customer, recency_days, frequency[, monetary], in order of their first row
  std::vector<uint8_t> recency_score, frequency_score, monetary_score;  // 1 to 5 by fifths of the customers, 5 is best
  std::vector<RfmGroup> groups;  // a customer's
  uint64_t rows = 0, skipped = 0;
  std::string first_skipped;  // why, with the row
  Time as_of;
};

// kInvalidFile for a column that is not there or a file without a usable row.
Result<RfmTable> build_rfm(const table::Table& table, const TransactionColumns& columns, const std::string& file);

}  // namespace furrow::predict
