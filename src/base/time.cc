#include "base/time.h"

#include <fmt/format.h>
#include <unicode/basictz.h>
#include <unicode/timezone.h>
#include <unicode/tztrans.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <memory>

#include "base/ascii.h"
#include "base/cut_text.h"

namespace furrow {
namespace {

constexpr int64_t kDayMicros = 86400LL * 1000000;

// Reads exactly `n` digits at `text[pos]`; -1 when they are not there.
int digits(std::string_view text, size_t& pos, int n) {
  if (pos + n > text.size()) return -1;
  int value = 0;
  for (int i = 0; i < n; ++i) {
    char c = text[pos + i];
    if (!is_digit(c)) return -1;
    value = value * 10 + (c - '0');
  }
  pos += n;
  return value;
}

int days_in_month(int year, int month) {
  constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return month == 2 && leap ? 29 : kDays[month - 1];
}

Error bad_time(std::string_view text) {
  return Error(ErrorCode::kInvalidRow,
               fmt::format("\"{}\" is not a time: use ISO 8601 such as 2026-03-01T09:30:00+08:00, or epoch milliseconds",
                           cut_text(text, 64)));
}

}  // namespace

int64_t days_from_civil(int year, int month, int day) {
  // H. Hinnant, "chrono-Compatible Low-Level Date Algorithms".
  int64_t y = year - (month <= 2);
  int64_t era = (y >= 0 ? y : y - 399) / 400;
  int64_t yoe = y - era * 400;
  int64_t doy = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  int64_t doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
  return era * 146097 + doe - 719468;
}

CivilDate civil_from_days(int64_t z) {
  z += 719468;
  int64_t era = (z >= 0 ? z : z - 146096) / 146097;
  int64_t doe = z - era * 146097;
  int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
  int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
  int64_t mp = (5 * doy + 2) / 153;
  int month = static_cast<int>(mp < 10 ? mp + 3 : mp - 9);
  return {static_cast<int>(yoe + era * 400 + (month <= 2)), month, static_cast<int>(doy - (153 * mp + 2) / 5 + 1)};
}

Result<Time> parse_time(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  if (text.size() >= 11 && text.size() <= 16 && std::all_of(text.begin(), text.end(), is_digit)) {
    int64_t ms = 0;
    std::from_chars(text.data(), text.data() + text.size(), ms);
    if (ms >= 253402300800000LL) return bad_time(text);
    return time_from_milliseconds(ms);
  }
  size_t pos = 0;
  int year = digits(text, pos, 4);
  if (year < 1900 || pos >= text.size() || text[pos] != '-') return bad_time(text);
  int month = digits(text, ++pos, 2);
  if (month < 1 || month > 12 || pos >= text.size() || text[pos] != '-') return bad_time(text);
  int day = digits(text, ++pos, 2);
  if (day < 1 || day > days_in_month(year, month)) return bad_time(text);
  int64_t micros = days_from_civil(year, month, day) * kDayMicros;
  if (pos == text.size()) return Time{micros};
  if (text[pos] != 'T' && text[pos] != 't' && text[pos] != ' ') return bad_time(text);
  int hour = digits(text, ++pos, 2);
  if (hour < 0 || hour > 23 || pos >= text.size() || text[pos] != ':') return bad_time(text);
  int minute = digits(text, ++pos, 2);
  if (minute < 0 || minute > 59) return bad_time(text);
  int second = 0;
  int64_t fraction = 0;
  if (pos < text.size() && text[pos] == ':') {
    second = digits(text, ++pos, 2);
    if (second < 0 || second > 60) return bad_time(text);  // 60: a leap second counts into the next minute
    if (pos < text.size() && (text[pos] == '.' || text[pos] == ',')) {
      int64_t unit = 100000;
      size_t first = ++pos;
      for (; pos < text.size() && is_digit(text[pos]); ++pos, unit /= 10) fraction += (text[pos] - '0') * unit;
      if (pos == first) return bad_time(text);
    }
  }
  micros += ((hour * 60LL + minute) * 60 + second) * 1000000 + fraction;
  if (pos == text.size()) return Time{micros};
  if ((text[pos] == 'Z' || text[pos] == 'z') && pos + 1 == text.size()) return Time{micros};
  if (text[pos] != '+' && text[pos] != '-') return bad_time(text);
  int64_t sign = text[pos] == '+' ? 1 : -1;
  int zone_hour = digits(text, ++pos, 2);
  if (zone_hour < 0 || zone_hour > 18) return bad_time(text);
  if (pos < text.size() && text[pos] == ':') ++pos;
  int zone_minute = pos == text.size() ? 0 : digits(text, pos, 2);
  if (zone_minute < 0 || zone_minute > 59 || pos != text.size()) return bad_time(text);
  return Time{micros - sign * (zone_hour * 60 + zone_minute) * 60000000LL};
}

std::string format_time(Time time) {
  int64_t day = time.micros / kDayMicros;
  int64_t rest = time.micros % kDayMicros;
  if (rest < 0) {
    rest += kDayMicros;
    --day;
  }
  CivilDate date = civil_from_days(day);
  int64_t second = rest / 1000000;
  int64_t fraction = rest % 1000000;
  if (date.year < 0 || date.year > 9999) {
    std::string text = fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", date.year, date.month, date.day, second / 3600, second / 60 % 60, second % 60);
    return text + (fraction % 1000 == 0 ? fmt::format(".{:03}Z", fraction / 1000) : fmt::format(".{:06}Z", fraction));
  }
  // By hand, a tenth of what formatting costs: every event's time is written so.
  std::string text = "0000-00-00T00:00:00.000000Z";
  auto put = [&](size_t at, size_t digits, int64_t value) {
    for (size_t i = at + digits; i-- > at; value /= 10) text[i] = static_cast<char>('0' + value % 10);
  };
  put(0, 4, date.year);
  put(5, 2, date.month);
  put(8, 2, date.day);
  put(11, 2, second / 3600);
  put(14, 2, second / 60 % 60);
  put(17, 2, second % 60);
  put(20, 6, fraction);
  if (fraction % 1000 == 0) text.erase(23, 3);
  return text;
}

Result<Duration> parse_duration(std::string_view text) {
  int64_t count = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  int64_t unit = 0;
  if (error == std::errc() && end + 1 == text.data() + text.size()) {
    switch (*end) {
      case 's': unit = 1; break;
      case 'm': unit = 60; break;
      case 'h': unit = 3600; break;
      case 'd': unit = 86400; break;
      case 'w': unit = 7 * 86400; break;
      default: break;
    }
  }
  constexpr int64_t kLongestDays = 36525;
  const bool digits = text.size() > 1 && std::all_of(text.begin(), text.end() - 1, [](char c) { return c >= '0' && c <= '9'; });
  const bool too_many = error == std::errc::result_out_of_range && digits && std::string_view("smhdw").find(text.back()) != std::string_view::npos;
  if (too_many || (unit != 0 && count > kLongestDays * 86400 / unit)) {
    return Error(ErrorCode::kInvalidArgument, fmt::format("\"{}\" is too long a duration: at most {}d, a hundred years", cut_text(text, 32), kLongestDays));
  }
  if (unit == 0 || count <= 0) {
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("\"{}\" is not a duration: use a whole number and s, m, h, d or w, such as 30d",
                             cut_text(text, 32)));
  }
  return seconds(count * unit);
}

std::string format_duration(Duration duration) {
  int64_t s = duration.micros / 1000000;
  if (s % 86400 == 0) return fmt::format("{}d", s / 86400);
  if (s % 3600 == 0) return fmt::format("{}h", s / 3600);
  if (s % 60 == 0) return fmt::format("{}m", s / 60);
  return fmt::format("{}s", s);
}

Time SystemClock::now() const {
  auto since = std::chrono::system_clock::now().time_since_epoch();
  return {std::chrono::duration_cast<std::chrono::microseconds>(since).count()};
}

Result<TimeZone> TimeZone::load(std::string_view iana_name) {
  TimeZone zone;
  if (iana_name == "UTC") return zone;
  std::unique_ptr<icu::TimeZone> icu_zone(
      icu::TimeZone::createTimeZone(icu::UnicodeString::fromUTF8(std::string(iana_name))));
  if (!icu_zone || *icu_zone == icu::TimeZone::getUnknown()) {
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("\"{}\" is not a time zone: use an IANA name such as Asia/Shanghai", iana_name));
  }
  zone.name_ = iana_name;
  UErrorCode status = U_ZERO_ERROR;
  int32_t raw = 0, saving = 0;
  icu_zone->getOffset(0.0, false, raw, saving, status);
  zone.transitions_.emplace_back(INT64_MIN, (raw + saving) / 1000);
  if (auto* basic = dynamic_cast<icu::BasicTimeZone*>(icu_zone.get())) {
    icu::TimeZoneTransition transition;
    constexpr UDate kEnd = 4102444800000.0;  // 2100-01-01
    for (UDate at = 0; basic->getNextTransition(at, false, transition) && transition.getTime() < kEnd;) {
      at = transition.getTime();
      const auto* to = transition.getTo();
      zone.transitions_.emplace_back(static_cast<int64_t>(at / 1000), (to->getRawOffset() + to->getDSTSavings()) / 1000);
    }
  }
  return zone;
}

int64_t TimeZone::offset_seconds(Time time) const {
  if (transitions_.empty()) return 0;
  int64_t second = time.micros / 1000000 - (time.micros % 1000000 < 0);
  auto after = std::upper_bound(transitions_.begin() + 1, transitions_.end(), second,
                                [](int64_t value, const auto& entry) { return value < entry.first; });
  return std::prev(after)->second;
}

int64_t TimeZone::local_day(Time time) const {
  int64_t local = time.micros + offset_seconds(time) * 1000000;
  return local / kDayMicros - (local % kDayMicros < 0);
}

Time TimeZone::start_of_day(int64_t day) const {
  const Time midnight{day * kDayMicros};  // as if the zone were UTC
  const Time before = midnight - seconds(offset_seconds(midnight - days(1))), after = midnight - seconds(offset_seconds(midnight + days(1)));
  const Time first = std::min(before, after);
  return local_day(first) == day ? first : std::max(before, after);
}

}  // namespace furrow
