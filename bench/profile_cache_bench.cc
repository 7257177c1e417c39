// Live profiles when the cache does not hold them: RocksDB behind the view, 50 features, one thread. Every person first gets 15 events, person
// by person; then events of people drawn uniformly (the worst case for a cache: real visitors come in visits) and reads of all 50
// features likewise. Prints a line a number of profiles; see docs/benchmarks.md, "Live features".
// Arguments: cache in MiB (64), numbers of profiles (10000 100000 1000000).
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <vector>

#include "base/files.h"
#include "base/random.h"
#include "profile/profile_view.h"
#include "store/rocks_kv.h"

namespace furrow::profile {
namespace {

using clock = std::chrono::steady_clock;
constexpr size_t kEventsEach = 15, kUpdates = 200'000, kReads = 50'000, kCheckpointRecords = 200'000;

double seconds_since(clock::time_point start) { return std::chrono::duration<double>(clock::now() - start).count(); }
double processor_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

// The 50 features of profile_bench: every aggregate over a few events, conditions and windows.
std::shared_ptr<const FeatureProgram> fifty_features() {
  const std::vector<std::vector<std::string>> events{{"Order Completed"}, {"Product Viewed"}, {"Product Added"}, {"$page"}, {}};
  const std::vector<std::optional<Duration>> windows{days(30), days(7), std::nullopt, days(1), days(90)};
  std::vector<FeatureDefinition> features;
  for (size_t i = 0; features.size() < 50; ++i) {
    FeatureDefinition feature;
    feature.name = fmt::format("f{}", i);
    feature.aggregate = static_cast<Aggregate>(i % 10);
    feature.events = events[i / 10 % events.size()];
    feature.window = windows[(i + i / 10) % windows.size()];
    if (feature.aggregate == Aggregate::kDistinct || feature.aggregate == Aggregate::kLast) feature.argument = "product_id";
    else if (feature.aggregate >= Aggregate::kSum && feature.aggregate <= Aggregate::kFirst) feature.argument = i % 20 < 10 ? "price" : "price * quantity";
    feature.timezone = "Asia/Shanghai";
    features.push_back(std::move(feature));
  }
  return FeatureProgram::compile(std::move(features)).value();
}

class Feed {
 public:
  Feed(size_t profiles, size_t cache_bytes) : profiles_(profiles), cache_bytes_(cache_bytes) {
    kv_ = store::open_kv(folder_.path() / "views", memory_, "").value();
    view_ = ProfileView::open(program_, *kv_, cache_bytes_).value();
  }
  void fill() {
    for (size_t person = 0; person < profiles_; ++person) {
      for (size_t i = 0; i < kEventsEach; ++i) apply(person);
    }
    checkpoint();
  }
  void update(size_t count) {
    for (size_t i = 0; i < count; ++i) apply(random_.below(profiles_));
    checkpoint();
  }
  std::vector<double> read_micros(size_t count) {
    std::vector<double> micros, values(program_->size());
    for (size_t i = 0; i < count; ++i) {
      const ProfileId id{1 + random_.below(profiles_)};
      const auto before = clock::now();
      view_->read(id, [&](const Profile& profile) { program_->evaluate(profile.journal, now_, values); });
      micros.push_back(seconds_since(before) * 1e6);
    }
    std::sort(micros.begin(), micros.end());
    return micros;
  }
  uint64_t cached_bytes() const { return view_->cached_bytes(); }

 private:
  void apply(size_t person) {
    static const std::vector<std::string> kNames{"Order Completed", "Product Viewed", "Product Viewed", "Product Viewed", "Product Added", "Email Opened"};
    Event event;
    const bool page = random_.chance(0.25);
    event.type = page ? EventType::kPage : EventType::kTrack;
    if (!page) event.name = kNames[random_.below(kNames.size())];
    event.time = event.received_at = now_ - microseconds(static_cast<int64_t>(random_.uniform() * 120 * 86'400e6));
    event.source = "live";
    event.properties = fmt::format(R"({{"product_id":"sku-{}","price":{:.2f},"quantity":{},"category":"{}"}})", random_.below(500), random_.uniform(1, 200),
                                   1 + random_.below(3), random_.chance(0.3) ? "shoes" : "hats");
    if (!view_->apply({{++position_}, EventRecord{{1 + person}, std::move(event)}}).ok()) std::abort();
    if (position_ % kCheckpointRecords == 0 || view_->uncommitted_bytes() > std::max(cache_bytes_ / 4, size_t{16} << 20)) checkpoint();
  }
  void checkpoint() {
    store::Batch batch;
    view_->checkpoint(batch);
    if (!kv_->write(batch).ok()) std::abort();
  }

  const size_t profiles_, cache_bytes_;
  const Time now_ = parse_time("2026-03-01T00:00:00Z").value();
  const std::shared_ptr<const FeatureProgram> program_ = fifty_features();
  TemporaryFolder folder_;
  store::RocksMemory memory_{{.cache_bytes = size_t{32} << 20, .write_buffer_bytes = size_t{64} << 20}};
  std::unique_ptr<store::KvStore> kv_;
  std::unique_ptr<ProfileView> view_;
  Random random_{1};
  uint64_t position_ = 0;
};

void run(size_t profiles, size_t cache_bytes) {
  Feed feed(profiles, cache_bytes);
  feed.fill();
  feed.update(kUpdates / 4);  // warm
  const auto start = clock::now();
  const double processor = processor_seconds();
  feed.update(kUpdates);
  const double wall = seconds_since(start), used = processor_seconds() - processor;
  const auto micros = feed.read_micros(kReads);
  fmt::print("{:>10} {:>12.1f} {:>14.0f} {:>14.0f} {:>12.1f} {:>12.1f}\n", profiles, static_cast<double>(feed.cached_bytes()) / (1 << 20),
             static_cast<double>(kUpdates) / used, static_cast<double>(kUpdates) / wall, micros[micros.size() / 2], micros[micros.size() * 99 / 100]);
  std::fflush(stdout);
}

}  // namespace
}  // namespace furrow::profile

int main(int argc, char** argv) {
  const size_t cache = (argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 64) << 20;
  std::vector<size_t> profiles;
  for (int i = 2; i < argc; ++i) profiles.push_back(std::strtoull(argv[i], nullptr, 10));
  if (profiles.empty()) profiles = {10'000, 100'000, 1'000'000};
  fmt::print("50 features, cache {} MiB, {} random updates, {} random reads\n{:>10} {:>12} {:>14} {:>14} {:>12} {:>12}\n", cache >> 20, furrow::profile::kUpdates, furrow::profile::kReads,
             "profiles", "cached MiB", "updates/cpu-s", "updates/s", "read p50us", "read p99us");
  for (size_t n : profiles) furrow::profile::run(n, cache);
}
