#include "govern/event_governor.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/json.h"

namespace furrow::govern {
namespace {

using ::testing::HasSubstr;

constexpr Time kNow{1'790'000'000'000'000};  // 2026-09-21

EventRules rules_of(const std::string& yaml, bool live = false) {
  Diagnostics faults;
  auto node = YamlNode::parse("govern: " + yaml, "workspace.yaml", faults);
  auto rules = EventRules::load(*node->find("govern"), live);
  EXPECT_TRUE(faults.empty()) << faults.status().error().message();
  return rules.value();
}

Event identify(std::string traits, Time time = kNow - days(3)) {
  Event event;
  event.type = EventType::kIdentify;
  event.message_id = "m";
  event.user_id = "u";
  event.time = time;
  event.received_at = kNow;
  event.properties = std::move(traits);
  return event;
}
std::string value_of(const std::string& json, std::string_view path) {
  Fields fields;
  EXPECT_TRUE(fields.parse(json).ok()) << json;
  std::string text;
  JsonWriter(text).value(fields.get(path));
  return text;
}

TEST(EventGovernor, BringsTraitsIntoStandardFormAndKeepsWhatTheyWere) {
  EventGovernor governor(rules_of("{country: CN}", true), kNow);
  Event event = identify(R"({"phone":"(+86) 138-1234-5678","email":" Zoe@Example.COM ","gender":"女","birthday":"1990/3/5","address":{"city":"杭州"},"vip":true,"note":"Hi  there"})");
  event.context = R"({"ip":"1.2.3.4"})";
  ASSERT_FALSE(governor.apply(event).has_value());
  EXPECT_EQ(value_of(event.properties, "phone"), "\"+8613812345678\"");
  EXPECT_EQ(value_of(event.properties, "email"), "\"zoe@example.com\"");
  EXPECT_EQ(value_of(event.properties, "gender"), "\"female\"");
  EXPECT_EQ(value_of(event.properties, "birthday"), "\"1990-03-05\"");
  EXPECT_EQ(value_of(event.properties, "address.city"), "\"杭州市\"");
  EXPECT_EQ(value_of(event.properties, "vip"), "true");
  EXPECT_EQ(value_of(event.properties, "note"), "\"Hi  there\"");
  EXPECT_EQ(value_of(event.context, "ip"), "\"1.2.3.4\"");
  EXPECT_THAT(event.context, HasSubstr(R"({"field":"phone","was":"(+86) 138-1234-5678","rule":"standardize.phone"})"));
  EXPECT_THAT(event.context, HasSubstr(R"("was":"女","rule":"standardize.gender")"));

  Event again = event;
  again.context.clear();
  ASSERT_FALSE(governor.apply(again).has_value());
  EXPECT_EQ(again.properties, event.properties) << "standardising twice is standardising once";
  EXPECT_EQ(again.context, "");
  EXPECT_LT(governor.share().before(), 0.6);
  EXPECT_EQ(governor.share().after(), 1);
}

TEST(EventGovernor, WhatIsNotValidIsEmptiedKeptOrSetAsideAsDeclared) {
  EventGovernor empties(rules_of("true", true), kNow);
  Event event = identify(R"({"email":"nobody at nowhere","name":"Ann Lee"})");
  ASSERT_FALSE(empties.apply(event).has_value());
  EXPECT_EQ(value_of(event.properties, "email"), "null");
  EXPECT_EQ(value_of(event.properties, "name"), "\"Ann Lee\"");
  EXPECT_THAT(event.context, HasSubstr(R"("was":"nobody at nowhere","rule":"validate.email")"));

  EventGovernor keeps(rules_of("{invalid: keep}", true), kNow);
  Event kept = identify(R"({"email":"nobody at nowhere"})");
  ASSERT_FALSE(keeps.apply(kept).has_value());
  EXPECT_EQ(value_of(kept.properties, "email"), "\"nobody at nowhere\"");

  EventGovernor strict(rules_of("{fields: {email: {meaning: email, invalid: quarantine}}}", true), kNow);
  Event refused = identify(R"({"email":"nobody at nowhere"})"), before = refused;
  auto why = strict.apply(refused);
  ASSERT_TRUE(why.has_value());
  EXPECT_EQ(why->code, "validate.email");
  EXPECT_EQ(why->field, "email");
  EXPECT_EQ(refused, before) << "what is set aside is not changed";
}

TEST(EventGovernor, ImpossibleTimesAreMendedLiveAndSetAsideOfFiles) {
  for (Time wrong : {kNow + days(400), Time{18'000'000}, *parse_time("2011-01-01")}) {
    EventGovernor live(rules_of("{since: 2015-01-01}", true), kNow), file(rules_of("{since: 2015-01-01}"), kNow);
    Event event = identify("{}", wrong);
    ASSERT_FALSE(live.apply(event).has_value());
    EXPECT_EQ(event.time, kNow);
    EXPECT_THAT(event.context, HasSubstr(format_time(wrong)));
    Event row = identify("{}", wrong);
    auto why = file.apply(row);
    ASSERT_TRUE(why.has_value());
    EXPECT_EQ(why->code, wrong > kNow ? "fault.future" : "fault.before_start");
  }
}

TEST(EventGovernor, ProgramsAreSetAsideByTheirAgentOrTheirHistory) {
  EventGovernor live(rules_of("true", true), kNow);
  Event crawler = identify("{}");
  crawler.context = R"j({"userAgent":"Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"})j";
  ASSERT_TRUE(live.apply(crawler).has_value());
  EXPECT_EQ(live.share().rules.at("flag.bot"), 1u);

  // One visitor in three hundred asks for a page a second for an hour, day and night.
  EventGovernor file(rules_of("true"), kNow);
  std::vector<Event> rows;
  for (int i = 0; i < 4000; ++i) {
    Event event;
    event.type = EventType::kPage;
    bool robot = i % 2 == 0;
    event.anonymous_id = robot ? "robot" : fmt::format("visitor-{}", i % 301);
    event.name = fmt::format("/page/{}", robot ? i : i % 7);
    event.time = kNow - days(2) + seconds(robot ? i / 2 : i * 41);
    event.received_at = kNow;
    rows.push_back(event);
  }
  for (const auto& row : rows) file.observe(row);
  file.settle();
  size_t robots = 0, others = 0;
  for (auto& row : rows) (row.anonymous_id == "robot" ? robots : others) += file.apply(row).has_value();
  EXPECT_EQ(robots, 2000u);
  EXPECT_EQ(others, 0u);
}

TEST(EventGovernor, OfAFileTheFieldsSayWhatTheyHold) {
  EventGovernor governor(rules_of("true"), kNow);
  std::vector<Event> rows;
  for (int i = 0; i < 400; ++i) {
    rows.push_back(identify(fmt::format(R"({{"k1":"13{}{:08}","k2":"{:02}/{:02}/1987","tier":"{}","score":"{}"}})", i % 10, 10000000 + i * 7919, 1 + i % 28, 1 + i % 12,
                                        i % 5 == 0 ? "GOLD" : "gold", i)));
  }
  for (const auto& row : rows) governor.learn(row);
  governor.settle();
  for (auto& row : rows) ASSERT_FALSE(governor.apply(row).has_value());
  EXPECT_EQ(value_of(rows[20].properties, "k2"), "\"1987-09-21\"") << rows[20].properties;  // day first: the whole column says so
  EXPECT_EQ(value_of(rows[5].properties, "tier"), "\"gold\"");
  EXPECT_EQ(value_of(rows[5].properties, "k1").substr(0, 4), "\"+86") << rows[5].properties;
}

TEST(EventRules, ListsItsFaults) {
  Diagnostics faults;
  auto node = YamlNode::parse("govern: {times: later, invalid: mend, fields: {phone: {meaning: telefon}}, knd: 1}", "s.yaml", faults);
  EventRules::load(*node->find("govern"), false);
  EXPECT_EQ(faults.list().size(), 4u);
  auto off = YamlNode::parse("govern: false", "s.yaml", faults);
  EXPECT_FALSE(EventRules::load(*off->find("govern"), false).has_value());
}

}  // namespace
}  // namespace furrow::govern
