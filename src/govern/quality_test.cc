#include "govern/quality.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "govern/event_governor.h"

namespace furrow::govern {
namespace {

constexpr Time kStart{1'789'948'800'000'000};  // 2026-09-21, midnight

class Quality : public testing::Test {
 protected:
  void add(Event event) {
    event.message_id = fmt::format("m{}", ++position_);
    if (event.received_at.micros == 0) event.received_at = event.time + seconds(1);
    monitor_.observe({{position_}, EventRecord{{1 + position_ % 300}, std::move(event)}});
  }
  static Event track(int day, int n, std::string properties) {
    Event event;
    event.user_id = "u";
    event.name = "Order Completed";
    event.source = "shop";
    event.time = kStart + days(day) + minutes(n);
    event.properties = std::move(properties);
    return event;
  }
  const QualityIssue* find(const QualityReport& report, std::string_view code, std::string_view field = {}) {
    auto at = std::find_if(report.issues.begin(), report.issues.end(), [&](const auto& i) { return i.code == code && (field.empty() || i.field == field); });
    return at == report.issues.end() ? nullptr : &*at;
  }
  QualityMonitor monitor_;
  uint64_t position_ = 0;
};

TEST_F(Quality, CleanDataHasNoIssues) {
  for (int day = 0; day < 30; ++day) {
    for (int n = 0; n < 40; ++n) add(track(day, n, fmt::format(R"({{"order_id":"o{}","total":{},"email":"a{}@shop.example"}})", day * 100 + n, n + 1, n)));
  }
  QualityReport report = monitor_.report({{"total"}, {"Order Completed"}});
  EXPECT_TRUE(report.issues.empty()) << report.issues.front().code << " " << report.issues.front().field;
  EXPECT_GT(report.scores.all(), 0.99);
  EXPECT_EQ(report.events, 1200u);
  EXPECT_EQ(report.sources.at(0).days.size(), 30u);
  for (const auto& part : report.parts) {
    if (part.name == "people") EXPECT_NEAR(part.value, 300, 3);
    if (part.name == "positives") EXPECT_EQ(part.value, 1200);
    if (part.name == "history_days") EXPECT_EQ(part.value, 29);
  }
}

TEST_F(Quality, TheHistoryIsOfWhatIsToBeForeseen) {
  for (int day = 0; day < 900; day += 30) {
    Event signed_up = track(day, 0, "{}");
    signed_up.name = "Signed Up";
    add(std::move(signed_up));
    if (day >= 840) add(track(day, 1, "{}"));
  }
  auto days_of = [&](const QualityQuestion& question) {
    const QualityReport report = monitor_.report(question);
    return report.parts.at(0).name == "history_days" ? report.parts[0].value : -1;
  };
  EXPECT_EQ(days_of({{}, {"Order Completed"}}), 30);
  EXPECT_EQ(days_of({{}, {"Signed Up", "Order Completed"}}), 30) << "of the rarest";
  EXPECT_EQ(days_of({{}, {"Never Seen"}}), 0);
  EXPECT_EQ(days_of({}), 870);
}

TEST_F(Quality, CountsPeopleAndNotTheProfilesThatBecameOne) {
  for (int n = 0; n < 40; ++n) add(track(0, n, R"({"order_id":"o"})"));
  auto people = [&](const QualityQuestion& question) {
    const QualityReport report = monitor_.report(question);
    auto at = std::find_if(report.parts.begin(), report.parts.end(), [](const auto& part) { return part.name == "people"; });
    return at->value;
  };
  const double apart = people({});
  for (int n = 0; n < 3; ++n) monitor_.observe({LogPosition{++position_}, MergeRecord{ProfileId{1}, ProfileId{2}, Time{}, "identify"}});
  EXPECT_EQ(people({}), apart - 3);
  monitor_.observe({LogPosition{++position_}, SplitRecord{}});
  EXPECT_EQ(people({}), apart - 2);
  EXPECT_EQ(people({{}, {}, 7}), 7);
}

TEST_F(Quality, FindsWhatIsWrongAndRanksItByWhatItTouches) {
  for (int day = 0; day < 30; ++day) {
    int events = day == 28 ? 10 : 60;
    for (int n = 0; n < events; ++n) {
      std::string total = n % 4 == 0 ? "" : fmt::format(R"(,"total":{})", n + 1);          // missing in a quarter; a feature reads it
      std::string mail = n % 10 == 0 ? "not an address" : fmt::format("a{}@shop.example", n);  // a tenth is invalid
      std::string coupon = day < 20 ? R"(,"coupon":"SPRING")" : "";                                // gone
      std::string kind = n % 3 == 0 ? R"("7")" : "7";                                         // two types
      add(track(day, n, fmt::format(R"({{"order_id":"o{}","email":"{}","level":{}{}{}}})", (day * 100 + n) / 2, mail, kind, total, coupon)));
    }
  }
  Event broken = track(5, 1, "{}");
  broken.received_at = broken.time;
  broken.time = Time{5};
  for (int i = 0; i < 20; ++i) add(broken);
  for (int i = 0; i < 40; ++i) monitor_.observe({{++position_}, QuarantineRecord{kStart + days(29), "shop", "invalid_row", "", "", "", 0, ""}});
  QualityReport report = monitor_.report({{"total"}, {"Order Completed"}});
  ASSERT_NE(find(report, "missing_values", "total"), nullptr);
  EXPECT_TRUE(find(report, "missing_values", "total")->used);
  ASSERT_NE(find(report, "invalid_values", "email"), nullptr);
  EXPECT_NEAR(find(report, "invalid_values", "email")->share, 0.1, 0.03);
  EXPECT_NE(find(report, "field_gone", "coupon"), nullptr);
  EXPECT_NE(find(report, "mixed_types", "level"), nullptr);
  EXPECT_NE(find(report, "repeated_ids", "order_id"), nullptr);
  ASSERT_NE(find(report, "volume_drop"), nullptr);
  EXPECT_EQ(find(report, "volume_drop")->day, kStart.micros / days(1).micros + 28);
  EXPECT_NE(find(report, "faulty_times"), nullptr);
  EXPECT_NE(find(report, "quarantined"), nullptr);
  EXPECT_EQ(report.issues.front().code, "missing_values") << "what a feature reads matters most";
  EXPECT_TRUE(std::is_sorted(report.issues.begin(), report.issues.end(), [](const auto& a, const auto& b) { return a.impact > b.impact; }));
}

TEST_F(Quality, WhatGovernanceMendedCountsBeforeAndNotNow) {
  Diagnostics faults;
  auto node = YamlNode::parse("govern: {country: CN}", "w.yaml", faults);
  EventGovernor governor(*EventRules::load(*node->find("govern"), true), kStart);
  for (int n = 0; n < 600; ++n) {
    Event event = track(0, n, fmt::format(R"({{"phone":"{}138{:08}"}})", n % 2 == 0 ? "+86" : "", 10000000 + n * 131));
    event.type = EventType::kIdentify;
    event.received_at = event.time;
    ASSERT_FALSE(governor.apply(event).has_value());
    add(event);
  }
  QualityReport report = monitor_.report({});
  const FieldQuality& phone = report.sources.at(0).fields.at(0);
  EXPECT_EQ(phone.meaning, Meaning::kPhone);
  EXPECT_EQ(report.sources[0].governed, 300u);
  EXPECT_NEAR(static_cast<double>(phone.standard_before) / static_cast<double>(phone.judged), 0.5, 0.26);
  EXPECT_EQ(phone.standard, phone.judged);
  EXPECT_LT(report.standard_before, report.standard);
}

TEST_F(Quality, BusyDaysAreThinnedWithoutBias) {
  for (int n = 0; n < 40'000; ++n) {
    add(track(0, n / 60, fmt::format(R"({{"order_id":"o{}"{}}})", n, n % 5 == 0 ? "" : R"(,"channel":"web")")));
  }
  QualityReport report = monitor_.report({});
  for (const auto& field : report.sources.at(0).fields) {
    if (field.field != "channel") continue;
    EXPECT_NEAR(static_cast<double>(field.events), 40'000, 200);
    EXPECT_NEAR(field.scores.completeness, 0.8, 0.02);
  }
  EXPECT_EQ(find(report, "repeated_ids"), nullptr) << "every order has an id of its own";
}

TEST_F(Quality, IdsThatRepeatOnBusyDaysAreFound) {
  for (int n = 0; n < 40'000; ++n) add(track(0, n / 60, fmt::format(R"({{"order_id":"o{}"}})", n / 2)));
  QualityReport report = monitor_.report({});
  ASSERT_NE(find(report, "repeated_ids", "order_id"), nullptr);
  EXPECT_NEAR(find(report, "repeated_ids", "order_id")->share, 0.5, 0.1);
}

// Orders that come when the day's views have filled it: each judged one has an id, and none is known to repeat.
TEST_F(Quality, IdsThatCameOnlyWhenTheDayWasThinnedAreNotCalledRepeated) {
  for (int n = 0; n < 40'000; ++n) {
    Event event = track(0, n / 60, fmt::format(R"({{"order_id":"o{}"}})", n));
    if (n < 3'000) event.name = "Product Viewed", event.properties = "{}";
    add(event);
  }
  QualityReport report = monitor_.report({});
  ASSERT_EQ(report.sources.at(0).fields.size(), 1u);
  ASSERT_EQ(report.sources[0].fields[0].meaning, Meaning::kOrderId);
  EXPECT_GT(report.sources[0].fields[0].present, 30'000u);
  EXPECT_EQ(report.sources[0].fields[0].scores.uniqueness, 1);
  EXPECT_EQ(find(report, "repeated_ids"), nullptr);
}

// Rows of an import are in no order of time: the day of an old one is let go of at once, but its faults count.
TEST_F(Quality, WhatIsOlderThanAllDaysKeptIsJudgedToo) {
  constexpr int kDays = static_cast<int>(kDaysKept);
  for (int n = 0; n < 2 * kDays; ++n) add(track(n % kDays, n, fmt::format(R"({{"email":"a{}@shop.example"}})", n)));
  const FieldQuality before = monitor_.report({}).sources.at(0).fields.at(0);
  ASSERT_EQ(before.meaning, Meaning::kEmail);
  EXPECT_EQ(before.invalid, 0u);
  for (int n = 0; n < 100; ++n) add(track(-1 - n, 0, R"({"email":"not an address"})"));
  const QualityReport report = monitor_.report({});
  const FieldQuality& after = report.sources.at(0).fields.at(0);
  EXPECT_EQ(after.invalid, 100u);
  EXPECT_EQ(after.judged, before.judged + 100);
  ASSERT_EQ(after.days.size(), kDaysKept);
  EXPECT_EQ(after.days.front().day, kStart.micros / days(1).micros);
  for (const FieldDay& day : after.days) EXPECT_EQ(day.invalid, 0u) << day.day;
}

TEST_F(Quality, BirthdaysAreJudgedAsOfTheirDay) {
  for (int n = 0; n < 1000; ++n) {
    Event event = track(n / 100, n % 100, fmt::format(R"({{"birthday":"{}-{:02}-{:02}"}})", n % 50 == 0 ? 1620 : 1950 + n % 50, 1 + n % 12, 1 + n % 28));
    event.type = EventType::kIdentify;
    add(event);
  }
  QualityReport report = monitor_.report({});
  const FieldQuality& birthday = report.sources.at(0).fields.at(0);
  ASSERT_EQ(birthday.meaning, Meaning::kBirthday);
  EXPECT_NEAR(birthday.scores.validity, 0.98, 0.005) << "only those before 1800 are impossible";
}

}  // namespace
}  // namespace furrow::govern
