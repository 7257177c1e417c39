#include "learn/guards.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "base/random.h"
#include "learn/target.h"
#include "learn/trainer.h"

namespace furrow::learn {
namespace {

TrainOptions quick_options(const std::string& target) {
  TrainOptions options;
  options.target = target;
  options.folds = 2;
  options.threads = 1;
  return options;
}

// An honest column, and a label that it half explains.
struct Table {
  explicit Table(size_t rows, uint64_t seed = 1) {
    Random random(seed);
    std::vector<double> honest, fine;
    TextColumnBuilder label("bought");
    for (size_t i = 0; i < rows; ++i) {
      honest.push_back(random.normal());
      fine.push_back(random.uniform());
      bought.push_back(random.uniform() < 1 / (1 + std::exp(-honest.back() + 1)));
      label.add(bought.back() ? "yes" : "no");
    }
    data.rows = rows;
    data.columns = {number_column("honest", honest), number_column("fine", fine), std::move(label).finish()};
  }
  GuardFindings guard(const std::vector<std::string>& ignored = {"bought"}) const {
    return guard_training(data, read_target(data, "bought", "").value(), "bought", ignored);
  }
  std::vector<std::string> codes() const {
    std::vector<std::string> out;
    for (const auto& w : guard().warnings) out.push_back(w.code + " " + w.column);
    return out;
  }
  void add(const char* name, const std::function<double(size_t)>& value) {
    std::vector<double> numbers;
    for (size_t i = 0; i < data.rows; ++i) numbers.push_back(value(i));
    data.columns.push_back(number_column(name, numbers));
  }
  std::vector<bool> bought;
  Dataset data;
};
using Codes = std::vector<std::string>;

TEST(Guards, HonestDataRaiseNothing) { EXPECT_EQ(Table(3000).codes(), Codes{}); }

TEST(Guards, TheTargetUnderAnotherNameIsNamedAndLeftOut) {
  Table t(400);
  TextColumnBuilder status("status");
  for (bool b : t.bought) status.add(b ? "closed won" : "lost");
  t.data.columns.push_back(std::move(status).finish());
  auto findings = t.guard();
  ASSERT_EQ(findings.copies, Codes{"status"});
  EXPECT_EQ(t.codes(), Codes{"target_copy status"});
  EXPECT_NE(findings.warnings[0].english.find("--keep status"), std::string::npos);
  EXPECT_NE(findings.warnings[0].chinese.find("status"), std::string::npos);
  TrainOptions options = quick_options("bought");
  auto trained = train(t.data, options);
  ASSERT_TRUE(trained.ok()) << trained.error().to_string();
  EXPECT_LT(trained->binary.auc.value, 0.9);
  ASSERT_FALSE(trained->left_out.empty());
  EXPECT_EQ(trained->left_out[0].name, "status");
  options.keep = {"status"};
  EXPECT_GT(train(t.data, options)->binary.auc.value, 0.99);
}

TEST(Guards, WhatIsFilledOnlyAfterTheOutcome) {
  Table t(2000);
  Random random(2);
  t.add("won_amount", [&](size_t i) { return t.bought[i] ? 100 * random.uniform() : random.chance(0.01) ? 5 : std::nan(""); });
  EXPECT_EQ(t.codes(), Codes{"leak_filled_later won_amount"});
  t.data.columns.pop_back();
  t.add("won_amount", [&](size_t i) { return t.bought[i] ? 100 * random.uniform() : std::nan(""); });
  EXPECT_EQ(t.guard().copies, Codes{"won_amount"});
}

TEST(Guards, AColumnThatRanksAlmostPerfectly) {
  Table t(2000);
  Random random(3);
  t.add("days", [&](size_t i) { return (t.bought[i] ? 4.0 : 0.0) + random.normal(); });
  EXPECT_EQ(t.codes(), Codes{"leak days"});
}

TEST(Guards, ARangeThatIsAllOfTheRarerLabel) {
  Table t(3000);
  Random random(4);
  t.add("visits", [&](size_t i) { return t.bought[i] && random.chance(0.5) ? 7.0 + static_cast<double>(random.below(10)) : static_cast<double>(random.below(7)); });
  EXPECT_EQ(t.codes(), Codes{"leak_range visits"});
  EXPECT_NE(t.guard().warnings[0].english.find("visits >= 7"), std::string::npos);
}

TEST(Guards, ARangeOfDaysIsSaidAsADay) {
  Table t(3000);
  Random random(4);
  t.add("closed", [&](size_t i) { return 1'711'497'600 + 86400 * (t.bought[i] && random.chance(0.5) ? 7.0 + static_cast<double>(random.below(10)) : static_cast<double>(random.below(7))); });
  t.data.columns.back().kind = ColumnKind::kTime;
  EXPECT_EQ(t.codes(), Codes{"leak_range closed"});
  EXPECT_NE(t.guard().warnings[0].english.find("closed >= 2024-04-03T"), std::string::npos) << t.guard().warnings[0].english;
}

TEST(Guards, AmountsOfTwoCurrencies) {
  for (bool several : {true, false}) {
    Table t(400);
    Random random(6);
    TextColumnBuilder price("price");
    for (size_t i = 0; i < 400; ++i) price.add((i % 3 ? "¥" : several ? "$" : "￥") + std::to_string(10 + random.below(90)));
    t.data.columns.push_back(std::move(price).finish());
    EXPECT_EQ(t.data.columns.back().kind, ColumnKind::kNumber);
    EXPECT_EQ(t.codes(), several ? Codes{"currencies price"} : Codes{});
  }
}

TEST(Guards, CellsThatAreNoNumbersAmongNumbers) {
  Table t(400);
  Random random(6);
  TextColumnBuilder age("age");
  for (size_t i = 0; i < 400; ++i) age.add(i == 9 || i == 90 ? "四十岁" : i % 50 == 0 ? "N/A" : std::to_string(20 + random.below(60)));
  t.data.columns.push_back(std::move(age).finish());
  EXPECT_EQ(t.codes(), Codes{"strays age"});
  EXPECT_EQ(t.guard().warnings[0].english, "column 'age': 2 of 400 cells are no numbers, such as '四十岁'; they count as missing");
}

TEST(Guards, AFieldOrAWordThatStandsForOneLabelOnly) {
  Table t(2000);
  Random random(7);
  auto note = [&](const std::function<std::string(bool)>& tell) {
    TextColumnBuilder builder("note");
    for (size_t i = 0; i < 2000; ++i) builder.add(tell(t.bought[i]) + " call " + std::to_string(random.below(1000000)));
    t.data.columns.resize(3);
    t.data.columns.push_back(std::move(builder).finish());
    auto warnings = t.guard().warnings;
    return warnings.empty() ? std::string() : warnings[0].code + " " + warnings[0].english;
  };
  auto has = [](const std::string& text, std::string_view part) { return text.find(part) != text.npos; };
  std::string found = note([](bool yes) { return yes ? "agent A, status: Closed, paid" : "agent B, status: open"; });
  EXPECT_TRUE(has(found, "leak_field") && has(found, "'status: closed'")) << found;
  found = note([](bool yes) { return yes ? "{\"stage\": \"won\", \"agent\": 7}" : "{\"stage\":\"lost\", \"agent\": 7}"; });
  EXPECT_TRUE(has(found, "leak_field") && has(found, "'stage: won'")) << found;
  found = note([&](bool yes) { return yes && random.chance(0.3) ? "{\"agent\": 7, \"closed_at\": \"" + std::to_string(random.below(100000)) + "\"}" : "{\"agent\": 7}"; });
  EXPECT_TRUE(has(found, "leak_field") && has(found, "'closed_at:'") && has(found, "positive")) << found;
  found = note([](bool yes) { return yes ? "客户状态：已签约，付款完成" : "客户状态：无意向，再联系"; });
  EXPECT_TRUE(has(found, "leak_field") && has(found, "'客户状态: 已签约'")) << found;
  found = note([&](bool yes) { return yes ? "今天已签" : random.chance(0.01) ? "至今未签" : "暂无意向"; });
  EXPECT_TRUE(has(found, "leak_words") && has(found, "'已签'")) << found;
  // Words that lean to one label, as an opinion's do, and a field that does not tell.
  EXPECT_EQ(note([&](bool yes) { return std::string(random.chance(yes ? 0.5 : 0.05) ? "great" : "slow") + " size: " + (random.chance(0.5) ? "M" : "L"); }), "");
}

TEST(Guards, AFileOrderedByItsLabel) {
  Table t(1000);
  size_t low = 0, high = 100000;
  t.add("lead", [&](size_t i) { return static_cast<double>(t.bought[i] ? high++ : low++); });
  EXPECT_EQ(t.codes(), Codes{"leak_order lead"});
}

TEST(Guards, RepeatedRowsAndThinLabels) {
  Table t(500);
  for (size_t i = 100; i < 500; ++i) {
    for (auto& column : t.data.columns) {
      if (column.kind == ColumnKind::kText) column.codes[i] = column.codes[i % 100];
      else column.numbers[i] = column.numbers[i % 100];
    }
  }
  TextColumnBuilder note("note");
  for (size_t i = 0; i < 500; ++i) note.add("note " + std::to_string(i % 100) + " of many");
  for (size_t i = 0; i < 100; ++i) t.data.columns.push_back(t.data.columns[0]), t.data.columns.back().name = "copy " + std::to_string(i);
  Codes codes = t.codes();
  EXPECT_NE(std::find(codes.begin(), codes.end(), "duplicate_rows "), codes.end());
  Table thin(3000);
  for (size_t i = 0; i < 3000; ++i) thin.data.columns[2].codes[i] = thin.data.columns[2].levels[0] == "no" ? i % 200 == 0 : i % 200 != 0;
  EXPECT_EQ(thin.codes(), Codes{"few_labels "});
}

// A file exported three times over, of few columns: held-out rows were learnt by heart, and nothing said so.
TEST(Guards, CopiesAreSeenInATableOfFewColumns) {
  Table t(3000);
  for (size_t i = 1000; i < 3000; ++i) {
    for (auto& column : t.data.columns) {
      if (column.kind == ColumnKind::kText) column.codes[i] = column.codes[i % 1000];
      else column.numbers[i] = column.numbers[i % 1000];
    }
  }
  EXPECT_EQ(t.codes(), Codes{"duplicate_rows "});
  Table coarse(3000);  // two columns of few values repeat by nature
  for (auto& column : coarse.data.columns) {
    for (double& number : column.numbers) number = std::floor(4 * number);
  }
  EXPECT_EQ(coarse.codes(), Codes{});
}

TEST(Guards, ANumberThatIsTheTargetInOtherUnits) {
  Table t(300);
  std::vector<double> spend, cents;
  Random random(5);
  for (size_t i = 0; i < 300; ++i) spend.push_back(static_cast<float>(random.uniform(0, 100))), cents.push_back(100 * spend.back() + 7);
  t.data.columns.push_back(number_column("spend", spend));
  t.data.columns.push_back(number_column("cents", cents));
  auto findings = guard_training(t.data, read_target(t.data, "spend", "").value(), "spend", {"spend"});
  EXPECT_EQ(findings.copies, Codes{"cents"});
}

TEST(Guards, LabelsSpeltInSeveralWaysAreSaid) {
  Table t(100);
  TextColumnBuilder label("answer");
  for (size_t i = 0; i < 100; ++i) label.add(i % 3 == 0 ? "Won" : i % 3 == 1 ? "won " : "lost");
  t.data.columns.push_back(std::move(label).finish());
  auto target = read_target(t.data, "answer", "");
  ASSERT_FALSE(target.ok());
  EXPECT_NE(target.error().message().find("'Won' and 'won '"), std::string::npos) << target.error().message();
}

// No column leaks by itself: the label is in what lies between two.
TEST(Guards, FiguresThatAreTooGoodAreSaid) {
  Table t(1500);
  Random random(8);
  std::vector<double> begun;
  for (size_t i = 0; i < 1500; ++i) begun.push_back(std::floor(random.uniform(0, 300)));
  t.add("begun", [&](size_t i) { return begun[i]; });
  t.add("ended", [&](size_t i) { return begun[i] + (t.bought[i] ? 0.0 : 30.0) + static_cast<double>(random.below(20)); });
  TrainOptions options = quick_options("bought");
  auto trained = train(t.data, options);
  ASSERT_TRUE(trained.ok()) << trained.error().to_string();
  ASSERT_EQ(trained->warnings.size(), 1u);
  EXPECT_EQ(trained->warnings[0].code, "too_good");
  EXPECT_NE(trained->warnings[0].english.find("'ended'"), std::string::npos) << trained->warnings[0].english;
  options.drop = {"begun"};
  EXPECT_TRUE(train(t.data, options)->warnings.empty());
}

TEST(Guards, YesAndNoInSeveralSpellingsAreTwoValues) {
  Table t(400);
  auto answer = [&](const std::vector<const char*>& yes, const std::vector<const char*>& no) {
    TextColumnBuilder label("answer");
    for (size_t i = 0; i < 400; ++i) label.add(t.bought[i] ? yes[i % yes.size()] : no[i % no.size()]);
    t.data.columns.resize(3);
    t.data.columns.push_back(std::move(label).finish());
    return read_target(t.data, "answer", "");
  };
  auto target = answer({"Yes", "Yes", "Y", "1", "true", "是"}, {"No", "No", "n", "0", "FALSE", "否"});
  ASSERT_TRUE(target.ok()) << target.error().to_string();
  EXPECT_FALSE(has_classes(t.data, "answer", false));
  EXPECT_EQ(target->task, Task::kBinary);
  EXPECT_EQ(target->positive, "Yes");
  for (size_t i = 0; i < 400; ++i) EXPECT_EQ(target->labels[i] > 0, t.bought[i]);
  TrainOptions options = quick_options("answer");
  options.drop = {"bought"};
  auto trained = train(t.data, options);
  ASSERT_TRUE(trained.ok()) << trained.error().to_string();
  ASSERT_FALSE(trained->warnings.empty());
  EXPECT_EQ(trained->warnings.back().code, "target_spellings");
  EXPECT_NE(trained->warnings.back().english.find("'Yes', '"), std::string::npos) << trained->warnings.back().english;
  // The model is judged by rows that are spelt in one way only, or as numbers.
  answer({"YES"}, {"no"}).value();
  auto labels = read_labels(t.data, "answer", Task::kBinary, "Yes");
  for (size_t i = 0; i < 400; ++i) EXPECT_EQ((*labels)[i] > 0, t.bought[i]);
  answer({"1"}, {"0"}).value();
  ASSERT_EQ(t.data.columns.back().kind, ColumnKind::kNumber);
  labels = read_labels(t.data, "answer", Task::kBinary, "Yes");
  for (size_t i = 0; i < 400; ++i) EXPECT_EQ((*labels)[i] > 0, t.bought[i]);
  // One value that is no yes or no, and they are classes; yes in two spellings alone is one value.
  EXPECT_FALSE(answer({"Yes", "Y", "maybe"}, {"No"}).ok());
  EXPECT_TRUE(has_classes(t.data, "answer", false));
  EXPECT_FALSE(answer({"Yes", "Y"}, {"1"}).ok());
}

TEST(Guards, WarningsAreKeptAsJson) {
  std::string json;
  JsonWriter writer(json);
  write_json(writer, std::vector<Warning>{{"leak", "a", "says \"x\"", "说"}});
  auto back = parse_warnings(json);
  ASSERT_EQ(back.size(), 1u);
  EXPECT_EQ(back[0].english, "says \"x\"");
  EXPECT_EQ(back[0].chinese, "说");
}

}  // namespace
}  // namespace furrow::learn
