#include "collect/time_format.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <optional>

#include "base/ascii.h"
#include "base/cut_text.h"

namespace furrow::collect {
namespace {

constexpr double kMillisecondsFrom = 1e11;  // as seconds: the year 5138
constexpr std::string_view kMonths[] = {"january", "february", "march",     "april",   "may",      "june",
                                        "july",    "august",   "september", "october", "november", "december"};

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

Time local_to_utc(int64_t local_micros, const TimeZone& zone) {
  Time guess{local_micros - zone.offset_seconds(Time{local_micros}) * 1000000};
  return Time{local_micros - zone.offset_seconds(guess) * 1000000};
}

// The parts of a time while a pattern is read off a text.
class PatternReader {
 public:
  explicit PatternReader(std::string_view text) : rest_(text) {}

  bool read(std::string_view pattern) {
    for (size_t i = 0; i < pattern.size(); ++i) {
      if (pattern[i] == ' ') {
        while (!rest_.empty() && rest_.front() == ' ') rest_.remove_prefix(1);
      } else if (pattern[i] != '%' || i + 1 == pattern.size()) {
        if (!take(pattern[i])) return false;
      } else if (!field(pattern[++i])) {
        return false;
      }
    }
    return rest_.empty();
  }

  std::optional<Time> time(const TimeZone& zone) const {
    constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year_ % 4 == 0 && year_ % 100 != 0) || year_ % 400 == 0;
    if (year_ < 1900 || year_ > 9999 || month_ < 1 || month_ > 12 || day_ < 1) return {};
    if (day_ > kDays[month_ - 1] + (month_ == 2 && leap)) return {};
    int hour = hour_;
    if (twelve_) {
      if (hour < 1 || hour > 12) return {};
      hour = hour % 12 + (afternoon_ ? 12 : 0);
    }
    if (hour > 23 || minute_ > 59 || second_ > 60) return {};
    int64_t seconds = days_from_civil(year_, month_, day_) * 86400 + hour * 3600 + minute_ * 60 + second_;
    int64_t micros = seconds * 1000000 + fraction_;
    if (has_offset_) return Time{micros - offset_ * 1000000};
    return local_to_utc(micros, zone);
  }

 private:
  bool take(char c) {
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  bool number(int& out, size_t most) {
    size_t n = 0;
    out = 0;
    for (; n < most && n < rest_.size() && is_digit(rest_[n]); ++n) out = out * 10 + (rest_[n] - '0');
    rest_.remove_prefix(n);
    return n > 0;
  }
  bool fraction() {
    int64_t unit = 100000;
    size_t n = 0;
    for (; n < rest_.size() && is_digit(rest_[n]); ++n, unit /= 10) fraction_ += (rest_[n] - '0') * unit;
    rest_.remove_prefix(n);
    return n > 0;
  }
  bool starts(std::string_view word) const {
    if (rest_.size() < word.size()) return false;
    for (size_t i = 0; i < word.size(); ++i) {
      if (lower(rest_[i]) != word[i]) return false;
    }
    return true;
  }
  bool month_name() {
    for (int m = 0; m < 12; ++m) {
      if (!starts(kMonths[m].substr(0, 3))) continue;
      rest_.remove_prefix(starts(kMonths[m]) ? kMonths[m].size() : 3);
      month_ = m + 1;
      return true;
    }
    return false;
  }
  bool half() {
    if (!starts("am") && !starts("pm")) return false;
    afternoon_ = starts("pm");
    rest_.remove_prefix(2);
    return true;
  }
  bool zone() {
    if (take('Z')) {
      has_offset_ = true;
      return true;
    }
    int64_t sign = !rest_.empty() && rest_.front() == '-' ? -1 : 1;
    if (!take('+') && !take('-')) return false;
    int hours = 0, minutes = 0;
    if (!number(hours, 2)) return false;
    take(':');
    number(minutes, 2);
    has_offset_ = true;
    offset_ = sign * (hours * 3600 + minutes * 60);
    return hours <= 18 && minutes < 60;
  }
  bool field(char letter) {
    switch (letter) {
      case 'Y': return rest_.size() >= 4 && number(year_, 4) && year_ >= 1000;
      case 'y':
        if (!number(year_, 2)) return false;
        year_ += year_ < 69 ? 2000 : 1900;
        return true;
      case 'm': return number(month_, 2);
      case 'd':
      case 'e': return number(day_, 2);
      case 'I': twelve_ = true; return number(hour_, 2);
      case 'H': return number(hour_, 2);
      case 'M': return number(minute_, 2);
      case 'S': return number(second_, 2);
      case 'f': return fraction();
      case 'p': return half();
      case 'b':
      case 'B': return month_name();
      case 'z': return zone();
      default: return take(letter);  // %%
    }
  }

  std::string_view rest_;
  int year_ = 0, month_ = 1, day_ = 1, hour_ = 0, minute_ = 0, second_ = 0;
  int64_t fraction_ = 0;
  bool twelve_ = false, afternoon_ = false;
  int64_t offset_ = 0;
  bool has_offset_ = false;
};

bool has_zone(std::string_view text) {
  if (text.empty() || text.size() <= 10) return false;
  return text.back() == 'Z' || text.back() == 'z' || text.substr(10).find_first_of("+-") != std::string_view::npos;
}

}  // namespace

Result<TimeFormat> TimeFormat::parse(std::string_view format) {
  TimeFormat out;
  out.text_ = format;
  if (format == "iso8601") return out;
  if (format == "epoch_s") return out.kind_ = Kind::kSeconds, out;
  if (format == "epoch_ms") return out.kind_ = Kind::kMilliseconds, out;
  if (format == "epoch") return out.kind_ = Kind::kEpoch, out;
  out.kind_ = Kind::kPattern;
  auto refuse = [&](std::string_view why) {
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("\"{}\" is not a time format: {}; use iso8601, epoch_s, epoch_ms, epoch, or a pattern such as "
                             "%d/%m/%Y %H:%M", cut_text(format, 64), why));
  };
  bool year = false;
  for (size_t i = 0; i < format.size(); ++i) {
    if (format[i] != '%') continue;
    if (i + 1 == format.size()) return refuse("it ends in %");
    char letter = format[++i];
    if (std::string_view("YymdeHIMSfpbBz%").find(letter) == std::string_view::npos) {
      return refuse(fmt::format("%{} is not known", letter));
    }
    year |= letter == 'Y' || letter == 'y';
  }
  if (!year) return refuse("it has no year");
  return out;
}

Result<Time> TimeFormat::read(std::string_view text, const TimeZone& zone) const {
  text = trimmed(text);
  auto refuse = [&] {
    return Error(ErrorCode::kInvalidRow, fmt::format("\"{}\" is not a time of the form {}", cut_text(text, 64), text_));
  };
  if (kind_ == Kind::kPattern) {
    PatternReader reader(text);
    if (!reader.read(text_)) return refuse();
    auto time = reader.time(zone);
    if (!time) return refuse();
    return *time;
  }
  if (kind_ == Kind::kIso) {
    auto time = parse_time(text);
    if (!time.ok()) return refuse();
    bool epoch = text.size() >= 11 && text[4] != '-';
    return epoch || has_zone(text) ? *time : local_to_utc(time->micros, zone);
  }
  double value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) return refuse();
  bool milliseconds = kind_ == Kind::kMilliseconds || (kind_ == Kind::kEpoch && std::fabs(value) >= kMillisecondsFrom);
  double micros = value * (milliseconds ? 1e3 : 1e6);
  if (std::fabs(micros) > 2.5e17) return refuse();  // the year 9892
  return Time{std::llround(micros)};
}

}  // namespace furrow::collect
