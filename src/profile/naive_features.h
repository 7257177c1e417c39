// The slow, obvious twin that judges the feature program in tests: keeps every event, reads all of them for each value.
#pragma once
#include <fmt/format.h>

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
    bool canonical = !std::isnan(number) && fmt::format("{}", number) == value.text();
    return (canonical ? "number " : "text ") + std::string(value.text());
  }
  return fmt::format("number {}", value.number() == 0 ? 0.0 : value.number());
}

inline NaiveValue naive_feature(const FeatureDefinition& feature, std::vector<NaiveEvent> events, Time as_of) {
  std::sort(events.begin(), events.end(), [](const auto& a, const auto& b) { return std::pair(a.time, a.position) < std::pair(b.time, b.position); });
  size_t count = 0;
  double sum = 0, sizes = 0, min = 0, max = 0;
  std::set<std::string> different;
  std::set<int64_t> local_days;
  std::string first, last;
  double first_number = 0, last_number = 0;
  Time newest;
  static std::map<std::string, TimeZone> zones;
  if (!zones.contains(feature.timezone)) zones.emplace(feature.timezone, TimeZone::load(feature.timezone).value());
  const TimeZone& zone = zones.at(feature.timezone);
  for (const auto& event : events) {
    if (event.time >= as_of || (feature.window && event.time < as_of - *feature.window)) continue;
    if (!feature.events.empty() && std::find(feature.events.begin(), feature.events.end(), event.label) == feature.events.end()) continue;
    Fields fields;
    if (!fields.parse(event.properties)) continue;
    if (!feature.where.empty() && !Expression::truth(naive_argument(feature.where, fields))) continue;
    Value value = feature.argument.empty() ? Value(true) : naive_argument(feature.argument, fields);
    if (value.is_null()) continue;
    bool numeric = feature.aggregate == Aggregate::kSum || feature.aggregate == Aggregate::kAverage ||
                   feature.aggregate == Aggregate::kMin || feature.aggregate == Aggregate::kMax;
    double number = value.as_number();
    if (numeric && std::isnan(number)) continue;
    sum += number;
    if (!std::isnan(number)) sizes += std::fabs(number);
    min = count == 0 ? number : std::min(min, number);
    max = count == 0 ? number : std::max(max, number);
    different.insert(naive_identity(value));
    int64_t local = event.time.micros + zone.offset_seconds(event.time) * 1000000;
    local_days.insert(static_cast<int64_t>(std::floor(static_cast<double>(local / 1000000) / 86400)));
    std::string text = value.is_text() && naive_identity(value).starts_with("text") ? std::string(value.text()) : std::string();
    if (count == 0) first = text, first_number = number;
    last = text, last_number = number;
    newest = event.time;
    ++count;
  }
  NaiveValue result;
  result.sum_of_sizes = sizes;
  if (count == 0) {
    result.missing = !feature.default_value;
    if (feature.default_value) result.number = *feature.default_value;
    return result;
  }
  switch (feature.aggregate) {
    case Aggregate::kCount: result.number = static_cast<double>(count); break;
    case Aggregate::kSum: result.number = sum; break;
    case Aggregate::kAverage: result.number = sum / static_cast<double>(count); break;
    case Aggregate::kMin: result.number = min; break;
    case Aggregate::kMax: result.number = max; break;
    case Aggregate::kFirst: result = {first_number, first, sizes, first.empty() && std::isnan(first_number)}; break;
    case Aggregate::kLast: result = {last_number, last, sizes, last.empty() && std::isnan(last_number)}; break;
    case Aggregate::kDistinct: result.number = static_cast<double>(different.size()); break;
    case Aggregate::kDistinctDays: result.number = static_cast<double>(local_days.size()); break;
    case Aggregate::kRecencyDays: result.number = static_cast<double>((as_of - newest).micros) / 86400e6; break;
  }
  return result;
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
    for (uint64_t n = random.below(3); n > 0; --n) feature.events.push_back(pick(random, labels));
    feature.where = pick(random, wheres);
    feature.aggregate = static_cast<Aggregate>(random.below(10));
    bool takes = feature.aggregate != Aggregate::kCount && feature.aggregate != Aggregate::kDistinctDays && feature.aggregate != Aggregate::kRecencyDays;
    if (takes) feature.argument = pick(random, arguments);
    if (random.chance(0.7)) feature.window = seconds(pick(random, windows_s));
    if (random.chance(0.4)) feature.default_value = static_cast<double>(random.below(3));
    feature.timezone = pick(random, zones);
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
