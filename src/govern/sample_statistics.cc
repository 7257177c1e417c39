#include "govern/sample_statistics.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <unordered_map>

#include "govern/numbers.h"

namespace furrow::govern {
namespace {

constexpr size_t kMostKinds = 30, kLeastMissing = 5;

// Columns with few values, coded; -1 missing.
struct Coded {
  size_t column = 0;
  std::vector<int> codes;
  std::vector<std::string> kinds;
};

std::vector<Coded> coded_columns(std::span<const SampleColumn> columns) {
  std::vector<Coded> all;
  for (size_t c = 0; c < columns.size(); ++c) {
    Coded coded;
    coded.column = c;
    std::unordered_map<std::string, int> index;
    for (const std::string& cell : columns[c].cells) {
      if (cell.empty()) {
        coded.codes.push_back(-1);
        continue;
      }
      auto [at, fresh] = index.try_emplace(cell, static_cast<int>(index.size()));
      if (fresh) coded.kinds.push_back(cell);
      coded.codes.push_back(at->second);
      if (index.size() > kMostKinds) break;
    }
    if (index.size() > 1 && index.size() <= kMostKinds) all.push_back(std::move(coded));
  }
  return all;
}

std::string missingness_of(const SampleColumn& column, size_t place, std::span<const SampleColumn> columns, const std::vector<Coded>& others) {
  size_t rows = column.cells.size();
  size_t missing = static_cast<size_t>(std::count(column.cells.begin(), column.cells.end(), ""));
  if (missing == 0) return {};
  if (missing < kLeastMissing || missing == rows) return missing == rows ? "always missing" : "too few to tell";
  double best = 0;
  std::string best_name;
  for (const Coded& other : others) {
    if (other.column == place) continue;
    std::map<int, std::pair<double, double>> table;  // kind → missing, rows
    for (size_t r = 0; r < rows; ++r) {
      auto& [gone, all] = table[other.codes[r]];
      gone += column.cells[r].empty();
      ++all;
    }
    double chi = 0, share = static_cast<double>(missing) / static_cast<double>(rows);
    double decided = 0, elsewhere = 0, elsewhere_rows = 0;
    std::string values;
    for (const auto& [kind, counts] : table) {
      auto [gone, all] = counts;
      chi += (gone - share * all) * (gone - share * all) / (share * all) + (share * all - gone) * (share * all - gone) / ((1 - share) * all);
      if (gone == all && all >= kLeastMissing) {
        decided += gone;
        if (values.size() < 60) values += fmt::format("{}{}", values.empty() ? "" : ", ", kind < 0 ? "(missing)" : other.kinds[static_cast<size_t>(kind)]);
      } else {
        elsewhere += gone;
        elsewhere_rows += all;
      }
    }
    if (decided >= 0.9 * static_cast<double>(missing) && elsewhere_rows > 0 && elsewhere / elsewhere_rows < 0.02) {
      return fmt::format("structural: missing where {} is {}", columns[other.column].name, values);
    }
    double cramer = std::sqrt(chi / static_cast<double>(rows));  // the smaller side has two kinds
    double degrees = static_cast<double>(table.size()) - 1;
    // Wilson and Hilferty 1931: chi-square's cube root is normal. 5 standard deviations: many columns are tried.
    double z = (std::cbrt(chi / degrees) - (1 - 2 / (9 * degrees))) / std::sqrt(2 / (9 * degrees));
    if (z > 5 && cramer > best) {
      best = cramer;
      best_name = columns[other.column].name;
    }
  }
  if (best >= 0.1) return fmt::format("depends on {} (Cramér's V {:.2f})", best_name, best);
  return "at random, as far as the other columns show";
}

double quantile(std::span<const double> sorted, double q) {
  double at = q * static_cast<double>(sorted.size() - 1);
  size_t low = static_cast<size_t>(at);
  double part = at - static_cast<double>(low);
  return low + 1 < sorted.size() ? sorted[low] * (1 - part) + sorted[low + 1] * part : sorted[low];
}

struct Fence {
  double low = -INFINITY, high = INFINITY;
};
Fence fence_of(std::vector<double>& values) {
  std::sort(values.begin(), values.end());
  if (values.size() < 30) return {};
  double q1 = quantile(values, 0.25), q3 = quantile(values, 0.75), median = quantile(values, 0.5), range = q3 - q1;
  std::vector<double> away;
  for (double v : values) away.push_back(std::abs(v - median));
  std::sort(away.begin(), away.end());
  double mad = 1.4826 * quantile(away, 0.5);
  if (range <= 0 || mad <= 0) return {};
  double skew = medcouple(values);
  double a = skew >= 0 ? -4 : -3, b = skew >= 0 ? 3 : 4;
  Fence fence;
  fence.low = std::min(q1 - 1.5 * std::exp(a * skew) * range, median - 6 * mad);
  fence.high = std::max(q3 + 1.5 * std::exp(b * skew) * range, median + 6 * mad);
  return fence;
}

void find_outliers(const SampleColumn& column, size_t place, std::span<const SampleColumn> columns, const std::vector<Coded>& groups, SampleFinding& finding) {
  std::vector<double> values(column.cells.size(), NAN);
  double mean = 0, square = 0, n = 0;
  for (size_t r = 0; r < values.size(); ++r) {
    auto quantity = column.cells[r].empty() ? std::nullopt : read_quantity(column.cells[r]);
    if (!quantity) continue;
    values[r] = quantity->value;
    double x = std::copysign(std::log1p(std::abs(values[r])), values[r]);
    mean += x;
    square += x * x;
    ++n;
  }
  if (n < 30) return;
  double total = square - mean * mean / n;
  const Coded* best = nullptr;
  double explained = 0.05;  // less is not worth splitting for
  for (const Coded& group : groups) {
    if (group.column == place) continue;
    std::map<int, std::pair<double, double>> sums;
    for (size_t r = 0; r < values.size(); ++r) {
      if (std::isnan(values[r])) continue;
      auto& [sum, count] = sums[group.codes[r]];
      sum += std::copysign(std::log1p(std::abs(values[r])), values[r]);
      ++count;
    }
    double between = -mean * mean / n;
    for (const auto& [kind, s] : sums) between += s.first * s.first / s.second;
    if (total > 0 && between / total > explained) {
      explained = between / total;
      best = &group;
    }
  }
  std::map<int, std::vector<double>> by_group;
  for (size_t r = 0; r < values.size(); ++r) {
    if (!std::isnan(values[r])) by_group[best ? best->codes[r] : 0].push_back(values[r]);
  }
  double farthest = 0, farthest_value = 0;
  for (auto& [kind, list] : by_group) {
    Fence fence = fence_of(list);
    double width = fence.high - fence.low;
    for (double v : list) {
      if (v >= fence.low && v <= fence.high) continue;
      ++finding.outliers;
      double away = std::max(fence.low - v, v - fence.high) / width;
      if (away <= farthest) continue;
      farthest = away;
      farthest_value = v;
    }
  }
  if (finding.outliers > 0) {
    finding.outlier_note = fmt::format("{} of {} in the sample{}; the farthest is {}", finding.outliers, static_cast<uint64_t>(n),
                                       best ? ", by " + columns[best->column].name : std::string(), farthest_value);
  }
}

}  // namespace

double medcouple(std::span<const double> sorted) {
  std::vector<double> x;
  size_t step = std::max<size_t>(1, (sorted.size() + 1999) / 2000);
  for (size_t i = 0; i < sorted.size(); i += step) x.push_back(sorted[i]);
  if (x.size() < 3) return 0;
  double median = quantile(x, 0.5);
  std::vector<double> low, high, kernel;
  for (double v : x) {
    if (v <= median) low.push_back(v);
    if (v >= median) high.push_back(v);
  }
  size_t ties = static_cast<size_t>(std::count(x.begin(), x.end(), median));
  kernel.reserve(low.size() * high.size());
  for (size_t i = 0; i < low.size(); ++i) {
    for (size_t j = 0; j < high.size(); ++j) {
      if (high[j] != low[i]) {
        kernel.push_back(((high[j] - median) - (median - low[i])) / (high[j] - low[i]));
        continue;
      }
      // Both are the median: the signs of their places among the ties.
      size_t a = low.size() - 1 - i, b = j;
      size_t sum = a + b + 1;
      kernel.push_back(sum == ties ? 0 : sum < ties ? -1 : 1);
    }
  }
  auto middle = kernel.begin() + static_cast<long>(kernel.size() / 2);
  std::nth_element(kernel.begin(), middle, kernel.end());
  if (kernel.size() % 2 == 1) return *middle;
  double upper = *middle;
  return (upper + *std::max_element(kernel.begin(), middle)) / 2;
}

std::vector<SampleFinding> judge_sample(std::span<const SampleColumn> columns) {
  std::vector<Coded> coded = coded_columns(columns);
  std::vector<SampleFinding> findings(columns.size());
  for (size_t c = 0; c < columns.size(); ++c) {
    findings[c].missingness = missingness_of(columns[c], c, columns, coded);
    bool numeric = columns[c].meaning == Meaning::kMoney || columns[c].meaning == Meaning::kNumber || columns[c].meaning == Meaning::kPercent;
    if (numeric) find_outliers(columns[c], c, columns, coded, findings[c]);
  }
  return findings;
}

}  // namespace furrow::govern
