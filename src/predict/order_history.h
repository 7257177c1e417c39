// Order histories out of a table of transactions: one row an order line, orders of one local day counting as one.
//
// Time cells: timestamps, ISO 8601 texts, epoch milliseconds, or yyyymmdd; or, where most of a column is none of these, as
// business files write dates (12/1/2010 8:26, 01.12.2010, 2010年12月1日: learn/dates.h). The observation ends at `as_of`, else on the
// last day in the data. Amounts are read as order_amounts.h says. Rows without a customer or a readable time,
// those whose day is far from nearly all others (2204, 1900-01-01), and amounts below 0 (returns) are skipped and counted; a day of returns alone
// is no order. An order whose amount is 0 (a gift, a voucher) or is not known is an order all the same, so that who is a customer and how many
// orders they will place do not depend on whether money is modelled; an unknown amount counts as no money.
// Memory: about 24 bytes a row while grouping, then 24 bytes for each day that a customer ordered on. Threads: pure function.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/time.h"
#include "predict/lifetime_value.h"
#include "table/table.h"

namespace furrow::predict {

// A day that a customer ordered on.
struct OrderDay {
  uint32_t customer = 0;  // place in OrderTable::customers
  int64_t day = 0;        // local, since 1970
  double amount = 0;      // of the day's orders whose amount is known; NaN when none is
};

struct OrderTable {
  std::vector<std::string> customers;  // in order of their first row
  std::vector<OrderHistory> histories;
  uint64_t rows = 0, skipped = 0;
  std::string first_skipped;  // why, with the row
  uint64_t unpriced = 0;      // orders' rows whose amount cannot be read
  std::string first_unpriced; // the first of them, with the row
  Time as_of;
  int64_t end = 0;    // the last day observed
  bool money = false; // amounts were asked for
  std::vector<OrderDay> days;  // by customer, then by day
  std::vector<size_t> first;   // of each customer the place of their first day, and at last days.size()

  // The customer's days up to and with `last`; none when they came later.
  std::span<const OrderDay> days_until(uint32_t customer, int64_t last) const;
};
// The history of one customer's days, as seen at the end of day `end`, which none of them is after. At least one day.
OrderHistory history_of(std::span<const OrderDay> days, int64_t end, bool money);

struct OrderColumns {
  std::string customer, time;
  std::string amount;  // "": money is not modelled
  std::optional<Time> as_of;
  TimeZone timezone = TimeZone::utc();
};

// The cell as a time in one of the forms above.
std::optional<Time> order_time(const table::Column& column, size_t row);
// Those of a whole column, which alone tells 3/4 of March from that of April.
std::vector<std::optional<Time>> order_times(const table::Column& column);

// The days (since 1970) that orders can be of, first and last: nearly all of them, and as long again on both sides, at least a year. One order of
// 2204 or 1900 would end or begin everybody's history there. Of few orders every day can be.
std::pair<int64_t, int64_t> likely_days(std::vector<int64_t> days);

// kInvalidFile for a column that is not there, or amounts that cannot be read; `file` is named.
Result<OrderTable> read_orders(const table::Table& table, const OrderColumns& columns, const std::string& file);

}  // namespace furrow::predict
