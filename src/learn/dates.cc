#include "learn/dates.h"

#include <cmath>
#include <limits>

#include "base/time.h"
#include "learn/dataset.h"

namespace furrow::learn {
namespace {

constexpr std::string_view kMonths[] = {"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"};

// A date cut into its numbers: parts[0..2] the date, then hours, minutes, seconds.
struct Cut {
  int parts[6] = {0, 0, 0, 0, 0, 0};
  int digits[3] = {0, 0, 0};   // of the date's parts
  int count = 0;
  int named_month = -1;        // which of the date's parts was a name
  char separator = 0;          // between the first two
  bool afternoon = false, morning = false;
};

int month_of(std::string_view word) {
  if (word.size() < 3) return 0;
  for (int m = 0; m < 12; ++m) {
    if (word.substr(0, 3) == kMonths[m]) return m + 1;
  }
  return 0;
}

std::optional<Cut> cut(std::string_view text) {
  Cut out;
  for (size_t i = 0; i < text.size();) {
    auto c = static_cast<unsigned char>(text[i]);
    if (c >= '0' && c <= '9') {
      size_t begin = i;
      long value = 0;
      while (i < text.size() && text[i] >= '0' && text[i] <= '9' && i - begin < 9) value = value * 10 + (text[i++] - '0');
      bool fraction = begin > 0 && text[begin - 1] == '.' && out.count == 6;
      if (fraction) continue;
      if (out.count >= 6) return std::nullopt;
      if (out.count < 3) out.digits[out.count] = static_cast<int>(i - begin);
      out.parts[out.count++] = static_cast<int>(value);
      if (i < text.size() && out.count == 1) out.separator = text[i];
      continue;
    }
    if ((c | 32) >= 'a' && (c | 32) <= 'z') {
      std::string word;
      while (i < text.size() && ((text[i] | 32) >= 'a' && (text[i] | 32) <= 'z')) word += static_cast<char>(text[i++] | 32);
      if (word == "am") out.morning = true;
      else if (word == "pm") out.afternoon = true;
      else if (int month = month_of(word); month > 0 && out.count < 3 && out.named_month < 0) {
        out.named_month = out.count;
        out.parts[out.count++] = month;
      } else if (word != "t" && word != "z" && word != "utc" && word != "st" && word != "nd" && word != "rd" && word != "th" && word.size() > 0 && !(word.size() == 3 && out.count == 0)) {
        return std::nullopt;
      }
      continue;
    }
    static constexpr std::string_view kBetween = " -/.,:\t";
    if (kBetween.find(static_cast<char>(c)) == kBetween.npos) {
      std::string_view rest = text.substr(i);
      bool known = false;
      for (std::string_view mark : {"年", "月", "日", "时", "時", "分", "秒"}) {
        if (!rest.starts_with(mark)) continue;
        i += mark.size();
        known = true;
        break;
      }
      if (!known) return std::nullopt;
      continue;
    }
    ++i;
  }
  if (out.count == 1 && out.digits[0] == 8) {  // 20180226
    int whole = out.parts[0];
    out.parts[0] = whole / 10000, out.parts[1] = whole / 100 % 100, out.parts[2] = whole % 100;
    out.digits[0] = 4;
    out.count = 3;
  }
  return out.count == 3 || out.count >= 5 ? std::optional(out) : std::nullopt;
}

bool leap(int year) { return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0; }

std::optional<double> seconds_of(const Cut& cut, int year, int month, int day) {
  static constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (year < 100) year += year < 70 ? 2000 : 1900;
  int hour = cut.parts[3];
  if (cut.afternoon && hour < 12) hour += 12;
  if (cut.morning && hour == 12) hour = 0;
  if (year < 1900 || year > 2200 || month < 1 || month > 12 || day < 1 || day > kDays[month - 1] + (month == 2 && leap(year))) return std::nullopt;
  if (hour > 23 || cut.parts[4] > 59 || cut.parts[5] > 59) return std::nullopt;
  return static_cast<double>(days_from_civil(year, month, day)) * 86400 + hour * 3600 + cut.parts[4] * 60 + cut.parts[5];
}

enum class Order { kYearFirst, kDayFirst, kMonthFirst };

std::optional<double> seconds_of(const Cut& cut, Order order) {
  const int* p = cut.parts;
  if (cut.digits[0] == 4) return seconds_of(cut, p[0], p[1], p[2]);
  if (order == Order::kYearFirst || cut.digits[2] == 1 || cut.digits[2] == 3) return std::nullopt;
  if (cut.named_month == 0) return seconds_of(cut, p[2], p[0], p[1]);
  if (cut.named_month == 1) return seconds_of(cut, p[2], p[1], p[0]);
  return order == Order::kDayFirst ? seconds_of(cut, p[2], p[1], p[0]) : seconds_of(cut, p[2], p[0], p[1]);
}

}  // namespace

std::optional<std::vector<double>> read_dates(const std::vector<std::string>& texts) {
  std::vector<std::optional<Cut>> cuts;
  char separator = 0;
  for (const auto& text : texts) {
    if (is_absent(text)) {
      cuts.emplace_back();
      continue;
    }
    cuts.push_back(cut(text));
    if (!cuts.back()) return std::nullopt;
    if (separator == 0) separator = cuts.back()->separator;
  }
  if (separator == 0 && texts.empty()) return std::nullopt;
  Order usual = separator == '/' ? Order::kMonthFirst : Order::kDayFirst, other = separator == '/' ? Order::kDayFirst : Order::kMonthFirst;
  for (Order order : {usual, other}) {
    std::vector<double> seconds;
    bool whole = true, any = false;
    for (const auto& c : cuts) {
      std::optional<double> value = c ? seconds_of(*c, order) : std::nullopt;
      if (c && !value) {
        whole = false;
        break;
      }
      any = any || c;
      seconds.push_back(value.value_or(std::numeric_limits<double>::quiet_NaN()));
    }
    if (whole && any) return seconds;
  }
  return std::nullopt;
}

}  // namespace furrow::learn
