// The parts of a written date, before anyone says which of two numbers is the month. Inside dates.cc and its tests.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

namespace furrow::govern {

struct ScannedDate {
  enum class Shape : uint8_t {
    kYearFirst,  // a year, b month, c day
    kNumeric,    // a and b in some order, c year
    kNamed,      // month by name: a day, b month, c year
    kDigits,     // bare digits: `whole` and `fraction`
  };
  Shape shape = Shape::kDigits;
  int a = 0, b = 0, c = 0;
  int year_digits = 4;
  char separator = 0;
  int64_t whole = 0;
  size_t whole_digits = 0;
  double fraction = 0;
  bool negative = false;
  bool has_time = false;
  int hour = 0, minute = 0, second = 0;
  int64_t micros = 0;
  bool has_zone = false;
  int64_t offset_seconds = 0;
};

// Nothing when the text has another form; whether the date is possible is not asked here.
std::optional<ScannedDate> scan_date(std::string_view text);

}  // namespace furrow::govern
