#include "predict/segmentation.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <set>

#include "base/random.h"
#include "learn/cluster_agreement.h"
#include "predict/rfm.h"
#include "table/files.h"

namespace furrow::predict {
namespace {

using table::ColumnType;

struct Customers {
  table::Table table;
  std::vector<uint32_t> truth;
  std::vector<std::string> ids;
};
// Three kinds of customers by age, spend (heavy-tailed) and level, with a column that says nothing and missing cells.
Customers customers(size_t rows, uint64_t seed) {
  Random random(seed);
  table::Column id("id", ColumnType::kText), age("age", ColumnType::kNumber), spend("total_spend", ColumnType::kNumber);
  table::Column level("level", ColumnType::kText), city("city", ColumnType::kText);
  Customers out;
  for (size_t i = 0; i < rows; ++i) {
    const auto g = static_cast<uint32_t>(random.below(3));
    out.truth.push_back(g);
    out.ids.push_back("C" + std::to_string(i));
    id.append_text(out.ids.back());
    if (random.chance(0.05)) age.append_null();
    else age.append_number(25 + 20.0 * g + 3 * random.normal());
    spend.append_number(std::exp(3 + 2.0 * g + 0.5 * random.normal()));
    const char* levels[] = {"bronze", "silver", "gold"};
    level.append_text(levels[random.chance(0.8) ? g : random.below(3)]);
    const char* cities[] = {"上海", "北京", "广州"};
    city.append_text(cities[random.below(3)]);
  }
  for (auto* column : {&id, &age, &spend, &level, &city}) out.table.add(std::move(*column));
  return out;
}

SegmentationOptions without_id() {
  SegmentationOptions options;
  options.ignored = {"id"};
  return options;
}

TEST(Segmentation, FindsAndNamesThreeKindsOfCustomers) {
  const Customers data = customers(600, 7);
  auto result = segment_people(data.table, without_id());
  ASSERT_TRUE(result.ok()) << result.error().message();
  ASSERT_EQ(result->segments.size(), 3u);
  std::vector<uint32_t> labels;
  for (uint32_t n : result->numbers) labels.push_back(n - 1);
  EXPECT_GT(learn::adjusted_rand(labels, data.truth), 0.95);
  EXPECT_GE(result->steadiness.seeds_rand, 0.95);
  std::set<std::string> names;
  size_t people = 0;
  bool rich = false;
  for (const Segment& segment : result->segments) {
    names.insert(segment.name.en);
    people += segment.size;
    EXPECT_GT(segment.stability, 0.9);
    rich |= segment.name.en.find("high spend") != std::string::npos && segment.name.zh.find("高消费") != std::string::npos;
  }
  EXPECT_EQ(names.size(), 3u);
  EXPECT_EQ(people, 600u);
  EXPECT_TRUE(rich);
}

TEST(Segmentation, ColumnsAreCalledAsTheCallerCallsThem) {
  const Customers data = customers(600, 7);
  SegmentationOptions options = without_id();
  options.words["level"] = {"high status", "等级高", "low status", "等级低", "status", "会员等级"};
  options.words["age"] = {"the older", "年长", "the younger", "年轻", "years", "年龄"};
  auto result = segment_people(data.table, options);
  ASSERT_TRUE(result.ok()) << result.error().message();
  ASSERT_EQ(result->segments.size(), 3u);
  std::string en, zh;
  for (const auto& segment : result->segments) {
    for (const Trait& trait : segment.name.traits) {
      en += trait.en + "; ";
      zh += trait.zh + "; ";
    }
  }
  for (const char* kind : {"status: bronze", "status: silver", "status: gold", "the older", "the younger"}) EXPECT_NE(en.find(kind), std::string::npos) << kind << " in " << en;
  for (const char* kind : {"会员等级多为gold", "年长"}) EXPECT_NE(zh.find(kind), std::string::npos) << kind << " in " << zh;
  EXPECT_EQ(en.find("level"), std::string::npos) << en;
}

TEST(Segmentation, NumbersStayWhenPeopleComeAndGo) {
  const Customers all = customers(900, 9);
  std::vector<size_t> first, second;
  for (size_t i = 0; i < 900; ++i) {
    if (i < 600) first.push_back(i);
    // Most of the largest kind of the first run have left, so sizes come in another order.
    if (i >= 150 && (all.truth[i] != 1 || i % 4 == 0)) second.push_back(i);
  }
  auto options = without_id();
  options.k = 3;
  auto before = segment_people(all.table.take(first), options), after = segment_people(all.table.take(second), options);
  ASSERT_TRUE(before.ok() && after.ok());
  std::unordered_map<std::string, uint32_t> earlier;
  std::map<uint32_t, uint32_t> kind_before, kind_after;
  for (size_t i = 0; i < first.size(); ++i) {
    earlier[all.ids[first[i]]] = before->numbers[i];
    kind_before[all.truth[first[i]]] = before->numbers[i];
  }
  std::vector<std::string> ids;
  for (size_t i : second) ids.push_back(all.ids[i]);
  EXPECT_EQ(keep_numbers(*after, ids, earlier), 3u);
  size_t same = 0;
  for (size_t i = 0; i < second.size(); ++i) same += after->numbers[i] == kind_before[all.truth[second[i]]];
  EXPECT_GT(static_cast<double>(same) / static_cast<double>(second.size()), 0.95);
}

TEST(Segmentation, SmallAndEmptyTables) {
  table::Table none;
  none.add(table::Column("a", ColumnType::kNumber));
  EXPECT_EQ(segment_people(none, {}).error().code(), ErrorCode::kInvalidFile);
  table::Column a("a", ColumnType::kNumber);
  for (double v : {1.0, 2.0, 50.0}) a.append_number(v);
  table::Table three;
  three.add(std::move(a));
  EXPECT_EQ(segment_people(three, {})->segments.size(), 1u);
  SegmentationOptions five;
  five.k = 5;
  auto result = segment_people(three, five);
  EXPECT_EQ(result->segments.size(), 3u);
  EXPECT_FALSE(result->notes.empty());
  five.k = 0;
  EXPECT_EQ(segment_people(three, five).error().code(), ErrorCode::kInvalidArgument);
}

TEST(Rfm, CountsOrdersDaysAndMoney) {
  table::Table lines;
  table::Column customer("Customer ID", ColumnType::kText), time("order_date", ColumnType::kText), price("price", ColumnType::kNumber);
  table::Column quantity("quantity", ColumnType::kNumber), order("order_id", ColumnType::kText);
  auto add = [&](const char* who, const char* when, double p, double q, const char* number) {
    customer.append_text(who);
    time.append_text(when);
    price.append_number(p);
    quantity.append_number(q);
    order.append_text(number);
  };
  add("a", "2026-01-01", 10, 2, "1");
  add("a", "2026-01-01", 5, 1, "1");
  add("a", "2026-01-01", 1, 1, "2");
  add("b", "2026-01-11", 4, 1, "3");
  add("b", "2026-01-12", 4, -1, "3");  // returned
  add("", "2026-01-12", 4, 1, "4");
  for (auto* column : {&customer, &time, &price, &quantity, &order}) lines.add(std::move(*column));
  const auto columns = detect_transactions(lines, {});
  ASSERT_TRUE(columns);
  EXPECT_EQ(columns->amount, "price*quantity");
  auto rfm = build_rfm(lines, *columns, "lines.csv");
  ASSERT_TRUE(rfm.ok());
  ASSERT_EQ(rfm->customers.rows(), 2u);
  EXPECT_DOUBLE_EQ(rfm->customers.find("recency_days")->number(0), 10);
  EXPECT_DOUBLE_EQ(rfm->customers.find("frequency")->number(0), 2);
  EXPECT_DOUBLE_EQ(rfm->customers.find("monetary")->number(0), 26);
  EXPECT_DOUBLE_EQ(rfm->customers.find("recency_days")->number(1), 0);
  EXPECT_EQ(rfm->skipped, 2u);
}

TEST(Rfm, TellsTransactionsByTheNamesThatShopsUse) {
  auto detect = [](const char* customer, const char* time, const char* amount, const char* paid) {
    table::Column who(customer, table::ColumnType::kText), when(time, table::ColumnType::kText), money(amount, table::ColumnType::kText);
    for (int i = 0; i < 12; ++i) {
      who.append_text(fmt::format("b{}", i % 3));
      when.append_text(fmt::format("{:02}.03.2026", i + 1));
      money.append_text(paid);
    }
    table::Table table;
    for (auto* column : {&who, &when, &money}) table.add(std::move(*column));
    auto found = detect_transactions(table, {});
    return found ? found->customer + "|" + found->time + "|" + found->amount : "none";
  };
  EXPECT_EQ(detect("buyer", "when", "paid", "12.50"), "buyer|when|paid");
  EXPECT_EQ(detect("Kundennummer", "Datum", "Betrag", "12,50 €"), "Kundennummer|Datum|Betrag");
  EXPECT_EQ(detect("买家昵称", "付款时间", "成交金额", "¥12"), "买家昵称|付款时间|成交金额");
  EXPECT_EQ(detect("buyer", "when", "paid", "yes"), "none");  // whether, not how much
}

TEST(Rfm, AmountsOfTwoCurrenciesAreNotAddedUp) {
  table::Column who("customer", table::ColumnType::kText), when("date", table::ColumnType::kText), money("amount", table::ColumnType::kNumber), currency("币种", table::ColumnType::kText);
  for (int i = 0; i < 12; ++i) {
    who.append_text(fmt::format("c{}", i % 3));
    when.append_text(fmt::format("2026-03-{:02}", i + 1));
    money.append_number(10);
    currency.append_text(i < 7 ? i < 3 ? "RMB" : "人民币" : "美元");
  }
  table::Table table;
  for (auto* column : {&who, &when, &money, &currency}) table.add(std::move(*column));
  auto built = build_rfm(table, {"customer", "date", "amount", ""}, "o.csv");
  ASSERT_FALSE(built.ok());
  EXPECT_EQ(built.error().field(), "amount");
  EXPECT_NE(built.error().message().find("row 8"), std::string::npos) << built.error().message();
}

TEST(Rfm, MoneyMayBeWrittenAsBusinessFilesDo) {
  table::Table lines;
  table::Column customer("customer", ColumnType::kText), time("date", ColumnType::kText), price("price", ColumnType::kText), quantity("quantity", ColumnType::kText);
  for (auto [who, p, q] : {std::tuple("a", "1.234,50 €", "2"), {"a", "0,50 €", "1"}, {"b", "10,00 €", "3 pcs"}, {"b", "on the house", "1"}}) {
    customer.append_text(who);
    time.append_text("2026-01-01");
    price.append_text(p);
    quantity.append_text(q);
  }
  for (auto* column : {&customer, &time, &price, &quantity}) lines.add(std::move(*column));
  auto rfm = build_rfm(lines, {"customer", "date", "price*quantity", "", {}}, "lines.csv");
  ASSERT_TRUE(rfm.ok()) << rfm.error().message();
  EXPECT_DOUBLE_EQ(rfm->customers.find("monetary")->number(0), 2469.5);
  EXPECT_DOUBLE_EQ(rfm->customers.find("monetary")->number(1), 30);
  EXPECT_EQ(rfm->skipped, 1u);
  EXPECT_EQ(rfm->first_skipped, "row 4: \"price*quantity\" is no amount");
  auto none = build_rfm(lines, {"customer", "date", "customer", "", {}}, "lines.csv");
  ASSERT_FALSE(none.ok());
  EXPECT_EQ(none.error().code(), ErrorCode::kInvalidFile);
  EXPECT_EQ(none.error().field(), "customer");
}

TEST(Rfm, OnlineRetailIsTheSameGroupsFromAnySeed) {
  const std::filesystem::path file = std::filesystem::path(FURROW_SOURCE_DIR) / "../shared/data/online_retail/online_retail.csv.gz";
  if (!std::filesystem::exists(file)) GTEST_SKIP() << "the data set online_retail is not here";
  auto lines = table::read_table(file);
  ASSERT_TRUE(lines.ok());
  const auto columns = detect_transactions(*lines, {});
  ASSERT_TRUE(columns);
  auto rfm = build_rfm(*lines, *columns, file.string());
  ASSERT_TRUE(rfm.ok());
  EXPECT_EQ(rfm->customers.rows(), 4338u);
  std::vector<uint32_t> first;
  for (uint64_t seed = 1; seed <= 3; ++seed) {
    SegmentationOptions options;
    options.ignored = {"customer"};
    options.at_least_two = true;
    options.seed = seed;
    auto result = segment_people(rfm->customers, options);
    ASSERT_TRUE(result.ok());
    EXPECT_GE(result->segments.size(), 2u);
    std::vector<uint32_t> labels;
    for (uint32_t n : result->numbers) labels.push_back(n - 1);
    if (seed == 1) first = labels;
    EXPECT_GE(learn::adjusted_rand(first, labels), 0.95);
  }
}

}  // namespace
}  // namespace furrow::predict
