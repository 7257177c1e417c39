#include <fmt/format.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "base/files.h"
#include "base/random.h"
#include "base/time.h"
#include "cli/command_fixture.h"
#include "table/files.h"

namespace furrow::cli {
namespace {

class LtvCommand : public testing::Test {
 protected:
  std::string path(const std::string& name) const { return (folder_.path() / name).string(); }
  // Orders of 200 customers; `time` writes a day counted from 2026-01-01.
  template <class Write>
  void orders(const std::string& name, const std::string& header, Write write) const {
    Random random(3);
    std::ofstream out(path(name));
    out << header;
    for (int c = 0; c < 200; ++c) {
      int64_t day = static_cast<int64_t>(random.below(60));
      for (uint64_t n = 1 + random.below(5); n > 0; --n) {
        out << write(c, day) << "\n";
        day += 1 + static_cast<int64_t>(random.below(30));
      }
    }
  }
  TemporaryFolder folder_;
};

constexpr int64_t kFirstDay = 20454;  // 2026-01-01

TEST_F(LtvCommand, AFileOfAHeaderOnlyIsSaid) {
  std::ofstream(path("none.csv")) << "客户,日期\n";
  Ran ran = run({"ltv", path("none.csv"), "--customer", "客户", "--time", "日期", "--horizon", "30d", "--out", path("value.csv")});
  EXPECT_EQ(ran.exit, 1);
  EXPECT_NE(ran.err.find("none.csv: the file has a header but no rows"), std::string::npos) << ran.err;
}

TEST_F(LtvCommand, ARowThatCannotBeReadIsCountedAndKept) {
  orders("o.csv", "customer,day\nragged\n", [](int c, int64_t day) { return std::to_string(1000000 + c) + "," + std::to_string((kFirstDay + day) * 86'400'000); });
  Ran ran = run({"ltv", path("o.csv"), "--customer", "customer", "--time", "day", "--horizon", "4w", "--out", path("v.csv"), "--rejects", path("bad.csv")});
  ASSERT_EQ(ran.exit, 0) << ran.err;
  EXPECT_NE(ran.out.find("1 rows cannot be read and are left out, the first in line 2"), std::string::npos) << ran.out;
  auto bad = table::read_table(path("bad.csv"));
  ASSERT_TRUE(bad.ok());
  EXPECT_EQ(bad->rows(), 1u);
  auto values = table::read_table(path("v.csv"), {.text_columns = {"customer"}});
  ASSERT_EQ(values->rows(), 200u);
  EXPECT_EQ(values->names(), (std::vector<std::string>{"customer", "p_alive", "expected_orders", "low", "high"}));
  EXPECT_EQ(values->column(0).to_text(0), "1000000");
}

TEST_F(LtvCommand, MoneyMayBeWrittenAsBusinessFilesDo) {
  auto value_of = [&](const std::string& name, auto amount) {
    orders(name, "customer;date;paid\n", [&](int c, int64_t day) {
      return fmt::format("c{};{};{}", c, format_time(Time{(kFirstDay + day) * 86'400'000'000}).substr(0, 10), amount(1000 + 400 * (c % 20) + static_cast<int>(day) % 90));
    });
    Ran ran = run({"ltv", path(name), "--customer", "customer", "--time", "date", "--amount", "paid", "--horizon", "4w", "--out", path("v.csv")});
    EXPECT_EQ(ran.exit, 0) << ran.err;
    EXPECT_EQ(ran.out.find("skipped"), std::string::npos) << ran.out;
    return ran.exit == 0 ? table::read_table(path("v.csv"))->find("value")->number(5) : 0.0;
  };
  const double plain = value_of("plain.csv", [](int x) { return fmt::format("{}.50", x); });
  EXPECT_GT(plain, 0);
  EXPECT_EQ(value_of("dollars.csv", [](int x) { return fmt::format("\"${},{:03}.50\"", x / 1000, x % 1000); }), plain);
  EXPECT_EQ(value_of("euros.csv", [](int x) { return fmt::format("{}.{:03},50 €", x / 1000, x % 1000); }), plain);
  Ran words = run({"ltv", path("euros.csv"), "--customer", "customer", "--time", "date", "--amount", "customer", "--horizon", "4w", "--out", path("w.csv")});
  EXPECT_NE(words.exit, 0);
  EXPECT_NE(words.err.find("holds text that is no amount, such as \"c0\" in row 1"), std::string::npos) << words.err;
}

TEST_F(LtvCommand, MillisecondsMayBeWrittenAsFractions) {
  auto as = [&](const char* end) {
    return [end](int c, int64_t day) { return fmt::format("{{\"customer\":\"c{}\",\"day\":{}{}}}", c, (kFirstDay + day) * 86'400'000, end); };
  };
  orders("whole.jsonl", "", as(""));
  orders("fraction.jsonl", "", as(".0"));
  for (const char* name : {"whole", "fraction"}) {
    Ran ran = run({"ltv", path(name + std::string(".jsonl")), "--customer", "customer", "--time", "day", "--horizon", "4w", "--out", path(name + std::string(".csv")), "--json"});
    ASSERT_EQ(ran.exit, 0) << ran.err << ran.out;
    EXPECT_NE(ran.out.find("\"skipped\":0,\"rejected\":0"), std::string::npos) << ran.out;
  }
  EXPECT_EQ(*read_file(path("whole.csv")), *read_file(path("fraction.csv")));
}

// CDNOW's sample holds eight orders of nothing; its 2,357 customers and the published fits of orders and of money are of one file.
TEST_F(LtvCommand, OneRunGivesBothOfCdnowsPublishedFits) {
  std::filesystem::path sample = std::string(FURROW_SOURCE_DIR) + "/../shared/data/cdnow/CDNOW_sample.txt.gz";
  if (!std::filesystem::exists(sample)) GTEST_SKIP() << "needs ../shared/data/cdnow";
  std::ofstream out(path("cdnow.csv"));
  out << "customer,day,amount\n";
  gzFile file = gzopen(sample.c_str(), "rb");
  char line[256];
  while (gzgets(file, line, sizeof line)) {
    int master, customer, day, quantity;
    double amount;
    if (std::sscanf(line, "%d %d %d %d %lf", &master, &customer, &day, &quantity, &amount) == 5) out << customer << "," << day << "," << amount << "\n";
  }
  gzclose(file);
  out.close();
  Ran ran = run({"ltv", path("cdnow.csv"), "--customer", "customer", "--time", "day", "--amount", "amount", "--horizon", "39w", "--as-of", "1997-09-30", "--out", path("v.csv")});
  ASSERT_EQ(ran.exit, 0) << ran.err;
  EXPECT_NE(ran.out.find("2357 customers"), std::string::npos) << ran.out;
  EXPECT_NE(ran.out.find("r 0.243  alpha 4.414  a 0.793  b 2.426  log-likelihood -9582.4"), std::string::npos) << ran.out;
  EXPECT_NE(ran.out.find("log-likelihood -4055.92"), std::string::npos) << ran.out;
}

// Somebody who ordered once, long ago, is a customer for sure where people leave only at an order, and is not where they leave at any time.
TEST_F(LtvCommand, ParetoNbdLetsPeopleLeaveAtAnyTime) {
  std::string orders = "customer,day,amount\n";
  for (int i = 0; i < 200; ++i) {
    for (int k = 0; k <= i % 5; ++k) orders += fmt::format("c{},2025-{:02}-{:02},{}\n", i, 1 + (i + 2 * k) % 12, 1 + i % 28, 10 + i % 7);
  }
  std::ofstream(path("orders.csv")) << orders << "once,2025-01-01,9\n";
  auto ltv = [&](std::initializer_list<std::string> more) {
    std::vector<std::string> words{"ltv", path("orders.csv"), "--customer", "customer", "--time", "day", "--amount", "amount", "--horizon", "13w", "--out", path("v.csv")};
    words.insert(words.end(), more);
    return run(words);
  };
  Ran ran = ltv({"--model", "pareto-nbd"});
  ASSERT_EQ(ran.exit, 0) << ran.err;
  EXPECT_NE(ran.out.find("Pareto/NBD"), std::string::npos) << ran.out;
  auto written = *read_file(path("v.csv"));
  const size_t at = written.find("\nonce,");
  ASSERT_NE(at, std::string::npos);
  EXPECT_LT(std::stod(written.substr(at + 6)), 0.9);
  Ran json = ltv({"--model", "pareto-nbd", "--json"});
  EXPECT_NE(json.out.find("\"pareto_nbd\":{\"r\":"), std::string::npos) << json.out;
  Ran plain = ltv({});
  ASSERT_EQ(plain.exit, 0) << plain.err;
  written = *read_file(path("v.csv"));
  EXPECT_EQ(std::stod(written.substr(written.find("\nonce,") + 6)), 1);
  Ran other = ltv({"--model", "best"});
  EXPECT_EQ(other.exit, 2);
  EXPECT_NE(other.err.find("--model is bg-nbd, pareto-nbd or learned, not 'best'"), std::string::npos) << other.err;
}

// 400 customers of a year and a half, who leave one after the other; enough to look a quarter of a year back.
class LtvLookBack : public LtvCommand {
 protected:
  void SetUp() override {
    Random random(11);
    std::ofstream out(path("long.csv"));
    out << "customer,day,amount\n";
    for (int c = 0; c < 400; ++c) {
      const double rate = random.gamma(2) / 20;
      for (double day = random.uniform(0, 300); day < 540 && (day < 300 || !random.chance(0.05)); day += 1 + random.exponential(rate)) {
        out << fmt::format("c{},{},{:.2f}\n", c, format_time(Time{(kFirstDay + static_cast<int64_t>(day)) * 86'400'000'000}).substr(0, 10), random.uniform(5, 50));
      }
    }
  }
  Ran ltv(const std::string& out, std::vector<std::string> more) {
    std::vector<std::string> words{"ltv", path("long.csv"), "--customer", "customer", "--time", "day", "--out", path(out)};
    words.insert(words.end(), more.begin(), more.end());
    return run(words);
  }
};

TEST_F(LtvLookBack, EachModelIsJudgedAndGivesConformalIntervals) {
  for (const std::string model : {"bg-nbd", "pareto-nbd", "learned"}) {
    Ran ran = ltv(model + ".csv", {"--horizon", "13w", "--model", model});
    ASSERT_EQ(ran.exit, 0) << ran.err;
    for (const char* said : {"looked back to ", "  last rate ", "  BG/NBD ", "  Pareto/NBD ", "intervals  conformal, from "}) EXPECT_NE(ran.out.find(said), std::string::npos) << said << " of " << ran.out;
    EXPECT_EQ(ran.out.find("  learned ") != std::string::npos, model == "learned") << ran.out;
    auto rows = table::read_table(path(model + ".csv"));
    ASSERT_TRUE(rows.ok());
    ASSERT_EQ(rows->rows(), 400u);
    for (size_t row = 0; row < rows->rows(); ++row) {
      const double low = rows->find("low")->number(row), high = rows->find("high")->number(row);
      EXPECT_TRUE(0 <= low && low <= high && low == std::floor(low) && high == std::floor(high)) << low << " " << high;
      EXPECT_GE(rows->find("expected_orders")->number(row), 0);
    }
  }
  auto same = [&](const char* column, const char* a, const char* b) {
    auto one = table::read_table(path(a)), other = table::read_table(path(b));
    size_t alike = 0;
    for (size_t row = 0; row < one->rows(); ++row) alike += one->find(column)->number(row) == other->find(column)->number(row);
    return alike;
  };
  EXPECT_EQ(same("p_alive", "bg-nbd.csv", "learned.csv"), 400u);  // the learned forecast is of orders alone
  EXPECT_LT(same("expected_orders", "bg-nbd.csv", "learned.csv"), 100u);
  Ran plain = ltv("plain.csv", {"--horizon", "13w"});
  ASSERT_EQ(plain.exit, 0) << plain.err;
  EXPECT_EQ(*read_file(path("plain.csv")), *read_file(path("bg-nbd.csv")));
}

TEST_F(LtvLookBack, JsonSaysWhatTheIntervalsAreAndLearnsMoney) {
  Ran ran = ltv("v.csv", {"--horizon", "13w", "--model", "learned", "--amount", "amount", "--json"});
  ASSERT_EQ(ran.exit, 0) << ran.err;
  EXPECT_NE(ran.out.find("\"model\":\"learned\""), std::string::npos) << ran.out;
  EXPECT_NE(ran.out.find("\"intervals\":{\"kind\":\"conformal\",\"cut\":\""), std::string::npos) << ran.out;
  for (const char* key : {"\"coverage\":", "\"last_rate\":{\"mae\":", "\"bg_nbd\":{\"mae\":", "\"pareto_nbd\":{\"mae\":", "\"learned\":{\"mae\":"}) EXPECT_NE(ran.out.find(key), std::string::npos) << key;
  auto rows = table::read_table(path("v.csv"));
  ASSERT_TRUE(rows.ok());
  double orders = 0, value = 0;
  for (size_t row = 0; row < rows->rows(); ++row) orders += rows->find("expected_orders")->number(row), value += rows->find("value")->number(row);
  EXPECT_NEAR(value / orders, 27.5, 5);  // what an order costs on average
}

TEST_F(LtvLookBack, ListsTheValuableCustomersAtRiskAndHowTheWarningDid) {
  Ran ran = ltv("v.csv", {"--horizon", "13w", "--amount", "amount", "--at-risk", path("call.csv")});
  ASSERT_EQ(ran.exit, 0) << ran.err;
  auto rows = table::read_table(path("call.csv"));
  ASSERT_TRUE(rows.ok());
  ASSERT_GT(rows->rows(), 10u);
  EXPECT_NE(ran.out.find(fmt::format("at risk  {} of the 80 most valuable customers", rows->rows())), std::string::npos) << ran.out;
  EXPECT_NE(ran.out.find("the same warning one horizon ago: "), std::string::npos) << ran.out;
  double at_stake = 0;
  for (size_t row = 0; row < rows->rows(); ++row) {
    EXPECT_TRUE(rows->find("p_alive")->number(row) < 0.5 || rows->find("chance_of_silence")->number(row) < 0.1);
    EXPECT_LE(rows->find("last_order")->to_text(row), rows->find("at_risk_since")->to_text(row));
    if (row > 0) EXPECT_GE(rows->find("at_risk_since")->to_text(row - 1), rows->find("at_risk_since")->to_text(row));
    at_stake += rows->find("at_stake")->number(row);
  }
  Ran json = ltv("v.csv", {"--horizon", "13w", "--amount", "amount", "--json"});
  EXPECT_NE(json.out.find(fmt::format("\"at_risk\":{{\"valuable\":80,\"customers\":{},\"new\":", rows->rows())), std::string::npos) << json.out;
  const size_t at = json.out.find("\"at_stake\":");
  ASSERT_NE(at, std::string::npos);
  EXPECT_NEAR(std::stod(json.out.substr(at + 11)), at_stake, 1e-6 * at_stake);
  EXPECT_NE(json.out.find("\"record\":{\"warned\":"), std::string::npos) << json.out;
  // There is no record where nothing can be looked back on.
  Ran early = ltv("v.csv", {"--horizon", "104w", "--json"});
  EXPECT_NE(early.out.find("\"at_risk\":{"), std::string::npos);
  EXPECT_EQ(early.out.find("\"record\""), std::string::npos);
  Ran nowhere = ltv("v.csv", {"--horizon", "13w", "--at-risk", path("nowhere/call.csv")});
  EXPECT_NE(nowhere.exit, 0);
  EXPECT_NE(nowhere.err.find("nowhere/call.csv"), std::string::npos) << nowhere.err;
}

TEST_F(LtvLookBack, ALogThatIsTooShortHasPosteriorIntervalsAndNothingToLearnFrom) {
  Ran ran = ltv("short.csv", {"--horizon", "104w"});
  ASSERT_EQ(ran.exit, 0) << ran.err;
  EXPECT_NE(ran.out.find("intervals  posterior"), std::string::npos) << ran.out;
  EXPECT_EQ(ran.out.find("looked back"), std::string::npos) << ran.out;
  Ran json = ltv("short.csv", {"--horizon", "104w", "--json"});
  EXPECT_NE(json.out.find("\"intervals\":{\"kind\":\"posterior\",\"why\":\"the log, to "), std::string::npos) << json.out;
  EXPECT_NE(ltv("short.csv", {"--horizon", "36h"}).out.find("intervals  posterior, the model's own: a forecast can be looked back on only with a horizon of whole days"), std::string::npos);
  std::filesystem::remove(path("short.csv"));
  Ran learned = ltv("short.csv", {"--horizon", "104w", "--model", "learned"});
  EXPECT_EQ(learned.exit, 2) << learned.err;
  EXPECT_NE(learned.err.find("0 customers had ordered; it takes 200 customers who ordered up to that day"), std::string::npos) << learned.err;
  EXPECT_FALSE(std::filesystem::exists(path("short.csv")));
}

}  // namespace
}  // namespace furrow::cli
