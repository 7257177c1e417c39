#include "predict/order_history.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "learn/dates.h"
#include "predict/order_amounts.h"

namespace furrow::predict {
namespace {

constexpr size_t kFewestDays = 20;  // to say what is far from the others

}  // namespace

OrderHistory history_of(std::span<const OrderDay> days, int64_t end, bool money) {
  OrderHistory history;
  const int64_t first = days.front().day;
  history.age = static_cast<double>(end - first) / 7;
  double paid = 0;
  for (const OrderDay& day : days.subspan(1)) {
    ++history.repeats;
    history.recency = static_cast<double>(day.day - first) / 7;
    if (std::isnan(day.amount)) ++history.unpriced;
    else paid += day.amount;
  }
  if (money && history.repeats > history.unpriced) history.mean_amount = paid / (history.repeats - history.unpriced);
  return history;
}

std::span<const OrderDay> OrderTable::days_until(uint32_t customer, int64_t last) const {
  const std::span<const OrderDay> all = std::span(days).subspan(first[customer], first[customer + 1] - first[customer]);
  const auto after = std::upper_bound(all.begin(), all.end(), last, [](int64_t day, const OrderDay& one) { return day < one.day; });
  return all.first(static_cast<size_t>(after - all.begin()));
}

std::pair<int64_t, int64_t> likely_days(std::vector<int64_t> days) {
  if (days.size() < kFewestDays) return {INT64_MIN, INT64_MAX};
  std::sort(days.begin(), days.end());
  const size_t beyond = std::max<size_t>(1, days.size() / 200);
  const int64_t first = days[beyond], last = days[days.size() - 1 - beyond], room = std::max<int64_t>(last - first, 365);
  return {first - room, last + room};
}

std::optional<Time> order_time(const table::Column& column, size_t row) {
  if (column.is_null(row)) return {};
  if (column.type() == table::ColumnType::kTimestamp) return column.time(row);
  std::string text = column.to_text(row);
  if (text.size() == 8 && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; })) {
    text = text.substr(0, 4) + '-' + text.substr(4, 2) + '-' + text.substr(6, 2);
  }
  auto parsed = parse_time(text);
  if (!parsed) return {};
  return *parsed;
}

std::vector<std::optional<Time>> order_times(const table::Column& column) {
  std::vector<std::optional<Time>> times;
  std::vector<std::string> texts;
  size_t read = 0, filled = 0;
  for (size_t row = 0; row < column.size(); ++row) {
    times.push_back(order_time(column, row));
    read += times.back().has_value();
    filled += !column.is_null(row);
  }
  if (column.type() != table::ColumnType::kText || 2 * read >= filled) return times;
  for (size_t row = 0; row < column.size(); ++row) texts.push_back(column.to_text(row));
  const auto seconds = learn::read_dates(texts);
  for (size_t row = 0; seconds && row < times.size(); ++row) {
    const double second = (*seconds)[row];
    times[row] = std::isnan(second) ? std::nullopt : std::optional(Time{static_cast<int64_t>(second) * 1'000'000});
  }
  return times;
}

Result<OrderTable> read_orders(const table::Table& table, const OrderColumns& columns, const std::string& file) {
  FURROW_ASSIGN(const table::Column* customer, table.require(columns.customer, file));
  FURROW_ASSIGN(const table::Column* time, table.require(columns.time, file));
  const table::Column* amount = nullptr;
  std::vector<double> amounts;
  if (!columns.amount.empty()) {
    FURROW_ASSIGN(amount, table.require(columns.amount, file));
    FURROW_TRY(check_one_currency(table, *amount, file));
    FURROW_ASSIGN(amounts, order_amounts(*amount, file));
  }
  OrderTable out;
  out.rows = table.rows();
  std::unordered_map<std::string, uint32_t> known;
  std::vector<OrderDay> lines;
  auto skip = [&](size_t row, std::string_view why) {
    if (out.skipped++ == 0) out.first_skipped = fmt::format("row {}: {}", row + 1, why);
  };
  std::optional<int64_t> end;
  if (columns.as_of) end = columns.timezone.local_day(*columns.as_of);
  int64_t last = INT64_MIN;
  uint64_t later = 0;
  const auto times = order_times(*time);
  std::vector<int64_t> days;
  for (const auto& when : times) {
    if (when) days.push_back(columns.timezone.local_day(*when));
  }
  const auto [earliest, latest] = likely_days(std::move(days));
  for (size_t row = 0; row < table.rows(); ++row) {
    std::string id = customer->to_text(row);
    const auto& when = times[row];
    double money = amount ? amounts[row] : 0;
    if (id.empty()) { skip(row, fmt::format("no \"{}\"", columns.customer)); continue; }
    if (!when) { skip(row, fmt::format("\"{}\" is not a time: \"{}\"", columns.time, time->to_text(row))); continue; }
    if (amount && money < 0) { skip(row, fmt::format("\"{}\" is below 0, a return: \"{}\"", columns.amount, amount->to_text(row))); continue; }
    int64_t day = columns.timezone.local_day(*when);
    if (end && day > *end) {  // after the observation: not an error
      ++later;
      continue;
    }
    if (day < earliest || day > latest) {
      skip(row, fmt::format("\"{}\" is far from when all others ordered: \"{}\"; mend it, or end the observation with --as-of", columns.time, time->to_text(row)));
      continue;
    }
    if (amount && std::isnan(money) && out.unpriced++ == 0) out.first_unpriced = fmt::format("row {}: \"{}\"", row + 1, amount->to_text(row));
    last = std::max(last, day);
    auto [at, fresh] = known.try_emplace(std::move(id), static_cast<uint32_t>(out.customers.size()));
    if (fresh) out.customers.push_back(at->first);
    lines.push_back({at->second, day, money});
  }
  if (lines.empty()) {
    const std::string why = later > 0 ? fmt::format("{} of its rows are after the end of the observation, {}", later, format_time(*columns.as_of).substr(0, 10)) : out.first_skipped;
    return Error(ErrorCode::kInvalidFile, fmt::format("{} holds no order that can be used; {}", file, why)).at(file);
  }
  if (!end) end = last;
  std::sort(lines.begin(), lines.end(), [](const OrderDay& a, const OrderDay& b) { return a.customer != b.customer ? a.customer < b.customer : a.day < b.day; });
  for (const OrderDay& line : lines) {
    OrderDay* last_day = out.days.empty() ? nullptr : &out.days.back();
    if (last_day == nullptr || last_day->customer != line.customer) out.first.push_back(out.days.size());
    if (last_day == nullptr || last_day->customer != line.customer || last_day->day != line.day) out.days.push_back(line);
    else if (std::isnan(last_day->amount)) last_day->amount = line.amount;
    else if (!std::isnan(line.amount)) last_day->amount += line.amount;
  }
  out.first.push_back(out.days.size());
  out.end = *end;
  out.money = amount != nullptr;
  for (uint32_t one = 0; one < out.customers.size(); ++one) out.histories.push_back(history_of(out.days_until(one, out.end), out.end, out.money));
  out.as_of = Time{*end * 86400LL * 1'000'000};
  return out;
}

}  // namespace furrow::predict
