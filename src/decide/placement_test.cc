#include "decide/placement.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace furrow::decide {
namespace {

constexpr std::string_view kHome = R"(name: home
model: buys_7d
baseline: new_arrivals
outcome: {event: Order Completed, within: 1h, value: total}
holdout: 0.2
actions:
  - {id: new_arrivals, name: New arrivals, name_zh: 新品上市, attributes: {discount: 0, category: any, fresh: true}}
  - {id: ten_off, attributes: {discount: 10, category: any}, reward_cost: 0.02}
  - {id: wine}
rules:
  - {name: no_discount_for_fresh_buyers, exclude: [ten_off], when: features.orders_7d > 0}
  - {name: minors, exclude: wine, when: traits.age < 18}
  - {name: push, boost: {actions: [ten_off, new_arrivals], by: 1.2}, when: context.page == "sale"}
  - {name: cheap_only, exclude: all, when: action.discount > 50 and context.device.type != "app"}
)";

SegmentRule segment(std::string name, std::string_view rule) {
  Expression parsed = Expression::parse(rule).value();
  return {std::move(name), parsed, parsed.names()};
}

PlacementNames names() {
  return {{"orders_7d", "visits"}, {"buys_7d"}, 0.15, 0.1, {segment("regulars", "orders_7d >= 2"), segment("chinese", "traits.country == \"CN\"")}};
}

PlacementDeclaration load(std::string_view text, Diagnostics& faults) {
  auto node = YamlNode::parse(text, "placements/home.yaml", faults);
  return PlacementDeclaration::load(*node, names());
}

TEST(Placement, RulesMayAskForSegmentsThatAreDeclared) {
  constexpr std::string_view kHead = "name: p\nbaseline: a\noutcome: {event: Bought, within: 1h}\nactions: [{id: a}, {id: b}]\nrules:\n";
  Diagnostics faults;
  auto p = load(std::string(kHead) + "  - {name: r, only: [b], segments: [regulars, chinese], when: context.page == \"x\"}\n"
                                     "  - {name: s, exclude: [b], when: not segments.regulars}\n", faults);
  ASSERT_TRUE(faults.empty()) << faults.status().error().message();
  EXPECT_EQ(p.rules[0].when->text(), "(segments.regulars or segments.chinese) and (context.page == \"x\")");
  ASSERT_EQ(p.segments.size(), 2u);  // each once
  EXPECT_EQ(p.segments[1].reads, std::vector<std::string>{"traits.country"});
  load(std::string(kHead) + "  - {name: r, only: [b], segments: [regular]}\n", faults);
  ASSERT_EQ(faults.list().size(), 1u);
  EXPECT_EQ(faults.list()[0].line, 6);
  EXPECT_NE(faults.list()[0].message.find("no segment is named \"regular\"; did you mean \"regulars\""), std::string::npos) << faults.list()[0].message;
}

TEST(Placement, ReadsTheWholeForm) {
  Diagnostics faults;
  auto p = load(kHome, faults);
  ASSERT_TRUE(faults.empty()) << faults.status().error().message();
  EXPECT_EQ(p.name, "home");
  EXPECT_EQ(p.model, "buys_7d");
  EXPECT_EQ(p.baseline, 0u);
  EXPECT_EQ(p.outcome.event, "Order Completed");
  EXPECT_EQ(p.outcome.within, hours(1));
  EXPECT_EQ(p.outcome.value, "total");
  EXPECT_EQ(p.exploration, 0.15);  // the workspace's
  EXPECT_EQ(p.holdout, 0.2);
  ASSERT_EQ(p.actions.size(), 3u);
  EXPECT_EQ(p.actions[0].name_zh, "新品上市");
  EXPECT_EQ(p.actions[0].attributes[0].second, AttributeValue(0.0));
  EXPECT_EQ(p.actions[0].attributes[1].second, AttributeValue(std::string("any")));
  EXPECT_EQ(p.actions[0].attributes[2].second, AttributeValue(true));
  EXPECT_EQ(p.actions[1].name, "ten_off");
  EXPECT_EQ(p.actions[1].reward_cost, 0.02);
  ASSERT_EQ(p.rules.size(), 4u);
  EXPECT_EQ(p.rules[0].effect, RuleDeclaration::Effect::kExclude);
  EXPECT_THAT(p.rules[0].actions, testing::ElementsAre(1));
  EXPECT_THAT(p.rules[1].actions, testing::ElementsAre(2));
  EXPECT_EQ(p.rules[2].by, 1.2);
  EXPECT_THAT(p.rules[2].actions, testing::ElementsAre(0, 1));
  EXPECT_FALSE(p.rules[2].asks_action);
  EXPECT_THAT(p.rules[3].actions, testing::ElementsAre(0, 1, 2));
  EXPECT_TRUE(p.rules[3].asks_action);
}

TEST(Placement, ListsEveryFaultWithItsLine) {
  Diagnostics faults;
  load(R"(name: home
model: buys_8d
baseline: new_arrival
outcome: {event: Order Completed}
holdout: 1.5
colour: red
actions:
  - {id: new_arrivals}
  - {id: new_arrivals, attributes: {discount: [1]}}
rules:
  - {name: a, exclude: [ten], when: features.orders_8d > 0}
  - {name: a, exclude: [new_arrivals], when: orders > 0}
  - {name: b, when: traits.age > 1}
  - {name: c, boost: {actions: all}, when: "context.page =="}
  - {name: d, only: all, when: action.discont > 1}
)", faults);
  std::vector<std::string> lines;
  for (const auto& fault : faults.list()) lines.push_back(fault.to_string());
  using testing::AllOf;
  using testing::HasSubstr;
  using testing::StartsWith;
  EXPECT_THAT(lines, testing::UnorderedElementsAre(
      AllOf(StartsWith("placements/home.yaml:6:"), HasSubstr("colour")),
      AllOf(StartsWith("placements/home.yaml:2:"), HasSubstr("did you mean \"buys_7d\"")),
      AllOf(StartsWith("placements/home.yaml:5:"), HasSubstr("holdout")),
      AllOf(StartsWith("placements/home.yaml:9:"), HasSubstr("discount")),
      AllOf(StartsWith("placements/home.yaml:9:"), HasSubstr("declared twice")),
      AllOf(StartsWith("placements/home.yaml:3:"), HasSubstr("did you mean \"new_arrivals\"")),
      AllOf(StartsWith("placements/home.yaml:4:"), HasSubstr("within")),
      AllOf(StartsWith("placements/home.yaml:11:"), HasSubstr("no action is named \"ten\"")),
      AllOf(StartsWith("placements/home.yaml:11:"), HasSubstr("did you mean \"orders_7d\"")),
      AllOf(StartsWith("placements/home.yaml:12:"), HasSubstr("declared twice")),
      AllOf(StartsWith("placements/home.yaml:12:"), HasSubstr("features.NAME")),
      AllOf(StartsWith("placements/home.yaml:13:"), HasSubstr("exactly one of")),
      AllOf(StartsWith("placements/home.yaml:14:"), HasSubstr("\"by\"")),
      AllOf(StartsWith("placements/home.yaml:14:"), HasSubstr("a value is missing")),
      AllOf(StartsWith("placements/home.yaml:15:"), HasSubstr("did you mean \"discount\""))));
}

TEST(Placement, NeedsActionsBaselineAndOutcome) {
  Diagnostics faults;
  load("name: home\n", faults);
  std::string all = faults.status().error().message();
  EXPECT_THAT(all, testing::HasSubstr("\"actions\""));
  EXPECT_THAT(all, testing::HasSubstr("\"baseline\""));
  EXPECT_THAT(all, testing::HasSubstr("\"outcome\""));
}

TEST(Placement, RefusesMoreActionsThanTheLimit) {
  auto text = [](size_t n) {
    std::string yaml = "name: many\nbaseline: a0\noutcome: {event: Buy, within: 1h}\nactions:\n";
    for (size_t i = 0; i < n; ++i) yaml += "  - {id: a" + std::to_string(i) + "}\n";
    return yaml;
  };
  Diagnostics at, over;
  load(text(kMaxActions), at);
  load(text(kMaxActions + 1), over);
  EXPECT_TRUE(at.empty());
  ASSERT_EQ(over.list().size(), 1u);
  EXPECT_EQ(over.list()[0].line, 5);
}

}  // namespace
}  // namespace furrow::decide
