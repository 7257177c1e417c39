#include "profile/feature_files.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "base/files.h"
#include "profile/naive_features.h"

namespace furrow::profile {
namespace {

constexpr std::string_view kDefinitions = R"(features:
  - {name: 订单数, event: 下单, aggregate: count, window: 7d, default: 0}
  - {name: spend, event: [下单, "加购, \"急\""], where: price > 5 and 品类 == "鞋", aggregate: sum(price * qty)}
  - {name: days_sh, aggregate: distinct_days, timezone: Asia/Shanghai}
  - {name: days_utc, aggregate: distinct_days}
  - {name: skus, aggregate: distinct(sku), window: 3d}
  - {name: last_sku, aggregate: last(sku)}
  - {name: recency, event: 下单, aggregate: recency_days}
  - {name: cheapest, aggregate: min(price), window: 2d}
  - {name: sure, where: vip, aggregate: count}
)";

struct Files {
  TemporaryFolder folder;
  FeatureFilesRequest request(const std::string& extension) {
    return {folder.path() / ("events" + extension), folder.path() / "f.yaml", folder.path() / ("observations" + extension),
            folder.path() / ("out" + extension)};
  }
  void write(const std::string& name, std::string_view content) { ASSERT_TRUE(write_file_atomically(folder.path() / name, content)); }
};

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (char c : text) out += c == '"' ? std::string("\"\"") : std::string(1, c);
  return out + "\"";
}

// Random people and events through real files, in all the forms a time may have, against the naive twin.
TEST(FeatureFilesTest, EqualsTheNaiveTwin) {
  const uint64_t seed = std::random_device()();
  SCOPED_TRACE(fmt::format("seed {}", seed));
  Random random(seed);
  const Time end = parse_time("2026-03-10T00:00:00Z").value();
  const std::vector<std::string> labels{"下单", "加购, \"急\"", "浏览"}, skus{"A1", "007", "12", "红茶"}, kinds{"鞋", "帽"}, people{"张三", "u-2", "0042"};
  for (const std::string extension : {".csv", ".jsonl"}) {
    std::string events_file = extension == ".csv" ? "profile_id,event,time,price,qty,sku,品类,vip\n" : "";
    std::string observations_file = extension == ".csv" ? "note,profile_id,time\n" : "";
    std::map<std::string, std::vector<NaiveEvent>> events;
    for (uint64_t i = 1; i <= 300; ++i) {
      Time time{(end.micros - static_cast<int64_t>(random.below(static_cast<uint64_t>(days(12).micros)))) / 1000 * 1000};
      const std::string person = pick(random, people), label = pick(random, labels), sku = pick(random, skus), kind = pick(random, kinds);
      const std::string written = random.chance(0.5) ? fmt::format("{}", time.milliseconds()) : format_time(time);
      const double price = static_cast<double>(random.below(2000)) / 100;
      const uint64_t qty = random.below(5);
      const bool vip = random.chance(0.5);
      std::string properties = fmt::format(R"("price":{},"qty":{},"sku":"{}","品类":"{}","vip":{})", price, qty, sku, kind, vip);
      if (extension == ".csv") {
        events_file += fmt::format("{},{},{},{},{},{},{},{}\n", person, quoted(label), written, price, qty, sku, kind, vip);
      } else {
        std::string name;
        append_json_text(name, label);
        events_file += fmt::format(R"({{"profile_id":"{}","event":{},"time":"{}",{}}})" "\n", person, name, written, properties);
      }
      events[person].push_back({time, i, label, "{" + properties + "}"});
    }
    std::vector<std::pair<std::string, Time>> asked;
    for (int i = 0; i < 60; ++i) {
      const std::string person = random.chance(0.1) ? "nobody" : pick(random, people);
      Time time = end - seconds(static_cast<int64_t>(random.below(12 * 86400)));
      if (person != "nobody" && random.chance(0.5)) time = pick(random, events[person]).time;
      asked.emplace_back(person, time);
      observations_file += extension == ".csv" ? fmt::format("n{},{},{}\n", i, person, format_time(time))
                                               : fmt::format(R"({{"note":"n{}","profile_id":"{}","time":"{}"}})" "\n", i, person, format_time(time));
    }
    Files files;
    files.write("events" + extension, events_file);
    files.write("observations" + extension, observations_file);
    files.write("f.yaml", kDefinitions);
    auto report = build_feature_file(files.request(extension));
    ASSERT_TRUE(report.ok()) << report.error().to_string();
    EXPECT_EQ(report->events, 300u);
    EXPECT_EQ(report->observations, 60u);
    EXPECT_EQ(report->events_rejected + report->observations_rejected, 0u);
    EXPECT_EQ(report->people, 3u);

    Diagnostics diagnostics;
    std::vector<FeatureDefinition> definitions;
    load_features(*YamlNode::parse(kDefinitions, "f.yaml", diagnostics), definitions);
    table::ReadOptions text;
    text.infer_types = false;
    auto out = table::read_table(files.folder.path() / ("out" + extension), text).value();
    ASSERT_EQ(out.rows(), asked.size());
    EXPECT_EQ(out.column_count(), 3 + definitions.size());
    for (size_t row = 0; row < asked.size(); ++row) {
      const auto& [person, time] = asked[row];
      EXPECT_EQ(out.find("profile_id")->to_text(row), person);
      EXPECT_EQ(out.find("time")->to_text(row), format_time(time));
      EXPECT_EQ(out.find("note")->to_text(row), fmt::format("n{}", row));
      for (const auto& definition : definitions) {
        NaiveValue slow = naive_feature(definition, events[person], time);
        std::string fast = out.find(definition.name)->to_text(row);
        if (!slow.text.empty()) EXPECT_EQ(fast, slow.text) << definition.name;
        else if (std::isnan(slow.number)) EXPECT_EQ(fast, "") << definition.name;
        else EXPECT_NEAR(std::stod(fast), slow.number, 1e-9 * (1 + slow.sum_of_sizes)) << definition.name;
      }
    }
  }
}

// A stream of one shop, as CSV rows without header, before `end`.
std::vector<std::string> random_rows(Random& random, Time end, size_t count) {
  std::vector<std::string> rows;
  for (size_t i = 0; i < count; ++i) {
    Time time = end - seconds(static_cast<int64_t>(1 + random.below(40 * 86400)));
    rows.push_back(fmt::format("p{},{},{},{},{}", random.below(30), random.chance(0.3) ? "buy" : "look", format_time(time), random.below(100), random.chance(0.5) ? "red" : "blue"));
  }
  return rows;
}
std::string file_of(const std::vector<std::string>& rows) { return fmt::format("profile_id,event,time,price,colour\n{}\n", fmt::join(rows, "\n")); }

constexpr std::string_view kWide = R"yaml(timezone: Asia/Shanghai
features:
  - {name: n, aggregate: count, window: 7d, default: 0}
  - {name: spend, event: buy, aggregate: sum(price)}
  - {name: mid, aggregate: median(price), window: 30d}
  - {name: tops, aggregate: "top_k(colour, 2)"}
  - {name: top, derive: tops.0, default: none}
  - {name: path, aggregate: "ngrams(2, 3)", window: 14d}
  - {name: visits, aggregate: sessions(1h)}
  - {name: last_week, aggregate: count, tumbling: week, back: 1, default: 0}
  - {name: colour, aggregate: last(colour)}
)yaml";

// The leakage test: what happens at or after an observation, and the order of the file, may not change one byte; nor may
// the memory that is allowed, nor the format.
TEST(FeatureFilesTest, TheFutureTheOrderAndTheMemoryChangeNothing) {
  const uint64_t seed = std::random_device()();
  SCOPED_TRACE(fmt::format("seed {}", seed));
  Random random(seed);
  const Time end = parse_time("2026-03-10T00:00:00Z").value();
  std::vector<std::string> rows = random_rows(random, end, 1500);
  Files files;
  files.write("f.yaml", kWide);
  std::string observations = "profile_id,time\n";
  for (int p = 0; p < 30; ++p) observations += fmt::format("p{},{}\n", p, format_time(end));
  files.write("observations.csv", observations);
  files.write("events.csv", file_of(rows));
  auto request = files.request(".csv");
  ASSERT_TRUE(build_feature_file(request).ok());
  const std::string expected = read_file(request.out).value();
  EXPECT_NE(expected.find("buy > look"), std::string::npos);

  for (int i = 0; i < 300; ++i) {
    const Time later = end + seconds(static_cast<int64_t>(random.below(86400 * 30)));
    rows.push_back(fmt::format("p{},buy,{},1e6,gold", random.below(30), format_time(i < 5 ? end : later)));
  }
  for (size_t i = rows.size(); i > 1; --i) std::swap(rows[i - 1], rows[random.below(i)]);
  files.write("events.csv", file_of(rows));
  request.memory_bytes = 1000;
  ASSERT_TRUE(build_feature_file(request).ok());
  EXPECT_EQ(read_file(request.out).value(), expected);

  table::ReadOptions text;
  text.text_columns = {"profile_id", "time"};
  auto as_csv = table::read_table(request.out, text).value();
  request.out.replace_extension(".parquet");
  ASSERT_TRUE(build_feature_file(request).ok());
  auto as_parquet = table::read_table(request.out, text).value();
  ASSERT_EQ(as_parquet.rows(), 30u);
  ASSERT_EQ(as_parquet.names(), as_csv.names());
  for (size_t c = 0; c < as_csv.column_count(); ++c) {
    for (size_t row = 0; row < 30; ++row) EXPECT_EQ(as_csv.column(c).to_text(row), as_parquet.column(c).to_text(row)) << as_csv.column(c).name();
  }
}

TEST(FeatureFilesTest, LabelsLookForwardSplitsKeepApartAndNegativesAreWeighted) {
  Files files;
  files.write("f.yaml", "features:\n  - {name: n, aggregate: count, default: 0}\nlabels:\n  - {name: buys, event: buy, within: 2d}\n");
  files.write("events.csv", "profile_id,event,time,message_id\na,buy,2026-01-03,m1\na,buy,2026-01-03,m1\nb,look,2026-01-01,m2\nb,look,2026-01-20,m3\n");
  // At the event: not yet within; just before and two days before: within; the last reaches beyond the events.
  files.write("observations.csv", "profile_id,time\na,2026-01-01\na,2026-01-03\nb,2026-01-02\nb,2026-01-10\na,2026-01-17\na,2026-01-19\n");
  auto request = files.request(".csv");
  request.test_share = 0.1;
  auto report = build_feature_file(request);
  ASSERT_TRUE(report.ok()) << report.error().to_string();
  EXPECT_EQ(report->duplicates, 1u);
  EXPECT_EQ(report->labels, 1u);
  EXPECT_EQ(read_file(request.out).value(),
            "profile_id,time,n,buys,split\na,2026-01-01,0,1,train\na,2026-01-03,0,0,train\nb,2026-01-02,1,0,train\nb,2026-01-10,1,0,train\n"
            "a,2026-01-17,1,0,gap\na,2026-01-19,1,,test\n");
  request.test_share = 0;
  request.negatives = 1;
  report = build_feature_file(request);
  ASSERT_TRUE(report.ok()) << report.error().to_string();
  const auto sampled = table::read_table(request.out).value();
  EXPECT_GE(sampled.rows(), 2u);  // the positive and the one without a label stay
  double weight = 0;
  for (size_t row = 0; row < sampled.rows(); ++row) weight += sampled.find("buys")->number(row) == 0 ? sampled.find("weight")->number(row) : 0;
  EXPECT_EQ(std::fmod(weight, 4.0), 0);
  files.write("f.yaml", "features:\n  - {name: n, aggregate: count}\n");
  EXPECT_EQ(build_feature_file(request).error().code(), ErrorCode::kInvalidArgument);
}

TEST(FeatureFilesTest, BadRowsAreCountedAndKept) {
  Files files;
  files.write("f.yaml", "features:\n  - {name: n, aggregate: count, default: 0}\n");
  files.write("events.csv", "profile_id,event,time\na,x,2026-01-01\na,x,yesterday\n,x,2026-01-01\na,,2026-01-01\na,x\na,x,1767225600000\n");
  files.write("observations.csv", "profile_id,time\na,2026-02-01T00:00:00+08:00\na,never\n,2026-02-01\n");
  auto report = build_feature_file(files.request(".csv"));
  ASSERT_TRUE(report.ok()) << report.error().to_string();
  EXPECT_EQ(report->events, 2u);
  EXPECT_EQ(report->events_rejected, 4u);
  EXPECT_EQ(report->observations, 1u);
  EXPECT_EQ(report->observations_rejected, 2u);
  EXPECT_EQ(report->rejects.size(), 6u);
  EXPECT_EQ(read_file(files.folder.path() / "out.csv").value(), "profile_id,time,n\na,2026-02-01T00:00:00+08:00,2\n");
}

TEST(FeatureFilesTest, ColumnsThatNoEventHasAreSaid) {
  Files files;
  files.write("f.yaml", "features:\n  - {name: a, aggregate: sum(prise)}\n  - {name: b, where: price > 1 and event != \"x\", aggregate: count}\n"
                        "labels:\n  - {name: l, event: x, where: size > 2, within: 7d}\n");
  files.write("events.csv", "profile_id,event,time,price\nu,x,2026-03-01T00:00:00Z,3\n");
  files.write("observations.csv", "profile_id,time\nu,2026-03-02T00:00:00Z\n");
  auto report = build_feature_file(files.request(".csv"));
  ASSERT_TRUE(report.ok()) << report.error().to_string();
  EXPECT_EQ(report->unknown_columns, (std::vector<std::string>{"prise", "size"}));
}

TEST(FeatureFilesTest, WholeFileFaultsStopWithOneSentence) {
  Files files;
  files.write("f.yaml", "features:\n  - {name: n, aggregate: count}\n");
  files.write("observations.csv", "profile_id,time\na,2026-02-01\n");
  EXPECT_EQ(build_feature_file(files.request(".csv")).error().code(), ErrorCode::kNotFound);
  files.write("events.csv", "person,event,time\na,x,2026-01-01\n");
  EXPECT_EQ(build_feature_file(files.request(".csv")).error().code(), ErrorCode::kInvalidFile);
  files.write("events.csv", "profile_id,event,time\na,x,2026-01-01\n");
  files.write("observations.csv", "profile_id,time,n\na,2026-02-01,3\n");
  EXPECT_EQ(build_feature_file(files.request(".csv")).error().code(), ErrorCode::kInvalidFile);
  files.write("f.yaml", "features:\n  - {name: n, aggregate: total}\n");
  EXPECT_EQ(build_feature_file(files.request(".csv")).error().code(), ErrorCode::kInvalidWorkspace);
}

TEST(FeatureFilesTest, IdsOfManyDigitsAreNotRounded) {
  Files files;
  files.write("f.yaml", "features:\n  - {name: orders, aggregate: distinct(order), default: 0}\n  - {name: paid, aggregate: sum(price)}\n");
  files.write("observations.csv", "profile_id,time\na,2026-02-01\n");
  files.write("events.csv", "profile_id,event,time,order,price\na,x,2026-01-01,202603011234567890,1\na,x,2026-01-01,202603011234567891,100000\na,x,2026-01-01,202603011234567891,2\n");
  files.write("events.jsonl", "{\"profile_id\":\"a\",\"event\":\"x\",\"time\":\"2026-01-01\",\"order\":202603011234567890,\"price\":1}\n"
                              "{\"profile_id\":\"a\",\"event\":\"x\",\"time\":\"2026-01-01\",\"order\":202603011234567891,\"price\":\"100000\"}\n"
                              "{\"profile_id\":\"a\",\"event\":\"x\",\"time\":\"2026-01-01\",\"order\":\"202603011234567891\",\"price\":2}\n");
  auto request = files.request(".csv");
  for (const char* name : {"events.csv", "events.jsonl"}) {
    request.events = files.folder.path() / name;
    auto report = build_feature_file(request);
    ASSERT_TRUE(report.ok()) << report.error().to_string();
    EXPECT_EQ(read_file(request.out).value(), "profile_id,time,orders,paid\na,2026-02-01,2,100003\n") << name;
  }
}

}  // namespace
}  // namespace furrow::profile
