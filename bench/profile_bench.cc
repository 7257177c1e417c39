// Live profiles in process, one thread: events applied a second of processor time (JSON properties parsed, traits, journal, cache), bytes a
// profile at 100,000 profiles, and reads of all features, with 20, 50 and 250 features. Prints a table; see
// docs/benchmarks.md, "Profiles". Argument: profiles (100000).
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <ctime>

#include "base/random.h"
#include "profile/history.h"
#include "profile/profile_view.h"
#include "store/memory_kv.h"

namespace furrow::profile {
namespace {

using clock = std::chrono::steady_clock;
double seconds_since(clock::time_point start) { return std::chrono::duration<double>(clock::now() - start).count(); }
// Of this thread, so that a busy machine does not count.
double processor_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

// A shop's features: every aggregate over a few events, conditions and windows.
std::shared_ptr<const FeatureProgram> shop_features(size_t count) {
  const std::vector<std::vector<std::string>> events{{"Order Completed"}, {"Product Viewed"}, {"Product Added"}, {"$page"}, {}};
  const std::vector<std::string> wheres{"", "price > 50", "category == \"shoes\"", "quantity >= 2"};
  const std::vector<std::optional<Duration>> windows{days(30), days(7), std::nullopt, days(1), days(90)};
  std::vector<FeatureDefinition> features;
  for (size_t i = 0; features.size() < count; ++i) {
    FeatureDefinition feature;
    feature.name = fmt::format("f{}", i);
    feature.aggregate = static_cast<Aggregate>(i % 10);
    feature.events = events[i / 10 % events.size()];
    feature.window = windows[(i + i / 10) % windows.size()];
    feature.where = wheres[i / 50 % wheres.size()];
    if (feature.aggregate == Aggregate::kDistinct || feature.aggregate == Aggregate::kLast) feature.argument = "product_id";
    else if (feature.aggregate >= Aggregate::kSum && feature.aggregate <= Aggregate::kFirst) feature.argument = i % 20 < 10 ? "price" : "price * quantity";
    feature.timezone = "Asia/Shanghai";
    features.push_back(std::move(feature));
  }
  return FeatureProgram::compile(std::move(features)).value();
}

std::vector<Record> shop_events(size_t count, size_t profiles, Time end) {
  const std::vector<std::string> names{"Order Completed", "Product Viewed", "Product Viewed", "Product Viewed", "Product Added", "Email Opened"};
  Random random(1);
  std::vector<Record> log;
  log.reserve(count);
  for (size_t i = 0; i < count; ++i) {
    Event event;
    const bool page = random.chance(0.25);
    event.type = page ? EventType::kPage : EventType::kTrack;
    if (!page) event.name = names[random.below(names.size())];
    event.time = end - microseconds(static_cast<int64_t>((count - i) * 60'000'000 + random.below(3'600'000'000)));
    event.received_at = event.time;
    event.source = "live";
    event.properties = fmt::format(R"({{"product_id":"sku-{}","price":{:.2f},"quantity":{},"category":"{}","url":"https://shop.example/p/{}"}})",
                                   random.below(500), random.uniform(1, 200), 1 + random.below(3), random.chance(0.3) ? "shoes" : "hats", i % 97);
    log.push_back({{i + 1}, EventRecord{{1 + random.below(profiles)}, std::move(event)}});
  }
  return log;
}

void run(size_t feature_count, size_t profiles, const std::vector<Record>& log, Time now) {
  auto program = shop_features(feature_count);
  auto kv = store::make_memory_kv();
  auto view = ProfileView::open(program, *kv, size_t{8} << 30).value();
  double start = processor_seconds();
  for (const Record& record : log) {
    if (!view->apply(record).ok()) std::abort();
  }
  const double apply_s = processor_seconds() - start;

  Random random(2);
  std::vector<double> micros, values(program->size());
  for (int i = 0; i < 50'000; ++i) {
    ProfileId id{1 + random.below(profiles)};
    auto before = clock::now();
    view->read(id, [&](const Profile& profile) { program->evaluate(profile.journal, now, values); });
    micros.push_back(seconds_since(before) * 1e6);
  }
  std::sort(micros.begin(), micros.end());
  fmt::print("{:>9} {:>10} {:>14.0f} {:>14.0f} {:>10.1f} {:>10.1f}\n", feature_count, view->size(), static_cast<double>(log.size()) / apply_s,
             static_cast<double>(view->cached_bytes()) / static_cast<double>(view->size()), micros[micros.size() / 2], micros[micros.size() * 99 / 100]);
}

// The same log as training sees it: every feature of many observations.
void run_history(size_t feature_count, size_t profiles, const std::vector<Record>& log) {
  auto program = shop_features(feature_count);
  auto history = History::create(program).value();
  double start = processor_seconds();
  for (const Record& record : log) history.add(record);
  const double add_s = processor_seconds() - start;
  Random random(3);
  std::vector<Observation> observations;
  for (int i = 0; i < 100'000; ++i) {
    const auto& event = std::get<EventRecord>(log[random.below(log.size())].body);
    observations.push_back({{1 + random.below(profiles)}, event.event.time});
  }
  start = processor_seconds();
  double sum = 0;
  history.evaluate(observations, [&](const History::Row& row) { sum += row.features[0] == row.features[0] ? 1 : 0; });
  fmt::print("{:>9} {:>14.0f} {:>14.0f} {:>14.0f}  ({:.0f} present)\n", feature_count, static_cast<double>(log.size()) / add_s,
             static_cast<double>(observations.size()) / (processor_seconds() - start), static_cast<double>(history.bytes()) / static_cast<double>(log.size()), sum);
}

}  // namespace
}  // namespace furrow::profile

int main(int argc, char** argv) {
  using namespace furrow;
  const size_t profiles = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 100'000;
  const Time now = parse_time("2026-03-01T00:00:00Z").value();
  const auto log = profile::shop_events(profiles * 15, profiles, now);
  fmt::print("{} events, {} profiles, one thread\n", log.size(), profiles);
  fmt::print("{:>9} {:>10} {:>14} {:>14} {:>10} {:>10}\n", "features", "profiles", "events/cpu-s", "bytes/profile", "read p50us", "p99us");
  for (size_t features : {20, 50, 250}) profile::run(features, profiles, log, now);
  fmt::print("\n{:>9} {:>14} {:>14} {:>14}\n", "features", "fed/cpu-s", "rows/cpu-s", "bytes/event");
  for (size_t features : {20, 50, 250}) profile::run_history(features, profiles, log);
}
