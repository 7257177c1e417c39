#include "learn/matrix_inspection.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <unordered_set>

#include "learn/metrics.h"
#include "learn/target.h"

namespace furrow::learn {
namespace {

constexpr double kLeakingStrength = 0.98, kSameCorrelation = 0.9999, kDriftIndex = 0.25, kSparse = 0.99;
constexpr size_t kInspectionBins = 10;

// A number for each row to compare by: the value, or a text's code; NaN when missing.
std::vector<double> values_of(const Column& column) {
  if (column.kind != ColumnKind::kText) return column.numbers;
  std::vector<double> values;
  values.reserve(column.codes.size());
  for (int32_t code : column.codes) values.push_back(code < 0 ? std::nan("") : code);
  return values;
}

size_t distinct_of(const std::vector<double>& values) {
  std::unordered_set<double> seen;
  for (double v : values) {
    if (v == v) seen.insert(v);
  }
  return seen.size();
}

struct Spread {
  double mean = 0, deviation = 0;
  size_t known = 0;
};
Spread spread_of(const std::vector<double>& values) {
  Spread s;
  for (double v : values) {
    if (v == v) s.mean += v, ++s.known;
  }
  if (s.known == 0) return s;
  s.mean /= static_cast<double>(s.known);
  for (double v : values) {
    if (v == v) s.deviation += (v - s.mean) * (v - s.mean);
  }
  s.deviation = std::sqrt(s.deviation / static_cast<double>(s.known));
  return s;
}

// |correlation| over rows where both are known; 0 where one is missing and the other is not in more than 1 % of the rows.
double correlation(const std::vector<double>& a, const std::vector<double>& b) {
  double n = 0, ma = 0, mb = 0;
  size_t unmatched = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    if (std::isnan(a[i]) != std::isnan(b[i])) ++unmatched;
    if (a[i] == a[i] && b[i] == b[i]) n += 1, ma += a[i], mb += b[i];
  }
  if (n < 2 || unmatched * 100 > a.size()) return 0;
  ma /= n;
  mb /= n;
  double shared = 0, sa = 0, sb = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    if (a[i] != a[i] || b[i] != b[i]) continue;
    shared += (a[i] - ma) * (b[i] - mb);
    sa += (a[i] - ma) * (a[i] - ma);
    sb += (b[i] - mb) * (b[i] - mb);
  }
  return sa > 0 && sb > 0 ? std::fabs(shared) / std::sqrt(sa * sb) : 0;
}

// A text column scored by each level's share of positives, leaving a row's own label out.
std::vector<double> scores_of(const Column& column, const Target& target) {
  std::vector<double> scores;
  if (column.kind != ColumnKind::kText) {
    for (uint32_t row : target.rows) scores.push_back(column.numbers[row]);
    return scores;
  }
  std::vector<double> sum(column.levels.size() + 1), count(column.levels.size() + 1);
  double total = 0;
  auto place = [&](uint32_t row) { return static_cast<size_t>(column.codes[row] < 0 ? static_cast<int32_t>(column.levels.size()) : column.codes[row]); };
  for (size_t i = 0; i < target.rows.size(); ++i) {
    sum[place(target.rows[i])] += static_cast<double>(target.labels[i]);
    count[place(target.rows[i])] += 1;
    total += static_cast<double>(target.labels[i]);
  }
  const double prior = total / static_cast<double>(std::max<size_t>(1, target.rows.size()));
  for (size_t i = 0; i < target.rows.size(); ++i) {
    const size_t p = place(target.rows[i]);
    scores.push_back((sum[p] - static_cast<double>(target.labels[i]) + prior) / count[p]);
  }
  return scores;
}

double strength_of(const Column& column, const Target& target) {
  std::vector<double> scores = scores_of(column, target);
  std::vector<double> absent;
  for (double s : scores) absent.push_back(s == s ? 0 : 1);
  if (target.task != Task::kBinary) {
    std::vector<double> labels(target.labels.begin(), target.labels.end());
    return std::max(correlation(scores, labels), correlation(absent, labels));
  }
  auto of = [&](const std::vector<double>& s) {
    const double area = auc(s, target.labels);
    return std::max(area, 1 - area);
  };
  double best = of(absent);
  // A missing value on either end: whichever tells more.
  for (double end : {-1e308, 1e308}) {
    std::vector<double> filled = scores;
    for (double& s : filled) s = s == s ? s : end;
    best = std::max(best, of(filled));
  }
  return best;
}

// Population stability index of the newer half against the older, `order` being the rows by time.
double stability_index(const std::vector<double>& values, bool levels, const std::vector<size_t>& order) {
  std::vector<double> older;
  std::map<double, size_t> counts;
  const size_t half = order.size() / 2;
  for (size_t i = 0; i < half; ++i) {
    if (values[order[i]] != values[order[i]]) continue;
    older.push_back(values[order[i]]);
    ++counts[values[order[i]]];
  }
  std::vector<double> edges;
  if (levels) {
    std::vector<std::pair<size_t, double>> frequent;
    for (const auto& [v, n] : counts) frequent.emplace_back(n, v);
    std::sort(frequent.rbegin(), frequent.rend());
    for (size_t i = 0; i < std::min(kInspectionBins, frequent.size()); ++i) edges.push_back(frequent[i].second);
  } else if (!older.empty()) {
    std::sort(older.begin(), older.end());
    for (size_t b = 1; b < kInspectionBins; ++b) edges.push_back(older[b * older.size() / kInspectionBins]);
    edges.erase(std::unique(edges.begin(), edges.end()), edges.end());
  }
  auto bin_of = [&](double v) -> size_t {
    if (v != v) return edges.size() + 1;
    if (levels) return static_cast<size_t>(std::find(edges.begin(), edges.end(), v) - edges.begin());
    return static_cast<size_t>(std::upper_bound(edges.begin(), edges.end(), v) - edges.begin());
  };
  std::vector<double> before(edges.size() + 2, 0.5), after(edges.size() + 2, 0.5);
  for (size_t i = 0; i < order.size(); ++i) (i < half ? before : after)[bin_of(values[order[i]])] += 1;
  const double all_before = std::accumulate(before.begin(), before.end(), 0.0), all_after = std::accumulate(after.begin(), after.end(), 0.0);
  double index = 0;
  for (size_t b = 0; b < before.size(); ++b) {
    const double p = before[b] / all_before, q = after[b] / all_after;
    index += (q - p) * std::log(q / p);
  }
  return index;
}

Result<std::vector<size_t>> order_by(const Dataset& data, const std::string& time) {
  const Column* column = data.find(time);
  if (!column) return Error(ErrorCode::kInvalidArgument, fmt::format("there is no column \"{}\" to order rows by", time));
  const std::vector<double> values = values_of(*column);
  std::vector<size_t> order;
  for (size_t row = 0; row < values.size(); ++row) {
    if (values[row] == values[row]) order.push_back(row);
  }
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return values[a] < values[b]; });
  return order;
}

}  // namespace

Result<std::vector<ColumnInspection>> inspect_matrix(const Dataset& data, const InspectionOptions& options) {
  std::optional<Target> target;
  if (!options.target.empty()) {
    FURROW_ASSIGN(target, read_target(data, options.target, options.positive));
  }
  std::vector<size_t> order;
  if (!options.time.empty()) {
    FURROW_ASSIGN(order, order_by(data, options.time));
  }
  std::vector<ColumnInspection> found;
  std::vector<std::vector<double>> kept;
  for (const Column& column : data.columns) {
    const bool skipped = column.name == options.target || column.name == options.time ||
                         std::find(options.ignored.begin(), options.ignored.end(), column.name) != options.ignored.end();
    if (skipped) continue;
    ColumnInspection one;
    one.name = column.name;
    one.kind = column.kind;
    std::vector<double> values = values_of(column);
    const Spread spread = spread_of(values);
    one.distinct = distinct_of(values);
    one.missing = data.rows == 0 ? 0 : 1 - static_cast<double>(spread.known) / static_cast<double>(data.rows);
    one.constant = one.distinct <= 1;
    one.sparse = one.missing > kSparse;
    for (size_t other = 0; other < found.size() && one.duplicate_of.empty() && !one.constant; ++other) {
      if (found[other].kind != one.kind || found[other].distinct != one.distinct || found[other].constant) continue;
      const bool text = one.kind == ColumnKind::kText;
      if (text ? data.find(found[other].name)->levels == column.levels && kept[other].size() == values.size() &&
                     std::equal(values.begin(), values.end(), kept[other].begin(), [](double a, double b) { return a == b || (a != a && b != b); })
               : correlation(values, kept[other]) > kSameCorrelation) {
        one.duplicate_of = found[other].name;
      }
    }
    if (target && !one.constant) {
      one.target_strength = strength_of(column, *target);
      one.leaking = *one.target_strength > kLeakingStrength;
    }
    if (order.size() >= 200 && !one.constant) {
      one.stability_index = stability_index(values, one.kind == ColumnKind::kText, order);
      one.drifting = *one.stability_index > kDriftIndex;
    }
    found.push_back(std::move(one));
    kept.push_back(std::move(values));
  }
  return found;
}

}  // namespace furrow::learn
