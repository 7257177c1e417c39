#include "profile/segment_rules.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "profile/segment_features.h"

namespace furrow::profile {
namespace {

const Time kStart = parse_time("2026-03-01T00:00:00Z").value();

FeatureDefinition count_of(std::string name, std::vector<std::string> events, std::optional<Duration> window) {
  FeatureDefinition made;
  made.name = std::move(name);
  made.events = std::move(events);
  made.window = window;
  made.default_value = 0;
  return made;
}

std::shared_ptr<const FeatureProgram> program() {
  return FeatureProgram::compile({count_of("buys_7d", {"buy"}, days(7)), count_of("views_1d", {"view"}, days(1)), count_of("buys", {"buy"}, {})}).value();
}

Event track(std::string name, Time time) {
  Event event;
  event.type = EventType::kTrack;
  event.name = std::move(name);
  event.time = time;
  event.properties = "{}";
  return event;
}

std::vector<SegmentDefinition> load(const std::string& text, Diagnostics& faults) {
  std::vector<SegmentDefinition> out;
  if (auto node = YamlNode::parse(text, "segments/a.yaml", faults)) load_segments(*node, {"buys_7d", "views_1d", "buys"}, out);
  return out;
}

TEST(SegmentRules, ASegmentBringsItsFeatures) {
  constexpr std::string_view kText = "segments:\n"
                                     "  - name: lovers\n    where: carts_7d >= 3\n    features:\n"
                                     "      - {name: carts_7d, event: Product Added, where: price > 50, aggregate: count, window: 7d, default: 0}\n"
                                     "      - {name: bad, event: Product Added, aggregate: cont}\n";
  Diagnostics faults;
  std::vector<FeatureDefinition> features;
  const auto node = YamlNode::parse(kText, "segments/a.yaml", faults);
  load_segment_features(*node, features);
  ASSERT_EQ(features.size(), 1u);
  EXPECT_EQ(features[0].name, "carts_7d");
  EXPECT_EQ(features[0].window, days(7));
  ASSERT_EQ(faults.list().size(), 1u);
  EXPECT_EQ(faults.list()[0].line, 6);
  std::vector<SegmentDefinition> segments;
  load_segments(*node, {"carts_7d"}, segments);
  EXPECT_EQ(segments.size(), 1u);
  EXPECT_EQ(faults.list().size(), 1u);
}

TEST(SegmentRules, EveryFaultHasItsLine) {
  Diagnostics faults;
  const auto made = load("segments:\n"
                         "  - name: good\n    where: buys_7d >= 1 and traits.city == \"Shanghai\"\n"
                         "  - name: good\n    where: buys > 1\n"
                         "  - name: typo\n    where: buys_7 > 1\n"
                         "  - name: broken\n    where: buys >\n"
                         "  - where: buys > 1\n", faults);
  ASSERT_EQ(made.size(), 1u);
  EXPECT_EQ(made[0].name, "good");
  ASSERT_EQ(faults.list().size(), 4u);
  EXPECT_EQ(faults.list()[0].line, 4);
  EXPECT_EQ(faults.list()[1].line, 7);
  EXPECT_NE(faults.list()[1].message.find("buys_7d"), std::string::npos);
  EXPECT_EQ(faults.list()[2].line, 9);
}

TEST(SegmentRules, TraitsAndFeaturesDecide) {
  Diagnostics faults;
  const auto features = program();
  const auto rules = SegmentRules::compile(load("segments:\n  - {name: a, where: 'buys_7d >= 2 and traits.city == \"Shanghai\"'}\n  - {name: b, where: buys == 0}\n", faults), *features).value();
  Profile profile;
  ApplyScratch scratch;
  EXPECT_EQ(rules.evaluate(profile, kStart), (std::vector<bool>{false, true}));
  EXPECT_FALSE(rules.next_change(profile, kStart));
  for (uint64_t i = 1; i <= 2; ++i) apply_event(*features, track("buy", kStart), {i}, profile.id, profile, scratch);
  const Time after = kStart + seconds(1);
  EXPECT_EQ(rules.evaluate(profile, after), (std::vector<bool>{false, false}));
  profile.put_trait("city", Trait{"\"Shanghai\"", kStart, "", {3}, {}});
  EXPECT_EQ(rules.evaluate(profile, after), (std::vector<bool>{true, false}));
  // The window expires: the person leaves at the instant that next_change named, not before.
  const auto leaves = rules.next_change(profile, after);
  ASSERT_TRUE(leaves);
  EXPECT_EQ(*leaves, kStart + days(7) + microseconds(1));
  EXPECT_TRUE(rules.evaluate(profile, *leaves - microseconds(1))[0]);
  EXPECT_FALSE(rules.evaluate(profile, *leaves)[0]);
}

TEST(SegmentRules, NothingChangesBeforeNextChange) {
  Diagnostics faults;
  const auto features = program();
  const auto rules = SegmentRules::compile(load("segments:\n  - {name: a, where: buys_7d >= 2 or views_1d == 1}\n  - {name: b, where: views_1d > 2 and buys_7d < 3}\n  - {name: c, where: buys > 3}\n", faults), *features).value();
  for (uint64_t seed = 1; seed <= 300; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    Profile profile;
    ApplyScratch scratch;
    for (uint64_t i = 1; i <= 12; ++i) {
      apply_event(*features, track(random.chance(0.5) ? "buy" : "view", kStart + minutes(static_cast<int64_t>(random.below(14 * 1440)))), {i}, profile.id, profile, scratch);
    }
    Time now = kStart + minutes(static_cast<int64_t>(random.below(14 * 1440)));
    for (int step = 0; step < 40; ++step) {
      const auto here = rules.evaluate(profile, now);
      const auto next = rules.next_change(profile, now);
      const Time until = next.value_or(now + days(60));
      ASSERT_GT(until, now);
      for (int probe = 0; probe < 5; ++probe) {
        const Time between{now.micros + static_cast<int64_t>(random.below(static_cast<uint64_t>(until.micros - now.micros)))};
        ASSERT_EQ(rules.evaluate(profile, between), here);
      }
      if (!next) break;
      now = *next;
    }
  }
}

}  // namespace
}  // namespace furrow::profile
