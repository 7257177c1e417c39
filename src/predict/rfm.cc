#include "predict/rfm.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "learn/amounts.h"
#include "predict/order_amounts.h"
#include "predict/order_history.h"

namespace furrow::predict {
namespace {

// Whether the cells are amounts, of whatever currency; "paid: yes" is none.
bool holds_amounts(const table::Column& column) {
  if (column.type() != table::ColumnType::kText) return column.type() == table::ColumnType::kNumber;
  std::vector<std::string_view> cells;
  for (size_t row = 0; row < column.size(); ++row) {
    if (!column.is_null(row)) cells.push_back(column.text(row));
  }
  learn::AmountCells read = learn::read_amount_cells(cells);
  return read.amounts > read.others;
}

bool holds_anything(const table::Column&) { return true; }

const table::Column* named(const table::Table& table, std::initializer_list<std::string_view> names, bool (*holds)(const table::Column&) = holds_anything) {
  for (std::string_view name : names) {
    for (const table::Column& column : table.columns()) {
      if (plain_name(column.name()) == name && holds(column)) return &column;
    }
  }
  return nullptr;
}

bool repeats(const table::Column& column) {
  std::unordered_map<std::string, int> seen;
  size_t rows = 0;
  for (size_t i = 0; i < column.size() && rows < 20'000; ++i) {
    if (column.is_null(i)) continue;
    ++rows;
    ++seen[column.to_text(i)];
  }
  return rows >= 5 && static_cast<double>(seen.size()) < 0.8 * static_cast<double>(rows);
}

bool holds_times(const table::Column& column) {
  constexpr size_t kTried = 100;
  table::Column tried(column.name(), column.type());
  for (size_t i = 0; i < column.size() && tried.size() < kTried; ++i) {
    if (!column.is_null(i)) tried.append_from(column, i);
  }
  size_t read = 0;
  for (const auto& time : order_times(tried)) read += time.has_value();
  return tried.size() > 0 && read * 10 >= tried.size() * 9;
}

// Amounts as COLUMN or COLUMN*COLUMN, one a row; none when no column is named.
Result<std::vector<double>> find_amounts(const table::Table& table, const std::string& text, const std::string& file) {
  if (text.empty()) return std::vector<double>();
  const size_t star = text.find('*');
  const bool product = star != text.npos && !table.find(text);
  FURROW_ASSIGN(const table::Column* first, table.require(product ? text.substr(0, star) : text, file));
  FURROW_TRY(check_one_currency(table, *first, file));
  FURROW_ASSIGN(std::vector<double> amounts, order_amounts(*first, file));
  if (!product) return amounts;
  FURROW_ASSIGN(const table::Column* second, table.require(text.substr(star + 1), file));
  FURROW_ASSIGN(const std::vector<double> times, order_amounts(*second, file));
  for (size_t row = 0; row < amounts.size(); ++row) amounts[row] *= times[row];
  return amounts;
}

struct Buyer {
  int64_t last = 0;
  double money = 0;
  uint64_t orders = 0;
};

// Fifths of the customers; equal values share the mean rank's fifth. `less_is_better` turns the scale.
std::vector<uint8_t> fifths(const std::vector<double>& values, bool less_is_better) {
  std::vector<size_t> order(values.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return values[a] < values[b]; });
  std::vector<uint8_t> out(values.size());
  for (size_t i = 0; i < order.size();) {
    size_t next = i;
    while (next < order.size() && values[order[next]] == values[order[i]]) ++next;
    const double middle = (static_cast<double>(i + next) / 2) / static_cast<double>(order.size());
    auto score = static_cast<uint8_t>(std::clamp(static_cast<int>(middle * 5) + 1, 1, 5));
    if (less_is_better) score = static_cast<uint8_t>(6 - score);
    for (; i < next; ++i) out[order[i]] = score;
  }
  return out;
}

double mean(const std::vector<uint8_t>& scores) {
  double sum = 0;
  for (uint8_t s : scores) sum += s;
  return sum / static_cast<double>(scores.size());
}

// The eight groups of high and low recency, frequency and money.
constexpr RfmGroup kGroups[] = {
    {"lost", "lost", "一般挽留客户"},
    {"lost_big_spenders", "big spenders at risk of being lost", "重要挽留客户"},
    {"fading_regulars", "fading regulars", "一般保持客户"},
    {"slipping_loyal", "loyal big spenders slipping away", "重要保持客户"},
    {"occasional", "recent, occasional, small", "一般发展客户"},
    {"promising", "recent big spenders who buy rarely", "重要发展客户"},
    {"regulars", "recent regulars with small spend", "一般价值客户"},
    {"champions", "champions: recent, frequent, high spend", "重要价值客户"},
};

}  // namespace

std::optional<TransactionColumns> detect_transactions(const table::Table& table, const TransactionColumns& given) {
  TransactionColumns out = given;
  if (out.customer.empty()) {
    auto* column = named(table, {"customerid", "customer", "custid", "userid", "user", "memberid", "member", "clientid", "buyerid", "profileid",
                                 "householdid", "accountid", "buyer", "shopper", "customerno", "customernumber", "custno", "clientno", "memberno", "cardno", "loyaltycard", "customeremail",
                                 "kundennummer", "kundennr", "kundenid", "kunde", "client", "clienteid", "cliente", "idclient", "numeroclient", "买家", "买家id", "买家昵称", "会员卡号", "客户编号", "客户id", "客户", "用户id", "用户编号", "用户", "会员id", "会员编号", "会员号", "会员"});
    if (!column || !repeats(*column)) return {};
    out.customer = column->name();
  }
  if (out.time.empty()) {
    auto* column = named(table, {"time", "timestamp", "date", "datetime", "orderdate", "ordertime", "invoicedate", "purchasedate", "transactiondate",
                                 "transactiontimestamp", "transactiontime", "createdat", "orderedat", "paidat", "when", "orderedon", "purchasedat", "purchasedon", "boughtat", "boughton", "paidon", "paymentdate", "saledate", "createdon", "day",
                                 "datum", "bestelldatum", "kaufdatum", "rechnungsdatum", "fecha", "付款时间", "成交时间", "消费时间", "消费日期", "支付日期", "下单日期", "下单时间", "订单时间", "订单日期", "购买时间",
                                 "购买日期", "交易时间", "交易日期", "支付时间", "日期", "时间"});
    if (!column || !holds_times(*column)) return {};
    out.time = column->name();
  }
  if (out.amount.empty()) {
    auto* price = named(table, {"unitprice", "price", "单价"});
    auto* quantity = named(table, {"quantity", "qty", "数量"});
    auto* amount = named(table, {"amount", "total", "totalamount", "totalprice", "revenue", "sales", "salesvalue", "dollarvalue", "value", "spend",
                                 "orderamount", "ordertotal", "payment", "paid", "amountpaid", "paidamount", "paymentamount", "totalpaid", "netamount", "grossamount", "spent", "turnover", "betrag", "umsatz",
                                 "gesamtbetrag", "summe", "montant", "importe", "总金额", "付款金额", "成交金额", "交易金额", "订单总额", "实收金额", "实付", "金额", "订单金额", "实付金额", "支付金额", "消费金额", "销售额"}, holds_amounts);
    if (amount) out.amount = amount->name();
    else if (price && quantity) out.amount = price->name() + "*" + quantity->name();
    else if (given.customer.empty() || given.time.empty()) return {};
  }
  if (out.order.empty()) {
    auto* order = named(table, {"invoiceno", "invoice", "orderid", "orderno", "ordernumber", "basketid", "transactionid", "订单编号", "订单号", "订单id"});
    if (order && order->name() != out.customer) out.order = order->name();
  }
  return out;
}

bool holds_rfm(const table::Table& customers) {
  const bool recency = named(customers, {"recency", "recencydays", "r", "dayssincelastpurchase", "dayssincelastorder", "最近购买", "未购天数", "最近消费"}) != nullptr;
  const bool frequency = named(customers, {"frequency", "f", "orders", "ordercount", "purchases", "购买次数", "订单数", "消费次数"}) != nullptr;
  const bool monetary = named(customers, {"monetary", "monetaryvalue", "m", "spend", "totalspend", "totalspent", "revenue", "amount", "消费金额", "累计消费"}) != nullptr;
  return recency && (frequency || monetary);
}

Result<RfmTable> build_rfm(const table::Table& table, const TransactionColumns& columns, const std::string& file) {
  FURROW_ASSIGN(const table::Column* customer, table.require(columns.customer, file));
  FURROW_ASSIGN(const table::Column* time, table.require(columns.time, file));
  FURROW_ASSIGN(const std::vector<double> amounts, find_amounts(table, columns.amount, file));
  const table::Column* order = nullptr;
  if (!columns.order.empty()) {
    FURROW_ASSIGN(order, table.require(columns.order, file));
  }
  RfmTable out;
  out.rows = table.rows();
  auto skip = [&](size_t row, std::string why) {
    if (out.skipped++ == 0) out.first_skipped = fmt::format("row {}: {}", row + 1, why);
  };
  std::unordered_map<std::string, uint32_t> known;
  std::vector<std::string> names;
  std::vector<Buyer> buyers;
  std::vector<std::pair<uint32_t, uint64_t>> orders;  // customer, order's hash or day
  int64_t newest = INT64_MIN;
  const auto times = order_times(*time);
  constexpr int64_t kDay = 86'400'000'000;
  auto day_of = [](Time when) { return (when.micros >= 0 ? when.micros : when.micros - kDay + 1) / kDay; };
  std::vector<int64_t> days;
  for (const auto& when : times) {
    if (when) days.push_back(day_of(*when));
  }
  const auto [earliest, latest] = likely_days(std::move(days));
  for (size_t row = 0; row < table.rows(); ++row) {
    std::string id = customer->to_text(row);
    const auto& when = times[row];
    const double money = amounts.empty() ? 1 : amounts[row];
    if (id.empty()) { skip(row, fmt::format("no \"{}\"", columns.customer)); continue; }
    if (!when) { skip(row, fmt::format("\"{}\" is not a time: \"{}\"", columns.time, time->to_text(row))); continue; }
    if (std::isnan(money)) { skip(row, fmt::format("\"{}\" is no amount", columns.amount)); continue; }
    if (!(money > 0)) { skip(row, fmt::format("\"{}\" is not a positive amount", columns.amount)); continue; }
    if (columns.as_of && *when > *columns.as_of) continue;  // after the observation: not an error
    if (day_of(*when) < earliest || day_of(*when) > latest) {
      skip(row, fmt::format("\"{}\" is far from when all others bought: \"{}\"", columns.time, time->to_text(row)));
      continue;
    }
    auto [at, fresh] = known.try_emplace(std::move(id), static_cast<uint32_t>(buyers.size()));
    if (fresh) {
      names.push_back(at->first);
      buyers.push_back({});
      buyers.back().last = when->micros;
    }
    Buyer& buyer = buyers[at->second];
    buyer.last = std::max(buyer.last, when->micros);
    newest = std::max(newest, when->micros);
    buyer.money += money;
    orders.emplace_back(at->second, order && !order->is_null(row) ? std::hash<std::string>{}(order->to_text(row)) : static_cast<uint64_t>(day_of(*when)));
  }
  if (buyers.empty()) return Error(ErrorCode::kInvalidFile, fmt::format("{} holds no purchase that can be used; {}", file, out.first_skipped)).at(file);
  std::sort(orders.begin(), orders.end());
  orders.erase(std::unique(orders.begin(), orders.end()), orders.end());
  for (const auto& [buyer, key] : orders) ++buyers[buyer].orders;
  out.as_of = columns.as_of.value_or(Time{newest});

  table::Column id("customer", table::ColumnType::kText), recency("recency_days", table::ColumnType::kNumber);
  table::Column frequency("frequency", table::ColumnType::kInteger), monetary("monetary", table::ColumnType::kNumber);
  std::vector<double> r, f, m;
  for (size_t i = 0; i < buyers.size(); ++i) {
    r.push_back((out.as_of - Time{buyers[i].last}).days());
    f.push_back(static_cast<double>(buyers[i].orders));
    m.push_back(std::round(buyers[i].money * 100) / 100);
    id.append_text(names[i]);
    recency.append_number(std::round(r.back() * 1000) / 1000);
    frequency.append_integer(static_cast<int64_t>(buyers[i].orders));
    monetary.append_number(m.back());
  }
  for (auto* column : {&id, &recency, &frequency}) out.customers.add(std::move(*column));
  const bool money = !columns.amount.empty();
  if (money) out.customers.add(std::move(monetary));
  out.recency_score = fifths(r, true);
  out.frequency_score = fifths(f, false);
  out.monetary_score = money ? fifths(m, false) : out.frequency_score;
  const double mean_r = mean(out.recency_score), mean_f = mean(out.frequency_score), mean_m = mean(out.monetary_score);
  for (size_t i = 0; i < buyers.size(); ++i) {
    const size_t place = (out.recency_score[i] > mean_r ? 4u : 0u) + (out.frequency_score[i] > mean_f ? 2u : 0u) + (out.monetary_score[i] > mean_m ? 1u : 0u);
    out.groups.push_back(kGroups[place]);
  }
  return out;
}

}  // namespace furrow::predict
