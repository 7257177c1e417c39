// Raw business columns: dates, money, ordered texts, sentences; what training does with weights and monotone columns.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <numeric>

#include "base/random.h"
#include "learn/amounts.h"
#include "learn/dates.h"
#include "learn/encoding.h"
#include "learn/money.h"
#include "learn/reference.h"
#include "learn/trainer.h"
#include "learn/words.h"

namespace furrow::learn {
namespace {

constexpr double kDay = 86400;

TEST(Dates, AreReadAsBusinessFilesWriteThem) {
  double day = static_cast<double>(days_from_civil(2018, 2, 26)) * kDay;
  using Texts = std::vector<std::string>;
  for (const Texts& texts : {Texts{"26-02-2018"}, {"02/26/2018"}, {"26/02/2018"}, {"2018/2/26"}, {"2018.02.26"}, {"26-Feb-18"}, {"Feb 26, 2018"}, {"2018年2月26日"}, {"20180226"}}) {
    auto read = read_dates(texts);
    ASSERT_TRUE(read) << texts[0];
    EXPECT_EQ((*read)[0], day) << texts[0];
  }
  EXPECT_EQ((*read_dates({"26-02-2018 19:58"}))[0], day + 19 * 3600 + 58 * 60);
  EXPECT_EQ((*read_dates({"2/26/2018 7:58:01 PM"}))[0], day + 19 * 3600 + 58 * 60 + 1);
}

TEST(Dates, TheWholeColumnDecidesTheOrder) {
  double fourth_of_march = static_cast<double>(days_from_civil(2018, 3, 4)) * kDay;
  EXPECT_EQ((*read_dates({"04/03/2018", "25/12/2018"}))[0], fourth_of_march);
  EXPECT_EQ((*read_dates({"03/04/2018", "12/25/2018"}))[0], fourth_of_march);
  EXPECT_EQ((*read_dates({"04-03-2018"}))[0], fourth_of_march);
  EXPECT_TRUE(std::isnan((*read_dates({"04-03-2018", "NA"}))[1]));
  EXPECT_FALSE(read_dates({"13/13/2018"}));
  EXPECT_FALSE(read_dates({"04/03/2018", "tomorrow"}));
  EXPECT_FALSE(read_dates({"192.168.0.1"}));
  EXPECT_FALSE(read_dates({"30-40"}));
}

TEST(Columns, NumbersAsPeopleWriteThem) {
  EXPECT_EQ(read_number("$1,234.50"), 1234.5);
  EXPECT_EQ(read_number("12 %"), 12);
  EXPECT_EQ(read_number("-¥3,000"), -3000);
  EXPECT_FALSE(read_number("1,2,3"));
  EXPECT_FALSE(read_number("007"));
  EXPECT_FALSE(read_number("12 apples"));
}

TEST(Columns, AmountsAsBusinessFilesWriteThem) {
  auto column = [](auto form) {
    TextColumnBuilder builder("x");
    for (int i = 0; i < 40; ++i) builder.add(i % 10 == 9 ? "NA" : form(i));
    return std::move(builder).finish();
  };
  Column comma = column([](int i) { return fmt::format("1.{:03},50", i); });
  ASSERT_EQ(comma.kind, ColumnKind::kNumber);
  EXPECT_EQ(comma.numbers[7], 1007.5);
  EXPECT_TRUE(comma.missing(9));
  EXPECT_EQ(column([](int i) { return fmt::format("{},5", i); }).numbers[3], 3.5);
  EXPECT_EQ(column([](int i) { return fmt::format("{}.25元", i); }).numbers[3], 3.25);
  EXPECT_EQ(column([](int i) { return i % 2 ? fmt::format("{}万", i) : std::to_string(i); }).numbers[3], 30000);
  EXPECT_EQ(column([](int i) { return i % 2 ? fmt::format("({}.5)", i) : std::to_string(i); }).numbers[3], -3.5);
  EXPECT_EQ(column([](int i) { return fmt::format("{} kg", i); }).numbers[3], 3);
  EXPECT_EQ(column([](int i) { return fmt::format("{} {}", i, i % 2 ? "kg" : "lb"); }).kind, ColumnKind::kText);  // two units
  EXPECT_EQ(column([](int i) { return fmt::format("{}-{}", i, i + 1); }).kind, ColumnKind::kText);
  EXPECT_EQ(column([](int i) { return fmt::format("A{}", i); }).kind, ColumnKind::kText);
  EXPECT_EQ(column([](int i) { return fmt::format("{} kg", i % 5); }).kind, ColumnKind::kText);  // few levels lose nothing as text
  EXPECT_EQ(read_amount("12,5"), 12.5);
  EXPECT_EQ(read_amount("1e5"), 1e5);
  EXPECT_EQ(read_amount("￥3.2亿元"), 3.2e8);
  for (auto [cell, value] : {std::pair("$1,234.50", 1234.5), {"1.234,50 €", 1234.5}, {"¥1,2万", 12000}, {"USD 12.50", 12.5}, {"1 234,50 €", 1234.5}, {"1\u00A0234\u202F567,5\u00A0€", 1234567.5},
                             {"1'234'567.50", 1234567.5}, {"12,50-", -12.5}, {"$ -3", -3}, {"-€3,5", -3.5}, {"(¥12.5)", -12.5}, {"rmb 3", 3}}) {
    EXPECT_EQ(read_amount(cell), value) << cell;
  }
  EXPECT_FALSE(read_amount("138 123 456"));  // a telephone
  EXPECT_FALSE(read_amount("1234 567,5"));
  EXPECT_FALSE(read_amount("1 23,5"));
  EXPECT_FALSE(read_amount("12,5 345"));
  EXPECT_FALSE(read_amount("No 5"));
  EXPECT_FALSE(read_amount("2026-01-05"));
  EXPECT_FALSE(read_amount("lots"));
  EXPECT_FALSE(read_amount("192.168.0.1"));
}

TEST(Columns, CellsOfAColumnThatIsKnownToBeAmounts) {
  auto read = [](const std::vector<std::string_view>& cells) { return read_amount_cells(cells); };
  // One cell says of the whole column that its comma is a decimal one.
  AmountCells comma = read({"1,234", "12,5", "", "5.000,00 EUR", "7 500", "€ 2"});
  EXPECT_EQ(comma.values[0], 1.234);
  EXPECT_TRUE(std::isnan(comma.values[2]));
  EXPECT_EQ(comma.values[3], 5000);
  EXPECT_EQ(comma.values[4], 7500);
  EXPECT_EQ(comma.amounts, 5u);
  EXPECT_EQ(comma.others, 0u);
  EXPECT_EQ(comma.units, (std::vector<std::string>{"EUR"}));
  AmountCells point = read({"1,234", "12.5", "gift", "free", "1.000.000,50"});
  EXPECT_EQ(point.values[0], 1234);
  EXPECT_EQ(point.values[4], 1000000.5);  // cannot be of the other style
  EXPECT_EQ(point.others, 2u);
  EXPECT_EQ(point.first_other, 2u);
  EXPECT_TRUE(point.units.empty());
  EXPECT_EQ(read({"¥5", "5元", "RMB 5", "5 CNY"}).units.size(), 1u);
  EXPECT_EQ(read({"$5", "€5", "£5"}).units, (std::vector<std::string>{"USD", "EUR"}));
}

TEST(Columns, ScoringReadsAnAmountInAFileOfOneRow) {
  Dataset data, one;
  std::vector<float> labels;
  std::vector<uint32_t> rows;
  TextColumnBuilder spend("spend"), alone("spend");
  for (uint32_t i = 0; i < 60; ++i) spend.add(fmt::format("{},75", i)), labels.push_back(i % 2), rows.push_back(i);
  data.rows = 60;
  data.columns = {std::move(spend).finish()};
  Encoder encoder = Encoder::fit(data, {}, rows, labels, 1, nullptr).value();
  alone.add("12,75");
  one.rows = 1;
  one.columns = {std::move(alone).finish()};
  EXPECT_EQ(encoder.encode(one).value().values[0], 12.75f);
  TextColumnBuilder wrong("spend");
  wrong.add("lots");
  one.columns = {std::move(wrong).finish()};
  EXPECT_EQ(encoder.encode(one).error().code(), ErrorCode::kModelMismatch);
}

TEST(Columns, AFewStraysDoNotMakeNumbersText) {
  TextColumnBuilder mostly("x"), half("y");
  for (int i = 0; i < 1000; ++i) {
    mostly.add(i % 100 == 7 ? "unknown" : std::to_string(i));
    half.add(i % 2 ? "unknown" : std::to_string(i));
  }
  Column numbers = std::move(mostly).finish();
  EXPECT_EQ(numbers.kind, ColumnKind::kNumber);
  EXPECT_TRUE(numbers.missing(7));
  EXPECT_EQ(numbers.numbers[8], 8);
  EXPECT_EQ(numbers.strays, 10u);
  EXPECT_EQ(numbers.first_stray, "unknown");
  EXPECT_EQ(std::move(half).finish().kind, ColumnKind::kText);
}

TEST(Columns, SeveralCurrenciesAreSeenAlsoBesideStrays) {
  auto column = [](auto form) {
    TextColumnBuilder builder("price");
    for (int i = 0; i < 1000; ++i) builder.add(form(i));
    return std::move(builder).finish();
  };
  using Texts = std::vector<std::string>;
  Column two = column([](int i) { return i % 100 == 7 ? std::string("待定") : fmt::format("{}{}", i % 2 ? "$" : "€", i); });
  ASSERT_EQ(two.kind, ColumnKind::kNumber);
  EXPECT_EQ(two.currencies, (Texts{"EUR", "USD"}));
  // A stray that has no number here is of no currency either.
  Column one = column([](int i) { return i % 100 == 7 ? std::string("35 €") : fmt::format("${}", i); });
  ASSERT_EQ(one.kind, ColumnKind::kNumber);
  EXPECT_TRUE(one.missing(7));
  EXPECT_EQ(one.currencies, Texts{});
  EXPECT_EQ(column([](int i) { return fmt::format("{}5元起{}", i % 2 ? "$" : "€", i); }).currencies, Texts{});  // text
}

Column text_column(const char* name, const std::vector<std::string>& cells) {
  TextColumnBuilder builder(name);
  for (const auto& cell : cells) builder.add(cell);
  return std::move(builder).finish();
}

TEST(Columns, OrderedTextsBecomeTheirNumber) {
  EXPECT_TRUE(Encoder::is_ordered_text(text_column("age", {"30-40", "40-50", "50-60"})));
  EXPECT_TRUE(Encoder::is_ordered_text(text_column("spend", {"f 0", "f 1-49", "f 1000-4999"})));
  EXPECT_TRUE(Encoder::is_ordered_text(text_column("tenure", {"< 1 year", "1 year", "10+ years"})));
  EXPECT_FALSE(Encoder::is_ordered_text(text_column("code", {"A11", "A12", "A13"})));
  EXPECT_FALSE(Encoder::is_ordered_text(text_column("plan", {"free", "basic", "pro"})));
  Dataset data;
  std::vector<float> labels;
  std::vector<uint32_t> rows;
  std::vector<std::string> cells;
  for (uint32_t i = 0; i < 60; ++i) cells.push_back(fmt::format("{}-{}", i % 3 * 10, i % 3 * 10 + 9)), labels.push_back(i % 2), rows.push_back(i);
  data.rows = 60;
  data.columns = {text_column("age", cells)};
  Encoder encoder = Encoder::fit(data, {}, rows, labels, 1, nullptr).value();
  ASSERT_EQ(encoder.outputs(), 1u);
  float out = 0;
  encoder.encode_value(0, Value(std::string_view("40-49")), &out);  // never seen, still in its place
  EXPECT_EQ(out, 40);
}

TEST(Words, EnglishAndChinese) {
  auto words = [](std::string_view text) {
    std::vector<std::string> out;
    for_each_word(text, [&](std::string_view w) { out.emplace_back(w); });
    return out;
  };
  EXPECT_EQ(words("Don't buy, it BROKE 2x!"), (std::vector<std::string>{"don't", "buy", "it", "broke", "2x"}));
  EXPECT_EQ(words("很好 good"), (std::vector<std::string>{"很", "好", "很好", "good"}));
  EXPECT_EQ(words("\xff\xe4"), std::vector<std::string>{});
}

TEST(Words, SayWhatTheyMeanAndARowNeverSeesItsOwnLabel) {
  Random random(1);
  const char* good[] = {"lovely", "great", "perfect"};
  const char* bad[] = {"broken", "refund", "awful"};
  const char* neutral[] = {"the", "box", "arrived", "today", "with", "a", "note"};
  std::vector<std::string> cells;
  std::vector<float> labels;
  std::vector<uint32_t> rows;
  for (uint32_t i = 0; i < 1500; ++i) {
    bool yes = random.chance(0.5);
    std::string text = std::to_string(i);
    for (int k = 0; k < 6; ++k) text += std::string(" ") + neutral[random.below(7)];
    if (random.chance(0.8)) text += std::string(" ") + (yes ? good : bad)[random.below(3)];
    cells.push_back(text), labels.push_back(yes), rows.push_back(i);
  }
  Dataset data;
  data.rows = 1500;
  data.columns = {text_column("review", cells)};
  Samples train;
  Encoder encoder = Encoder::fit(data, {}, rows, labels, 1, &train).value();
  ASSERT_EQ(encoder.inputs()[0].method, EncodingMethod::kWords);
  float fine[2], poor[2];
  encoder.encode_value(0, Value(std::string_view("a lovely thing")), fine);
  encoder.encode_value(0, Value(std::string_view("broken, refund please")), poor);
  EXPECT_GT(fine[0], 1);
  EXPECT_LT(poor[0], -1);
  std::string json;
  JsonWriter writer(json);
  encoder.write(writer);
  float again[2];
  Encoder::parse(json)->encode_value(0, Value(std::string_view("a lovely thing")), again);
  EXPECT_EQ(again[0], fine[0]);
  // Labels drawn by lot: what the words of a row say must not know the row's own label.
  for (auto& label : labels) label = random.chance(0.5);
  ASSERT_TRUE(Encoder::fit(data, {}, rows, labels, 1, &train).ok());
  std::vector<double> said;
  for (size_t i = 0; i < 1500; ++i) said.push_back(train.row(i)[0]);
  EXPECT_NEAR(auc(said, labels), 0.5, 0.06);
}

Dataset shop(size_t rows, uint64_t seed, double shift = 0) {
  Random random(seed);
  std::vector<double> price, visits, weight;
  TextColumnBuilder label("bought");
  for (size_t i = 0; i < rows; ++i) {
    price.push_back(random.uniform(1, 10) + shift);
    visits.push_back(random.normal());
    weight.push_back(random.chance(0.5) ? 1 : 3);
    double margin = 0.4 * std::sin(2 * price.back()) - 0.2 * (price.back() - shift) + visits.back();
    label.add(random.uniform() < 1 / (1 + std::exp(-margin)) ? "yes" : "no");
  }
  Dataset data;
  data.rows = rows;
  data.columns = {number_column("price", price), number_column("visits", visits), number_column("weight", weight), std::move(label).finish()};
  return data;
}

TrainOptions shop_options() {
  TrainOptions options;
  options.target = "bought";
  options.folds = 2;
  options.threads = 1;
  return options;
}

TEST(Train, MonotoneColumnsAreMonotoneInTheWholeBlend) {
  TrainOptions options = shop_options();
  options.weight = "weight";
  options.monotone = {{"price", -1}};
  Dataset data = shop(1500, 1);
  auto trained = train(data, options);
  ASSERT_TRUE(trained.ok()) << trained.error().to_string();
  Forest forest = Forest::parse(trained->files.model).value();
  ASSERT_EQ(forest.features(), 2u);
  for (float visits : {-1.0f, 0.0f, 1.0f}) {
    float before = std::numeric_limits<float>::infinity();
    for (float price = 1; price <= 10; price += 0.05f) {
      float row[] = {price, visits}, margin = forest.margin(row);
      EXPECT_LE(margin, before + 1e-5f);
      before = margin;
    }
  }
  options.monotone = {{"nothing", 1}};
  EXPECT_EQ(train(data, options).error().field(), "nothing");
  options.monotone = {};
  options.weight = "bought";
  EXPECT_EQ(train(data, options).error().field(), "bought");
}

TEST(Train, ATimeBudgetIsKept) {
  TrainOptions options = shop_options();
  options.time_budget_s = 1;
  auto start = std::chrono::steady_clock::now();
  ASSERT_TRUE(train(shop(20000, 1), options).ok());
  EXPECT_LT(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(), 30);  // busy machines are slow
}

TEST(Reference, TellsShiftedRowsFromAlikeOnesAndKnowsItsOwn) {
  Dataset data = shop(3000, 1);
  std::vector<uint32_t> rows(data.rows);
  std::iota(rows.begin(), rows.end(), 0u);
  const Encoder encoder = Encoder::fit(data, {"bought"}, rows, std::vector<float>(data.rows, 0), 1, nullptr).value();
  const Reference reference = Reference::parse(Reference::make(encoder, encoder.encode(data).value(), data.rows, data.rows, 1)).value();
  auto drift = [&](const Dataset& rows) { return reference.compare(encoder, encoder.encode(rows).value(), rows.rows, 1).value(); };
  Drift alike = drift(shop(2000, 2));
  EXPECT_LT(alike.inputs[0].psi, 0.05);
  EXPECT_LT(alike.adversarial_auc, 0.6);
  EXPECT_LT(alike.seen_in_training, 0.01);
  EXPECT_TRUE(alike.warnings(true).empty());
  Drift own = drift(data);
  EXPECT_GT(own.seen_in_training, 0.95);
  EXPECT_EQ(own.warnings(true)[0].code, "rows_seen");
  Drift shifted = drift(shop(2000, 3, 5));
  EXPECT_EQ(shifted.inputs[0].input, "price");
  EXPECT_GT(shifted.inputs[0].psi, 0.25);
  EXPECT_NEAR(shifted.inputs[0].ks, 5.0 / 9, 0.06);
  EXPECT_GT(shifted.adversarial_auc, 0.75);
  EXPECT_EQ(shifted.warnings(false)[0].column, "price");
  Dataset empty = shop(2000, 4);  // a column that has stopped coming
  for (double& price : empty.columns[0].numbers) price = std::nan("");
  const auto gone = drift(empty).warnings(false);
  ASSERT_FALSE(gone.empty());
  EXPECT_EQ(gone[0].column, "price");
  EXPECT_NE(gone[0].english.find(". Missing 0.0 % before, 100.0 % now"), std::string::npos) << gone[0].english;
  EXPECT_FALSE(Reference::parse("{}").ok());
}

TEST(Money, TheRuleIsTheBestThresholdWhenScoresMeanWhatTheySay) {
  Random random(1);
  std::vector<double> scores;
  std::vector<float> labels;
  for (int i = 0; i < 20000; ++i) scores.push_back(random.uniform()), labels.push_back(random.uniform() < scores.back());
  auto money = choose_threshold(scores, labels, 10, 3, 1).value();
  EXPECT_DOUBLE_EQ(money.rule.threshold, 0.3);
  EXPECT_NEAR(money.best.threshold, 0.3, 0.06);
  EXPECT_GE(money.best.profit, money.rule.profit);
  double profit = 0, calls = 0, all = 0;  // the slow way
  for (size_t i = 0; i < scores.size(); ++i) {
    double worth = (labels[i] > 0 ? 10 : 0) - 3;
    all += worth;
    if (scores[i] >= 0.3) profit += worth, calls += 1;
  }
  EXPECT_DOUBLE_EQ(money.rule.profit, profit);
  EXPECT_EQ(static_cast<double>(money.rule.calls), calls);
  EXPECT_DOUBLE_EQ(money.profit_of_all, all);
  EXPECT_LT(money.rule_profit.low, profit);
  EXPECT_GT(money.rule_profit.high, profit);
  EXPECT_EQ(money.curve.back().calls, scores.size());
  auto never = choose_threshold(scores, labels, 1, 5, 1).value();
  EXPECT_EQ(never.rule.calls, 0u);
  EXPECT_EQ(never.best.calls, 0u);
  EXPECT_EQ(choose_threshold(scores, labels, 0, 1, 1).error().field(), "--benefit");
  EXPECT_EQ(choose_threshold(scores, labels, 1, -1, 1).error().field(), "--cost");
}

}  // namespace
}  // namespace furrow::learn
