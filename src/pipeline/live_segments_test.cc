// Live membership against the rules evaluated naively over the log, at random instants, through late and repeated events, merges
// and undone merges, restarts and rebuilds.
#include "pipeline/live_segments.h"

#include <gtest/gtest.h>

#include <fstream>
#include <thread>

#include "base/files.h"
#include "pipeline/declarations.h"
#include "pipeline/pipeline.h"
#include "pipeline/segment_indexer.h"
#include "profile/naive_features.h"
#include "store/rocks_kv.h"

namespace furrow::pipeline {
namespace {

using profile::NaiveEvent;

const Time kStart = parse_time("2026-03-01T00:00:00Z").value();

constexpr const char* kFeatures = R"(timezone: Asia/Shanghai
features:
  - {name: orders_2d, event: Order Completed, aggregate: count, window: 2d, default: 0}
  - {name: orders_before, event: Order Completed, aggregate: count, window: 2d, ago: 1d, default: 0}
  - {name: spend_1d, event: Order Completed, aggregate: sum(price), window: 1d}
  - {name: views, event: Product Viewed, aggregate: count, default: 0}
  - {name: last_sku, event: Product Viewed, aggregate: last(sku), window: 3d}
  - {name: today, aggregate: count, tumbling: day, default: 0}
  - {name: yesterday, event: Order Completed, aggregate: count, tumbling: day, back: 1, default: 0}
  - {name: unused, event: Product Viewed, aggregate: count, window: 6h}
  - {name: growth, derive: orders_2d - orders_before}
)";
constexpr const char* kRules[] = {"orders_2d >= 2",  "growth > 0 and views < 5", "spend_1d > 20 or last_sku == \"A1\"", "today >= 2 and yesterday >= 1",
                                  "traits.city == \"城1\" and orders_2d == 0", "traits.city == null"};

class LiveSegmentsTest : public testing::Test {
 protected:
  void SetUp() override {
    Diagnostics faults;
    const auto node = YamlNode::parse(kFeatures, "features/a.yaml", faults);
    ASSERT_TRUE(node);
    profile::load_features(*node, declared_.features);
    ASSERT_TRUE(faults.empty());
    declared_.program = profile::FeatureProgram::compile(declared_.features).value();
    for (const char* rule : kRules) declare(rule);
    options_.data_dir = (folder_.path() / "data").string();
    options_.checkpoint_records = 150;
  }
  void declare(std::string rule) {
    profile::SegmentDefinition made;
    made.name = "s" + std::to_string(declared_.segments.size());
    made.where = std::move(rule);
    declared_.segments.push_back(std::move(made));
  }
  void start() {
    auto opened = Pipeline::open(declared_, options_, clock_, logger_);
    ASSERT_TRUE(opened.ok()) << opened.error().message();
    pipeline_ = std::move(opened).value();
    while (!pipeline_->segments_settled()) std::this_thread::yield();
  }
  void stop() {
    ASSERT_TRUE(pipeline_->drain().ok());
    pipeline_.reset();
  }
  // Whatever is due has been looked at when the reply comes.
  void send(std::vector<Event> events) { ASSERT_TRUE(pipeline_->submit_and_wait({std::move(events), {}, {}}).status.ok()); }

  Event event(Random& random) {
    const uint64_t n = sent_++;
    const NaiveEvent made = profile::random_event(random, clock_.now(), days(6), n);
    Event event;
    event.message_id = "m" + std::to_string(n);
    const uint64_t person = random.below(12);
    event.anonymous_id = "device-" + std::to_string(person) + "-" + std::to_string(random.below(3));
    if (random.chance(0.3)) event.user_id = "user-" + std::to_string(person);
    event.type = random.chance(0.2) ? EventType::kIdentify : EventType::kTrack;
    if (event.type == EventType::kTrack) event.name = random.chance(0.5) ? "Order Completed" : "Product Viewed";
    event.time = made.time;
    event.received_at = clock_.now();
    event.source = "live";
    event.properties = event.type == EventType::kTrack ? made.properties : random.chance(0.5) ? R"({"city":"城1"})" : R"({"city":"城2","n":1})";
    return event;
  }

  // Merges two people as somebody would by hand, or undoes a merge. Refusals (they were undone before) are part of life.
  void change_people(Random& random) {
    std::vector<ProfileId> people;
    ASSERT_TRUE(pipeline_->profiles().for_each([&](const profile::Profile& person) {
      people.push_back(person.id);
      return true;
    }).ok());
    if (people.size() < 2) return;
    std::sort(people.begin(), people.end());
    const ProfileId one = people[random.below(people.size())], other = people[random.below(people.size())];
    const auto merges = pipeline_->identity().merges_of(one);
    if (!merges.empty()) {
      SplitRecord split;
      split.merge = merges[random.below(merges.size())].merge;
      split.stays = one;
      split.time = clock_.now();
      split.rule = "person";
      splits_ += pipeline_->change_and_wait(split).ok();
    } else if (one != other) {
      (void)pipeline_->change_and_wait(MergeRecord{one, other, clock_.now(), "person"}).ok();
    }
  }

  struct Naive {
    std::vector<NaiveEvent> events;
    std::pair<Time, uint64_t> city_at{Time{INT64_MIN}, 0};
    std::string city;
  };
  std::map<ProfileId, Naive> people_of_the_log() {
    std::map<ProfileId, Naive> people;
    EXPECT_TRUE(pipeline_->scan({1}, [&](const Record& record) {
      const auto* one = std::get_if<EventRecord>(&record.body);
      if (!one) return true;
      Naive& person = people[pipeline_->identity().canonical(one->brought_by())];
      const Event& e = one->event;
      const std::string properties = e.properties.empty() ? "{}" : e.properties;
      person.events.push_back({e.time, record.position.value, std::string(e.label()), properties});
      const std::pair<Time, uint64_t> at{e.time, record.position.value};
      if (e.type == EventType::kIdentify && at > person.city_at) {
        person.city_at = at;
        person.city = e.properties.find("城1") != std::string::npos ? "城1" : "城2";
      }
      return true;
    }).ok());
    return people;
  }
  static bool naive_member(const std::string& rule, const std::vector<profile::FeatureDefinition>& features, const std::vector<profile::NaiveValue>& values, const Naive& person) {
    const Expression expression = Expression::parse(rule).value();
    std::vector<Value> slots;
    for (const std::string& name : expression.names()) {
      if (name == "traits.city") {
        slots.push_back(person.city.empty() ? Value() : Value(std::string_view(person.city)));
        continue;
      }
      for (size_t f = 0; f < features.size(); ++f) {
        if (features[f].name != name) continue;
        const auto& value = values[f];
        slots.push_back(!value.text.empty() ? Value(std::string_view(value.text)) : std::isnan(value.number) ? Value() : Value(value.number));
      }
    }
    return expression.matches(slots);
  }
  // Compares everybody; gives how many belong to something.
  size_t compare() {
    size_t members = 0, people = 0;
    for (const auto& [id, person] : people_of_the_log()) {
      ++people;
      const auto values = profile::naive_features(declared_.features, person.events, clock_.now());
      std::set<std::string> listed;
      const auto memberships = pipeline_->segments().of(id).value();
      for (const auto& membership : memberships) listed.insert(membership.segment);
      for (const auto& segment : declared_.segments) {
        const bool expected = naive_member(segment.where, declared_.features, values, person);
        EXPECT_EQ(pipeline_->segments().contains(segment.name, id), expected) << id.to_string() << ": " << segment.where;
        EXPECT_EQ(listed.contains(segment.name), expected);
        members += expected;
      }
    }
    EXPECT_EQ(pipeline_->profiles().size(), people);
    return members;
  }

  TemporaryFolder folder_;
  Declarations declared_;
  PipelineOptions options_;
  ManualClock clock_{kStart};
  Logger logger_{LogLevel::kWarning};
  std::unique_ptr<Pipeline> pipeline_;
  uint64_t sent_ = 0, splits_ = 0;
};

TEST_F(LiveSegmentsTest, EverybodyBelongsToWhatTheRulesSayAtEveryInstant) {
  const char* given = std::getenv("FURROW_TEST_SEED");
  const uint64_t seed = given ? std::strtoull(given, nullptr, 10) : std::random_device()();
  std::printf("seed %lu (FURROW_TEST_SEED repeats it)\n", seed);
  Random random(seed);
  start();
  std::vector<Event> before;
  size_t members = 0;
  for (int step = 0; step < 250; ++step) {
    clock_.advance(random.chance(0.3) ? minutes(static_cast<int64_t>(random.below(2000))) : seconds(static_cast<int64_t>(random.below(600))));
    std::vector<Event> events;
    for (uint64_t n = random.below(6); n > 0; --n) events.push_back(event(random));
    if (!before.empty() && random.chance(0.3)) events.push_back(before[random.below(before.size())]);
    before.insert(before.end(), events.begin(), events.end());
    send(std::move(events));
    if (random.chance(0.25)) change_people(random);
    members += compare();
    if (HasFailure()) FAIL() << "step " << step;
    if (random.chance(0.04)) {
      stop();
      if (random.chance(0.5)) clock_.advance(minutes(static_cast<int64_t>(random.below(4000))));
      start();
      compare();
    }
  }
  EXPECT_GT(members, 1000u);
  EXPECT_GT(splits_, 5u);
  const uint64_t size = pipeline_->segments().size("s0");
  stop();
  const auto report = verify(declared_, options_.data_dir, logger_);
  ASSERT_TRUE(report.ok()) << report.error().message();
  for (const auto& row : report->views) EXPECT_TRUE(row.equal) << row.view;
  // Rebuilt from the log alone.
  std::filesystem::remove_all(folder_.path() / "data" / "views");
  start();
  compare();
  EXPECT_EQ(pipeline_->segments().size("s0"), size);
  stop();
}

TEST_F(LiveSegmentsTest, TheIndexCountsWhatTheViewHolds) {
  Random random(5);
  start();
  for (int step = 0; step < 60; ++step) {
    clock_.advance(minutes(static_cast<int64_t>(random.below(400))));
    std::vector<Event> events;
    for (uint64_t n = 1 + random.below(8); n > 0; --n) events.push_back(event(random));
    send(std::move(events));
    Result<const profile::SegmentIndex*> index = pipeline_->segment_index().ready(std::chrono::seconds(60));
    ASSERT_TRUE(index.ok());
    EXPECT_EQ((*index)->people(), pipeline_->profiles().size());
    for (const auto& segment : declared_.segments) {
      const Expression rule = Expression::parse(segment.where).value();
      const auto found = (*index)->match(rule, profile::bind_rule(rule, *declared_.program).value()).value();
      EXPECT_TRUE(found == pipeline_->segments().members(segment.name)) << segment.where << " at step " << step;
    }
  }
  stop();
}

TEST_F(LiveSegmentsTest, TimeAloneMakesPeopleLeaveAndTheRecordsSaySo) {
  start();
  Event order;
  order.message_id = "one";
  order.user_id = "ann";
  order.name = "Order Completed";
  order.properties = R"({"price":30})";
  order.time = order.received_at = clock_.now() - seconds(5);
  send({order});
  const ProfileId ann = *pipeline_->identity().find("user_id", "ann");
  ASSERT_TRUE(pipeline_->segments().contains("s2", ann));
  clock_.advance(days(1));
  send({});
  EXPECT_FALSE(pipeline_->segments().contains("s2", ann));
  std::vector<SegmentRecord> changes;
  const auto positions = pipeline_->segments().changes(ann).value();
  for (LogPosition position : positions) {
    auto body = decode_record(pipeline_->log().read(position).value()).value();
    changes.push_back(std::get<SegmentRecord>(body));
  }
  std::erase_if(changes, [](const SegmentRecord& change) { return change.segment != "s2"; });
  ASSERT_EQ(changes.size(), 2u);
  EXPECT_TRUE(changes[0].entered);
  EXPECT_EQ(changes[0].cause, "event");
  EXPECT_EQ(changes[0].event_position.value, 1u);
  EXPECT_FALSE(changes[1].entered);
  EXPECT_EQ(changes[1].cause, "time");
  EXPECT_EQ(changes[1].time, clock_.now());
  const auto days = pipeline_->segments().days("s2");
  ASSERT_EQ(days.size(), 2u);
  EXPECT_EQ(days.begin()->second, (profile::SegmentDay{1, 0, 1}));
  EXPECT_EQ(days.rbegin()->second, (profile::SegmentDay{0, 1, 0}));
  stop();
}

TEST_F(LiveSegmentsTest, ARuleThatChangedHoldsFromTheNextStartOn) {
  Random random(9);
  start();
  for (int i = 0; i < 100; ++i) {
    clock_.advance(minutes(7));
    send({event(random)});
  }
  stop();
  declared_.segments[0].where = "orders_2d == 0";
  declare("views >= 1");
  start();
  compare();
  EXPECT_GT(pipeline_->segments().size("s6"), 0u);
  uint64_t found = 0;
  ASSERT_TRUE(pipeline_->scan({1}, [&](const Record& record) {
    const auto* change = std::get_if<SegmentRecord>(&record.body);
    found += change && change->cause == "start";
    return true;
  }).ok());
  EXPECT_GT(found, 0u);
  stop();
  const auto report = verify(declared_, options_.data_dir, logger_);
  EXPECT_TRUE(report.ok() && report->ok);
}

TEST_F(LiveSegmentsTest, VerifyFindsADoctoredMembership) {
  Random random(11);
  start();
  for (int i = 0; i < 50; ++i) send({event(random)});
  ASSERT_GT(pipeline_->segments().size("s5"), 0u);
  stop();
  ASSERT_TRUE(verify(declared_, options_.data_dir, logger_)->ok);
  {
    auto kv = store::open_kv(folder_.path() / "data" / "views", store::RocksMemory(), "").value();
    const auto people = kv->space("segment_people").value();
    store::Batch batch;
    batch.erase(people, std::string(kv->scan(people, "", "")->key()));
    ASSERT_TRUE(kv->write(batch).ok());
  }
  const auto report = verify(declared_, options_.data_dir, logger_);
  ASSERT_TRUE(report.ok());
  EXPECT_FALSE(report->ok);
  for (const auto& row : report->views) EXPECT_EQ(row.equal, row.view != "segments") << row.view;
}

}  // namespace
}  // namespace furrow::pipeline
