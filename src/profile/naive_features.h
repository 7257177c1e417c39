// The slow, obvious twin that judges the feature program in tests: keeps every event, reads all of them for each value.
#pragma once
#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/expression.h"
#include "base/json.h"
#include "base/random.h"
#include "profile/feature.h"

namespace furrow::profile {

struct NaiveEvent {
  Time time;
  uint64_t position = 0;
  std::string label;
  std::string properties;  // JSON
};

inline Value naive_argument(const std::string& text, const Fields& fields) {
  Expression expression = Expression::parse(text).value();
  std::vector<Value> slots;
  for (const auto& name : expression.names()) slots.push_back(fields.get(name));
  return expression.evaluate(slots);
}

struct NaiveValue {
  double number = std::numeric_limits<double>::quiet_NaN();
  std::string text;
  double sum_of_sizes = 0;  // what a relative error of a sum refers to
  bool missing = false;
};

// The identity of a value for `distinct`: kind and canonical text.
inline std::string naive_identity(const Value& value) {
  if (value.is_bool()) return value.boolean() ? "bool 1" : "bool 0";
  if (value.is_text()) {
    double number = value.as_number();
    const std::string text(value.text());
    char plain[400];  // without an exponent
    const std::string_view fixed(plain, static_cast<size_t>(std::to_chars(plain, plain + sizeof plain, number, std::chars_format::fixed).ptr - plain));
    bool canonical = !std::isnan(number) && text.size() <= 24 && (text == fmt::format("{}", number) || text == fixed);
    return canonical ? fmt::format("number {}", number == 0 ? 0.0 : number) : "text " + text;
  }
  return fmt::format("number {}", value.number() == 0 ? 0.0 : value.number());
}

// One qualifying event's value: a text that is no number, or a number (NaN for none).
struct NaiveRow {
  Time time;
  std::string label, text, identity;
  double number = 0, second = 0;
  bool truth = false;
};

inline const TimeZone& naive_zone(const std::string& name) {
  static std::map<std::string, TimeZone> zones;
  if (!zones.contains(name)) zones.emplace(name, TimeZone::load(name).value());
  return zones.at(name);
}

inline int64_t naive_floor(int64_t value, int64_t by) { return static_cast<int64_t>(std::floor(static_cast<long double>(value) / static_cast<long double>(by))); }

// The number of the local calendar period an instant is in.
inline int64_t naive_period(Period period, const TimeZone& zone, Time time, Time as_of) {
  if (period == Period::kHour) return naive_floor(time.micros + zone.offset_seconds(as_of) * 1'000'000, 3'600'000'000);
  const int64_t day = zone.local_day(time);
  if (period == Period::kDay) return day;
  if (period == Period::kWeek) return naive_floor(day + 3, 7);
  const CivilDate date = civil_from_days(day);
  return date.year * 12 + date.month;
}

inline bool naive_in_window(const FeatureDefinition& feature, Time time, Time as_of) {
  if (time >= as_of) return false;
  if (feature.tumbling != Period::kNone) {
    const TimeZone& zone = naive_zone(feature.timezone);
    return naive_period(feature.tumbling, zone, time, as_of) == naive_period(feature.tumbling, zone, as_of, as_of) - feature.periods_back;
  }
  return time < as_of - feature.ago && (!feature.window || time >= as_of - feature.ago - *feature.window);
}

inline std::string naive_shown(const NaiveRow& row) { return row.identity.starts_with("text") ? row.text : fmt::format("{}", row.number); }
inline std::string naive_json(const std::vector<std::string>& items, bool numbers_bare) {
  std::string out = "[";
  for (const auto& item : items) {
    if (out.size() > 1) out += ",";
    double number = Value(std::string_view(item)).as_number();
    if (numbers_bare && !std::isnan(number) && fmt::format("{}", number) == item) out += item;
    else append_json_text(out, item);
  }
  return out + "]";
}
inline std::vector<std::string> naive_top(const std::vector<std::string>& values, size_t k) {
  std::map<std::string, int> counts;
  for (const auto& value : values) ++counts[value];
  std::vector<std::string> order;
  for (const auto& [value, n] : counts) order.push_back(value);
  std::stable_sort(order.begin(), order.end(), [&](const auto& a, const auto& b) { return counts[a] > counts[b]; });
  order.resize(std::min(order.size(), k));
  return order;
}

// Oldest first.
inline std::vector<NaiveRow> naive_rows(const FeatureDefinition& feature, std::vector<NaiveEvent> events, Time as_of) {
  std::sort(events.begin(), events.end(), [](const auto& a, const auto& b) { return std::pair(a.time, a.position) < std::pair(b.time, b.position); });
  const auto is = [&](std::initializer_list<Aggregate> list) { return std::find(list.begin(), list.end(), feature.aggregate) != list.end(); };
  const bool any_kind = is({Aggregate::kFirst, Aggregate::kLast, Aggregate::kDistinct, Aggregate::kLastK, Aggregate::kTopK, Aggregate::kMode,
                            Aggregate::kNgrams, Aggregate::kShare});
  std::vector<NaiveRow> rows;
  for (const auto& event : events) {
    if (!naive_in_window(feature, event.time, as_of)) continue;
    if (!feature.events.empty() && std::find(feature.events.begin(), feature.events.end(), event.label) == feature.events.end()) continue;
    Fields fields;
    if (!fields.parse(event.properties)) continue;
    if (!feature.where.empty() && !Expression::truth(naive_argument(feature.where, fields))) continue;
    NaiveRow row{event.time, event.label, "", "", 0, 0, false};
    if (!feature.argument.empty()) {
      Value value = feature.argument == "event" ? Value(std::string_view(event.label)) : naive_argument(feature.argument, fields);
      row.truth = Expression::truth(value);
      if (value.is_null() && feature.aggregate != Aggregate::kShare) {
        if (feature.aggregate != Aggregate::kRatio) continue;
      }
      row.number = value.as_number();
      if (!any_kind && feature.aggregate != Aggregate::kRatio && std::isnan(row.number)) continue;
      row.identity = value.is_null() ? "" : naive_identity(value);
      if (value.is_text() && row.identity.starts_with("text")) row.text = std::string(value.text());
    }
    if (!feature.second.empty()) row.second = naive_argument(feature.second, fields).as_number();
    rows.push_back(row);
  }
  return rows;
}

// Over the newest 1,024, oldest first.
inline std::vector<std::vector<NaiveRow>> naive_sessions(const std::vector<NaiveRow>& rows, double gap) {
  std::vector<std::vector<NaiveRow>> sessions;
  for (const auto& row : rows) {
    if (sessions.empty() || static_cast<double>((row.time - sessions.back().back().time).micros) >= gap) sessions.emplace_back();
    sessions.back().push_back(row);
  }
  return sessions;
}

inline double naive_quantile(std::vector<double> values, double p) {
  std::sort(values.begin(), values.end());
  double rank = p * static_cast<double>(values.size() - 1), low = std::floor(rank);
  if (low == rank) return values[static_cast<size_t>(low)];
  return values[static_cast<size_t>(low)] + (values[static_cast<size_t>(low) + 1] - values[static_cast<size_t>(low)]) * (rank - low);
}

// The same for one that has events; `sizes` is what a relative error refers to.
inline NaiveValue naive_value(const FeatureDefinition& feature, const std::vector<NaiveRow>& rows, Time as_of) {
  NaiveValue result;
  std::vector<double> numbers;
  std::vector<std::string> shown;
  for (const auto& row : rows) {
    numbers.push_back(row.number);
    shown.push_back(naive_shown(row));
  }
  const double n = static_cast<double>(rows.size());
  const size_t k = feature.parameters.empty() ? 0 : static_cast<size_t>(std::max(0.0, feature.parameters[0]));
  long double sum = 0, sizes = 0, squares = 0, sum_t = 0;
  for (double v : numbers) {
    sum += v;
    if (!std::isnan(v)) sizes += std::fabs(v);
    squares += static_cast<long double>(v) * v;
  }
  const TimeZone& zone = naive_zone(feature.timezone);
  auto days_between = [](Time a, Time b) { return static_cast<double>((b - a).micros) / 86400e6; };
  auto edge = [&](const NaiveRow& row) {
    result.text = row.text;
    result.number = row.number;
  };
  result.sum_of_sizes = static_cast<double>(sizes);
  switch (feature.aggregate) {
    case Aggregate::kCount: result.number = n; break;
    case Aggregate::kSum: result.number = static_cast<double>(sum); break;
    case Aggregate::kAverage: result.number = static_cast<double>(sum) / n; break;
    case Aggregate::kMin: result.number = *std::min_element(numbers.begin(), numbers.end()); break;
    case Aggregate::kMax: result.number = *std::max_element(numbers.begin(), numbers.end()); break;
    case Aggregate::kFirst: edge(rows.front()); break;
    case Aggregate::kLast: edge(rows.back()); break;
    case Aggregate::kDistinct: {
      std::set<std::string> different;
      for (const auto& row : rows) different.insert(row.identity);
      result.number = static_cast<double>(different.size());
      break;
    }
    case Aggregate::kDistinctDays: {
      std::set<int64_t> local_days;
      for (const auto& row : rows) local_days.insert(naive_floor(row.time.micros / 1000000 + zone.offset_seconds(row.time), 86400));
      result.number = static_cast<double>(local_days.size());
      break;
    }
    case Aggregate::kRecencyDays: result.number = days_between(rows.back().time, as_of); break;
    case Aggregate::kTenureDays: result.number = days_between(rows.front().time, as_of); break;
    case Aggregate::kVariance:
    case Aggregate::kStddev: {
      if (rows.size() < 2) break;
      long double off = 0;
      for (double v : numbers) off += (v - sum / n) * (v - sum / n);
      result.number = static_cast<double>(off / (n - 1));
      result.sum_of_sizes = static_cast<double>(squares);
      if (feature.aggregate == Aggregate::kStddev) {
        result.number = std::sqrt(result.number);
        result.sum_of_sizes = std::sqrt(result.sum_of_sizes) * 1e3;
      }
      break;
    }
    case Aggregate::kTrend: {
      for (const auto& row : rows) sum_t += static_cast<long double>(row.time.milliseconds()) / 86400e3L;
      long double shared = 0, spread = 0;
      for (const auto& row : rows) {
        const long double t = static_cast<long double>(row.time.milliseconds()) / 86400e3L - sum_t / n;
        shared += t * (row.number - sum / n);
        spread += t * t;
      }
      if (spread > 1e-15L) result.number = static_cast<double>(shared / spread);
      result.sum_of_sizes = std::isnan(result.number) ? 0 : static_cast<double>(sizes / std::sqrt(spread));
      break;
    }
    case Aggregate::kRatio: {
      long double above = 0, below = 0, sizes_above = 0, sizes_below = 0;
      bool any_above = false, any_below = false;
      for (const auto& row : rows) {
        if (!std::isnan(row.number)) above += row.number, sizes_above += std::fabs(row.number), any_above = true;
        if (!std::isnan(row.second)) below += row.second, sizes_below += std::fabs(row.second), any_below = true;
      }
      if (!any_above || !any_below || static_cast<double>(below) == 0) break;
      result.number = static_cast<double>(above / below);
      result.sum_of_sizes = static_cast<double>((sizes_above + std::fabs(above) * sizes_below / std::fabs(below)) / std::fabs(below));
      break;
    }
    case Aggregate::kShare: result.number = static_cast<double>(std::count_if(rows.begin(), rows.end(), [](const auto& r) { return r.truth; })) / n; break;
    case Aggregate::kDecayedSum:
    case Aggregate::kDecayedCount:
      result.number = 0;
      for (const auto& row : rows) {
        const double amount = feature.aggregate == Aggregate::kDecayedSum ? row.number : 1;
        result.number += amount * std::exp2(-static_cast<double>((as_of - row.time).micros) / feature.parameters[0]);
      }
      if (feature.aggregate == Aggregate::kDecayedCount) result.sum_of_sizes = n;
      break;
    case Aggregate::kGapMeanDays:
      if (rows.size() > 1) result.number = days_between(rows.front().time, rows.back().time) / (n - 1);
      break;
    case Aggregate::kGapStdDays: {
      if (rows.size() < 3) break;
      const double mean = days_between(rows.front().time, rows.back().time) / (n - 1);
      double squares_of_gaps = 0;
      for (size_t i = rows.size() - 1; i > 0; --i) {
        const double off = days_between(rows[i - 1].time, rows[i].time) - mean;
        squares_of_gaps += off * off;
      }
      result.number = std::sqrt(squares_of_gaps / (n - 2));
      break;
    }
    case Aggregate::kLastK: {
      std::reverse(shown.begin(), shown.end());
      shown.resize(std::min(shown.size(), k));
      result.text = naive_json(shown, true);
      break;
    }
    case Aggregate::kTopK: result.text = naive_json(naive_top(shown, k), true); break;
    case Aggregate::kMode: {
      const std::string top = naive_top(shown, 1)[0];
      edge(*std::find_if(rows.begin(), rows.end(), [&](const auto& row) { return naive_shown(row) == top; }));
      break;
    }
    case Aggregate::kQuantile: result.number = naive_quantile(numbers, feature.parameters[0]); break;
    case Aggregate::kMedian: result.number = naive_quantile(numbers, 0.5); break;
    case Aggregate::kHistogram: {
      std::vector<std::string> counts;
      for (size_t i = 0; i <= feature.parameters.size(); ++i) {
        counts.push_back(std::to_string(std::count_if(numbers.begin(), numbers.end(), [&](double v) {
          return (i == 0 || v >= feature.parameters[i - 1]) && (i == feature.parameters.size() || v < feature.parameters[i]);
        })));
      }
      result.text = naive_json(counts, true);
      break;
    }
    case Aggregate::kHourProfile:
    case Aggregate::kWeekdayProfile:
    case Aggregate::kPeakHour:
    case Aggregate::kPeakWeekday: {
      const bool by_hour = feature.aggregate == Aggregate::kHourProfile || feature.aggregate == Aggregate::kPeakHour;
      std::vector<int> counts(by_hour ? 24 : 7);
      for (const auto& row : rows) {
        const int64_t local_hour = naive_floor(row.time.micros / 1000000 + zone.offset_seconds(row.time), 3600);
        ++counts[static_cast<size_t>(by_hour ? (local_hour % 24 + 24) % 24 : (naive_floor(local_hour, 24) + 3) % 7)];
      }
      const double top = static_cast<double>(std::max_element(counts.begin(), counts.end()) - counts.begin());
      if (feature.aggregate == Aggregate::kPeakHour) result.number = top;
      else if (feature.aggregate == Aggregate::kPeakWeekday) result.number = top + 1;
      else result.text = fmt::format("[{}]", fmt::join(counts, ","));
      break;
    }
    case Aggregate::kSessions: result.number = static_cast<double>(naive_sessions(rows, feature.parameters[0]).size()); break;
    case Aggregate::kSessionEvents: result.number = n / static_cast<double>(naive_sessions(rows, feature.parameters[0]).size()); break;
    case Aggregate::kSessionMinutes: {
      const auto sessions = naive_sessions(rows, feature.parameters[0]);
      int64_t lasted = 0;
      for (const auto& session : sessions) lasted += (session.back().time - session.front().time).micros;
      result.number = static_cast<double>(lasted) / 60e6 / static_cast<double>(sessions.size());
      break;
    }
    case Aggregate::kNgrams: {
      std::vector<std::string> grams;
      for (size_t i = 0; i + k <= shown.size(); ++i) {
        grams.push_back(fmt::format("{}", fmt::join(shown.begin() + static_cast<ptrdiff_t>(i), shown.begin() + static_cast<ptrdiff_t>(i + k), " > ")));
      }
      if (!grams.empty()) result.text = naive_json(naive_top(grams, static_cast<size_t>(feature.parameters[1])), false);
      break;
    }
    case Aggregate::kDerived: break;
  }
  return result;
}

inline NaiveValue naive_feature(const FeatureDefinition& feature, const std::vector<NaiveEvent>& events, Time as_of) {
  const std::vector<NaiveRow> rows = naive_rows(feature, events, as_of);
  NaiveValue result;
  if (!rows.empty()) result = naive_value(feature, rows, as_of);
  const bool edge_of_text = !rows.empty() && row_of(feature.aggregate).result == ResultKind::kAny;
  result.missing = result.text.empty() && std::isnan(result.number);
  if (result.missing && !edge_of_text && feature.default_value) {
    result.number = *feature.default_value;
    result.missing = false;
  }
  return result;
}

// Every feature, derived ones last and in their order.
inline std::vector<NaiveValue> naive_features(const std::vector<FeatureDefinition>& features, const std::vector<NaiveEvent>& events, Time as_of) {
  std::vector<NaiveValue> values;
  auto value_of = [&](const std::string& name) -> const NaiveValue& {
    for (size_t i = 0; i < values.size(); ++i) {
      if (features[i].name == name) return values[i];
    }
    throw std::logic_error(name);
  };
  for (const auto& feature : features) {
    if (!feature.derived()) {
      values.push_back(naive_feature(feature, events, as_of));
      continue;
    }
    Expression expression = Expression::parse(feature.argument).value();
    std::vector<Value> slots;
    for (const auto& name : expression.names()) {
      const NaiveValue& input = value_of(name);
      slots.push_back(!input.text.empty() ? Value(std::string_view(input.text)) : std::isnan(input.number) ? Value() : Value(input.number));
    }
    const Value value = expression.evaluate(slots);
    NaiveValue result;
    result.number = std::isfinite(value.as_number()) ? value.as_number() : std::numeric_limits<double>::quiet_NaN();
    if (value.is_text()) result.text = std::string(value.text());
    for (const auto& name : expression.names()) result.sum_of_sizes += 1e3 + 1e3 * value_of(name).sum_of_sizes;
    result.missing = result.text.empty() && std::isnan(result.number);
    if (result.missing && feature.default_value) result = {*feature.default_value, "", 0, false};
    values.push_back(result);
  }
  return values;
}

// 0 where exact is promised.
inline double naive_tolerance(const FeatureDefinition& feature, const NaiveValue& naive) {
  const std::string_view promise = feature.derived() ? "" : row_of(feature.aggregate).exactness;
  return promise.starts_with("exact") && !promise.starts_with("exact for") ? 0 : 1e-9 * naive.sum_of_sizes;
}

// Random definitions and events over the same small world, nasty on purpose: numbers as text, nulls, Chinese, booleans.
template <class T>
const T& pick(Random& random, const std::vector<T>& list) {
  return list[random.below(list.size())];
}

inline std::vector<FeatureDefinition> random_features(Random& random, size_t count) {
  const std::vector<std::string> labels{"Order Completed", "Product Viewed", "$page", "加入购物车"};
  const std::vector<std::string> wheres{"", "", "price > 5", "sku == \"红茶\" or price <= 3", "flag", "qty in (1, 2)", "not flag and price != null"};
  const std::vector<std::string> arguments{"price", "qty", "price * qty", "sku", "flag", "address.city", "price - 2"};
  const std::vector<int64_t> windows_s{60, 3600, 86400, 3 * 86400, 7 * 86400, 30 * 86400};
  const std::vector<std::string> zones{"UTC", "Asia/Shanghai", "America/Sao_Paulo", "Europe/London"};
  std::vector<FeatureDefinition> features;
  for (size_t i = 0; i < count; ++i) {
    FeatureDefinition feature;
    feature.name = fmt::format("f{}", i);
    feature.timezone = pick(random, zones);
    if (random.chance(0.4)) feature.default_value = static_cast<double>(random.below(3));
    if (i > 0 && random.chance(0.1)) {
      feature.aggregate = Aggregate::kDerived;
      const std::vector<std::string> forms{"f{0} + 1", "f{0} == null", "f{0} > 2 and f{0} < 10", "f{0}"};
      feature.argument = fmt::format(fmt::runtime(pick(random, forms)), random.below(i));
      features.push_back(std::move(feature));
      continue;
    }
    for (uint64_t n = random.below(3); n > 0; --n) feature.events.push_back(pick(random, labels));
    feature.where = pick(random, wheres);
    feature.aggregate = static_cast<Aggregate>(random.below(kAggregates));
    const AggregateRow& row = row_of(feature.aggregate);
    if (row.expressions > 0) feature.argument = pick(random, arguments);
    if (row.optional_expressions && random.chance(0.5)) feature.argument = "event";
    if (row.expressions > 1) feature.second = pick(random, arguments);
    if (feature.aggregate == Aggregate::kQuantile) feature.parameters = {static_cast<double>(random.below(5)) / 4};
    if (feature.aggregate == Aggregate::kHistogram) feature.parameters = {0, 2.5, 10};
    if (feature.aggregate == Aggregate::kDecayedSum || feature.aggregate == Aggregate::kDecayedCount) feature.parameters = {3.6e9 * static_cast<double>(1 + random.below(200))};
    if (row.state == "recent" && row.parameters.size() == 1 && feature.aggregate != Aggregate::kLastK) feature.parameters = {60e6 * static_cast<double>(1 + random.below(3000))};
    if (feature.aggregate == Aggregate::kLastK || feature.aggregate == Aggregate::kTopK || feature.aggregate == Aggregate::kNgrams) feature.parameters = {static_cast<double>(1 + random.below(3))};
    if (feature.aggregate == Aggregate::kNgrams) feature.parameters.push_back(static_cast<double>(1 + random.below(4)));
    if (random.chance(0.15)) {
      feature.tumbling = static_cast<Period>(1 + random.below(4));
      feature.periods_back = static_cast<int>(random.below(3));
    } else if (random.chance(0.7)) {
      feature.window = seconds(pick(random, windows_s));
      if (random.chance(0.2)) feature.ago = seconds(pick(random, windows_s));
    }
    features.push_back(std::move(feature));
  }
  return features;
}

inline std::string random_properties(Random& random) {
  const std::vector<std::string> prices{"1", "2.5", "19.99", "0.1", "\"7\"", "\"007\"", "\"n/a\"", "null", "-3", "1e-20", "1234567890123", "0"};
  const std::vector<std::string> skus{"\"红茶\"", "\"A1\"", "\"A2\"", "\"12\"", "12", "\"\"", "\"长长长长长长长长长长\"", "null"};
  std::string json = "{\"n\":0";
  if (random.chance(0.85)) json += ",\"price\":" + pick(random, prices);
  if (random.chance(0.7)) json += ",\"sku\":" + pick(random, skus);
  if (random.chance(0.7)) json += fmt::format(",\"qty\":{}", random.below(4));
  if (random.chance(0.5)) json += random.chance(0.5) ? ",\"flag\":true" : ",\"flag\":false";
  if (random.chance(0.3)) json += fmt::format(",\"address\":{{\"city\":\"城{}\"}}", random.below(3));
  return json + "}";
}

// Within `span` before `end`; times repeat often, a few are in the future of `end`.
inline NaiveEvent random_event(Random& random, Time end, Duration span, uint64_t position) {
  const std::vector<std::string> labels{"Order Completed", "Product Viewed", "$page", "加入购物车", "Other"};
  NaiveEvent event;
  int64_t back = static_cast<int64_t>(random.below(static_cast<uint64_t>(span.micros)));
  if (random.chance(0.5)) back = back / 3'600'000'000 * 3'600'000'000;
  event.time = random.chance(0.03) ? Time{end.micros + back} : Time{end.micros - back};
  event.position = position;
  event.label = pick(random, labels);
  event.properties = random_properties(random);
  return event;
}

}  // namespace furrow::profile
