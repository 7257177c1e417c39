// A number as people write it: whole numbers without an exponent (100000, where the shortest form would be 1e+05), others in
// the shortest form that reads back as the same double. Ids and levels are compared by this text, so all rooms write it alike.
// Threads: pure. Cost: about 30 ns.
#pragma once
#include <charconv>
#include <cmath>
#include <string>
#include <string_view>

namespace furrow {

inline constexpr double kWholeDigits = 1e15;  // from here on, whole numbers keep the shortest form

inline std::string number_text(double value) {
  char buffer[32];
  const bool whole = std::fabs(value) < kWholeDigits && value == std::floor(value) && !(value == 0 && std::signbit(value));
  auto [end, error] = whole ? std::to_chars(buffer, buffer + sizeof buffer, static_cast<long long>(value)) : std::to_chars(buffer, buffer + sizeof buffer, value);
  return std::string(buffer, end);
}

inline constexpr size_t kExactDigits = 15;  // of a whole number, all of which a double keeps

// An order's number of twenty digits is no amount: as a double it would come out with others at its end.
inline bool loses_digits(std::string_view text, double value) {
  if (text.size() <= kExactDigits || text.find_first_of(".eE") != std::string_view::npos) return false;
  char buffer[400];  // 1e308 has 309 digits
  auto [end, error] = std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::fixed);
  return std::string_view(buffer, static_cast<size_t>(end - buffer)) != text;
}

}  // namespace furrow
