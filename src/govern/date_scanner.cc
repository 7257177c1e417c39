#include "govern/date_scanner.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>

#include "base/ascii.h"
#include "govern/text_form.h"

namespace furrow::govern {
namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

constexpr std::array<std::string_view, 12> kMonths{"january", "february", "march",     "april",   "may",      "june",
                                                   "july",    "august",   "september", "october", "november", "december"};
constexpr std::array<std::string_view, 7> kWeekdays{"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"};

class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  std::optional<ScannedDate> scan() {
    blanks();
    if (bare_digits()) return out_;
    weekday();
    if (!date() || !time() || !zone()) return {};
    blanks();
    weekday();
    blanks();
    if (!rest_.empty()) return {};
    return out_;
  }

 private:
  void blanks() {
    while (!rest_.empty() && (rest_.front() == ' ' || rest_.front() == '\t')) rest_.remove_prefix(1);
  }
  bool take(std::string_view word) {
    if (!rest_.starts_with(word)) return false;
    rest_.remove_prefix(word.size());
    return true;
  }
  bool take_letter_case(std::string_view lower) {
    if (rest_.size() < lower.size()) return false;
    for (size_t i = 0; i < lower.size(); ++i) {
      char c = rest_[i];
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
      if (c != lower[i]) return false;
    }
    rest_.remove_prefix(lower.size());
    return true;
  }
  size_t digits() const {
    size_t n = 0;
    while (n < rest_.size() && is_digit(rest_[n])) ++n;
    return n;
  }
  int number(size_t n) {
    int value = 0;
    for (size_t i = 0; i < n; ++i) value = value * 10 + (rest_[i] - '0');
    rest_.remove_prefix(n);
    return value;
  }
  // A number of at most `most` digits; -1 for none.
  int number_up_to(size_t most) {
    size_t n = digits();
    return n == 0 || n > most ? -1 : number(n);
  }
  int prefix_number(size_t from, size_t n) const {
    int value = 0;
    for (size_t i = from; i < from + n; ++i) value = value * 10 + (rest_[i] - '0');
    return value;
  }

  // The whole text digits, perhaps with a sign and a fraction.
  bool bare_digits() {
    std::string_view text = trim(rest_);
    size_t at = !text.empty() && text[0] == '-' ? 1 : 0, n = 0;
    while (at + n < text.size() && is_digit(text[at + n])) ++n;
    if (n == 0 || n > 19) return false;
    size_t end = at + n;
    double unit = 0.1, fraction = 0;
    if (end < text.size()) {
      if (text[end] != '.' || end + 1 == text.size()) return false;
      for (size_t i = end + 1; i < text.size(); ++i, unit /= 10) {
        if (!is_digit(text[i])) return false;
        fraction += (text[i] - '0') * unit;
      }
      if (n <= 2) return false;  // 5.3 is no date
    }
    uint64_t value = 0;
    for (size_t i = at; i < end; ++i) value = value * 10 + static_cast<uint64_t>(text[i] - '0');
    if (value > static_cast<uint64_t>(INT64_MAX)) return false;
    out_.shape = ScannedDate::Shape::kDigits;
    out_.negative = at == 1;
    out_.whole = static_cast<int64_t>(value);
    out_.whole_digits = n;
    out_.fraction = fraction;
    return true;
  }

  void weekday() {
    for (std::string_view day : kWeekdays) {
      std::string_view before = rest_;
      if (!take_letter_case(day) && !take_letter_case(day.substr(0, 3))) continue;
      if (!rest_.empty() && is_letter(rest_.front())) {
        rest_ = before;
        continue;
      }
      take(".");
      take(",");
      blanks();
      return;
    }
    for (std::string_view day : {"星期", "周"}) {
      std::string_view before = rest_;
      if (!take(day)) continue;
      if (rest_.size() >= 3) rest_.remove_prefix(3);
      else rest_ = before;
      take(",");
      blanks();
    }
  }

  int month_name() {
    for (size_t m = 0; m < kMonths.size(); ++m) {
      std::string_view before = rest_;
      bool found = take_letter_case(kMonths[m]) || (m == 8 && take_letter_case("sept")) || take_letter_case(kMonths[m].substr(0, 3));
      if (!found) continue;
      if (!rest_.empty() && is_letter(rest_.front())) {
        rest_ = before;
        continue;
      }
      take(".");
      return static_cast<int>(m) + 1;
    }
    return 0;
  }

  bool date() {
    if (!rest_.empty() && is_letter(rest_.front())) return month_first_name();
    size_t n = digits();
    if (n == 14 || n == 12 || n == 8) return compact(n);
    if (n == 4) return year_first();
    if (n == 0 || n > 2) return false;
    int first = number(n);
    if (take("年")) {  // 26年3月5日
      out_.year_digits = 2;
      return chinese_rest(first);
    }
    for (std::string_view suffix : {"st", "nd", "rd", "th"}) {
      if (take_letter_case(suffix)) break;
    }
    char separator = rest_.empty() ? 0 : rest_.front();
    if (separator == '-' || separator == '/' || separator == '.') rest_.remove_prefix(1);
    blanks();
    if (!rest_.empty() && is_letter(rest_.front())) return day_then_name(first);
    if (separator != '-' && separator != '/' && separator != '.') return false;
    int second = number_up_to(2);
    if (second < 0 || rest_.empty() || rest_.front() != separator) return false;
    rest_.remove_prefix(1);
    blanks();
    size_t year = digits();
    if (year != 2 && year != 4) return false;
    out_.shape = ScannedDate::Shape::kNumeric;
    out_.separator = separator;
    out_.a = first;
    out_.b = second;
    out_.year_digits = static_cast<int>(year);
    out_.c = number(year);
    return true;
  }

  bool compact(size_t n) {
    int year = prefix_number(0, 4), month = prefix_number(4, 2), day = prefix_number(6, 2);
    if (year < 1800 || year > 2200 || month < 1 || month > 12 || day < 1 || day > 31) return false;
    if (n > 8) {
      out_.has_time = true;
      out_.hour = prefix_number(8, 2);
      out_.minute = prefix_number(10, 2);
      if (n == 14) out_.second = prefix_number(12, 2);
    }
    rest_.remove_prefix(n);
    set_year_first(year, month, day);
    if (n == 8 && (take("T") || take("t"))) {
      size_t t = digits();
      if (t != 6 && t != 4) return false;
      out_.has_time = true;
      out_.hour = number(2);
      out_.minute = number(2);
      if (t == 6) out_.second = number(2);
      fraction();
    }
    return true;
  }

  void set_year_first(int year, int month, int day) {
    out_.shape = ScannedDate::Shape::kYearFirst;
    out_.a = year;
    out_.b = month;
    out_.c = day;
  }

  bool year_first() {
    int year = number(4);
    blanks();
    if (take("年")) return chinese_rest(year);
    if (rest_.empty()) return false;
    char separator = rest_.front();
    if (separator != '-' && separator != '/' && separator != '.') return false;
    rest_.remove_prefix(1);
    blanks();
    if (!rest_.empty() && is_letter(rest_.front())) {  // 2026-Mar-05
      int month = month_name();
      if (month == 0 || !take(std::string_view(&separator, 1))) return false;
      int day = number_up_to(2);
      if (day < 0) return false;
      set_year_first(year, month, day);
      return true;
    }
    int month = number_up_to(2);
    if (month < 0 || rest_.empty() || rest_.front() != separator) return false;
    rest_.remove_prefix(1);
    blanks();
    int day = number_up_to(2);
    if (day < 0) return false;
    out_.separator = separator;
    set_year_first(year, month, day);
    return true;
  }

  bool chinese_rest(int year) {
    blanks();
    int month = number_up_to(2);
    if (month < 0) return false;
    blanks();
    if (!take("月")) return false;
    blanks();
    int day = number_up_to(2);
    if (day < 0) return false;
    blanks();
    if (!take("日") && !take("号")) return false;
    set_year_first(year, month, day);
    return true;
  }

  bool day_then_name(int day) {
    int month = month_name();
    if (month == 0) return false;
    take("-");
    take("/");
    take(",");
    blanks();
    take("'");
    size_t year = digits();
    if (year != 2 && year != 4) return false;
    named(day, month, year);
    return true;
  }

  bool month_first_name() {
    int month = month_name();
    if (month == 0) return false;
    blanks();
    take("-");
    int day = number_up_to(2);
    if (day < 0) return false;
    for (std::string_view suffix : {"st", "nd", "rd", "th"}) {
      if (take_letter_case(suffix)) break;
    }
    take("-");
    take(",");
    blanks();
    if (digits() != 4) return trailing_year(day, month);
    named(day, month, 4);
    return true;
  }
  // "Mar 5 13:07:00 2026" and "Thu Mar  5 13:07:00 CST 2026", as C and Java print them.
  bool trailing_year(int day, int month) {
    if (!clock()) return false;
    blanks();
    while (!rest_.empty() && is_letter(rest_.front())) {
      if (!zone()) return false;
      blanks();
    }
    if (digits() != 4) return false;
    named(day, month, 4);
    return true;
  }
  void named(int day, int month, size_t year_digits) {
    out_.shape = ScannedDate::Shape::kNamed;
    out_.a = day;
    out_.b = month;
    out_.year_digits = static_cast<int>(year_digits);
    out_.c = number(year_digits);
  }

  void fraction() {
    if (!take(".") && !take(",")) return;
    int64_t unit = 100000;
    while (!rest_.empty() && is_digit(rest_.front())) {
      out_.micros += unit * (rest_.front() - '0');
      unit /= 10;
      rest_.remove_prefix(1);
    }
  }

  int half() {  // 0 none, 1 before noon, 2 after
    if (take("上午") || take("早上") || take("凌晨") || take("AM") || take("am") || take("a.m.") || take("A.M.")) return 1;
    if (take("下午") || take("晚上") || take("PM") || take("pm") || take("p.m.") || take("P.M.") || take("中午")) return 2;
    return 0;
  }

  bool clock() {
    blanks();
    int before = half();
    blanks();
    int hour = number_up_to(2);
    if (hour < 0) return false;
    out_.has_time = true;
    out_.hour = hour;
    blanks();
    bool chinese = take("时") || take("点");
    if (!chinese && !take(":") && !take("：") && !(rest_.size() > 1 && rest_.front() == '.' && is_digit(rest_[1]) && take("."))) {
      int after = half();
      if (after == 0 && before == 0) return false;
      return twelve(after ? after : before);
    }
    blanks();
    int minute = number_up_to(2);
    if (minute < 0) {
      if (!chinese) return false;
      return twelve(before);
    }
    out_.minute = minute;
    take("分");
    blanks();
    if (take(":") || take("：") || (chinese && digits() > 0)) {
      int second = number_up_to(2);
      if (second < 0) return false;
      out_.second = second;
      fraction();
      take("秒");
    }
    blanks();
    int after = half();
    return twelve(after ? after : before);
  }
  bool twelve(int which) {
    if (which == 0) return true;
    if (out_.hour > 12) return which == 2;
    if (which == 1 && out_.hour == 12) out_.hour = 0;
    if (which == 2 && out_.hour < 12) out_.hour += 12;
    return true;
  }

  bool time() {
    if (out_.has_time) return true;
    std::string_view before = rest_;
    bool marked = take("T") || take("t");
    if (!marked) {
      take(",");
      blanks();
      if (take_letter_case("at ")) blanks();
    }
    if (rest_.empty()) return !marked;
    bool hours_follow = is_digit(rest_.front()) || static_cast<unsigned char>(rest_.front()) >= 0x80 ;
    if (hours_follow && !rest_.starts_with("星期") && !rest_.starts_with("周")) return clock();
    if (marked) return false;
    rest_ = before;
    return true;
  }

  bool zone() {
    blanks();
    if (rest_.empty()) return true;
    if (take("Z") || take("z")) {
      out_.has_zone = true;
      return true;
    }
    bool named = false;
    for (auto [word, hours_east] : {std::pair<std::string_view, int>{"UTC", 0}, {"GMT", 0}, {"utc", 0}, {"CST", 8}, {"CEST", 2}, {"CET", 1}, {"BST", 1},
                                    {"JST", 9}, {"KST", 9}, {"PST", -8}, {"PDT", -7}, {"EST", -5}, {"EDT", -4}, {"MST", -7}, {"MDT", -6}, {"CDT", -5}, {"IST", 5}, {"北京时间", 8}}) {
      if (!take(word)) continue;
      if (!rest_.empty() && is_letter(rest_.front())) return false;
      out_.has_zone = named = true;
      out_.offset_seconds = hours_east * 3600 + (word == "IST" ? 1800 : 0);
      break;
    }
    if (rest_.empty() || (rest_.front() != '+' && rest_.front() != '-')) {
      // "(China Standard Time)" behind the offset says the same again.
      if (named || (rest_.front() == '(' && out_.has_zone)) comment();
      return true;
    }
    if (!out_.has_time) return false;
    int64_t sign = rest_.front() == '-' ? -1 : 1;
    rest_.remove_prefix(1);
    size_t n = digits();
    int hour = 0, minute = 0;
    if (n == 4) {
      hour = number(2);
      minute = number(2);
    } else if (n == 1 || n == 2) {
      hour = number(n);
      if (take(":")) {
        if (digits() != 2) return false;
        minute = number(2);
      }
    } else {
      return false;
    }
    if (hour > 14 || minute > 59) return false;
    out_.has_zone = true;
    out_.offset_seconds = sign * (hour * 3600 + minute * 60);
    blanks();
    comment();
    return true;
  }
  void comment() {
    blanks();
    if (rest_.starts_with('(') && rest_.ends_with(')')) rest_ = {};
  }

  std::string_view rest_;
  ScannedDate out_;
};

// 2026-03-05, 2026-03-05T13:07:00 and 2026-03-05 13:07:00.123Z, as programs write them: what the scanner makes of them, ten times as fast.
bool scan_plain(std::string_view text, ScannedDate& out) {
  constexpr std::string_view kForm = "0000-00-00T00:00:00";
  if (text.size() != 10 && text.size() < kForm.size()) return false;
  for (size_t i = 0; i < std::min(text.size(), kForm.size()); ++i) {
    if (kForm[i] == '0' ? !is_digit(text[i]) : text[i] != kForm[i] && !(i == 10 && text[i] == ' ')) return false;
  }
  auto two = [&](size_t at) { return (text[at] - '0') * 10 + (text[at + 1] - '0'); };
  out.shape = ScannedDate::Shape::kYearFirst;
  out.separator = '-';
  out.a = two(0) * 100 + two(2);
  out.b = two(5);
  out.c = two(8);
  if (text.size() == 10) return true;
  out.has_time = true;
  out.hour = two(11);
  out.minute = two(14);
  out.second = two(17);
  size_t at = kForm.size();
  if (at < text.size() && text[at] == '.') {
    int64_t unit = 100000;
    for (++at; at < text.size() && is_digit(text[at]); ++at, unit /= 10) out.micros += unit * (text[at] - '0');
  }
  if (at < text.size() && text[at] == 'Z') {
    out.has_zone = true;
    ++at;
  }
  return at == text.size();
}

}  // namespace

std::optional<ScannedDate> scan_date(std::string_view raw) {
  std::string_view text = trim(raw);
  if (ScannedDate plain; text.size() <= 64 && scan_plain(text, plain)) return plain;
  if (text.empty() || text.size() > 64) return {};
  if (is_ascii(text)) return Scanner(text).scan();
  std::string folded = fold_width(text);
  return Scanner(folded).scan();
}

}  // namespace furrow::govern
