#include "predict/model_declaration.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace furrow::predict {
namespace {

ModelDeclaration load(std::string_view text, Diagnostics& faults) {
  auto node = YamlNode::parse(text, "models/m.yaml", faults);
  return ModelDeclaration::load(*node, {"orders_7d", "visits"});
}

TEST(ModelDeclaration, ReadsObservationsByEvent) {
  Diagnostics faults;
  auto m = load(R"(name: buys_7d
label: {event: Order Completed, within: 7d}
observations: {event: Offer Viewed}
features: all
action_features: [action, discount]
split: {holdout_last: 25%}
)", faults);
  ASSERT_TRUE(faults.empty()) << faults.status().error().message();
  EXPECT_EQ(m.label.event, "Order Completed");
  EXPECT_EQ(m.label.within, days(7));
  EXPECT_EQ(m.observations.event, "Offer Viewed");
  EXPECT_TRUE(m.all_features);
  EXPECT_THAT(m.action_features, testing::ElementsAre("action", "discount"));
  EXPECT_DOUBLE_EQ(m.holdout_last, 0.25);
}

TEST(ModelDeclaration, ReadsChurnAsAnEventThatStaysAway) {
  const std::string rest = "observations: {every: 7d, active_within: 90d}\n";
  Diagnostics faults;
  auto m = load("name: leaves\nlabel: {without: Order Completed, for: 60d}\n" + rest, faults);
  ASSERT_TRUE(faults.empty()) << faults.status().error().message();
  EXPECT_TRUE(m.label.absent);
  EXPECT_EQ(m.label.event, "Order Completed");
  EXPECT_EQ(m.label.within, days(60));
  EXPECT_EQ(in_words(m.label), "without Order Completed for 60d");
  EXPECT_EQ(in_words({"Order Completed", days(7)}), "Order Completed within 7d");
  const std::pair<const char*, const char*> faulty[] = {
      {"{without: A}", "\"for\" is missing"},
      {"{for: 60d}", "\"without\" is missing"},
      {"{without: A, within: 60d}", "\"within\" belongs to an event that is to follow"},
      {"{event: A, without: B, for: 60d}", "\"event\" belongs to an event that is to follow"},
  };
  for (const auto& [label, fault] : faulty) {
    Diagnostics found;
    load(std::string("name: m\nlabel: ") + label + "\n" + rest, found);
    ASSERT_FALSE(found.empty()) << label;
    EXPECT_NE(found.status().error().message().find(fault), std::string::npos) << found.status().error().message();
  }
}

TEST(ModelDeclaration, ReadsWhoAnswersAndWhatFollowsAnAlarm) {
  const std::string head = "name: m\nlabel: {event: A, within: 7d}\nobservations: {event: B}\n";
  Diagnostics faults;
  auto plain = load(head, faults);
  EXPECT_FALSE(plain.life.approval || plain.life.roll_back);
  EXPECT_EQ(plain.life.window, days(7));
  auto m = load(head + "life: {owner: growth, approval: required, on_alarm: roll_back, window: 3d, retrain: 14d}\n", faults);
  ASSERT_TRUE(faults.empty()) << faults.status().error().message();
  EXPECT_EQ(m.life.owner, "growth");
  EXPECT_TRUE(m.life.approval && m.life.roll_back);
  EXPECT_EQ(m.life.window, days(3));
  EXPECT_EQ(m.life.retrain, days(14));
  load(head + "life: {approval: maybe, window: 5m}\n", faults);
  ASSERT_FALSE(faults.empty());
  EXPECT_NE(faults.status().error().message().find("\"approval\" is required or optional, not \"maybe\""), std::string::npos) << faults.status().error().message();
}

TEST(ModelDeclaration, ReadsAModelThatTellsStages) {
  Diagnostics faults;
  auto plain = load("name: visit_stage\nintent: {goal: Order Completed}\n", faults);
  auto m = load("name: visit_stage\nintent: {goal: Signed, gap: 1h, within: 14d, item: sku}\nlife: {owner: growth, approval: required, retrain: 7d}\n", faults);
  ASSERT_TRUE(faults.empty()) << faults.status().error().message();
  ASSERT_TRUE(plain.intent && m.intent);
  EXPECT_EQ(plain.intent->gap, minutes(30));
  EXPECT_EQ(plain.intent->within, days(7));
  EXPECT_EQ(plain.intent->item, "product_id");
  EXPECT_FALSE(plain.all_features) << "it uses no feature";
  EXPECT_EQ(m.intent->goal, "Signed");
  EXPECT_EQ(m.intent->gap, hours(1));
  EXPECT_EQ(m.intent->within, days(14));
  EXPECT_EQ(m.intent->item, "sku");
  EXPECT_TRUE(m.life.approval);
}

TEST(ModelDeclaration, FaultsOfAModelThatTellsStages) {
  const std::pair<const char*, const char*> kFaulty[] = {
      {"name: s\nintent: {gap: 30m}\n", "goal"},
      {"name: s\nintent: {goal: A, gap: 2d, within: 1d}\n", "no later visit could begin"},
      {"name: s\nintent: {goal: A}\nlabel: {event: A, within: 7d}\n", "\"label\" belongs to a model that scores"},
      {"name: s\nintent: {goal: A}\nlife: {on_alarm: roll_back}\n", "\"on_alarm\" belongs to a model that decides"},
      {"name: visit-stage\nintent: {goal: A}\n", "traits.NAME"},
      {"name: s\nintent: {goal: A, gaol: B}\n", "gaol"}};
  for (const auto& [text, said] : kFaulty) {
    Diagnostics faults;
    load(text, faults);
    ASSERT_FALSE(faults.empty()) << text;
    EXPECT_THAT(faults.status().error().message(), testing::HasSubstr(said)) << text;
  }
}

TEST(ModelDeclaration, ReadsObservationsByTime) {
  Diagnostics faults;
  auto m = load("name: m\nlabel: {event: Buy, within: 7d}\nobservations: {every: 7d, active_within: 90d}\nfeatures: [visits]\n", faults);
  ASSERT_TRUE(faults.empty()) << faults.status().error().message();
  EXPECT_EQ(m.observations.every, days(7));
  EXPECT_EQ(m.observations.active_within, days(90));
  EXPECT_FALSE(m.all_features);
  EXPECT_THAT(m.features, testing::ElementsAre("visits"));
}

TEST(ModelDeclaration, ListsEveryFaultWithItsLine) {
  Diagnostics faults;
  load(R"(name: a/b
label: {event: Buy}
observations: {event: View, every: 7d}
features: [visit, visits, visits]
action_features: [visits]
split: {holdout_last: 80%}
kind: forest
)", faults);
  std::vector<long> lines;
  for (const auto& fault : faults.list()) lines.push_back(fault.line);
  // Line 3: both kinds of observation, and active_within missing. Line 4: an unknown name and a repeated one.
  EXPECT_THAT(lines, testing::UnorderedElementsAre(1, 2, 3, 3, 4, 4, 5, 6, 7)) << faults.status().error().message();
}

}  // namespace
}  // namespace furrow::predict
