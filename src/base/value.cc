#include "base/value.h"

#include <charconv>
#include <cmath>
#include <limits>

namespace furrow {

double Value::as_number() const {
  if (is_number()) return number();
  if (is_bool()) return boolean() ? 1 : 0;
  if (is_text()) {
    double parsed = 0;
    auto [end, error] = std::from_chars(text().data(), text().data() + text().size(), parsed);
    if (error == std::errc() && end == text().data() + text().size() && std::isfinite(parsed)) return parsed;
  }
  return std::numeric_limits<double>::quiet_NaN();
}

}  // namespace furrow
