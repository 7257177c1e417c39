// The contract of KvStore, run by every adapter.
#include <gtest/gtest.h>

#include <map>
#include <thread>

#include "base/files.h"
#include "base/random.h"
#include "store/memory_kv.h"
#include "store/rocks_kv.h"

namespace furrow::store {
namespace {

struct Adapter {
  std::string name;
  bool survives_reopening;
  std::function<std::unique_ptr<KvStore>(const std::filesystem::path&)> open;
};

class KvContract : public testing::TestWithParam<Adapter> {
 protected:
  void SetUp() override { kv_ = GetParam().open(folder_.path()); }
  Space space(std::string_view name) { return kv_->space(name).value(); }
  void put(Space s, std::string key, std::string value) {
    Batch batch;
    batch.put(s, std::move(key), std::move(value));
    ASSERT_TRUE(kv_->write(batch).ok());
  }
  std::map<std::string, std::string> contents(Space s, std::string_view from = "", std::string_view to = "") {
    std::map<std::string, std::string> all;
    auto cursor = kv_->scan(s, from, to);
    std::string previous;
    for (; cursor->valid(); cursor->next()) {
      std::string key(cursor->key());
      EXPECT_TRUE(all.empty() || previous < key) << "keys must come in order";
      previous = key;
      all.emplace(std::move(key), cursor->value());
    }
    EXPECT_TRUE(cursor->status().ok());
    return all;
  }
  TemporaryFolder folder_;
  std::unique_ptr<KvStore> kv_;
};

TEST_P(KvContract, FollowsAMapThroughRandomBatches) {
  const uint64_t seed = 41;
  SCOPED_TRACE(seed);
  Random random(seed);
  std::map<std::string, std::string> twins[3];
  Space spaces[3] = {space("a"), space("b"), space("c")};
  auto random_key = [&] {
    std::string key(random.below(4), '\0');
    for (char& c : key) c = static_cast<char>(random.below(3) == 0 ? 0xff : random.below(4));
    return key;
  };
  for (int round = 0; round < 400; ++round) {
    Batch batch;
    for (uint64_t i = random.below(6); i > 0; --i) {
      size_t which = random.below(3);
      std::string key = random_key();
      if (random.chance(0.3)) {
        batch.erase(spaces[which], key);
        twins[which].erase(key);
      } else {
        std::string value = std::to_string(random.next());
        batch.put(spaces[which], key, value);
        twins[which][key] = value;
      }
    }
    ASSERT_TRUE(kv_->write(batch).ok());
    if (random.chance(0.02)) {
      size_t which = random.below(3);
      ASSERT_TRUE(kv_->clear(spaces[which]).ok());
      twins[which].clear();
    }
    size_t which = random.below(3);
    std::string key = random_key(), from = random_key(), to = random_key();
    auto got = kv_->get(spaces[which], key).value();
    ASSERT_EQ(got.has_value(), twins[which].contains(key));
    if (got) ASSERT_EQ(*got, twins[which][key]);
    std::map<std::string, std::string> range;
    for (const auto& [k, v] : twins[which]) {
      if (k >= from && (to.empty() || k < to)) range.emplace(k, v);
    }
    ASSERT_EQ(contents(spaces[which], from, to), range);
  }
  for (size_t i = 0; i < 3; ++i) EXPECT_EQ(contents(spaces[i]), twins[i]);
}

TEST_P(KvContract, ACursorKeepsItsSnapshot) {
  Space s = space("s");
  for (char c = 'a'; c <= 'e'; ++c) put(s, std::string(1, c), "old");
  auto cursor = kv_->scan(s, "b", "");
  put(s, "c", "new");
  put(s, "z", "new");
  ASSERT_TRUE(kv_->clear(s).ok());
  std::string keys;
  for (; cursor->valid(); cursor->next()) {
    keys += cursor->key();
    EXPECT_EQ(cursor->value(), "old");
  }
  EXPECT_EQ(keys, "bcde");
  EXPECT_TRUE(contents(s).empty());
}

TEST_P(KvContract, ABatchIsSeenWholeOrNotAtAll) {
  Space s = space("s");
  put(s, "left", "0");
  put(s, "right", "0");
  std::atomic<bool> stop{false};
  std::thread writer([&] {
    for (int i = 1; i <= 2000; ++i) {
      Batch batch;
      batch.put(s, "left", std::to_string(i));
      batch.put(s, "right", std::to_string(i));
      ASSERT_TRUE(kv_->write(batch).ok());
    }
    stop = true;
  });
  while (!stop) {
    auto seen = contents(s);
    ASSERT_EQ(seen["left"], seen["right"]);
  }
  writer.join();
  EXPECT_EQ(contents(s)["left"], "2000");
}

TEST_P(KvContract, SpacesAreApartAndLimited) {
  Space a = space("a"), b = space("b");
  EXPECT_EQ(a.index, space("a").index);
  put(a, "k", "1");
  EXPECT_FALSE(kv_->get(b, "k").value().has_value());
  for (int i = 2; i < 32; ++i) ASSERT_TRUE(kv_->space("n" + std::to_string(i)).ok()) << i;
  EXPECT_EQ(kv_->space("one too many").error().code(), ErrorCode::kTooLarge);
  EXPECT_EQ(contents(a).size(), 1u);
}

TEST_P(KvContract, WhatWasWrittenIsThereAfterReopening) {
  if (!GetParam().survives_reopening) GTEST_SKIP() << "the store in memory ends with the process";
  Space b = (void(space("a")), space("b"));
  put(b, "k", std::string(100'000, 'v'));
  uint8_t index = b.index;
  kv_.reset();
  kv_ = GetParam().open(folder_.path());
  EXPECT_EQ(space("b").index, index);
  EXPECT_EQ(kv_->get(b, "k").value()->size(), 100'000u);
  EXPECT_GE(kv_->approximate_bytes(), 1u);
}

INSTANTIATE_TEST_SUITE_P(Adapters, KvContract,
                         testing::Values(Adapter{"memory", false, [](const auto&) { return make_memory_kv(); }},
                                         Adapter{"rocks", true, [](const auto& folder) {
                                                   return open_kv(folder / "kv", RocksMemory(), "remedy").value();
                                                 }}),
                         [](const auto& info) { return info.param.name; });

TEST(RocksKv, AnotherReaderSeesWhatIsWrittenAndMayNotWrite) {
  TemporaryFolder folder;
  auto path = folder.path() / "kv";
  EXPECT_EQ(open_kv_read_only(path, "").error().code(), ErrorCode::kNotFound);
  auto owner = open_kv(path, RocksMemory(), "").value();
  Space s = owner->space("s").value();
  Batch batch;
  batch.put(s, "k", "v");
  ASSERT_TRUE(owner->write(batch).ok());
  auto reader = open_kv_read_only(path, "").value();
  EXPECT_EQ(reader->get(reader->space("s").value(), "k").value(), "v");
  Space nowhere = reader->space("nowhere").value();
  EXPECT_FALSE(reader->get(nowhere, "k").value().has_value());
  EXPECT_FALSE(reader->scan(nowhere, "", "")->valid());
  EXPECT_EQ(reader->write(batch).error().code(), ErrorCode::kForbidden);
  EXPECT_EQ(reader->clear(s).error().code(), ErrorCode::kForbidden);
}

// Tables that were handed over one by one, and a write-ahead file that goes on after the last: without one of the tables it is a hole.
TEST(RocksKv, AManifestThatIsCutAnywhereIsNamedAndNeverLeavesAHole) {
  TemporaryFolder folder;
  const auto live = folder.path() / "kv";
  constexpr size_t kAll = 6, kTable = 1000;  // a batch of so many bytes is a table of its own
  std::unique_ptr<KvStore> kv;
  for (size_t i = 0; i < kAll; ++i) {
    if (i == 0 || i == 3) {
      kv.reset();
      kv = open_kv(live, RocksMemory(), "", kTable).value();
    }
    Batch batch;
    batch.put(kv->space("s").value(), "key " + std::to_string(i), std::string(i + 1 < kAll ? kTable : 1, 'v'));
    ASSERT_TRUE(kv->write(batch).ok());
  }
  const std::string manifest = "MANIFEST-" + read_file(live / "CURRENT").value().substr(9, 6);
  const auto size = std::filesystem::file_size(live / manifest);
  const auto copy = folder.path() / "copy";
  const auto count = [](Result<std::unique_ptr<KvStore>>& store) {
    size_t keys = 0;
    for (auto cursor = (*store)->scan((*store)->space("s").value(), "", ""); cursor->valid(); cursor->next()) ++keys;
    return keys;
  };
  size_t refused = 0;
  for (uintmax_t keep = 0; keep <= size; ++keep) {
    SCOPED_TRACE("kept " + std::to_string(keep) + " of " + std::to_string(size));
    std::filesystem::remove_all(copy);
    std::filesystem::copy(live, copy);
    std::filesystem::resize_file(copy / manifest, keep);
    for (const bool read_only : {true, false}) {
      auto store = read_only ? open_kv_read_only(copy, "Do this.") : open_kv(copy, RocksMemory(), "Do this.");
      if (store.ok()) {
        EXPECT_EQ(count(store), kAll);
        continue;
      }
      ++refused;
      EXPECT_EQ(store.error().code(), ErrorCode::kStorageCorrupt) << store.error().message();
      EXPECT_EQ(store.error().file(), (copy / manifest).string()) << store.error().message();
      EXPECT_NE(store.error().message().find("Do this."), std::string::npos) << store.error().message();
    }
  }
  EXPECT_EQ(refused, 2 * size);  // all but the whole one
}

}  // namespace
}  // namespace furrow::store
