#include "base/time.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace furrow {
namespace {

int64_t micros(std::string_view text) {
  auto time = parse_time(text);
  EXPECT_TRUE(time.ok()) << text;
  return time.ok() ? time->micros : -1;
}

TEST(Time, ParsesIso8601WithZones) {
  EXPECT_EQ(micros("1970-01-01"), 0);
  EXPECT_EQ(micros("2026-03-01T09:30:00+08:00"), micros("2026-03-01T01:30:00Z"));
  EXPECT_EQ(micros("2026-03-01 01:30:00"), micros("2026-03-01T01:30Z"));
  EXPECT_EQ(micros("2026-03-01T01:30:00-0530"), micros("2026-03-01T07:00:00Z"));
  EXPECT_EQ(micros("2026-03-01T01:30:00.123456789Z"), micros("2026-03-01T01:30:00Z") + 123456);
  EXPECT_EQ(micros("2024-02-29"), 1709164800000000);
  EXPECT_EQ(micros("1709164800000"), 1709164800000000);  // epoch milliseconds
}

TEST(Time, RefusesWhatIsNoTime) {
  for (const char* text : {"", "yesterday", "2026-13-01", "2026-02-29", "2026-00-10", "2026-01-32", "2026-01-01T25:00:00Z",
                           "2026-01-01T10:61:00Z", "2026-01-01T10:00:00+", "2026-01-01T10:00:00.Z", "2026-01-01T10:00:00Zjunk",
                           "123456", "99999999999999999", "1899-01-01", "2026/01/01"}) {
    EXPECT_FALSE(parse_time(text).ok()) << text;
  }
}

TEST(Time, FormatReadsBackTheSame) {
  Random random(1);
  for (int i = 0; i < 2000; ++i) {
    Time time{static_cast<int64_t>(random.below(8'000'000'000'000'000)) - 2'000'000'000'000'000};
    auto back = parse_time(format_time(time));
    ASSERT_TRUE(back.ok()) << format_time(time);
    EXPECT_EQ(back->micros, time.micros);
  }
  EXPECT_EQ(format_time({0}), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(format_time({-1}), "1969-12-31T23:59:59.999999Z");
  EXPECT_EQ(format_time({253'402'300'799'999'000}), "9999-12-31T23:59:59.999Z");
  EXPECT_EQ(format_time({253'402'300'800'000'000}), "10000-01-01T00:00:00.000Z");
}

TEST(Time, CivilDatesRoundTrip) {
  for (int64_t day = -30000; day < 60000; day += 7) {
    CivilDate date = civil_from_days(day);
    EXPECT_EQ(days_from_civil(date.year, date.month, date.day), day);
  }
}

TEST(Duration, ParsesUnits) {
  EXPECT_EQ(*parse_duration("30d"), days(30));
  EXPECT_EQ(*parse_duration("2w"), days(14));
  EXPECT_EQ(*parse_duration("15m"), minutes(15));
  EXPECT_EQ(format_duration(hours(36)), "36h");
  EXPECT_EQ(*parse_duration("36525d"), days(36525));
  for (const char* text : {"36526d", "40000d", "99999999999999999999d"}) {
    auto refused = parse_duration(text);
    ASSERT_FALSE(refused.ok()) << text;
    EXPECT_NE(refused.error().message().find("too long"), std::string::npos) << refused.error().message();
  }
  for (const char* text : {"", "d", "0d", "-1d", "1.5h", "3y", "10", "40000d", "99999999999999999999d"}) {
    EXPECT_FALSE(parse_duration(text).ok()) << text;
  }
}

TEST(TimeZone, KnowsLocalDays) {
  auto shanghai = TimeZone::load("Asia/Shanghai");
  ASSERT_TRUE(shanghai.ok());
  Time before = *parse_time("2026-03-01T15:59:59Z"), after = *parse_time("2026-03-01T16:00:00Z");
  EXPECT_EQ(shanghai->local_day(after), shanghai->local_day(before) + 1);
  EXPECT_EQ(shanghai->offset_seconds(*parse_time("1988-07-01T00:00:00Z")), 9 * 3600);  // China had summer time then
  EXPECT_FALSE(TimeZone::load("Mars/Olympus").ok());
}

TEST(TimeZone, FollowsDaylightSaving) {
  auto berlin = TimeZone::load("Europe/Berlin");
  ASSERT_TRUE(berlin.ok());
  EXPECT_EQ(berlin->offset_seconds(*parse_time("2026-03-29T00:59:59Z")), 3600);
  EXPECT_EQ(berlin->offset_seconds(*parse_time("2026-03-29T01:00:00Z")), 7200);
  EXPECT_EQ(berlin->offset_seconds(*parse_time("2026-10-25T01:00:00Z")), 3600);
}

}  // namespace
}  // namespace furrow
