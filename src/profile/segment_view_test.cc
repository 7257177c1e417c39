#include "profile/segment_view.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

#include "base/random.h"
#include "store/memory_kv.h"

namespace furrow::profile {
namespace {

const Time kNow = parse_time("2026-02-20T10:30:00Z").value();

Record change(uint64_t position, uint64_t person, std::string segment, bool entered, Time time = kNow) {
  return {{position}, SegmentRecord{{person}, time, std::move(segment), entered, "event", {position}}};
}

void checkpoint(SegmentView& view, store::KvStore& kv) {
  store::Batch batch;
  view.checkpoint(batch);
  ASSERT_TRUE(kv.write(batch).ok());
}

TEST(SegmentView, KeepsMembersSinceWhenAndTheDays) {
  auto kv = store::make_memory_kv();
  auto view = SegmentView::open(TimeZone::load("Asia/Shanghai").value(), *kv).value();
  ASSERT_TRUE(view->apply(change(1, 7, "vip", true)).ok());
  ASSERT_TRUE(view->apply(change(2, 8, "vip", true, kNow + hours(7))).ok());  // after midnight in Shanghai
  ASSERT_TRUE(view->apply(change(3, 7, "vip", false, kNow + hours(8))).ok());
  ASSERT_TRUE(view->apply(change(4, 7, "new", true, kNow + hours(8))).ok());
  EXPECT_EQ(view->size("vip"), 1u);
  EXPECT_FALSE(view->contains("vip", {7}));
  EXPECT_TRUE(view->contains("vip", {8}));
  EXPECT_EQ(view->size("nothing"), 0u);
  const auto of = view->of({7}).value();
  ASSERT_EQ(of.size(), 1u);
  EXPECT_EQ(of[0].segment, "new");
  EXPECT_EQ(of[0].since, kNow + hours(8));
  EXPECT_EQ(view->changes({7}).value(), (std::vector<LogPosition>{{1}, {3}, {4}}));
  const auto days = view->days("vip");
  ASSERT_EQ(days.size(), 2u);
  EXPECT_EQ(days.begin()->second, (SegmentDay{1, 0, 1}));
  EXPECT_EQ(days.rbegin()->second, (SegmentDay{1, 1, 1}));
}

TEST(SegmentView, SomebodyMergedAwayBelongsToNothingAndLeavesTheirHistory) {
  auto kv = store::make_memory_kv();
  auto view = SegmentView::open(TimeZone::utc(), *kv).value();
  ASSERT_TRUE(view->apply(change(1, 7, "vip", true)).ok());
  ASSERT_TRUE(view->apply(change(2, 8, "new", true)).ok());
  ASSERT_TRUE(view->apply({{3}, MergeRecord{{7}, {8}, kNow, "identify"}}).ok());
  EXPECT_EQ(view->size("vip"), 0u);
  EXPECT_FALSE(view->contains("vip", {8})) << "that is for a record to say";
  EXPECT_TRUE(view->of({7}).value().empty());
  EXPECT_EQ(view->changes({8}).value(), (std::vector<LogPosition>{{1}, {2}}));
  EXPECT_EQ(view->days("vip").begin()->second, (SegmentDay{1, 0, 0, 1})) << "one came, nobody left, and one is told of as somebody else";
}

TEST(SegmentView, AnotherTimeZoneAsksForARebuild) {
  auto kv = store::make_memory_kv();
  {
    auto view = SegmentView::open(TimeZone::utc(), *kv).value();
    ASSERT_TRUE(view->apply(change(1, 7, "vip", true)).ok());
    checkpoint(*view, *kv);
  }
  EXPECT_FALSE(SegmentView::open(TimeZone::utc(), *kv).value()->needs_rebuild());
  auto moved = SegmentView::open(TimeZone::load("Asia/Shanghai").value(), *kv).value();
  EXPECT_TRUE(moved->needs_rebuild());
  EXPECT_EQ(moved->size("vip"), 0u);
}

// A random log, with checkpoints and restarts wherever, against sets.
TEST(SegmentView, IsAFunctionOfTheLogWhateverWasCheckpointed) {
  const uint64_t seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  Random random(seed);
  for (int round = 0; round < 20; ++round) {
    auto kv = store::make_memory_kv(), plain_kv = store::make_memory_kv();
    auto view = SegmentView::open(TimeZone::utc(), *kv).value(), plain = SegmentView::open(TimeZone::utc(), *plain_kv).value();
    std::map<std::string, std::set<uint64_t>> naive;
    std::unique_ptr<Gathering> gathering;
    store::Batch batch;
    std::vector<Record> since;  // the frozen state
    for (uint64_t position = 1; position <= 1500; ++position) {
      const uint64_t person = 1 + random.below(40);
      const std::string segment = "s" + std::to_string(random.below(300));
      Record record = change(position, person, segment, random.chance(0.6), kNow + hours(static_cast<int64_t>(position)));
      if (random.chance(0.03)) {
        const uint64_t into = 1 + random.below(40);
        record = {{position}, MergeRecord{{person}, {into}, kNow, "alias"}};
        if (into != person) for (auto& [name, members] : naive) members.erase(person);
      } else {
        const bool entered = std::get<SegmentRecord>(record.body).entered;
        entered ? (void)naive[segment].insert(person) : (void)naive[segment].erase(person);
      }
      ASSERT_TRUE(view->apply(record).ok());
      ASSERT_TRUE(plain->apply(record).ok());
      since.push_back(record);
      if (!gathering && random.chance(0.02)) {
        gathering = view->freeze();
        since.clear();
      } else if (gathering && !gathering->gather(batch, 7)) {
        ASSERT_TRUE(kv->write(batch).ok());
        batch = store::Batch();
        gathering.reset();
        if (random.chance(0.3)) {  // the process dies here, and the log's tail is applied again
          view = SegmentView::open(TimeZone::utc(), *kv).value();
          ASSERT_FALSE(view->needs_rebuild());
          for (const Record& again : since) ASSERT_TRUE(view->apply(again).ok());
        }
      }
    }
    for (const auto& [name, members] : naive) {
      ASSERT_EQ(view->size(name), members.size());
      uint64_t size = 0;
      for (const auto& [day, counts] : view->days(name)) {
        size += counts.entered - counts.left - counts.merged;
        ASSERT_EQ(size, counts.size) << "the figures of " << name << " add up";
      }
      for (uint64_t person = 1; person <= 40; ++person) ASSERT_EQ(view->contains(name, {person}), members.contains(person));
    }
    ASSERT_EQ(view->digest().value(), plain->digest().value());
  }
}

}  // namespace
}  // namespace furrow::profile
