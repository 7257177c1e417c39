// What `furrow model` says about data that cannot be learnt from or scored: one clear sentence, and the right exit.
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>

#include "base/files.h"
#include "base/random.h"
#include "cli/command_fixture.h"
#include "table/files.h"

namespace furrow::cli {
namespace {

class BadData : public testing::Test {
 protected:
  std::string path(const std::string& name) const { return (folder_.path() / name).string(); }
  void write(const std::string& name, const std::string& text) const { std::ofstream(path(name)) << text; }
  // id,visits,channel and what `last` gives for a row.
  template <class Last>
  void rows(const std::string& name, const std::string& header, size_t count, Last last) const {
    Random random(1);
    std::string text = header + "\n";
    for (size_t i = 0; i < count; ++i) {
      uint64_t visits = random.below(10);
      const char* channels[] = {"ads", "mail", "shop"};
      const char* channel = channels[random.below(3)];
      text += std::to_string(i) + "," + std::to_string(visits) + "," + channel + "," + last(i, visits, random) + "\n";
    }
    write(name, text);
  }
  static std::string buys(size_t, uint64_t visits, Random& random) { return random.uniform() < 0.1 * static_cast<double>(visits) ? "1" : "0"; }
  Ran train(const std::string& file, const std::string& target = "bought") const {
    return run({"model", "train", path(file), "--target", target, "--id", "id", "--folds", "2", "--out", path("model")});
  }
  TemporaryFolder folder_;
};

TEST_F(BadData, NothingToLearn) {
  rows("one_class.csv", "id,visits,channel,bought", 100, [](size_t, uint64_t, Random&) { return "1"; });
  rows("no_target.csv", "id,visits,channel,bought", 100, [](size_t, uint64_t, Random&) { return ""; });
  rows("one_row.csv", "id,visits,channel,bought", 1, buys);
  rows("constant.csv", "id,visits,channel,bought", 100, [](size_t, uint64_t, Random&) { return "3.5"; });
  rows("rare.csv", "id,visits,channel,bought", 100, [](size_t i, uint64_t, Random&) { return i == 7 ? "1" : "0"; });
  std::string empty_inputs = "id,visits,channel,bought\n";
  for (int i = 0; i < 100; ++i) empty_inputs += std::to_string(i) + ",,," + (i % 3 == 0 ? "1" : "0") + "\n";
  write("no_inputs.csv", empty_inputs);
  write("empty.csv", "");
  write("header.csv", "id,visits,bought\n");
  struct Case { const char *file, *sentence; int exit = 2; };
  for (const Case& c : {Case{"one_class.csv", "target 'bought' is '1' in every row: there is nothing to tell apart"},
                        {"no_target.csv", "target 'bought' is missing in every row"},
                        {"one_row.csv", "there is nothing to tell apart"},
                        {"constant.csv", "target 'bought' is '3.5' in every row: there is nothing to tell apart"},
                        {"rare.csv", "only 1 of 100 rows has '1' in target 'bought': at least 2 of each class are needed"},
                        {"no_inputs.csv", "no column is left to learn from"},
                        {"empty.csv", "the file is empty: its first line must name the columns", 1},
                        {"header.csv", "the file has a header but no rows", 1}}) {
    Ran ran = train(c.file);
    EXPECT_EQ(ran.exit, c.exit) << c.file;
    EXPECT_NE(ran.err.find(c.sentence), std::string::npos) << c.file << ": " << ran.err;
    EXPECT_EQ(std::count(ran.err.begin(), ran.err.end(), '\n'), 1) << ran.err;
  }
}

TEST_F(BadData, ATargetOfTimesOrAmountsAndOneGroupOrTimeAreNamed) {
  rows("times.csv", "id,visits,channel,bought", 100, [](size_t i, uint64_t, Random&) { return "2026-0" + std::to_string(1 + i % 9) + "-1" + std::to_string(i % 7); });
  rows("amounts.csv", "id,visits,channel,bought", 100, [](size_t i, uint64_t, Random&) { return (i % 2 ? "\"$1," : "\"€1,") + std::to_string(100 + 7 * i) + "\""; });
  rows("odd.csv", "id,visits,channel,bought", 100, [](size_t i, uint64_t, Random&) { return i == 40 ? "two thousand" : "$" + std::to_string(100 + 7 * i); });
  rows("losses.csv", "id,visits,channel,bought", 100, [](size_t i, uint64_t, Random&) { return "\"$-1," + std::to_string(100 + 7 * i) + "\""; });
  rows("yes_or_blank.csv", "id,visits,channel,bought", 100, [](size_t i, uint64_t, Random&) { return i % 3 ? "" : "yes"; });
  rows("together.csv", "id,visits,channel,bought,team,day", 100, [](size_t i, uint64_t visits, Random& random) { return buys(i, visits, random) + ",north,2026-03-01"; });
  const auto says = [&](std::vector<std::string> more, const std::string& file, const std::string& sentence) {
    std::vector<std::string> command{"model", "train", path(file), "--target", "bought", "--out", path("model")};
    command.insert(command.end(), more.begin(), more.end());
    const Ran ran = run(command);
    EXPECT_EQ(ran.exit, 2) << file;
    EXPECT_NE(ran.err.find(sentence), std::string::npos) << file << ": " << ran.err;
  };
  says({}, "times.csv", "target 'bought' holds times, which cannot be predicted as they are");
  says({}, "amounts.csv", "target 'bought' holds amounts in 'EUR' and in 'USD': write them in one of the two first");
  says({}, "odd.csv", "target 'bought' holds amounts written as text, and 'two thousand' cannot be read as the others are: write them as plain numbers first");
  EXPECT_EQ(train("losses.csv").exit, 0) << "a sign behind the currency";
  says({}, "yes_or_blank.csv", "is 'yes' in every row that has a value (66 have none; if that says no, write it)");
  says({"--group", "team"}, "together.csv", "--group column 'team' is 'north' in every row");
  says({"--time", "day"}, "together.csv", "--time column 'day' is one and the same time in every row");
}

TEST_F(BadData, ATargetOfTooManyClassesNamesThem) {
  rows("words.csv", "id,visits,channel,stage", 300, [](size_t i, uint64_t, Random&) { return i % 3 == 0 ? "hot" : "w" + std::to_string(i % 90); });
  Ran ran = train("words.csv", "stage");
  EXPECT_EQ(ran.exit, 2);
  EXPECT_NE(ran.err.find("target 'stage' has 61 values ('hot' in 100 rows"), std::string::npos) << ran.err;
  EXPECT_NE(ran.err.find("name the one to predict with --positive"), std::string::npos) << ran.err;
}

TEST_F(BadData, ATargetOfSeveralClassesIsLearntOrOneOfThem) {
  rows("stages.csv", "id,visits,channel,stage", 200, [](size_t, uint64_t visits, Random& random) {
    return visits < 3 ? "new" : visits < 6 ? "warm" : random.chance(0.5) ? "hot" : "lost";
  });
  Ran ran = run({"model", "train", path("stages.csv"), "--target", "stage", "--id", "id", "--folds", "2", "--out", path("model"), "--json"});
  ASSERT_EQ(ran.exit, 0) << ran.err;
  for (const char* name : {"\"task\":\"classes\"", "\"log_loss\":", "\"accuracy\":", "\"macro_f1\":", "\"auc\":", "\"ece\":"}) EXPECT_NE(ran.out.find(name), std::string::npos) << name;

  write("fresh.csv", "channel,id,visits\nads,a,0\nmail,b,9\n,c,\n");
  ASSERT_EQ(run({"model", "score", path("model"), path("fresh.csv"), "--out", path("scores.csv"), "--reasons", "1"}).exit, 0);
  auto scores = table::read_table(path("scores.csv"));
  ASSERT_TRUE(scores.ok());
  auto names = scores->names();
  ASSERT_EQ(names.size(), 9u);
  EXPECT_EQ((std::vector<std::string>(names.begin(), names.begin() + 3)), (std::vector<std::string>{"id", "score", "predicted"}));
  EXPECT_EQ(scores->column(2).to_text(0), "new");
  for (size_t i = 0; i < 3; ++i) {
    double sum = 0;
    for (size_t c = 3; c < 7; ++c) sum += scores->column(c).number(i);
    EXPECT_NEAR(sum, 1, 1e-9);
  }
  Ran evaluated = run({"model", "evaluate", path("model"), path("stages.csv"), "--json"});
  EXPECT_EQ(evaluated.exit, 0) << evaluated.err;
  EXPECT_NE(evaluated.out.find("\"confusion\":[["), std::string::npos);
  EXPECT_EQ(run({"model", "report", path("model"), "--out", path("report.html")}).exit, 0);
  Ran lacking = run({"model", "score", path("model"), path("fresh.csv"), "--out", path("scores.csv"), "--level", "0.8"});
  EXPECT_EQ(lacking.exit, 2);
  EXPECT_NE(lacking.err.find("this one has several classes"), std::string::npos) << lacking.err;

  Ran named = run({"model", "train", path("stages.csv"), "--target", "stage", "--positive", "hot", "--id", "id", "--folds", "2", "--out", path("one")});
  EXPECT_EQ(named.exit, 0) << named.err;
}

TEST_F(BadData, ATargetThatLeaksIsSaid) {
  rows("leak.csv", "id,visits,channel,paid,bought", 400, [](size_t i, uint64_t visits, Random& random) {
    std::string bought = buys(i, visits, random);
    return (bought == "1" ? std::to_string(10 + random.below(90)) : std::string()) + "," + bought;
  });
  Ran ran = train("leak.csv");
  EXPECT_EQ(ran.exit, 0) << ran.err;
  EXPECT_NE(ran.out.find("warning: column 'paid' is filled exactly when 'bought' is one label"), std::string::npos) << ran.out;
}

TEST_F(BadData, AColumnOfAMillionLevelsIsNoTrouble) {
  rows("tokens.csv", "id,visits,channel,token,bought", 5000, [](size_t i, uint64_t visits, Random& random) {
    return "t" + std::to_string(random.below(1'000'000)) + "," + buys(i, visits, random);
  });
  Ran ran = train("tokens.csv");
  EXPECT_EQ(ran.exit, 0) << ran.err;
  EXPECT_NE(ran.out.find("left out 'token'"), std::string::npos) << ran.out;
}

TEST_F(BadData, WhatDoesNotFitTheModelIsNamedAtScoring) {
  rows("good.csv", "id,visits,channel,bought", 400, buys);
  ASSERT_EQ(train("good.csv").exit, 0);
  auto score = [&](const std::string& file) { return run({"model", "score", path("model"), path(file), "--out", path("scores.csv")}); };
  write("lacking.csv", "id,channel\n1,ads\n");
  Ran lacking = score("lacking.csv");
  EXPECT_EQ(lacking.exit, 1);
  EXPECT_NE(lacking.err.find("'visits'"), std::string::npos) << lacking.err;
  std::string texts = "id,visits,channel\n";
  for (int i = 0; i < 30; ++i) texts += std::to_string(i) + ",many,ads\n";
  write("texts.csv", texts);
  Ran wrong = score("texts.csv");
  EXPECT_EQ(wrong.exit, 1);
  EXPECT_NE(wrong.err.find("'visits'"), std::string::npos) << wrong.err;
  write("level.csv", "channel,more,id,visits\nsms,x,7,3\nads,y,8,\n");  // another order, a new level, a missing number
  Ran order = score("level.csv");
  ASSERT_EQ(order.exit, 0) << order.err;
  auto scores = table::read_table(path("scores.csv"));
  ASSERT_TRUE(scores.ok());
  ASSERT_EQ(scores->rows(), 2u);
  for (size_t i = 0; i < 2; ++i) EXPECT_TRUE(scores->column(1).number(i) > 0 && scores->column(1).number(i) < 1);
  write("other.csv", "visits,id,channel\n3,7,ads\n");
  write("same.csv", "id,visits,channel\n7,3,ads\n");
  ASSERT_EQ(score("other.csv").exit, 0);
  auto first = read_file(path("scores.csv"));
  ASSERT_EQ(score("same.csv").exit, 0);
  EXPECT_EQ(*first, *read_file(path("scores.csv")));
  Ran level = run({"model", "score", path("model"), path("same.csv"), "--out", path("scores.csv"), "--level", "0.8"});
  EXPECT_EQ(level.exit, 2);
  EXPECT_NE(level.err.find("--level needs a model of numbers"), std::string::npos) << level.err;
}

TEST_F(BadData, NumbersAreTrainedScoredEvaluatedAndReported) {
  auto spends = [](size_t, uint64_t visits, Random& random) { return std::to_string(3.0 * static_cast<double>(visits) + random.normal() * (1 + static_cast<double>(visits) / 3)); };
  rows("spend.csv", "id,visits,channel,spend", 1500, spends);
  Ran trained = train("spend.csv", "spend");
  ASSERT_EQ(trained.exit, 0) << trained.err;
  EXPECT_NE(trained.out.find("rmse"), std::string::npos);
  ASSERT_EQ(run({"model", "score", path("model"), path("spend.csv"), "--out", path("scores.csv"), "--level", "0.8", "--reasons", "1"}).exit, 0);
  auto scores = table::read_table(path("scores.csv")), truth = table::read_table(path("spend.csv"));
  ASSERT_TRUE(scores.ok() && truth.ok());
  EXPECT_EQ(scores->names(), (std::vector<std::string>{"id", "score", "reason_1", "contribution_1", "low", "high"}));
  double inside = 0;
  for (size_t i = 0; i < 1500; ++i) inside += truth->column(3).number(i) >= scores->column(4).number(i) && truth->column(3).number(i) <= scores->column(5).number(i);
  EXPECT_NEAR(inside / 1500, 0.8, 0.06);
  Ran evaluated = run({"model", "evaluate", path("model"), path("spend.csv"), "--json"});
  ASSERT_EQ(evaluated.exit, 0) << evaluated.err;
  for (const char* part : {"\"rmse\":", "\"r2\":", "\"intervals\":{\"level\":0.8,\"coverage\":0.", "\"tenths\":["}) EXPECT_NE(evaluated.out.find(part), std::string::npos) << part;
  ASSERT_EQ(run({"model", "report", path("model"), "--out", path("report.html")}).exit, 0);
  EXPECT_NE(read_file(path("report.html"))->find("Predicted and actual"), std::string::npos);
}

TEST_F(BadData, TheReportDrawsWhatCallingEarns) {
  rows("good.csv", "id,visits,channel,bought", 400, buys);
  ASSERT_EQ(train("good.csv").exit, 0);
  ASSERT_EQ(run({"model", "report", path("model"), "--out", path("report.html"), "--benefit", "10", "--cost", "2"}).exit, 0);
  EXPECT_NE(read_file(path("report.html"))->find("a call pays from a score of 0.2000"), std::string::npos);
  Ran half = run({"model", "report", path("model"), "--out", path("report.html"), "--benefit", "10"});
  EXPECT_EQ(half.exit, 2);
  EXPECT_NE(half.err.find("--benefit and --cost go together"), std::string::npos) << half.err;
}

TEST_F(BadData, AScoreSaysWhatWouldFlipIt) {
  rows("good.csv", "id,visits,channel,bought", 400, buys);
  ASSERT_EQ(train("good.csv").exit, 0);
  ASSERT_EQ(run({"model", "score", path("model"), path("good.csv"), "--out", path("s.csv"), "--counterfactual", "--changeable", "visits", "--reasons", "1"}).exit, 0);
  auto scores = table::read_table(path("s.csv"));
  ASSERT_TRUE(scores.ok());
  EXPECT_EQ(scores->names(), (std::vector<std::string>{"id", "score", "reason_1", "contribution_1", "change", "score_changed"}));
  EXPECT_EQ(scores->column(4).to_text(0).rfind("visits: ", 0), 0u) << scores->column(4).to_text(0);
  EXPECT_NE(scores->column(1).number(0) < 0.5, scores->column(5).number(0) < 0.5);
}

TEST_F(BadData, AModelOfAnotherToolComesInAndGoesOut) {
  rows("good.csv", "id,visits,channel,bought", 400, buys);
  ASSERT_EQ(run({"model", "train", path("good.csv"), "--target", "bought", "--drop", "channel", "--id", "id", "--folds", "2", "--out", path("model")}).exit, 0);
  Ran given = run({"model", "export", path("model"), "--out", path("given.json"), "--json"});
  ASSERT_EQ(given.exit, 0) << given.err;
  Ran taken = run({"model", "import", path("given.json"), "--out", path("taken"), "--target", "bought", "--positive", "1", "--json"});
  ASSERT_EQ(taken.exit, 0) << taken.err;
  EXPECT_NE(taken.out.find("\"inputs\":[\"visits\"]"), std::string::npos) << taken.out;
  ASSERT_EQ(run({"model", "score", path("taken"), path("good.csv"), "--out", path("a.csv"), "--id", "id"}).exit, 0);
  EXPECT_EQ(run({"model", "evaluate", path("taken"), path("good.csv")}).exit, 0);
  write("nonsense.json", "{\"hello\":1}");
  Ran nonsense = run({"model", "import", path("nonsense.json"), "--out", path("x")});
  EXPECT_EQ(nonsense.exit, 1);
  EXPECT_NE(nonsense.err.find("the LightGBM model is not one we take"), std::string::npos) << nonsense.err;
}

}  // namespace
}  // namespace furrow::cli
