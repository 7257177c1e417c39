#include "profile/feature.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "profile/program.h"

namespace furrow::profile {
namespace {

std::vector<FeatureDefinition> load(const std::string& text, Diagnostics& diagnostics) {
  std::vector<FeatureDefinition> features;
  if (auto root = YamlNode::parse(text, "f.yaml", diagnostics)) load_features(*root, features);
  return features;
}

TEST(FeatureTest, ReadsEverySetting) {
  Diagnostics diagnostics;
  auto features = load(R"(features:
  - name: spend_30d
    event: [Order Completed, 下单]
    where: price > 5 and category == "shoes"
    aggregate: sum(price * quantity)
    window: 30d
    default: 0
    timezone: Asia/Shanghai
    owner: growth
    purpose: marketing
    description: Money spent
    description_zh: 花费
  - {name: 活跃天数, aggregate: distinct_days}
)", diagnostics);
  EXPECT_TRUE(diagnostics.empty()) << diagnostics.status().error().message();
  ASSERT_EQ(features.size(), 2u);
  const auto& f = features[0];
  EXPECT_EQ(f.events, (std::vector<std::string>{"Order Completed", "下单"}));
  EXPECT_EQ(f.where, "price > 5 and category == \"shoes\"");
  EXPECT_EQ(f.aggregate, Aggregate::kSum);
  EXPECT_EQ(f.argument, "price * quantity");
  EXPECT_EQ(f.aggregate_text(), "sum(price * quantity)");
  EXPECT_EQ(f.window, days(30));
  EXPECT_EQ(f.default_value, 0);
  EXPECT_EQ(f.timezone, "Asia/Shanghai");
  EXPECT_EQ(f.description_zh, "花费");
  EXPECT_EQ(f.line, 2);
  EXPECT_EQ(features[1].name, "活跃天数");
  EXPECT_FALSE(features[1].window);
  EXPECT_FALSE(features[1].default_value);
  EXPECT_EQ(features[1].timezone, "UTC");
}

TEST(FeatureTest, ReadsParametersWindowsInThePastAndDerivedFeatures) {
  Diagnostics diagnostics;
  auto features = load(R"yaml(timezone: Asia/Shanghai
features:
  - {name: p90, aggregate: "quantile(price * qty, 0.9)", window: 30d, ago: 7d, version: 3}
  - {name: fading, aggregate: "decayed_sum(price, 7d)"}
  - {name: paths, aggregate: ngrams(3)}
  - {name: marks, aggregate: "histogram(price, 1, 10, 100)"}
  - {name: weeks, aggregate: count, tumbling: week, back: 2, timezone: UTC}
  - {name: more, derive: p90 / fading, default: 1}
  - {name: kind, aggregate: last(category), default: none}
)yaml", diagnostics);
  EXPECT_TRUE(diagnostics.empty()) << diagnostics.status().error().message();
  ASSERT_EQ(features.size(), 7u);
  EXPECT_EQ(features[0].aggregate_text(), "quantile(price * qty, 0.9)");
  EXPECT_EQ(features[0].window_text(), "30d ago 7d");
  EXPECT_EQ(features[0].timezone, "Asia/Shanghai");
  EXPECT_EQ(features[0].version, 3);
  EXPECT_EQ(features[1].aggregate_text(), "decayed_sum(price, 7d)");
  EXPECT_EQ(features[2].aggregate_text(), "ngrams(event, 3, 5)");
  EXPECT_EQ(features[3].parameters, (std::vector<double>{1, 10, 100}));
  EXPECT_EQ(features[4].window_text(), "week back 2");
  EXPECT_EQ(features[4].timezone, "UTC");
  EXPECT_TRUE(features[5].derived());
  EXPECT_EQ(features[6].default_text, "none");
  auto program = FeatureProgram::compile(features);
  EXPECT_TRUE(program.ok()) << program.error().to_string();
}

TEST(FeatureTest, RefusesParametersAndCombinationsThatMeanNothing) {
  for (const char* wrong : {"aggregate: quantile(price)", "aggregate: \"quantile(price, 2)\"", "aggregate: \"last_k(price, 0)\"", "aggregate: decayed_sum(price, soon)",
                            "aggregate: \"histogram(price, 5, 5)\"", "aggregate: ratio(a)", "aggregate: count, ago: 7d", "aggregate: count, tumbling: decade",
                            "aggregate: count, tumbling: day, window: 3d", "aggregate: count, back: 1", "derive: a +", "derive: a, window: 3d",
                            "aggregate: count, derive: a", "aggregate: \"sessions(30m, 3)\""}) {
    Diagnostics diagnostics;
    load(fmt::format("features:\n  - {{name: x, {}}}\n", wrong), diagnostics);
    EXPECT_FALSE(diagnostics.empty()) << wrong;
  }
  auto derived = [](const std::string& name, const std::string& of) {
    FeatureDefinition feature;
    feature.name = name;
    feature.aggregate = Aggregate::kDerived;
    feature.argument = of;
    return feature;
  };
  EXPECT_FALSE(FeatureProgram::compile({derived("a", "b + 1"), derived("b", "a")}).ok());
  EXPECT_FALSE(FeatureProgram::compile({derived("a", "nobody")}).ok());
}

TEST(FeatureTest, EveryFaultIsReportedAtItsLine) {
  Diagnostics diagnostics;
  auto features = load(R"(features:
  - {name: a, aggregate: summ(price)}
  - {name: b, aggregate: sum}
  - {name: c, aggregate: count(price)}
  - {name: d, aggregate: sum(price +)}
  - {name: e, aggregate: count, where: price >}
  - {name: f, aggregate: count, window: 3 fortnights}
  - {name: g, aggregate: count, timezone: Mars/Olympus}
  - {name: h, aggregate: count, default: none}
  - {name: i, aggregate: count, windw: 3d}
  - {name: ok, aggregate: count}
  - {name: ok, aggregate: count}
  - {aggregate: count}
  - {name: j}
  - {name: a b, aggregate: count}
  - {name: k, aggregate: sum(price}
)", diagnostics);
  std::vector<long> lines;
  for (const auto& fault : diagnostics.list()) lines.push_back(fault.line);
  EXPECT_EQ(lines, (std::vector<long>{2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 13, 14, 15, 16}));
  EXPECT_NE(diagnostics.list()[0].message.find("\"sum\""), std::string::npos);
  EXPECT_NE(diagnostics.list()[3].message.find("column"), std::string::npos);
  EXPECT_NE(diagnostics.list()[9].message.find("f.yaml:11"), std::string::npos);
  for (const auto& feature : features) EXPECT_TRUE(feature.name == "ok" || feature.name == "h" || feature.name == "i") << feature.name;
}

TEST(FeatureTest, AFileWithoutAListIsAFault) {
  for (const char* text : {"features: 3", "feature: []", "[]", "features: {a: 1}"}) {
    Diagnostics diagnostics;
    EXPECT_TRUE(load(text, diagnostics).empty());
    EXPECT_FALSE(diagnostics.empty()) << text;
  }
}

}  // namespace
}  // namespace furrow::profile
