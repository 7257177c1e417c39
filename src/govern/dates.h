// Dates and times in every form that files have, to UTC. What one text cannot tell (is 3/4/2026 in March or April? are these
// digits seconds?) the whole column does: observe a sample of it first.
//
// Read: 2026-03-05, 2026/3/5, 2026.3.5, 2026年3月5日 下午3时07分, 20260305, 20260305T130700Z, 5.3.2026, 05/03/26, 5-Mar-2026,
// Mar 5, 2026, Thu, 05 Mar 2026 13:07:00 GMT, with times as 13:07, 13:07:05.250, 1:07 PM, 下午1点07分, zones as Z, +08:00,
// +0800, UTC, GMT+8, CST(China); epoch seconds, milliseconds, microseconds, nanoseconds; Excel serial days (both of
// spreadsheets' epochs are 1900's; 45000.5). Full-width digits too. Impossible dates (31 February) are refused.
//
// Standard form: an instant as format_time writes it ("2026-03-05T13:07:00.000Z", UTC); a calendar date as "2026-03-05",
// never moved by a zone. Threads: a profile is observed by one thread, then read by any. Cost: about 0.1 µs a text.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"

namespace furrow::govern {

enum class DateOrder : uint8_t { kUnknown, kDayFirst, kMonthFirst };
enum class DateKind : uint8_t {
  kCivil,      // year, month and day
  kSeconds, kMilliseconds, kMicroseconds, kNanoseconds,  // since 1970
  kExcel,      // days since 30 December 1899
};

struct DateReading {
  Time time;               // UTC; midnight UTC of a date without a time
  CivilDate local{1970, 1, 1};  // as written
  DateKind kind = DateKind::kCivil;
  bool has_time = false;
  bool has_zone = false;
  bool ambiguous = false;  // day and month could stand the other way round
};

struct DateForm {
  DateOrder order = DateOrder::kUnknown;      // of numeric dates that do not begin with the year; unknown: day first
  std::optional<DateKind> digits;             // what bare digits are; nothing: told by their number (10, 13, 16, 19)
  bool excel = false;                         // numbers of five digits are Excel serials
  int pivot = 69;                             // two-digit years from here on are of the last century
};

// Nothing when the text is no possible date. Without a zone of its own it is in `zone`; at an hour that a clock change
// repeats, the first is meant.
std::optional<DateReading> read_date(std::string_view text, const DateForm& form, const TimeZone& zone);

// "2026-03-05" or "2026-03-05T13:07:00.000Z", and possible.
bool is_standard_date(std::string_view text, bool with_time);
std::string standard_date(const DateReading& reading, bool with_time);

// What a column tells about its dates.
class DateProfile {
 public:
  void observe(std::string_view text);
  // Judged on what was observed. `day_first_hint`: what to take when every numeric date is ambiguous.
  DateForm form(DateOrder hint = DateOrder::kUnknown, int latest_year = 2100) const;
  uint64_t observed() const { return observed_; }
  uint64_t dates() const { return civil_; }              // texts that are dates with a year, month and day
  uint64_t with_time() const { return with_time_; }
  uint64_t with_zone() const { return with_zone_; }
  uint64_t epochs() const { return seconds_ + milliseconds_ + microseconds_ + nanoseconds_; }  // 2000 to 2036
  uint64_t excel_like() const { return excel_; }         // 1982 to 2064 as serials
  uint64_t compact() const { return compact_; }          // eight digits that are a date of 1900 to 2100
  uint64_t numeric_order() const { return numeric_; }    // day and month in an order that has to be known
  uint64_t day_first_evidence() const { return day_first_; }
  uint64_t month_first_evidence() const { return month_first_; }

 private:
  uint64_t observed_ = 0, civil_ = 0, with_time_ = 0, with_zone_ = 0, numeric_ = 0, day_first_ = 0, month_first_ = 0;
  uint64_t seconds_ = 0, milliseconds_ = 0, microseconds_ = 0, nanoseconds_ = 0, excel_ = 0, compact_ = 0;
  std::array<uint32_t, 32> first_{}, second_{};  // how often each number stands first and second
  std::array<uint32_t, 10> separators_{};
};

}  // namespace furrow::govern
