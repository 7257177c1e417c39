#include "predict/order_history.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "predict/rfm.h"

namespace furrow::predict {
namespace {

table::Table orders() {
  table::Column who("客户", table::ColumnType::kText), when("time", table::ColumnType::kText), paid("paid", table::ColumnType::kNumber);
  auto add = [&](const char* id, const char* time, double amount) {
    if (*id) who.append_text(id); else who.append_null();
    when.append_text(time);
    paid.append_number(amount);
  };
  add("甲", "2026-01-01T10:00:00Z", 10);
  add("甲", "20260115", 30);
  add("甲", "2026-01-15T23:00:00Z", 20);  // the same day: one order of 50
  add("甲", "2026-01-29", 70);
  add("乙", "1767916800000", 5);  // 2026-01-09
  add("乙", "2026-01-20", -5);     // a return is no order
  add("", "2026-01-20", 1);
  add("丙", "soon", 1);
  table::Table table;
  table.add(std::move(who));
  table.add(std::move(when));
  table.add(std::move(paid));
  return table;
}

TEST(OrderHistory, GroupsDaysAndCountsWhatItSkips) {
  auto read = read_orders(orders(), {"客户", "time", "paid", {}, TimeZone::utc()}, "o.csv");
  ASSERT_TRUE(read.ok()) << read.error().message();
  ASSERT_EQ(read->customers, (std::vector<std::string>{"甲", "乙"}));
  EXPECT_EQ(read->histories[0].repeats, 2);
  EXPECT_EQ(read->histories[0].recency, 4);
  EXPECT_EQ(read->histories[0].age, 4);
  EXPECT_EQ(read->histories[0].mean_amount, 60);
  EXPECT_EQ(read->histories[1].repeats, 0);
  EXPECT_NEAR(read->histories[1].age, 20.0 / 7, 1e-12);
  EXPECT_EQ(read->skipped, 3u);
  EXPECT_NE(read->first_skipped.find("row 6"), std::string::npos);
}

Result<OrderTable> paid_in(const std::vector<const char*>& cells) {
  table::Column who("c", table::ColumnType::kText), when("t", table::ColumnType::kText), paid("paid", table::ColumnType::kText);
  for (size_t i = 0; i < cells.size(); ++i) {
    who.append_text("a");
    when.append_text(i == 0 ? "2026-01-01" : "2026-01-08");
    if (*cells[i]) paid.append_text(cells[i]); else paid.append_null();
  }
  table::Table table;
  for (auto* column : {&who, &when, &paid}) table.add(std::move(*column));
  return read_orders(table, {"c", "t", "paid", {}, TimeZone::utc()}, "o.csv");
}

TEST(OrderHistory, AmountsMayBeWrittenAsBusinessFilesDo) {
  for (const auto& [cells, amount] : std::vector<std::pair<std::vector<const char*>, double>>{
           {{"$1.00", "$1,234.50", "$10"}, 1244.5}, {{"1,00 €", "1.234,50 €", "10 €"}, 1244.5}, {{"¥1", "¥1,2万", "￥3元"}, 12003}, {{"CHF 1", "CHF 1'234.50", "CHF 2"}, 1236.5}}) {
    auto read = paid_in(cells);
    ASSERT_TRUE(read.ok()) << read.error().message();
    EXPECT_EQ(read->skipped, 0u) << read->first_skipped;
    EXPECT_EQ(read->histories[0].mean_amount, amount) << cells[1];
  }
}

// Who is a customer, and when they ordered, is the same whether money is asked for or not.
TEST(OrderHistory, AnOrderOfAFreeOrAnUnknownAmountIsAnOrder) {
  table::Column who("c", table::ColumnType::kText), when("t", table::ColumnType::kText), paid("paid", table::ColumnType::kNumber);
  auto add = [&](const char* customer, const char* day, std::optional<double> amount) {
    who.append_text(customer);
    when.append_text(day);
    amount ? paid.append_number(*amount) : paid.append_null();
  };
  add("a", "2026-01-01", 0);
  add("a", "2026-01-08", 30);
  add("a", "2026-01-15", 0);
  add("a", "2026-01-22", {});
  add("b", "2026-01-01", 0);
  add("c", "2026-01-01", {});
  table::Table table;
  for (auto* column : {&who, &when, &paid}) table.add(std::move(*column));
  auto read = read_orders(table, {"c", "t", "paid", {}, TimeZone::utc()}, "o.csv");
  ASSERT_TRUE(read.ok()) << read.error().message();
  EXPECT_EQ(read->customers, (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_EQ(read->skipped, 0u);
  EXPECT_EQ(read->unpriced, 2u);
  EXPECT_EQ(read->histories[0].repeats, 3);
  EXPECT_EQ(read->histories[0].recency, 3);
  EXPECT_EQ(read->histories[0].unpriced, 1);
  EXPECT_EQ(read->histories[0].mean_amount, 15);  // of 30 and nothing
}

TEST(OrderHistory, AnEndBeforeTheFirstOrderIsSaid) {
  auto end = parse_time("2020-05-01");
  ASSERT_TRUE(end.ok());
  auto read = read_orders(orders(), {"客户", "time", "paid", *end, TimeZone::utc()}, "o.csv");
  ASSERT_FALSE(read.ok());
  EXPECT_NE(read.error().message().find("after the end of the observation, 2020-05-01"), std::string::npos) << read.error().message();
}

TEST(OrderHistory, WhatIsNoAmountIsSaid) {
  auto gift = paid_in({"$1", "gift", "$10", "", "-$3"});
  ASSERT_TRUE(gift.ok());
  EXPECT_EQ(gift->skipped, 1u);
  EXPECT_EQ(gift->first_skipped, "row 5: \"paid\" is below 0, a return: \"-$3\"");
  EXPECT_EQ(gift->unpriced, 2u);
  EXPECT_EQ(gift->first_unpriced, "row 2: \"gift\"");
  EXPECT_EQ(gift->histories[0].mean_amount, 10);
  for (const auto& [cells, word] : std::vector<std::pair<std::vector<const char*>, const char*>>{{{"gift", "free", "$10"}, "\"gift\" in row 1"}, {{"$10", "10 €", "$3"}, "in USD and in EUR"}}) {
    auto read = paid_in(cells);
    ASSERT_FALSE(read.ok());
    EXPECT_EQ(read.error().code(), ErrorCode::kInvalidFile);
    EXPECT_EQ(read.error().field(), "paid");
    EXPECT_NE(read.error().message().find(word), std::string::npos) << read.error().message();
  }
}

// One typing slip would end everybody's history in 2204, or begin one person's in 1900.
TEST(OrderHistory, ADayFarFromAllOthersEndsNoHistory) {
  table::Column who("c", table::ColumnType::kText), when("t", table::ColumnType::kText);
  for (int i = 0; i < 60; ++i) {
    who.append_text(fmt::format("{}", i % 20));
    when.append_text(i == 30 ? "2204-01-05" : i == 41 ? "1900-01-01" : fmt::format("2026-{:02}-{:02}", 1 + i % 6, 1 + i % 28));
  }
  table::Table table;
  for (auto* column : {&who, &when}) table.add(std::move(*column));
  auto read = read_orders(table, {"c", "t", "", {}, TimeZone::utc()}, "o.csv");
  ASSERT_TRUE(read.ok()) << read.error().message();
  EXPECT_EQ(read->skipped, 2u);
  EXPECT_EQ(format_time(read->as_of).substr(0, 4), "2026");
  EXPECT_NE(read->first_skipped.find("row 31"), std::string::npos) << read->first_skipped;
  EXPECT_NE(read->first_skipped.find("2204-01-05"), std::string::npos) << read->first_skipped;
  auto rfm = build_rfm(table, {"c", "t", "", ""}, "o.csv");
  ASSERT_TRUE(rfm.ok()) << rfm.error().message();
  EXPECT_EQ(rfm->skipped, 2u);
  EXPECT_EQ(format_time(rfm->as_of).substr(0, 4), "2026");
}

TEST(OrderHistory, EndsWhereItIsTold) {
  auto read = read_orders(orders(), {"客户", "time", "", *parse_time("2026-01-20"), TimeZone::utc()}, "o.csv");
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->histories[0].repeats, 1);
  EXPECT_NEAR(read->histories[0].age, 19.0 / 7, 1e-12);
}

TEST(OrderHistory, DatesMayBeWrittenAsBusinessFilesDo) {
  const std::vector<std::vector<const char*>> forms = {{"12/1/2010 8:26", "12/15/2010 9:00", "1/9/2011 17:05"}, {"01.12.2010", "15.12.2010", "09.01.2011"},
                                                       {"2010/12/1", "2010/12/15", "2011/1/9"}, {"2010年12月1日", "2010年12月15日", "2011年1月9日"}};
  for (const auto& dates : forms) {
    table::Column who("c", table::ColumnType::kText), when("t", table::ColumnType::kText);
    for (const char* date : dates) {
      who.append_text("a");
      when.append_text(date);
    }
    who.append_text("b");
    when.append_null();
    table::Table table;
    table.add(std::move(who));
    table.add(std::move(when));
    auto read = read_orders(table, {"c", "t", "", {}, TimeZone::utc()}, "o.csv");
    ASSERT_TRUE(read.ok()) << dates[0] << ": " << read.error().message();
    EXPECT_EQ(read->histories[0].repeats, 2) << dates[0];
    EXPECT_NEAR(read->histories[0].recency, 39.0 / 7, 1e-12) << dates[0];
    EXPECT_EQ(read->skipped, 1u) << dates[0];
  }
}

TEST(OrderHistory, NamesTheMissingColumn) {
  EXPECT_EQ(read_orders(orders(), {"客户", "tme", "", {}, TimeZone::utc()}, "o.csv").error().code(), ErrorCode::kInvalidFile);
}

}  // namespace
}  // namespace furrow::predict
