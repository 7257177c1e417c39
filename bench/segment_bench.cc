// Segments in process: what the index of a million people costs, how long a preview takes (the rule parsed, counted over everybody,
// its overlap with 20 declared segments), and what an event pays for live membership. Prints a table; see docs/benchmarks.md,
// "Segments". Argument: people (100000).
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <ctime>

#include "base/random.h"
#include "profile/segment_index.h"
#include "profile/segment_rules.h"

namespace furrow::profile {
namespace {

using clock = std::chrono::steady_clock;
double seconds_since(clock::time_point start) { return std::chrono::duration<double>(clock::now() - start).count(); }
double processor_seconds(clockid_t of) {
  timespec now{};
  clock_gettime(of, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

constexpr const char* kFeatures = R"(features:
  - {name: orders, event: Order Completed, aggregate: count, default: 0}
  - {name: orders_90d, event: Order Completed, aggregate: count, window: 90d, default: 0}
  - {name: orders_30d, event: Order Completed, aggregate: count, window: 30d, default: 0}
  - {name: spend, event: Order Completed, aggregate: sum(price), default: 0}
  - {name: spend_90d, event: Order Completed, aggregate: sum(price), window: 90d, default: 0}
  - {name: basket, event: Order Completed, aggregate: avg(price)}
  - {name: dearest, event: Order Completed, aggregate: max(price)}
  - {name: last_order_days, event: Order Completed, aggregate: recency_days}
  - {name: tenure, aggregate: tenure_days}
  - {name: views_1d, event: Product Viewed, aggregate: count, window: 1d, default: 0}
  - {name: views_7d, event: Product Viewed, aggregate: count, window: 7d, default: 0}
  - {name: views_30d, event: Product Viewed, aggregate: count, window: 30d, default: 0}
  - {name: products, event: Product Viewed, aggregate: distinct(product_id), default: 0}
  - {name: favourite, event: Product Viewed, aggregate: mode(category)}
  - {name: carts_7d, event: Product Added, aggregate: count, window: 7d, default: 0}
  - {name: carts_30d, event: Product Added, aggregate: count, window: 30d, default: 0}
  - {name: active_days_30d, aggregate: distinct_days, window: 30d, default: 0}
  - {name: visits_30d, aggregate: sessions, window: 30d, default: 0}
  - {name: last_seen_days, aggregate: recency_days}
  - {name: conversion, derive: orders_30d / views_30d}
)";
const std::vector<std::pair<const char*, const char*>> kRules{
    {"one feature", "orders_90d >= 3"},
    {"two features", "spend_90d > 200 and views_7d == 0"},
    {"either of two", "spend_90d > 100 or carts_7d >= 1"},
    {"feature and trait", "orders >= 1 and traits.country == \"CN\""},
    {"five names", "(orders_90d >= 2 or spend > 500) and last_order_days > 30 and traits.country in (\"CN\", \"DE\", \"FR\") and traits.age < 40"},
    {"arithmetic and text", "spend / orders > 80 and favourite == \"shoes\""}};

Profile person(const FeatureProgram& program, uint64_t n, Time now, ApplyScratch& scratch) {
  static const std::vector<std::string> kCountries{"CN", "CN", "CN", "DE", "FR", "GB", "US", "JP"}, kNames{"Order Completed", "Product Viewed", "Product Viewed", "Product Added"};
  Random random(n);
  Profile profile;
  profile.id = {n + 1};
  Event event;
  event.source = "live";
  event.type = EventType::kIdentify;
  event.time = event.received_at = now - days(200);
  event.properties = fmt::format(R"({{"country":"{}","age":{},"city":"city {}","email":"{}@example.com"}})", kCountries[random.below(8)], 18 + random.below(60), random.below(300), n);
  apply_event(program, event, {1}, profile.id, profile, scratch);
  event.type = EventType::kTrack;
  for (uint64_t i = random.below(24); i > 0; --i) {
    event.name = kNames[random.below(4)];
    event.time = event.received_at = now - microseconds(static_cast<int64_t>(random.uniform() * random.uniform() * 120 * 86'400e6));
    event.properties = fmt::format(R"({{"product_id":"sku-{}","price":{:.2f},"category":"{}"}})", random.below(500), random.uniform(1, 200), random.chance(0.4) ? "shoes" : "hats");
    apply_event(program, event, {i + 1}, profile.id, profile, scratch);
  }
  return profile;
}

void previews(const SegmentIndex& index, const FeatureProgram& program) {
  std::vector<Roaring> declared;
  auto count = [&](const char* text) {
    const Expression rule = Expression::parse(text).value();
    return index.match(rule, bind_rule(rule, program).value()).value();
  };
  for (size_t i = 0; i < 20; ++i) declared.push_back(count(fmt::format("orders_90d >= {} and views_30d > {}", i % 4, i).c_str()));
  fmt::print("{:<22} {:>10} {:>10} {:>10} {:>12}\n", "rule", "people", "p50 ms", "p99 ms", "cpu ms each");
  for (const auto& [name, text] : kRules) {
    std::vector<double> took;
    uint64_t size = 0, both = 0;
    const double processor = processor_seconds(CLOCK_PROCESS_CPUTIME_ID);
    for (int i = 0; i < 100; ++i) {
      const auto start = clock::now();
      const Roaring people = count(text);
      size = people.cardinality();
      for (const Roaring& other : declared) both += other.and_cardinality(people);
      took.push_back(seconds_since(start) * 1e3);
    }
    std::sort(took.begin(), took.end());
    fmt::print("{:<22} {:>10} {:>10.2f} {:>10.2f} {:>12.2f}{}\n", name, size, took[50], took[98], (processor_seconds(CLOCK_PROCESS_CPUTIME_ID) - processor) * 10, both == 1 ? " " : "");
  }
}

void events(const FeatureProgram& program, Time now) {
  fmt::print("\n{:<34} {:>14} {:>14}\n", "an event's price (cpu)", "evaluate us", "next change us");
  ApplyScratch scratch;
  std::vector<Profile> people;
  for (uint64_t n = 0; n < 2000; ++n) people.push_back(person(program, n, now, scratch));
  for (size_t segments : {1, 5, 20}) {
    std::vector<SegmentDefinition> definitions(segments);
    for (size_t s = 0; s < segments; ++s) {
      definitions[s].name = fmt::format("s{}", s);
      definitions[s].where = fmt::format("orders_90d >= {} and views_30d > {}", s % 4, s);
      if (s % 3 == 2) definitions[s].where = kRules[s % kRules.size()].second;
    }
    const auto rules = SegmentRules::compile(definitions, program).value();
    const std::vector<size_t>& touched = rules.touched("Order Completed");
    size_t in = 0, timed = 0;
    double start = processor_seconds(CLOCK_THREAD_CPUTIME_ID);
    constexpr int kRounds = 20;
    for (int round = 0; round < kRounds; ++round) {
      for (const Profile& profile : people) in += rules.evaluate(profile, now, touched)[0];
    }
    const double evaluate = processor_seconds(CLOCK_THREAD_CPUTIME_ID) - start;
    start = processor_seconds(CLOCK_THREAD_CPUTIME_ID);
    for (int round = 0; round < kRounds; ++round) {
      for (const Profile& profile : people) timed += rules.next_change(profile, now).has_value();
    }
    const double next = processor_seconds(CLOCK_THREAD_CPUTIME_ID) - start;
    const double each = 1e6 / (kRounds * static_cast<double>(people.size()));
    fmt::print("{:<34} {:>14.2f} {:>14.2f}{}\n", fmt::format("{} segments, {} of them touched", segments, touched.size()), evaluate * each, next * each, in + timed == 1 ? " " : "");
  }
}

}  // namespace
}  // namespace furrow::profile

int main(int argc, char** argv) {
  using namespace furrow;
  using namespace furrow::profile;
  const size_t people = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 100'000;
  const Time now = parse_time("2026-03-01T00:00:00Z").value();
  Diagnostics faults;
  std::vector<FeatureDefinition> features;
  load_features(*YamlNode::parse(kFeatures, "features.yaml", faults), features);
  if (!faults.empty()) return 1;
  const auto program = FeatureProgram::compile(features).value();
  PersonNumbers numbers;
  SegmentIndex index(program, numbers);
  ApplyScratch scratch;
  double put = 0;
  for (uint64_t n = 0; n < people; ++n) {
    const Profile made = person(*program, n, now, scratch);
    const double start = processor_seconds(CLOCK_THREAD_CPUTIME_ID);
    index.put(made, now);
    put += processor_seconds(CLOCK_THREAD_CPUTIME_ID) - start;
  }
  fmt::print("{} people, {} features, 4 traits (one different for everybody): {:.1f} us a put, {:.1f} bytes a person\n", people, program->size(),
             put * 1e6 / static_cast<double>(people), static_cast<double>(index.bytes()) / static_cast<double>(people));
  previews(index, *program);
  events(*program, now);
}
