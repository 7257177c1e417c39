#include "profile/profile_view.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <atomic>
#include <random>
#include <thread>

#include "base/random.h"
#include "profile/naive_features.h"
#include "store/memory_kv.h"

namespace furrow::profile {
namespace {

const Time kNow = parse_time("2026-02-20T10:30:00Z").value();
constexpr size_t kAmple = size_t{64} << 20;

FeatureDefinition feature(const std::string& name, Aggregate aggregate, const std::string& argument, std::optional<Duration> window) {
  FeatureDefinition definition;
  definition.name = name;
  definition.aggregate = aggregate;
  definition.argument = argument;
  definition.window = window;
  return definition;
}
std::shared_ptr<const FeatureProgram> program() {
  return FeatureProgram::compile({feature("n", Aggregate::kCount, "", {}), feature("spend_7d", Aggregate::kSum, "price", days(7)),
                                  feature("skus", Aggregate::kDistinct, "sku", {}), feature("last_sku", Aggregate::kLast, "sku", days(30))})
      .value();
}

Record event(uint64_t position, uint64_t profile, const std::string& properties, Time time, EventType type = EventType::kTrack) {
  Event e;
  e.type = type;
  e.name = type == EventType::kTrack ? "Order Completed" : "";
  e.time = time;
  e.received_at = kNow;
  e.source = "live";
  e.properties = properties;
  return {{position}, EventRecord{{profile}, e}};
}
Record merge(uint64_t position, uint64_t from, uint64_t into) { return {{position}, MergeRecord{{from}, {into}, kNow, "identify"}}; }

std::vector<Record> random_log(Random& random, size_t length, uint64_t people) {
  std::vector<Record> log;
  for (uint64_t position = 1; position <= length; ++position) {
    NaiveEvent made = random_event(random, kNow, days(90), position);
    uint64_t person = 1 + random.below(people);
    bool identify = random.chance(0.15);
    log.push_back(event(position, person, made.properties, made.time, identify ? EventType::kIdentify : EventType::kTrack));
    if (random.chance(0.01)) log.push_back(merge(++position, 1 + random.below(people), 1 + random.below(people)));
  }
  return log;
}

void checkpoint(ProfileView& view, store::KvStore& kv) {
  store::Batch batch;
  view.checkpoint(batch);
  ASSERT_TRUE(kv.write(batch));
}

std::vector<double> features_of(const ProfileView& view, ProfileId id, Time as_of) {
  std::vector<double> values(view.program().size());
  EXPECT_TRUE(view.read(id, [&](const Profile& profile) { view.program().evaluate(profile.journal, as_of, values); }));
  return values;
}

TEST(ProfileViewTest, KeepsTraitsFeaturesAndTheTimeline) {
  auto kv = store::make_memory_kv();
  auto view = ProfileView::open(program(), *kv, kAmple).value();
  ASSERT_TRUE(view->apply(event(1, 7, R"({"email":"a@b.c","address":{"city":"杭州"},"age":30})", kNow - hours(5), EventType::kIdentify)));
  ASSERT_TRUE(view->apply(event(2, 7, R"({"price":10,"sku":"A"})", kNow - hours(3))));
  ASSERT_TRUE(view->apply(event(3, 7, R"({"price":"5","sku":"B"})", kNow - hours(4))));
  ASSERT_TRUE(view->apply(event(4, 7, R"({"age":29,"vip":true})", kNow - hours(6), EventType::kIdentify)));  // late: only vip is news
  EXPECT_EQ(view->size(), 1u);
  EXPECT_FALSE(view->read({8}, [](const Profile&) { FAIL(); }));
  EXPECT_EQ(features_of(*view, {7}, kNow)[1], 15);
  bool found = view->read({7}, [&](const Profile& profile) {
    EXPECT_EQ(profile.events, 4u);
    EXPECT_EQ(profile.first_seen, kNow - hours(6));
    EXPECT_EQ(profile.last_seen, kNow - hours(3));
    EXPECT_EQ(profile.latest, (std::vector<LogPosition>{{1}, {2}, {3}, {4}}));
    ASSERT_NE(profile.trait("address.city"), nullptr);
    EXPECT_EQ(profile.trait("address.city")->value, "\"杭州\"");
    EXPECT_EQ(profile.trait("age")->value, "30");
    EXPECT_EQ(profile.trait("age")->position, LogPosition{1});
    EXPECT_EQ(profile.trait("vip")->source, "live");
    std::string storage;
    EXPECT_EQ(profile.trait_value("age", storage), Value(30.0));
    EXPECT_EQ(profile.trait_value("vip", storage), Value(true));
    EXPECT_EQ(profile.trait_value("email", storage), Value(std::string_view("a@b.c")));
    EXPECT_TRUE(profile.trait_value("none", storage).is_null());
    auto shown = view->program().read(profile.journal, kNow);
    EXPECT_EQ(shown[3].text, "A");
  });
  EXPECT_TRUE(found);
}

TEST(ProfileViewTest, GroupTraitsStandApartAndUnreadablePropertiesOnlyCount) {
  auto kv = store::make_memory_kv();
  auto view = ProfileView::open(program(), *kv, kAmple).value();
  Record group = event(1, 1, R"({"name":"Acme"})", kNow, EventType::kGroup);
  std::get<EventRecord>(group.body).event.name = "g1";
  ASSERT_TRUE(view->apply(group));
  ASSERT_TRUE(view->apply(event(2, 1, "{broken", kNow)));
  view->read({1}, [](const Profile& profile) {
    EXPECT_EQ(profile.trait("group.id")->value, "\"g1\"");
    EXPECT_EQ(profile.trait("group.name")->value, "\"Acme\"");
    EXPECT_EQ(profile.trait("name"), nullptr);
    EXPECT_EQ(profile.events, 2u);
    EXPECT_EQ(profile.unread, 1u);
  });
}

TEST(ProfileViewTest, TheLimitsOfTraitsAndTheTimelineHold) {
  auto kv = store::make_memory_kv();
  auto view = ProfileView::open(program(), *kv, kAmple).value();
  for (uint64_t i = 1; i <= kMaxTraits + 10; ++i) {
    ASSERT_TRUE(view->apply(event(i, 1, fmt::format("{{\"t{}\":1}}", i), kNow, EventType::kIdentify)));
  }
  ASSERT_TRUE(view->apply(event(600, 1, "{\"t1\":\"" + std::string(kMaxTraitBytes, 'x') + "\"}", kNow, EventType::kIdentify)));
  view->read({1}, [](const Profile& profile) {
    EXPECT_EQ(profile.traits.size(), kMaxTraits);
    EXPECT_EQ(profile.traits_left_out, 11u);
    EXPECT_EQ(profile.latest.size(), kTimelinePositions);
    EXPECT_EQ(profile.latest.back(), LogPosition{600});
  });
}

TEST(ProfileViewTest, AMergeMovesEverythingAndKeepsWhatAnUndoNeeds) {
  auto kv = store::make_memory_kv();
  auto view = ProfileView::open(program(), *kv, kAmple).value();
  ASSERT_TRUE(view->apply(event(1, 1, R"({"name":"old"})", kNow - hours(9), EventType::kIdentify)));
  ASSERT_TRUE(view->apply(event(2, 2, R"({"name":"new"})", kNow - hours(8), EventType::kIdentify)));
  ASSERT_TRUE(view->apply(event(3, 2, R"({"price":4,"sku":"A"})", kNow - hours(7))));
  ASSERT_TRUE(view->apply(merge(4, 2, 1)));
  ASSERT_TRUE(view->apply(event(5, 1, R"({"price":1,"sku":"B"})", kNow - hours(10))));
  EXPECT_EQ(view->size(), 1u);
  EXPECT_FALSE(view->read({2}, [](const Profile&) {}));
  EXPECT_EQ(features_of(*view, {1}, kNow)[0], 4);
  EXPECT_EQ(features_of(*view, {1}, kNow)[1], 5);
  view->read({1}, [](const Profile& profile) {
    EXPECT_EQ(profile.trait("name")->value, "\"new\"");
    EXPECT_EQ(profile.trait("name")->origin, ProfileId{2});
    ASSERT_EQ(profile.shadowed.size(), 1u);
    EXPECT_EQ(profile.shadowed[0].second.value, "\"old\"");
    EXPECT_EQ(profile.shadowed[0].second.origin, ProfileId{1});
    ASSERT_EQ(profile.shares.size(), 2u);
    EXPECT_EQ(profile.shares[0], (Share{{1}, kNow - hours(10), kNow - hours(9), 2, 0, 0, {{1}, {5}}}));
    EXPECT_EQ(profile.shares[1], (Share{{2}, kNow - hours(8), kNow - hours(7), 2, 0, 0, {{2}, {3}}}));
    EXPECT_EQ(profile.events, 4u);
    EXPECT_EQ(profile.latest, (std::vector<LogPosition>{{1}, {2}, {3}, {5}}));
    for (size_t i = 0; i < profile.journal.size(); ++i) {
      auto entry = profile.journal.entry(i);
      uint64_t from = entry.position() == 2 || entry.position() == 3 ? 2 : 1;
      EXPECT_EQ(profile.journal.origins()[entry.origin()], ProfileId{from});
    }
  });
}

// Tiny caches, checkpoints and restarts at random: the state is always that of one view that did nothing of it.
TEST(ProfileViewTest, EvictionCheckpointsAndRestartsDoNotChangeTheState) {
  const uint64_t seed = std::random_device()();
  SCOPED_TRACE(fmt::format("seed {}", seed));
  Random random(seed);
  for (int round = 0; round < 8; ++round) {
    auto log = random_log(random, 3000, 1 + random.below(60));
    auto plain_kv = store::make_memory_kv(), kv = store::make_memory_kv();
    auto plain = ProfileView::open(program(), *plain_kv, kAmple).value();
    auto view = ProfileView::open(program(), *kv, 20'000).value();
    EXPECT_TRUE(view->needs_rebuild());
    store::Batch on_its_way;
    std::unique_ptr<Gathering> gathering;  // goes on while records arrive
    size_t durable = 0, frozen = 0;
    for (size_t i = 0; i < log.size(); ++i) {
      ASSERT_TRUE(plain->apply(log[i]));
      ASSERT_TRUE(view->apply(log[i]));
      if (!gathering && random.chance(0.03)) {
        // The batch before is written only now: the view must not have needed it meanwhile.
        ASSERT_TRUE(kv->write(std::exchange(on_its_way, {})));
        durable = frozen;
        gathering = view->freeze();
        frozen = i + 1;
      }
      if (gathering && !gathering->gather(on_its_way, 1 + random.below(4))) gathering.reset();
      if (random.chance(0.002)) {
        // What was gathered whole is written; what was not is lost.
        if (!gathering) {
          ASSERT_TRUE(kv->write(on_its_way));
          durable = frozen;
        }
        gathering.reset();
        on_its_way = {};
        frozen = durable;
        view = ProfileView::open(program(), *kv, 20'000).value();
        EXPECT_EQ(view->needs_rebuild(), durable == 0);
        for (size_t again = durable; again <= i; ++again) ASSERT_TRUE(view->apply(log[again]));
      }
      if (i % 500 == 0) {
        EXPECT_EQ(view->digest().value(), plain->digest().value()) << i;
      }
    }
    EXPECT_EQ(view->digest().value(), plain->digest().value());
    EXPECT_EQ(view->size(), plain->size());
    EXPECT_EQ(view->size(), view->digest().value().count());
    EXPECT_LE(view->cached_bytes(), 20'000u);
    size_t seen = 0;
    ASSERT_TRUE(view->for_each([&](const Profile& profile) {
      EXPECT_TRUE(plain->read(profile.id, [&](const Profile& other) { EXPECT_EQ(other.events, profile.events); }));
      return ++seen > 0;
    }));
    EXPECT_EQ(seen, view->size());
  }
}

TEST(ProfileViewTest, OtherFeaturesMeanARebuild) {
  auto kv = store::make_memory_kv();
  {
    auto view = ProfileView::open(program(), *kv, kAmple).value();
    ASSERT_TRUE(view->apply(event(1, 1, R"({"price":1})", kNow)));
    checkpoint(*view, *kv);
    EXPECT_FALSE(view->needs_rebuild());
  }
  EXPECT_FALSE(ProfileView::open(program(), *kv, kAmple).value()->needs_rebuild());
  auto other = FeatureProgram::compile({feature("n", Aggregate::kCount, "", {}), feature("max", Aggregate::kMax, "price", {})}).value();
  auto view = ProfileView::open(other, *kv, kAmple).value();
  EXPECT_TRUE(view->needs_rebuild());
  EXPECT_EQ(view->size(), 0u);
  EXPECT_FALSE(view->read({1}, [](const Profile&) {}));
}

TEST(ProfileViewTest, ATornStoredProfileIsNamedAsCorrupt) {
  auto kv = store::make_memory_kv();
  {
    auto view = ProfileView::open(program(), *kv, kAmple).value();
    ASSERT_TRUE(view->apply(event(1, 1, R"({"price":1,"sku":"A"})", kNow)));
    checkpoint(*view, *kv);
  }
  auto space = kv->space("profiles").value();
  auto cursor = kv->scan(space, {}, {});
  std::string key(cursor->key()), value(cursor->value());
  for (size_t cut = 0; cut < value.size(); ++cut) {
    EXPECT_EQ(decode_profile(value.substr(0, cut)).error().code(), ErrorCode::kStorageCorrupt) << cut;
  }
  store::Batch batch;
  batch.put(space, key, value.substr(0, value.size() / 2));
  ASSERT_TRUE(kv->write(batch));
  auto view = ProfileView::open(program(), *kv, kAmple).value();
  EXPECT_FALSE(view->read({1}, [](const Profile&) {}));
  EXPECT_EQ(view->apply(event(2, 1, "{}", kNow)).error().code(), ErrorCode::kStorageCorrupt);
  EXPECT_EQ(view->for_each([](const Profile&) { return true; }).error().code(), ErrorCode::kStorageCorrupt);
}

TEST(ProfileViewTest, AJournalIsCappedAndSaysFromWhenItIsExact) {
  auto narrow = FeatureProgram::compile({feature("n", Aggregate::kCount, "", {}), feature("w", Aggregate::kCount, "", days(365))}).value();
  auto kv = store::make_memory_kv();
  auto view = ProfileView::open(narrow, *kv, kAmple).value();
  const uint64_t events = kMaxEntries + 5000;
  for (uint64_t i = 1; i <= events; ++i) {
    ASSERT_TRUE(view->apply(event(i, 1, "{}", kNow - seconds(static_cast<int64_t>(events - i + 1)))));
  }
  view->read({1}, [&](const Profile& profile) {
    EXPECT_LE(profile.journal.size(), kMaxEntries);
    EXPECT_GT(profile.journal.exact_from(*narrow), kNow);
    EXPECT_EQ(profile.journal.size() + profile.journal.folded_entries(), events);
  });
  EXPECT_EQ(features_of(*view, {1}, kNow)[0], static_cast<double>(events));
}

TEST(ProfileViewTest, OldEntriesAreFoldedSoThatBytesStayBounded) {
  auto kv = store::make_memory_kv();
  auto view = ProfileView::open(program(), *kv, kAmple).value();
  const uint64_t events = 5000;
  for (uint64_t i = 1; i <= events; ++i) {
    ASSERT_TRUE(view->apply(event(i, 1, R"({"price":1,"sku":"A"})", kNow - hours(static_cast<int64_t>(events - i + 1)))));
  }
  view->read({1}, [&](const Profile& profile) {
    EXPECT_LT(profile.journal.size(), 2 * 24 * (30 + 7) + 0u);
    EXPECT_LE(profile.journal.exact_from(view->program()), kNow - kLateness + hours(1));
  });
  EXPECT_EQ(features_of(*view, {1}, kNow)[0], 5000);
  EXPECT_EQ(features_of(*view, {1}, kNow)[1], 168);
  ASSERT_TRUE(view->apply(event(events + 1, 1, R"({"price":1,"sku":"B"})", kNow - days(1000))));  // later than late
  EXPECT_EQ(features_of(*view, {1}, kNow)[0], 5001);
  EXPECT_EQ(features_of(*view, {1}, kNow)[2], 2);
}

TEST(ProfileViewTest, ReadersBesideTheWriterSeeWholeProfiles) {
  auto kv = store::make_memory_kv();
  auto view = ProfileView::open(program(), *kv, 30'000).value();
  std::atomic<bool> done{false};
  std::atomic<uint64_t> reads{0};
  std::vector<std::thread> readers;
  for (int t = 0; t < 2; ++t) {
    readers.emplace_back([&, t] {
      Random random(static_cast<uint64_t>(t));
      while (!done.load()) {
        view->read({1 + random.below(50)}, [&](const Profile& profile) {
          // Each event of the writer adds one to both.
          double n = 0;
          std::vector<double> values(view->program().size());
          view->program().evaluate(profile.journal, kNow + days(1), values);
          n = values[0];
          EXPECT_EQ(std::isnan(n) ? 0 : n, static_cast<double>(profile.events));
        });
        reads.fetch_add(1);
      }
    });
  }
  Random random(3);
  store::Batch batch;
  uint64_t position = 0;
  while (position < 5000 || reads.load() < 1000) {
    ++position;
    EXPECT_TRUE(view->apply(event(position, 1 + random.below(50), R"({"price":1,"sku":"A"})", kNow)));
    if (position % 100 == 0) {
      EXPECT_TRUE(kv->write(batch));
      batch = {};
      view->checkpoint(batch);
    }
  }
  done.store(true);
  for (auto& reader : readers) reader.join();
}

}  // namespace
}  // namespace furrow::profile
