// A checkpoint gathered in slices, with records of every kind arriving between them, is the state of one instant: opened
// afresh it equals a twin that applied the log up to there and never checkpointed.
#include "pipeline/checkpointing.h"

#include <gtest/gtest.h>

#include <ctime>
#include <set>

#include "base/files.h"
#include "pipeline/fixture.h"
#include "pipeline/shard.h"
#include "store/memory_kv.h"
#include "store/rocks_log.h"

namespace furrow::pipeline {
namespace {

constexpr size_t kSmallCache = 48 << 10;  // a few tens of profiles: the others are evicted, parked and read again

Declarations segmented_declarations() {
  Declarations declared = shop_declarations();
  for (const char* rule : {"f0 >= 2", "f6 > 1 and f3 > 20", "traits.city == null"}) {
    profile::SegmentDefinition& segment = declared.segments.emplace_back();
    segment.name = segment.where = rule;
  }
  return declared;
}

// What a shard needs beside the views.
struct Segmented {
  Segmented(const Declarations& declared, ViewSet& views)
      : rules(profile::SegmentRules::compile(declared.segments, *declared.program).value()), live(rules, *views.profiles, *views.segments, clock),
        index(*views.profiles, views.segments->numbers(), declared.program, clock) {}
  ManualClock clock{parse_time("2026-11-22T00:00:00Z").value()};
  profile::SegmentRules rules;
  LiveSegments live;
  SegmentIndexer index;
};

class CheckpointingTest : public testing::Test {
 protected:
  std::unique_ptr<ViewSet> open(store::KvStore& kv, size_t cache) {
    auto opened = ViewSet::open(declared_, kv, *stored_log_, cache);
    EXPECT_TRUE(opened.ok()) << opened.error().message();
    return std::move(opened).value();
  }
  void apply(ViewSet& views, uint64_t until) {
    while (views.applied().value < until) {
      LogPosition next{views.applied().value + 1};
      auto body = decode_record(log_[next.value - 1]);
      ASSERT_TRUE(body.ok());
      ASSERT_TRUE(views.apply({next, std::move(body).value()}).ok());
    }
  }
  void expect_same(ViewSet& left, ViewSet& right) {
    ASSERT_EQ(left.applied(), right.applied());
    for (size_t i = 0; i < left.all().size(); ++i) {
      EXPECT_EQ(left.all()[i]->digest().value().to_string(), right.all()[i]->digest().value().to_string())
          << left.all()[i]->name() << " at " << left.applied().value;
    }
  }

  Job random_job(const ViewSet& views) {
    switch (random_.below(12)) {
      case 0: {
        DecisionRecord decision;
        decision.id = DecisionId::make(1'760'000'000'000 + static_cast<int64_t>(sent_));
        decision.profile = views.identity->find("user_id", fmt::format("user-{}", random_.below(kPeople))).value_or(ProfileId{});
        decision.time = {1'760'000'000'000'000 + static_cast<int64_t>(sent_) * 1000};
        decision.placement = random_.chance(0.5) ? "home" : "other";
        decision.policy = "explore";
        decision.actions = {{"a", 1, 0.5, {}}};
        return {RecordBody(std::move(decision)), RecordDone(), 1};
      }
      case 1: return {Submission{{}, {QuarantineRecord{{1}, "live", "invalid_event", "no id", "", "", 0, "{}"}}, {}}, EventsDone(), 1};
      case 2: return {Submission{{}, {}, {ReleaseRecord{{1 + random_.below(log_.size() + 1)}, {2}, "dismissed"}}}, EventsDone(), 1};
      case 3: return {RecordBody(ModelRecord{{1}, "buys", fmt::format("v{}", sent_), "promoted", "ann"}), RecordDone(), 1};
      default: break;
    }
    Submission submission;
    for (uint64_t i = 1 + random_.below(15); i > 0; --i) {
      // One in ten was sent before.
      submission.events.push_back(shop_event(random_.chance(0.1) ? random_.below(sent_ + 1) : sent_++, kPeople));
    }
    return {std::move(submission), EventsDone(), 1};
  }

  static constexpr uint64_t kPeople = 120;
  const uint64_t seed_ = testing::UnitTest::GetInstance()->random_seed() != 0 ? static_cast<uint64_t>(testing::UnitTest::GetInstance()->random_seed()) : 20261122;
  Random random_{seed_};
  Declarations declared_ = segmented_declarations();
  TemporaryFolder folder_;
  std::unique_ptr<store::LogStore> stored_log_ = store::open_log(folder_.path(), store::RocksMemory()).value();
  std::vector<std::string> log_;
  uint64_t sent_ = 0;
};

TEST_F(CheckpointingTest, IsTheStateOfTheInstantItWasFrozenAt) {
  SCOPED_TRACE(fmt::format("seed {}", seed_));
  auto live_kv = store::make_memory_kv(), disk = store::make_memory_kv(), twin_kv = store::make_memory_kv();
  auto live = open(*live_kv, kSmallCache), twin = open(*twin_kv, size_t{256} << 20);
  open(*disk, kSmallCache);  // names its spaces, in the same order
  PipelineMetrics metrics;
  Segmented segmented(declared_, *live);
  Shard shard(*live, segmented.live, segmented.index, metrics);
  Checkpointing checkpointing(*live);
  std::optional<Checkpoint> unwritten;
  int checkpoints = 0, slices = 0;
  uint64_t meanwhile = 0;
  for (int step = 0; step < 2500; ++step) {
    Group group;
    shard.process(random_job(*live), group);
    ASSERT_TRUE(shard.health().ok()) << shard.health().error().message();
    if (!group.records.empty()) ASSERT_TRUE(stored_log_->append(group.records).ok());
    for (auto& record : group.records) log_.push_back(std::move(record));
    if (unwritten && random_.chance(0.05)) {
      ASSERT_TRUE(live_kv->write(unwritten->batch).ok());
      unwritten.reset();
    }
    if (!checkpointing.under_way() && !unwritten && random_.chance(0.1)) checkpointing.begin();
    if (!checkpointing.under_way()) continue;
    ++slices;
    unwritten = checkpointing.go_on(std::chrono::microseconds(0));
    if (!unwritten) continue;
    ++checkpoints;
    meanwhile += log_.size() - unwritten->position.value;
    ASSERT_TRUE(disk->write(unwritten->batch).ok());
    auto recovered = open(*disk, kSmallCache);
    ASSERT_EQ(recovered->applied(), unwritten->position);
    ASSERT_NO_FATAL_FAILURE(apply(*twin, unwritten->position.value));
    ASSERT_NO_FATAL_FAILURE(expect_same(*recovered, *twin));
    if (HasFailure()) return;
  }
  EXPECT_GT(checkpoints, 5);
  EXPECT_GT(slices, 10 * checkpoints) << "they must be cut into slices for this to test anything";
  EXPECT_GT(meanwhile, 300u);
  EXPECT_GT(metrics.merges.value(), 20u);
  EXPECT_GT(metrics.outcomes.value(), 5u);
  // The last checkpoint and the log's tail give the state that was never interrupted.
  auto recovered = open(*disk, kSmallCache);
  ASSERT_NO_FATAL_FAILURE(apply(*recovered, log_.size()));
  ASSERT_NO_FATAL_FAILURE(apply(*twin, log_.size()));
  ASSERT_NO_FATAL_FAILURE(expect_same(*recovered, *live));
  ASSERT_NO_FATAL_FAILURE(expect_same(*recovered, *twin));
}

// Processor seconds of this thread.
double worked() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

TEST_F(CheckpointingTest, FreezingTakesNoLongerWhenMuchChanged) {
  auto kv = store::make_memory_kv();
  auto views = open(*kv, size_t{256} << 20);
  PipelineMetrics metrics;
  Segmented segmented(declared_, *views);
  Shard shard(*views, segmented.live, segmented.index, metrics);
  Checkpointing checkpointing(*views);
  double least = 1;  // of gathering's work, in processor time of this thread alone: the best of three, for what a neighbour does to the caches
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 20; ++i) {
      Submission submission;
      for (int k = 0; k < 500; ++k) submission.events.push_back(shop_event(sent_++, 20'000));
      Group group;
      shard.process({std::move(submission), EventsDone(), 1}, group);
    }
    const double start = worked();
    checkpointing.begin();
    const double froze = worked();
    auto whole = checkpointing.finish();
    const double done = worked();
    ASSERT_TRUE(whole);
    EXPECT_GT(whole->batch.operations().size(), 10'000u);
    least = std::min(least, (froze - start) / (done - start));
    ASSERT_TRUE(kv->write(whole->batch).ok());
  }
  EXPECT_LT(least, 0.1);
}

TEST(HashSetTest, HoldsWhatASetHolds) {
  const uint64_t seed = 7;
  SCOPED_TRACE(fmt::format("seed {}", seed));
  Random random(seed);
  HashSet set;
  std::set<std::pair<uint64_t, uint64_t>> twin;
  EXPECT_FALSE(set.contains({0, 0}));
  for (int i = 0; i < 50'000; ++i) {
    Hash128 hash{__builtin_bswap64(random.below(1u << 14) << 45), random.below(64)};  // crowded, so that probes run on
    EXPECT_EQ(set.contains(hash), twin.contains({hash.high, hash.low}));
    EXPECT_EQ(set.insert(hash), twin.emplace(hash.high, hash.low).second);
  }
  EXPECT_TRUE(set.insert({0, 0}) || twin.contains({0, 1}) || twin.contains({0, 0}));
  EXPECT_TRUE(set.contains({0, 0}));
  size_t walked = 0, slices = 0;
  HashSet::Place place;
  for (bool more = true; more; ++slices) {
    size_t entries = 100;
    more = set.walk(place, entries, [&](const Hash128&) { ++walked; });
  }
  EXPECT_EQ(walked, set.size());
  EXPECT_GE(slices, set.size() / 100);
}

}  // namespace
}  // namespace furrow::pipeline
