#include "govern/dates.h"

#include <algorithm>
#include <cmath>

#include "govern/date_scanner.h"
#include "govern/text_form.h"

namespace furrow::govern {
namespace {

using Shape = ScannedDate::Shape;
constexpr int64_t kExcelEpoch = -25569;  // 30 December 1899, in days since 1970

bool is_possible(int year, int month, int day) {
  constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return year >= 1800 && year <= 9999 && month >= 1 && month <= 12 && day >= 1 && day <= kDays[month - 1] + (month == 2 && leap);
}

Time to_utc(int64_t local_micros, const TimeZone& zone) {
  int64_t before = zone.offset_seconds(Time{local_micros} - hours(24));
  Time first{local_micros - before * 1000000};
  if (zone.offset_seconds(first) == before) return first;
  return Time{local_micros - zone.offset_seconds(first) * 1000000};
}

std::optional<DateReading> civil(const ScannedDate& scanned, int year, int month, int day, const TimeZone& zone) {
  if (!is_possible(year, month, day)) return {};
  if (scanned.hour > 24 || scanned.minute > 59 || scanned.second > 60) return {};
  if (scanned.hour == 24 && (scanned.minute > 0 || scanned.second > 0)) return {};
  DateReading out;
  out.local = {year, month, day};
  out.has_time = scanned.has_time;
  out.has_zone = scanned.has_zone && scanned.has_time;
  int64_t seconds = days_from_civil(year, month, day) * 86400;
  if (!scanned.has_time) {
    out.time = {seconds * 1000000};
    return out;
  }
  seconds += scanned.hour * 3600 + scanned.minute * 60 + scanned.second;
  int64_t micros = seconds * 1000000 + scanned.micros;
  out.time = out.has_zone ? Time{micros - scanned.offset_seconds * 1000000} : to_utc(micros, zone);
  return out;
}

std::optional<DateReading> digits(const ScannedDate& scanned, const DateForm& form) {
  DateReading out;
  out.has_time = out.has_zone = true;
  double value = (static_cast<double>(scanned.whole) + scanned.fraction) * (scanned.negative ? -1 : 1);
  auto compact = [&]() -> std::optional<DateReading> {
    int64_t whole = scanned.whole;
    ScannedDate parts;
    if (scanned.whole_digits == 14 || scanned.whole_digits == 12) {
      parts.has_time = true;
      if (scanned.whole_digits == 14) {
        parts.second = static_cast<int>(whole % 100);
        whole /= 100;
      }
      parts.minute = static_cast<int>(whole % 100);
      parts.hour = static_cast<int>(whole / 100 % 100);
      whole /= 10000;
    } else if (scanned.whole_digits != 8) {
      return {};
    }
    int year = static_cast<int>(whole / 10000);
    if (year < 1800 || year > 2200) return {};
    return civil(parts, year, static_cast<int>(whole / 100 % 100), static_cast<int>(whole % 100), TimeZone::utc());
  };
  if (!scanned.negative && scanned.fraction == 0) {
    if (auto date = compact()) return date;
  }
  if (form.excel && scanned.whole_digits == 5 && !scanned.negative) {
    out.kind = DateKind::kExcel;
    out.has_zone = false;
    out.has_time = scanned.fraction != 0;
    out.time = {static_cast<int64_t>(std::llround((value + static_cast<double>(kExcelEpoch)) * 86400.0)) * 1000000};
    out.local = civil_from_days(scanned.whole + kExcelEpoch);
    return out;
  }
  size_t n = scanned.whole_digits;
  DateKind kind = n >= 18 ? DateKind::kNanoseconds : n >= 15 ? DateKind::kMicroseconds : n >= 12 ? DateKind::kMilliseconds : DateKind::kSeconds;
  if (n == 9 && !form.digits) return {};
  if (n < 9) return {};
  // A column of milliseconds may hold some in seconds: the number of digits tells them apart, not the majority.
  out.kind = kind;
  switch (kind) {
    case DateKind::kSeconds: out.time = {static_cast<int64_t>(std::llround(value * 1e6))}; break;
    case DateKind::kMilliseconds: out.time = {static_cast<int64_t>(std::llround(value * 1e3))}; break;
    case DateKind::kMicroseconds: out.time = {scanned.negative ? -scanned.whole : scanned.whole}; break;
    default: out.time = {(scanned.negative ? -scanned.whole : scanned.whole) / 1000}; break;
  }
  int64_t day = out.time.micros / days(1).micros - (out.time.micros % days(1).micros < 0);
  out.local = civil_from_days(day);
  if (out.local.year < 1900 || out.local.year > 2200) return {};
  return out;
}

int full_year(int year, int year_digits, int pivot) { return year_digits == 4 ? year : year < pivot ? 2000 + year : 1900 + year; }

size_t separator_index(char separator) { return separator == '/' ? 0 : separator == '.' ? 1 : 2; }

}  // namespace

std::optional<DateReading> read_date(std::string_view text, const DateForm& form, const TimeZone& zone) {
  auto scanned = scan_date(text);
  if (!scanned) return {};
  switch (scanned->shape) {
    case Shape::kDigits: {
      auto reading = digits(*scanned, form);
      if (reading && !reading->has_zone && reading->has_time) reading->time = to_utc(reading->time.micros, zone);
      return reading;
    }
    case Shape::kYearFirst: return civil(*scanned, full_year(scanned->a, scanned->year_digits, form.pivot), scanned->b, scanned->c, zone);
    case Shape::kNamed: return civil(*scanned, full_year(scanned->c, scanned->year_digits, form.pivot), scanned->b, scanned->a, zone);
    case Shape::kNumeric: break;
  }
  int year = full_year(scanned->c, scanned->year_digits, form.pivot);
  bool month_first = form.order == DateOrder::kMonthFirst;
  int day = month_first ? scanned->b : scanned->a, month = month_first ? scanned->a : scanned->b;
  bool both = scanned->a <= 12 && scanned->b <= 12;
  if (month > 12 && day <= 12) std::swap(day, month);  // only one order is possible
  auto reading = civil(*scanned, year, month, day, zone);
  if (reading) reading->ambiguous = both && scanned->a != scanned->b;
  return reading;
}

std::string standard_date(const DateReading& reading, bool with_time) {
  if (with_time) return format_time(reading.time);
  char out[16];
  auto put = [&](int at, int value, int digits) {
    for (int i = digits - 1; i >= 0; --i, value /= 10) out[at + i] = static_cast<char>('0' + value % 10);
  };
  put(0, reading.local.year, 4);
  put(5, reading.local.month, 2);
  put(8, reading.local.day, 2);
  out[4] = out[7] = '-';
  return std::string(out, 10);
}

bool is_standard_date(std::string_view text, bool with_time) {
  auto digit = [&](size_t i) { return text[i] >= '0' && text[i] <= '9'; };
  if (text.size() < 10 || text[4] != '-' || text[7] != '-') return false;
  for (size_t i : {0, 1, 2, 3, 5, 6, 8, 9}) {
    if (!digit(i)) return false;
  }
  auto two = [&](size_t i) { return (text[i] - '0') * 10 + (text[i + 1] - '0'); };
  if (!is_possible(two(0) * 100 + two(2), two(5), two(8))) return false;
  if (!with_time) return text.size() == 10;
  if (text.size() < 20 || text[10] != 'T' || text.back() != 'Z') return false;
  auto time = parse_time(text);
  return time.ok() && format_time(*time) == text;
}

void DateProfile::observe(std::string_view text) {
  ++observed_;
  auto scanned = scan_date(text);
  if (!scanned) return;
  if (scanned->shape == Shape::kDigits) {
    if (scanned->negative) return;
    double value = static_cast<double>(scanned->whole) + scanned->fraction;
    auto between = [&](double unit) { return value >= 946684800.0 * unit && value < 2082758400.0 * unit; };
    if (scanned->whole_digits == 8 && scanned->fraction == 0) {
      auto date = digits(*scanned, {});
      bool dated = date && date->kind == DateKind::kCivil && date->local.year >= 1900 && date->local.year <= 2100;
      compact_ += dated;
      return;
    }
    if (scanned->whole_digits == 14 && digits(*scanned, {}) && scanned->whole / 10000000000 >= 1900) {
      ++civil_;
      ++with_time_;
      return;
    }
    if (between(1) && scanned->whole_digits <= 10) ++seconds_;
    else if (between(1e3)) ++milliseconds_;
    else if (between(1e6)) ++microseconds_;
    else if (between(1e9)) ++nanoseconds_;
    else if (value >= 30000 && value < 60000) ++excel_;
    return;
  }
  static const TimeZone utc = TimeZone::utc();
  if (scanned->shape == Shape::kNumeric) {
    if (scanned->a < 32 && scanned->b < 32) {
      ++first_[static_cast<size_t>(scanned->a)];
      ++second_[static_cast<size_t>(scanned->b)];
    }
    bool day_first = scanned->a > 12 && scanned->b <= 12, month_first = scanned->b > 12 && scanned->a <= 12;
    if (!day_first && !month_first && (scanned->a > 12 || scanned->b > 12)) return;
    ++numeric_;
    ++separators_[separator_index(scanned->separator)];
    day_first_ += day_first;
    month_first_ += month_first;
  } else if (!read_date(text, {}, utc)) {
    return;
  }
  ++civil_;
  with_time_ += scanned->has_time;
  with_zone_ += scanned->has_zone;
}

DateForm DateProfile::form(DateOrder hint, int latest_year) const {
  DateForm form;
  form.pivot = std::clamp(latest_year % 100 + 1, 1, 99);
  form.excel = excel_ > 0;
  if (day_first_ != month_first_) {
    form.order = day_first_ > month_first_ ? DateOrder::kDayFirst : DateOrder::kMonthFirst;
  } else if (hint != DateOrder::kUnknown) {
    form.order = hint;
  } else if (numeric_ > 0) {
    // All of them ambiguous (report dates of one day a month, say): the part that changes more is the day; else what the
    // separator is used for: dots are written day first everywhere, slashes mostly month first.
    auto kinds = [](const std::array<uint32_t, 32>& counts) { return std::count_if(counts.begin(), counts.end(), [](uint32_t n) { return n > 0; }); };
    auto first = kinds(first_), second = kinds(second_);
    if (numeric_ >= 30 && first > 2 * second) form.order = DateOrder::kDayFirst;
    else if (numeric_ >= 30 && second > 2 * first) form.order = DateOrder::kMonthFirst;
    else form.order = separators_[0] * 2 > numeric_ ? DateOrder::kMonthFirst : DateOrder::kDayFirst;
  }
  return form;
}

}  // namespace furrow::govern
