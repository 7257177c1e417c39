// What the benchmarks of models share: rows of a table by number, and the mean over splits with its 95 % t-interval.
#pragma once
#include <fmt/format.h>

#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <string>
#include <vector>

#include "learn/dataset.h"

namespace furrow::learn {

inline Dataset take(const Dataset& data, const std::vector<uint32_t>& rows) {
  Dataset out;
  out.rows = rows.size();
  for (const Column& column : data.columns) {
    Column part{column.name, column.kind, {}, {}, column.levels};
    for (uint32_t row : rows) {
      if (column.kind == ColumnKind::kText) part.codes.push_back(column.codes[row]);
      else part.numbers.push_back(column.numbers[row]);
    }
    out.columns.push_back(std::move(part));
  }
  return out;
}

struct Mean {
  double value = 0, half = 0;  // half of the interval; 0 when there is one value
};
inline Mean mean_of(const std::vector<double>& values) {
  double n = static_cast<double>(values.size()), squares = 0;
  Mean out;
  for (double v : values) out.value += v / n;
  for (double v : values) squares += (v - out.value) * (v - out.value);
  if (values.size() < 2) return out;
  out.half = boost::math::quantile(boost::math::students_t(n - 1), 0.975) * std::sqrt(squares / (n - 1) / n);
  return out;
}
inline std::string show(const std::vector<double>& values, int digits = 4) {
  Mean m = mean_of(values);
  return fmt::format("{:.{}f} ± {:.{}f}", m.value, digits, m.half, digits);
}

}  // namespace furrow::learn
