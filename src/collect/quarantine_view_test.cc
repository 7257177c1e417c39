#include "collect/quarantine_view.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "store/memory_kv.h"

namespace furrow::collect {
namespace {

TEST(QuarantineView, FollowsAListThroughReleasesCheckpointsAndRestarts) {
  const uint64_t seed = 3;
  SCOPED_TRACE(seed);
  Random random(seed);
  auto kv = store::make_memory_kv();
  auto view = QuarantineView::open(*kv).value();
  std::map<uint64_t, QuarantineRecord, std::greater<>> twin;
  std::vector<Record> records;
  auto apply = [&](RecordBody body) {
    records.push_back({{records.size() + 1}, std::move(body)});
    ASSERT_TRUE(view->apply(records.back()).ok());
  };
  for (int i = 0; i < 2000; ++i) {
    if (random.chance(0.4) && !records.empty()) {
      uint64_t position = 1 + random.below(records.size());
      apply(ReleaseRecord{{position}, {}, "dismissed"});
      twin.erase(position);
    } else {
      QuarantineRecord record;
      record.time = {i};
      record.code = "c" + std::to_string(random.below(3));
      record.source = "s" + std::to_string(random.below(2));
      apply(record);
      twin[records.size()] = record;
    }
    if (random.chance(0.03)) {
      store::Batch batch;
      view->checkpoint(batch);
      ASSERT_TRUE(kv->write(batch).ok());
      if (random.chance(0.5)) view = QuarantineView::open(*kv).value();
    }
    if (i % 20 != 0) continue;
    ASSERT_EQ(view->open_count(), twin.size());
    QuarantineFilter filter{random.chance(0.5) ? "c1" : "", random.chance(0.3) ? "s0" : "", {random.below(records.size() + 2)}};
    std::vector<uint64_t> expected, found;
    for (const auto& [position, record] : twin) {
      bool wanted = (filter.code.empty() || record.code == filter.code) && (filter.source.empty() || record.source == filter.source);
      if (wanted && (filter.before.value == 0 || position < filter.before.value) && expected.size() < 7) expected.push_back(position);
    }
    auto listed = view->list(filter, 7).value();
    for (const auto& entry : listed) found.push_back(entry.position.value);
    ASSERT_EQ(found, expected);
  }
  uint64_t in_codes = 0;
  for (const auto& [code, n] : view->by_code()) in_codes += n;
  EXPECT_EQ(in_codes, twin.size());
  EXPECT_EQ(view->is_open({twin.begin()->first}).value(), true);
  auto fresh_kv = store::make_memory_kv();
  auto fresh = QuarantineView::open(*fresh_kv).value();
  for (const auto& record : records) ASSERT_TRUE(fresh->apply(record).ok());
  EXPECT_EQ(fresh->digest().value(), view->digest().value());
}

}  // namespace
}  // namespace furrow::collect
