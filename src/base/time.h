// One time type: UTC microseconds since 1970-01-01. Durations are microseconds too, written 30m, 24h, 7d, 2w.
// Clock is the port; SystemClock reads the machine, ManualClock is set by tests and the market twin.
// Threads: values; SystemClock and ManualClock may be read from any thread.
#pragma once
#include <atomic>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace furrow {

struct Duration {
  int64_t micros = 0;
  auto operator<=>(const Duration&) const = default;
  double seconds() const { return static_cast<double>(micros) / 1e6; }
  double days() const { return static_cast<double>(micros) / 86400e6; }
};
constexpr Duration microseconds(int64_t n) { return {n}; }
constexpr Duration milliseconds(int64_t n) { return {n * 1000}; }
constexpr Duration seconds(int64_t n) { return {n * 1000000}; }
constexpr Duration minutes(int64_t n) { return seconds(n * 60); }
constexpr Duration hours(int64_t n) { return seconds(n * 3600); }
constexpr Duration days(int64_t n) { return hours(n * 24); }

struct Time {
  int64_t micros = 0;
  auto operator<=>(const Time&) const = default;
  int64_t milliseconds() const { return micros >= 0 ? micros / 1000 : -((-micros + 999) / 1000); }
};
constexpr Time operator+(Time t, Duration d) { return {t.micros + d.micros}; }
constexpr Time operator-(Time t, Duration d) { return {t.micros - d.micros}; }
constexpr Duration operator-(Time a, Time b) { return {a.micros - b.micros}; }
constexpr Time time_from_milliseconds(int64_t ms) { return {ms * 1000}; }

// ISO 8601 date or date-time ("2026-03-01", "2026-03-01T09:30:00.123+08:00", blank for T; UTC when there is no zone)
// or epoch milliseconds (a whole number of at least 11 digits). Rejects impossible dates. Years 1900 to 9999.
Result<Time> parse_time(std::string_view text);
// "2026-03-01T01:30:00.123Z"; microseconds shown when they are not zero.
std::string format_time(Time time);
// "30s", "15m", "24h", "7d", "2w". Positive; at most 100 years.
Result<Duration> parse_duration(std::string_view text);
std::string format_duration(Duration duration);

// Days since 1970-01-01 of the civil date, proleptic Gregorian, and back.
int64_t days_from_civil(int year, int month, int day);
struct CivilDate { int year; int month; int day; };
CivilDate civil_from_days(int64_t days);

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Time now() const = 0;
};
class SystemClock : public Clock {
 public:
  Time now() const override;
};
class ManualClock : public Clock {
 public:
  explicit ManualClock(Time start) : micros_(start.micros) {}
  Time now() const override { return {micros_.load()}; }
  void set(Time time) { micros_.store(time.micros); }
  void advance(Duration by) { micros_.fetch_add(by.micros); }

 private:
  std::atomic<int64_t> micros_;
};

// A civil time zone by its IANA name ("Asia/Shanghai"). Immutable after loading; local_day is safe from any thread.
class TimeZone {
 public:
  static Result<TimeZone> load(std::string_view iana_name);
  static TimeZone utc() { return TimeZone(); }
  const std::string& name() const { return name_; }
  // Days since 1970-01-01 of the local civil date at that instant.
  int64_t local_day(Time time) const;
  // The first instant of that local day: midnight, or later where the clocks skip it.
  Time start_of_day(int64_t day) const;
  // Seconds east of UTC at that instant.
  int64_t offset_seconds(Time time) const;

 private:
  TimeZone() = default;
  std::string name_ = "UTC";
  // Sorted transitions (UTC seconds, offset from then on) for 1970 to 2100, taken once from ICU.
  std::vector<std::pair<int64_t, int32_t>> transitions_;
};

}  // namespace furrow
