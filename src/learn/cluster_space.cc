#include "learn/cluster_space.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <optional>

#include "base/random.h"
#include "learn/cluster_kmeans.h"

namespace furrow::learn {
namespace {

constexpr size_t kSampled = 200'000;  // values that quantiles are taken from
constexpr double kDay = 86400;

bool looks_like_id(std::string_view name) {
  std::string lower;
  for (char c : name) lower.push_back(static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c));
  for (std::string_view end : {"id", "_no", "uuid", "key", "编号", "号码", "账号", "手机", "电话", "row", "index", "phone"}) {
    if (lower.ends_with(end)) return true;
  }
  return lower.empty() || lower.starts_with("unnamed") || lower.starts_with("id_");
}

double quantile(const std::vector<double>& sorted, double q) {
  const double at = q * static_cast<double>(sorted.size() - 1);
  const size_t i = static_cast<size_t>(at);
  return i + 1 < sorted.size() ? sorted[i] + (at - static_cast<double>(i)) * (sorted[i + 1] - sorted[i]) : sorted.back();
}

// How much longer the upper tail is than the lower.
double tail_ratio(double low, double middle, double high) {
  return (high - middle) / std::max(middle - low, 1e-12 + 1e-6 * (high - middle));
}

double transformed(const SpaceColumn& column, double x) {
  switch (column.scale) {
    case SpaceScale::kLog: return column.unit == 0 ? std::log(x) : std::log1p(x / column.unit);
    case SpaceScale::kSignedLog: return std::copysign(std::log1p(std::abs(x) / column.unit), x);
    default: return x;
  }
}

// A logarithm where the upper tail is many times the lower and the logarithm evens them out.
void choose_scale(SpaceColumn& column, const std::vector<double>& sorted) {
  const double low = quantile(sorted, 0.01), middle = quantile(sorted, 0.5), high = quantile(sorted, 0.99);
  if (!(high > low)) return;
  SpaceColumn attempt = column;
  if (sorted.front() >= 0) {
    attempt.scale = SpaceScale::kLog;
    auto positive = std::upper_bound(sorted.begin(), sorted.end(), 0.0);
    const std::vector<double> above(positive, sorted.end());
    attempt.unit = sorted.front() > 0 ? 0 : quantile(above, 0.05);
    if (tail_ratio(low, middle, high) < 5) return;
  } else {
    attempt.scale = SpaceScale::kSignedLog;
    std::vector<double> sizes(sorted);
    for (double& v : sizes) v = std::abs(v);
    std::sort(sizes.begin(), sizes.end());
    attempt.unit = quantile(sizes, 0.5);
    // Heavy tails: the middle half is a small part of the whole (a normal's share is 0.29).
    const double half = quantile(sorted, 0.75) - quantile(sorted, 0.25);
    if (attempt.unit <= 0 || half / (high - low) > 0.1) return;
  }
  const double a = transformed(attempt, low), b = transformed(attempt, middle), c = transformed(attempt, high);
  if (attempt.scale == SpaceScale::kLog && attempt.unit == 0 && tail_ratio(a, b, c) < 0.2) return;  // now the lower tail is the long one
  column = attempt;
}

void choose_spread(SpaceColumn& column, std::vector<double> sorted) {
  for (double& v : sorted) v = transformed(column, v);  // monotone
  column.centre = quantile(sorted, 0.5);
  const double low = quantile(sorted, 0.005), high = quantile(sorted, 0.995);
  auto deviation = [&](double from, double to) {
    double sum = 0, square = 0;
    for (double v : sorted) {
      const double x = std::clamp(v, from, to) - column.centre;
      sum += x;
      square += x * x;
    }
    const double n = static_cast<double>(sorted.size());
    return std::sqrt(std::max(0.0, square / n - sum / n * sum / n));
  };
  column.spread = deviation(low, high);
  const double all = deviation(sorted.front(), sorted.back());
  if (column.spread < 1e-9 * all || !(column.spread > 0)) column.spread = all;
  if (!(column.spread > 0)) column.spread = 1;
}

struct AxisValues {
  std::vector<double> sorted;  // present ones, sampled
  size_t present = 0, distinct = 0;
  bool whole = true, rising = true;
};

AxisValues look_at(const Dataset& data, const SpaceColumn& column) {
  AxisValues out;
  double before = -std::numeric_limits<double>::infinity();
  const size_t step = std::max<size_t>(1, data.rows / kSampled);
  for (size_t i = 0; i < data.rows; ++i) {
    const double v = space_value(data, column, i);
    if (std::isnan(v)) continue;
    ++out.present;
    out.whole &= v == std::floor(v);
    out.rising &= v > before;
    before = v;
    if (i % step == 0) out.sorted.push_back(v);
  }
  if (out.sorted.empty() && out.present > 0) {
    for (size_t i = 0; i < data.rows; ++i) {
      if (double v = space_value(data, column, i); !std::isnan(v)) out.sorted.push_back(v);
    }
  }
  std::sort(out.sorted.begin(), out.sorted.end());
  for (size_t i = 0; i < out.sorted.size(); ++i) out.distinct += i == 0 || out.sorted[i] != out.sorted[i - 1];
  return out;
}

struct Planner {
  const Dataset& data;
  ClusterSpace& space;

  void leave_out(const std::string& name, std::string reason) { space.left_out.push_back({name, std::move(reason)}); }

  void consider(size_t source) {
    const Column& from = data.columns[source];
    SpaceColumn column;
    column.name = from.name;
    column.source = source;
    if (from.kind == ColumnKind::kText) return consider_levels(std::move(column), from);
    column.time = from.kind == ColumnKind::kTime;
    if (column.time) {
      column.newest = -std::numeric_limits<double>::infinity();
      for (double t : from.numbers) column.newest = std::max(column.newest, std::isnan(t) ? column.newest : t);
    }
    const AxisValues values = look_at(data, column);
    if (!enough(column, values.present)) return;
    if (values.distinct < 2) return leave_out(column.name, "has one value");
    const bool own = values.distinct == values.sorted.size() && values.present == data.rows && data.rows >= 10;
    if (own && values.whole && !column.time && (looks_like_id(column.name) || (values.rising && data.rows >= 30))) {
      return leave_out(column.name, "is a number of its own for every row: an id");
    }
    if (values.whole && looks_like_id(column.name) && static_cast<double>(values.distinct) > 0.5 * static_cast<double>(values.sorted.size()) && data.rows >= 10) {
      return leave_out(column.name, "is named like an id and hardly repeats");
    }
    if (values.distinct == 2 && !column.time) return two_values(std::move(column), values);
    choose_scale(column, values.sorted);
    choose_spread(column, values.sorted);
    place(std::move(column));
  }

  bool enough(SpaceColumn& column, size_t present) {
    column.missing_share = 1 - static_cast<double>(present) / static_cast<double>(data.rows);
    if (present == 0) leave_out(column.name, "has no value");
    else if (column.missing_share > 0.7) leave_out(column.name, fmt::format("is missing in {:.0f} % of the rows", 100 * column.missing_share));
    else return true;
    return false;
  }

  void two_values(SpaceColumn column, const AxisValues& values) {
    column.scale = SpaceScale::kLevels;
    const double a = values.sorted.front(), b = values.sorted.back();
    size_t high = 0;
    for (double v : values.sorted) high += v == b;
    column.centre = a;
    column.levels = {fmt::format("{}", a), fmt::format("{}", b)};
    const double p = static_cast<double>(high) / static_cast<double>(values.sorted.size());
    column.shares = {1 - p, p};
    place(std::move(column));
  }

  void consider_levels(SpaceColumn column, const Column& from) {
    std::vector<size_t> counts(from.levels.size());
    size_t present = 0;
    for (int32_t code : from.codes) {
      if (code < 0 || is_absent(from.levels[static_cast<size_t>(code)])) continue;
      ++counts[static_cast<size_t>(code)];
      ++present;
    }
    if (!enough(column, present)) return;
    std::vector<size_t> order;
    for (size_t l = 0; l < counts.size(); ++l) if (counts[l] > 0) order.push_back(l);
    if (order.size() < 2) return leave_out(column.name, "has one value");
    if (order.size() > 10 && static_cast<double>(order.size()) > 0.5 * static_cast<double>(present)) {
      return leave_out(column.name, fmt::format("has {} different texts in {} rows: an id or free text", order.size(), present));
    }
    std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
      return counts[a] != counts[b] ? counts[a] > counts[b] : from.levels[a] < from.levels[b];
    });
    size_t kept = std::min(order.size(), kKeptLevels), kept_rows = 0;
    column.scale = SpaceScale::kLevels;
    column.place_of_code.assign(from.levels.size(), -1);
    for (size_t l = 0; l < order.size(); ++l) column.place_of_code[order[l]] = static_cast<int32_t>(std::min(l, kept));
    for (size_t l = 0; l < kept; ++l) {
      column.levels.push_back(from.levels[order[l]]);
      column.shares.push_back(static_cast<double>(counts[order[l]]) / static_cast<double>(present));
      kept_rows += counts[order[l]];
    }
    if (kept < order.size()) {
      if (static_cast<double>(kept_rows) < 0.5 * static_cast<double>(present)) {
        return leave_out(column.name, fmt::format("has {} different texts, most of them rare", order.size()));
      }
      column.levels.push_back("");
      column.shares.push_back(static_cast<double>(present - kept_rows) / static_cast<double>(present));
    }
    place(std::move(column));
  }

  void place(SpaceColumn column) {
    if (column.scale == SpaceScale::kLevels) {
      double same = 0;
      for (double p : column.shares) same += p * p;
      column.weight = std::sqrt(std::min(2.0, 0.5 / std::max(1e-9, 1 - same)));
      column.outputs = column.levels.size();
    }
    column.first = space.points.columns;
    space.points.columns += column.outputs;
    space.columns.push_back(std::move(column));
  }
};

void fill(const Dataset& data, ClusterSpace& space) {
  Points& points = space.points;
  points.rows = data.rows;
  points.values.assign(points.rows * points.columns, 0);
  std::vector<uint8_t> any(points.rows, 0);
  for (const SpaceColumn& column : space.columns) {
    for (size_t i = 0; i < points.rows; ++i) {
      const double v = space_value(data, column, i);
      float* out = points.row(i) + column.first;
      any[i] |= !std::isnan(v);
      if (column.scale != SpaceScale::kLevels) {
        if (!std::isnan(v)) out[0] = std::clamp(static_cast<float>((transformed(column, v) - column.centre) / column.spread), -kCut, kCut);
        continue;
      }
      for (size_t l = 0; l < column.outputs; ++l) {
        out[l] = std::isnan(v) ? 0.0f : static_cast<float>(((static_cast<size_t>(v) == l) - column.shares[l]) * column.weight);
      }
    }
  }
  space.empty_rows = static_cast<size_t>(std::count(any.begin(), any.end(), uint8_t{0}));
}

// Columns that carry the same numbers as an earlier one, up to scale.
void drop_repeats(ClusterSpace& space, const Dataset& data) {
  const auto rows = sample_rows(data.rows, 20'000, 7);
  std::vector<SpaceColumn> kept;
  auto centred = [&](const SpaceColumn& column) {
    std::vector<double> out;
    double sum = 0, square = 0;
    for (uint32_t i : rows) out.push_back(space.points.row(i)[column.first]);
    for (double v : out) sum += v;
    for (double& v : out) { v -= sum / static_cast<double>(out.size()); square += v * v; }
    for (double& v : out) v /= std::sqrt(std::max(square, 1e-30));
    return out;
  };
  std::vector<std::vector<double>> seen;
  std::vector<std::string> names;
  size_t columns = 0;
  for (SpaceColumn& column : space.columns) {
    if (column.outputs <= 2 && rows.size() >= 5) {
      auto mine = centred(column);
      std::optional<size_t> twin;
      for (size_t s = 0; s < seen.size() && !twin; ++s) {
        if (std::abs(std::inner_product(mine.begin(), mine.end(), seen[s].begin(), 0.0)) > 0.9999) twin = s;
      }
      if (twin) {
        space.left_out.push_back({column.name, fmt::format("says the same as \"{}\"", names[*twin])});
        continue;
      }
      seen.push_back(std::move(mine));
      names.push_back(column.name);
    }
    column.first = columns;
    columns += column.outputs;
    kept.push_back(std::move(column));
  }
  const bool changed = kept.size() != space.columns.size();
  space.columns = std::move(kept);
  space.points.columns = columns;
  if (changed) fill(data, space);
}

}  // namespace

double space_value(const Dataset& data, const SpaceColumn& column, size_t row) {
  const Column& from = data.columns[column.source];
  if (from.missing(row)) return std::numeric_limits<double>::quiet_NaN();
  if (from.kind == ColumnKind::kTime) return (column.newest - from.numbers[row]) / kDay;
  if (column.scale != SpaceScale::kLevels) {
    return std::isfinite(from.numbers[row]) ? from.numbers[row] : std::numeric_limits<double>::quiet_NaN();
  }
  if (from.kind == ColumnKind::kNumber) return from.numbers[row] == column.centre ? 0 : 1;
  const int32_t place = column.place_of_code[static_cast<size_t>(from.codes[row])];
  return place < 0 ? std::numeric_limits<double>::quiet_NaN() : place;
}

ClusterSpace cluster_space(const Dataset& data, const std::vector<std::string>& ignored) {
  ClusterSpace space;
  if (data.rows == 0) return space;
  Planner planner{data, space};
  for (size_t c = 0; c < data.columns.size(); ++c) {
    if (std::find(ignored.begin(), ignored.end(), data.columns[c].name) == ignored.end()) planner.consider(c);
  }
  fill(data, space);
  drop_repeats(space, data);
  return space;
}

Points spread_ties(const ClusterSpace& space, const std::vector<uint32_t>& rows, uint64_t seed) {
  Points out = space.points.take(rows);
  Random random(seed);
  for (const SpaceColumn& column : space.columns) {
    if (column.scale == SpaceScale::kLevels) {
      for (size_t i = 0; i < out.rows; ++i) {
        for (size_t l = 0; l < column.outputs; ++l) out.row(i)[column.first + l] += static_cast<float>(random.uniform(-0.5, 0.5) * column.weight);
      }
      continue;
    }
    std::vector<float> sorted(out.rows);
    for (size_t i = 0; i < out.rows; ++i) sorted[i] = out.row(i)[column.first];
    std::sort(sorted.begin(), sorted.end());
    sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
    if (sorted.size() < 2 || sorted.size() > out.rows / 2) continue;
    for (size_t i = 0; i < out.rows; ++i) {
      float& v = out.row(i)[column.first];
      const auto at = std::lower_bound(sorted.begin(), sorted.end(), v);
      float half = std::numeric_limits<float>::max();
      if (at != sorted.begin()) half = std::min(half, (v - *(at - 1)) / 2);
      if (at + 1 != sorted.end()) half = std::min(half, (*(at + 1) - v) / 2);
      v += static_cast<float>(random.uniform(-1, 1)) * half;
    }
  }
  return out;
}

}  // namespace furrow::learn
