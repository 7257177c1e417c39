// Merge and undo through the pipeline, judged by a twin that never merged: the same events and decisions, the same values.
#include <gtest/gtest.h>

#include <future>
#include <map>

#include "app/query.h"
#include "base/files.h"
#include "pipeline/fixture.h"
#include "profile/profile.h"

namespace furrow::app {
namespace {

constexpr uint64_t kSeed = 20261122;

class World {
 public:
  explicit World(const std::string& folder) : folder_(folder) { open(); }
  void open() {
    pipeline::PipelineOptions options;
    options.data_dir = folder_;
    options.checkpoint_records = 100;
    pipeline_ = pipeline::Pipeline::open(workspace_, options, clock_, logger_).value();
  }
  void restart() {
    ASSERT_TRUE(pipeline_->drain().ok());
    pipeline_.reset();
    open();
  }
  void send(Event event) {
    auto done = pipeline_->submit_and_wait({{std::move(event)}, {}, {}});
    ASSERT_TRUE(done.status.ok()) << done.status.error().message();
  }
  void decide(DecisionId id, std::string_view kind, const std::string& value, Time time) {
    DecisionRecord decision;
    decision.id = id;
    auto owner = pipeline_->identity().owner(kind, value);
    ASSERT_TRUE(owner.has_value());
    decision.profile = pipeline_->identity().canonical(*owner);
    if (decision.profile != *owner) decision.origin = *owner;
    decision.time = time;
    decision.placement = "home";
    decision.policy = "model";
    decision.actions = {{"a", 0.5, 1, {}}};
    std::promise<Status> promise;
    ASSERT_TRUE(pipeline_->record(std::move(decision), [&](const Status& status) { promise.set_value(status); }).ok());
    ASSERT_TRUE(promise.get_future().get().ok());
  }
  pipeline::PeopleChanged change(pipeline::PeopleChange change) {
    auto changed = pipeline_->change_and_wait(std::move(change));
    EXPECT_TRUE(changed.ok()) << changed.error().message();
    return changed.ok() ? *changed : pipeline::PeopleChanged{};
  }
  ProfileId find(std::string_view kind, std::string_view value) const { return pipeline_->identity().find(kind, value).value_or(ProfileId{}); }
  pipeline::Pipeline& pipeline() { return *pipeline_; }

  // Everything that is known of somebody, positions aside (the worlds' logs differ by the merge and the split).
  std::string describe(ProfileId id, Time as_of) const {
    std::string text;
    bool known = pipeline_->profiles().read(id, [&](const profile::Profile& person) {
      text += fmt::format("{} events {} seen {} {} unread {} parts {} timeline {}\n", person.id.to_string(), person.events, person.first_seen.micros,
                          person.last_seen.micros, person.unread, person.shares.size(), person.latest.size());
      for (const auto& [name, trait] : person.traits) text += fmt::format("  {}={} at {} of {}\n", name, trait.value, trait.time.micros, trait.origin.to_string());
      text += fmt::format("  shadowed {}\n", person.shadowed.size());
      for (const auto& value : pipeline_->profiles().program().read(person.journal, as_of)) {
        text += value.missing ? "  -" : fmt::format("  {}{}", value.number, value.text);
      }
      text += fmt::format("\n  {} entries, {} folded\n", person.journal.size(), person.journal.folded_entries());
    });
    EXPECT_TRUE(known);
    for (const auto& identifier : pipeline_->identity().identifiers_of(id)) text += fmt::format("  {}:{}\n", identifier.kind, identifier.value);
    auto decisions = pipeline_->ledger().of_person(id, 100).value();
    for (const auto& entry : decisions) {
      text += fmt::format("  decision {}", entry.decision.id.to_string());
      for (const auto& outcome : entry.outcomes) text += fmt::format(" {} at {}", outcome.reward, outcome.time.micros);
      text += "\n";
    }
    return text;
  }
  std::string results() const {
    std::string text;
    for (const auto& r : pipeline_->ledger().results()) {
      text += fmt::format("{}: people {} converted {} n {} y {} nn {} ny {} yy {} v {:.6f} decisions {} outcomes {} mixed {}\n", r.placement, r.ai.people, r.ai.converted,
                          r.ai.n, r.ai.y, r.ai.nn, r.ai.ny, r.ai.yy, r.ai.v, r.decisions, r.outcomes, r.mixed);
      for (const auto& action : r.actions) text += fmt::format("  {} {} {} {:.6f}\n", action.action, action.decisions, action.conversions, action.value);
    }
    return text;
  }
  std::map<std::string, int64_t> events_by_person() {
    auto run = QueryRun::start(folder_, [&](LogPosition from, const auto& visit) { return pipeline_->scan(from, visit); },
                               "select profile_id, count(*) from events group by 1 union all select profile_id || ' outcomes', count(*) from outcomes group by 1").value();
    std::map<std::string, int64_t> rows;
    for (auto table = run->next().value(); table.rows() > 0; table = run->next().value()) {
      for (size_t row = 0; row < table.rows(); ++row) rows[table.column(0).to_text(row)] = std::stoll(table.column(1).to_text(row));
    }
    return rows;
  }

 private:
  std::string folder_;
  pipeline::Declarations workspace_ = pipeline::shop_declarations();
  SystemClock clock_;
  Logger logger_{LogLevel::kError};
  std::unique_ptr<pipeline::Pipeline> pipeline_;
};

// The n-th event: of ann or bob, each with a user id and two devices, neither ever with the other's.
Event event_of(uint64_t n) {
  Random random(kSeed + n);
  bool ann = random.chance(0.5);
  std::string who = ann ? "ann" : "bob";
  Event event = pipeline::shop_event(n, 2);
  event.name = random.chance(0.3) ? "Order Completed" : "Product Viewed";
  event.anonymous_id = fmt::format("{}-{}", who, random.below(n < 60 ? 1 : 2));
  event.user_id = random.chance(0.6) ? who : "";
  event.time = event.received_at = Time{1'760'000'000'000'000 + static_cast<int64_t>(n) * minutes(7).micros};
  if (random.chance(0.3)) {
    event.type = EventType::kIdentify;
    event.name.clear();
    event.properties = fmt::format(R"({{"plan":"{}{}","{}_only":{}}})", who, n, who, n);
  }
  return event;
}

MergeRecord ann_into_bob(const World& world) {
  MergeRecord merge{world.find("user_id", "ann"), world.find("user_id", "bob"), {}, "person"};
  merge.actor = "test";
  return merge;
}

TEST(PeopleChange, AnUndoneMergeLeavesEverythingAsIfItHadNeverBeen) {
  TemporaryFolder folder;
  World merging((folder.path() / "merging").string()), twin((folder.path() / "twin").string());
  SCOPED_TRACE(kSeed);
  constexpr uint64_t kEvents = 240;
  pipeline::PeopleChanged merged;
  for (uint64_t n = 0; n < kEvents; ++n) {
    for (World* world : {&merging, &twin}) world->send(event_of(n));
    if (n > 20 && n % 3 == 0) {
      std::string device = n % 2 == 0 ? "ann-0" : "bob-0";
      Time time = event_of(n).time + minutes(1);
      DecisionId id = DecisionId::make(time.milliseconds());
      for (World* world : {&merging, &twin}) world->decide(id, "anonymous_id", device, time);
    }
    if (n == 60) merged = merging.change(ann_into_bob(merging));
    if (n == 100) merging.restart();
    if (n == 150) {
      // One person for now: both differ from the twin's.
      EXPECT_EQ(merging.find("user_id", "ann"), merging.find("user_id", "bob"));
      EXPECT_NE(merging.results(), twin.results());
      SplitRecord split;
      split.stays = merged.stays;
      split.merge = merged.merge;
      split.actor = "test";
      auto parted = merging.change(split);
      EXPECT_EQ(parted.leaves, merged.leaves);
    }
    if (n == 150 || n == 151 || n + 1 == kEvents) {
      Time as_of = event_of(n).time + hours(1);
      for (const char* who : {"ann", "bob"}) {
        ASSERT_EQ(merging.find("user_id", who), twin.find("user_id", who));
        ASSERT_EQ(merging.describe(merging.find("user_id", who), as_of), twin.describe(twin.find("user_id", who), as_of)) << who << " after " << n;
      }
      ASSERT_EQ(merging.results(), twin.results()) << "after " << n;
      ASSERT_EQ(merging.events_by_person(), twin.events_by_person()) << "after " << n;
    }
    if (n == 170) merging.restart();
  }
  EXPECT_GT(twin.pipeline().ledger().outcomes(), 20u);
  ASSERT_TRUE(merging.pipeline().drain().ok());
  Logger logger(LogLevel::kWarning);
  auto report = pipeline::verify(pipeline::shop_declarations(), (folder.path() / "merging").string(), logger);
  // The folder is still the pipeline's: reading along is what verify promises.
  ASSERT_TRUE(report.ok()) << report.error().message();
  for (const auto& row : report->views) EXPECT_TRUE(row.equal) << row.view;
}

TEST(PeopleChange, AnOutcomeAcrossTheMergeGoesBackToWhoseItIs) {
  TemporaryFolder folder;
  World world((folder.path() / "data").string());
  Event seen = event_of(0);
  auto by = [&](std::string who, int64_t minute, std::string name) {
    Event event = seen;
    event.type = EventType::kTrack;
    event.message_id = fmt::format("{}-{}", who, minute);
    event.user_id = who;
    event.anonymous_id.clear();
    event.name = std::move(name);
    event.time = event.received_at = seen.time + minutes(minute);
    return event;
  };
  world.send(by("ann", 0, "Product Viewed"));
  world.send(by("bob", 0, "Product Viewed"));
  DecisionId bobs = DecisionId::make(1), anns = DecisionId::make(2);
  world.decide(bobs, "user_id", "bob", seen.time + minutes(5));
  world.decide(anns, "user_id", "ann", seen.time + minutes(10));
  auto merged = world.change(ann_into_bob(world));
  world.send(by("bob", 15, "Order Completed"));  // rewards the person's latest decision, which was ann's
  auto outcomes = [&](DecisionId id) { return world.pipeline().ledger().find(id).value()->outcomes.size(); };
  EXPECT_EQ(outcomes(anns), 1u);
  EXPECT_EQ(outcomes(bobs), 0u);
  SplitRecord split;
  split.stays = merged.stays;
  split.leaves = merged.leaves;  // instead of the merge's position
  world.change(split);
  EXPECT_EQ(outcomes(anns), 0u);
  EXPECT_EQ(outcomes(bobs), 1u);
  auto result = *world.pipeline().ledger().result("home");
  EXPECT_EQ(result.ai.people, 2u);
  EXPECT_EQ(result.ai.converted, 1u);
  EXPECT_EQ(result.outcomes, 1u);
  auto rows = world.events_by_person();
  EXPECT_EQ(rows[world.find("user_id", "bob").to_string() + " outcomes"], 1);
  EXPECT_FALSE(rows.contains(world.find("user_id", "ann").to_string() + " outcomes"));
  EXPECT_EQ(world.pipeline().change_and_wait(split).error().code(), ErrorCode::kNotFound) << "undone once";
}

}  // namespace
}  // namespace furrow::app
