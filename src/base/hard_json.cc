#include "base/hard_json.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <string_view>

namespace furrow {
namespace {

bool is_vast(std::string_view number) {
  const char *from = number.data(), *to = from + number.size();
  if (number.find_first_of(".eE") != std::string_view::npos) {
    double value = 0;
    auto [end, error] = std::from_chars(from, to, value);
    return end == to && (error == std::errc::result_out_of_range || std::isinf(value));
  }
  int64_t whole = 0;
  uint64_t positive = 0;
  auto read = number.front() == '-' ? std::from_chars(from, to, whole) : std::from_chars(from, to, positive);
  return read.ptr == to && read.ec == std::errc::result_out_of_range;
}

// The UTF-16 unit of an escape \\uXXXX that starts at `at`; -1 when none does.
int unit_at(std::string_view json, size_t at) {
  if (json.substr(at, 2) != "\\u" || at + 6 > json.size()) return -1;
  int unit = 0;
  auto [end, error] = std::from_chars(json.data() + at + 2, json.data() + at + 6, unit, 16);
  return error == std::errc() && end == json.data() + at + 6 ? unit : -1;
}
bool is_high(int unit) { return unit >= 0xD800 && unit < 0xDC00; }
bool is_low(int unit) { return unit >= 0xDC00 && unit < 0xE000; }

// Passes over the text whose opening quote is at `at`; returns what follows it.
size_t ease_text(std::string& json, size_t at, bool& eased) {
  for (++at; at < json.size() && json[at] != '"'; ++at) {
    if (json[at] != '\\') continue;
    const int unit = unit_at(json, at);
    if (is_high(unit) && is_low(unit_at(json, at + 6))) {
      at += 11;
    } else if (is_high(unit) || is_low(unit)) {
      json.replace(at + 2, 4, "fffd");
      eased = true;
      at += 5;
    } else {
      ++at;
    }
  }
  return std::min(at + 1, json.size());
}

}  // namespace

bool ease_json(std::string& json) {
  std::string out;
  size_t copied = 0;
  bool eased = false;
  for (size_t i = 0; i < json.size();) {
    if (json[i] == '"') {
      i = ease_text(json, i, eased);
      continue;
    }
    if (json[i] != '-' && (json[i] < '0' || json[i] > '9')) {
      ++i;
      continue;
    }
    const size_t start = i;
    i = std::min(json.find_first_not_of("0123456789+-.eE", i), json.size());
    std::string_view number = std::string_view(json).substr(start, i - start);
    if (!is_vast(number)) continue;
    out.append(json, copied, start - copied).append(1, '"').append(number).append(1, '"');
    copied = i;
  }
  if (copied > 0) {
    out.append(json, copied);
    json = std::move(out);
  }
  return eased || copied > 0;
}

}  // namespace furrow
