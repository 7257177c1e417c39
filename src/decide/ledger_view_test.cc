#include "decide/ledger_view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "base/files.h"
#include "base/random.h"
#include "store/memory_kv.h"
#include "store/rocks_log.h"

namespace furrow::decide {
namespace {

constexpr Time kStart{1'767'225'600'000'000};  // 2026-01-01

PlacementDeclaration placement(std::string name, std::string event, Duration within, std::string value = {}) {
  PlacementDeclaration p;
  p.name = std::move(name);
  p.outcome = {std::move(event), within, std::move(value)};
  p.actions = {{"a", "A", "A", {}, 0}, {"b", "B", "B", {}, 0}};
  return p;
}
std::vector<PlacementDeclaration> placements() {
  return {placement("home", "Order Completed", hours(1), "total"), placement("mail", "Order Completed", days(1)),
          placement("call", "Signed Up", hours(2))};
}

DecisionRecord decision(std::string placement, ProfileId profile, Time time, bool holdout = false) {
  DecisionRecord d;
  d.id = DecisionId::make(time.milliseconds());
  d.profile = profile;
  d.time = time;
  d.placement = std::move(placement);
  d.policy = holdout ? "baseline" : "model";
  d.holdout = holdout;
  d.actions = {{holdout ? "a" : "b", 0.5, 1, {}}};
  return d;
}

EventRecord event(std::string name, ProfileId profile, Time time, std::string properties = {}, std::string context = {}) {
  Event e;
  e.type = EventType::kTrack;
  e.name = std::move(name);
  e.time = time;
  e.properties = std::move(properties);
  e.context = std::move(context);
  return {profile, std::move(e)};
}

// A ledger with its log, as the pipeline drives it: the log gets its records after they were applied, no later than a checkpoint of them is written.
class World {
 public:
  explicit World(size_t cache_bytes = size_t{64} << 20) : cache_bytes_(cache_bytes), stored_log_(store::open_log(folder_.path(), store::RocksMemory()).value()), kv_(store::make_memory_kv()) { open(); }
  void open() { ledger_ = std::move(LedgerView::open(placements(), *kv_, *stored_log_, cache_bytes_).value()); }
  store::KvStore& kv() { return *kv_; }
  LedgerView& ledger() { return *ledger_; }
  const std::vector<Record>& log() const { return log_; }

  void add(RecordBody body) {
    log_.push_back({{log_.size() + 1}, std::move(body)});
    Status status = ledger_->apply(log_.back());
    ASSERT_TRUE(status.ok()) << status.error().message();
  }
  std::vector<OutcomeRecord> happen(const EventRecord& e) {
    add(e);
    auto outcomes = ledger_->match_outcomes(e, {log_.size()}).value();
    for (const auto& outcome : outcomes) add(outcome);
    return outcomes;
  }
  // What is in memory goes to the batch now, and the store has it at the next call or at restart.
  void checkpoint() {
    write();
    ledger_->checkpoint(batch_);
    checkpointed_ = log_.size();
  }
  void write() {
    std::vector<std::string> records;
    for (size_t i = stored_log_->last().value; i < log_.size(); ++i) records.push_back(encode_record(log_[i].body));
    if (!records.empty()) ASSERT_TRUE(stored_log_->append(records).ok());
    ASSERT_TRUE(kv_->write(batch_).ok());
    batch_ = {};
  }
  void restart() {
    write();
    open();
    for (size_t i = checkpointed_; i < log_.size(); ++i) ASSERT_TRUE(ledger_->apply(log_[i]).ok());
  }
  std::string rebuilt_digest() const {
    auto kv = store::make_memory_kv();
    auto fresh = LedgerView::open(placements(), *kv, *stored_log_).value();
    for (const auto& record : log_) EXPECT_TRUE(fresh->apply(record).ok());
    return fresh->digest().value().to_string();
  }

 private:
  TemporaryFolder folder_;
  size_t cache_bytes_;
  std::unique_ptr<store::LogStore> stored_log_;
  std::unique_ptr<store::KvStore> kv_;
  std::unique_ptr<LedgerView> ledger_;
  std::vector<Record> log_;
  store::Batch batch_;
  size_t checkpointed_ = 0;
};

TEST(Ledger, TheLatestDecisionInsideTheWindowTakesTheOutcome) {
  World world;
  auto first = decision("home", {1}, kStart), second = decision("home", {1}, kStart + minutes(30));
  auto later = decision("home", {1}, kStart + minutes(50)), other = decision("home", {2}, kStart + minutes(31));
  for (const auto& d : {first, second, later, other}) world.add(d);
  auto outcomes = world.happen(event("Order Completed", {1}, kStart + minutes(45), R"({"total": 12.5})"));
  ASSERT_EQ(outcomes.size(), 1u);
  EXPECT_EQ(outcomes[0].decision, second.id);
  EXPECT_EQ(outcomes[0].reward, 12.5);
  EXPECT_EQ(outcomes[0].event_position, LogPosition{5});
  EXPECT_TRUE(world.happen(event("Product Viewed", {1}, kStart + minutes(46))).empty());
  EXPECT_TRUE(world.happen(event("Order Completed", {3}, kStart + minutes(46))).empty());
  EXPECT_TRUE(world.happen(event("Order Completed", {1}, kStart - seconds(1))).empty());
  EXPECT_EQ(world.happen(event("Order Completed", {2}, kStart + minutes(91))).size(), 1u);  // the window's last instant
  EXPECT_TRUE(world.happen(event("Order Completed", {2}, kStart + minutes(91) + microseconds(1))).empty());
}

TEST(Ledger, EachPlacementIsRewardedOnceByAnEvent) {
  World world;
  auto home = decision("home", {1}, kStart), mail = decision("mail", {1}, kStart - hours(5)), call = decision("call", {1}, kStart);
  for (const auto& d : {mail, home, call}) world.add(d);
  auto outcomes = world.happen(event("Order Completed", {1}, kStart + minutes(1), R"({"total": 3})"));
  ASSERT_EQ(outcomes.size(), 2u);
  std::map<DecisionId, double> rewards;
  for (const auto& o : outcomes) rewards[o.decision] = o.reward;
  EXPECT_EQ(rewards[home.id], 3);
  EXPECT_EQ(rewards[mail.id], 1);  // no declared value: a conversion
}

TEST(Ledger, AnEventMayNameItsDecision) {
  World world;
  auto old = decision("home", {1}, kStart - days(30)), recent = decision("home", {1}, kStart), mail = decision("mail", {1}, kStart);
  for (const auto& d : {old, recent, mail}) world.add(d);
  std::string context = R"({"decisionId":")" + old.id.to_string() + R"("})";
  // Named: that decision and not the latest of the same placement; other placements match by window.
  auto outcomes = world.happen(event("Order Completed", {1}, kStart + minutes(1), R"({"total": 7})", context));
  ASSERT_EQ(outcomes.size(), 2u);
  EXPECT_EQ(outcomes[0].decision, old.id);
  EXPECT_EQ(outcomes[0].reward, 7);
  EXPECT_EQ(outcomes[1].decision, mail.id);
  // Any track event that names a decision rewards it, also from a device that is nobody we know.
  EXPECT_EQ(world.happen(event("Clicked", {9}, kStart + days(2), "", context)).size(), 1u);
  for (const char* wrong : {R"({"decisionId":"d_00000000000000000000000000"})", R"({"decisionId":"nonsense"})", R"({"decisionId":5})"}) {
    EXPECT_TRUE(world.happen(event("Clicked", {1}, kStart, "", wrong)).empty()) << wrong;
  }
  auto page = event("Home", {1}, kStart, "", context);
  page.event.type = EventType::kPage;
  EXPECT_TRUE(world.happen(page).empty());
}

TEST(Ledger, FirstOutcomeConvertsAndValuesAdd) {
  World world;
  auto d = decision("home", {1}, kStart), held = decision("home", {2}, kStart, true), nobody = decision("home", {}, kStart);
  for (const auto& each : {d, held, nobody}) world.add(each);
  world.happen(event("Order Completed", {1}, kStart + minutes(1), R"({"total": 10})"));
  world.happen(event("Order Completed", {1}, kStart + minutes(2), R"({"total": "5.5"})"));
  world.happen(event("Order Completed", {1}, kStart + minutes(3), R"({"total": "much"})"));
  auto result = world.ledger().result("home").value();
  EXPECT_EQ(result.ai.people, 1u);
  EXPECT_EQ(result.ai.n, 1u);
  EXPECT_EQ(result.ai.y, 1u);
  EXPECT_EQ(result.ai.v, 15.5);
  EXPECT_EQ(result.holdout.people, 1u);
  EXPECT_EQ(result.holdout.y, 0u);
  EXPECT_EQ(result.anonymous, 1u);
  EXPECT_EQ(result.decisions, 3u);
  EXPECT_EQ(result.outcomes, 3u);
  EXPECT_EQ(result.baseline, 1u);
  EXPECT_EQ(result.model, 2u);
  ASSERT_EQ(result.actions.size(), 2u);
  EXPECT_EQ(result.actions[1].action, "b");
  EXPECT_EQ(result.actions[1].decisions, 2u);
  EXPECT_EQ(result.actions[1].conversions, 1u);
  EXPECT_EQ(world.ledger().find(d.id).value()->outcomes.size(), 3u);
}

TEST(Ledger, AMergeMovesOpenDecisionsAndMakesOnePersonOfTwo) {
  World world;
  auto anonymous = decision("home", {1}, kStart), known = decision("home", {2}, kStart - minutes(10), true);
  world.add(anonymous);
  world.add(known);
  EXPECT_EQ(world.ledger().result("home")->mixed, 0u);
  world.add(MergeRecord{{1}, {2}, kStart + minutes(1), "identify"});
  auto late = decision("mail", {1}, kStart + minutes(2));  // decided before the merge was known
  world.add(late);
  auto outcomes = world.happen(event("Order Completed", {2}, kStart + minutes(5), R"({"total": 1})"));
  ASSERT_EQ(outcomes.size(), 2u);
  EXPECT_EQ(outcomes[0].decision, anonymous.id);
  EXPECT_EQ(outcomes[1].decision, late.id);
  auto result = world.ledger().result("home").value();
  EXPECT_EQ(result.mixed, 1u);
  EXPECT_EQ(result.ai.y, 1u);
  EXPECT_EQ(result.holdout.y, 0u);
  auto decisions = world.ledger().of_person({1}, 10).value();
  ASSERT_EQ(decisions.size(), 3u);
  EXPECT_EQ(decisions[0].decision.id, late.id);
  EXPECT_EQ(decisions[2].decision.id, known.id);
  // Two with the same arm become one unit: squares of the sum.
  world.add(decision("call", {5}, kStart));
  world.add(decision("call", {6}, kStart));
  world.add(MergeRecord{{5}, {6}, kStart, "identify"});
  auto call = world.ledger().result("call").value();
  EXPECT_EQ(call.ai.people, 1u);
  EXPECT_EQ(call.ai.nn, 4u);
}

TEST(Ledger, RecentIsNewestFirstFilteredAndPaged) {
  World world;
  std::vector<DecisionId> ids;
  for (int i = 0; i < 700; ++i) {
    auto d = decision(i % 7 == 0 ? "mail" : "home", {static_cast<uint64_t>(1 + i % 10)}, kStart + seconds(i), i % 5 == 0);
    ids.push_back(d.id);
    world.add(d);
    if (i == 300 || i == 500) world.checkpoint();
  }
  auto outcome = event("Order Completed", {1}, kStart + seconds(200), R"({"total":1})");  // changes an entry already stored
  ASSERT_FALSE(world.happen(outcome).empty());
  std::vector<DecisionId> paged;
  std::optional<DecisionId> before;
  while (true) {
    auto page = world.ledger().recent({}, 64, before).value();
    if (page.empty()) break;
    for (const auto& entry : page) paged.push_back(entry.decision.id);
    before = paged.back();
  }
  EXPECT_THAT(paged, testing::ElementsAreArray(ids.rbegin(), ids.rend()));
  auto mails = world.ledger().recent({"mail", "baseline", {}}, 1000).value();
  EXPECT_EQ(mails.size(), 20u);  // multiples of 35 below 700
  for (const auto& entry : mails) EXPECT_TRUE(entry.decision.placement == "mail" && entry.decision.holdout);
  auto person = world.ledger().recent({"", "", {4}}, 1000).value();
  EXPECT_EQ(person.size(), 70u);
  EXPECT_TRUE(world.ledger().recent({"nowhere", "", {}}, 10).value().empty());
}

TEST(Ledger, KeepsADecisionByItsPlaceInTheLog) {
  World world;
  auto d = decision("home", {1}, kStart);
  Reason reason;
  reason.feature = "visits_7d";
  d.actions[0].reasons.assign(8, reason);
  world.add(d);
  world.happen(event("Order Completed", {1}, kStart + minutes(1)));
  const std::string before = world.ledger().digest().value().to_string();
  world.checkpoint();
  world.restart();
  auto found = world.ledger().find(d.id).value();
  ASSERT_TRUE(found);
  EXPECT_EQ(encode_record(found->decision), encode_record(d));
  EXPECT_EQ(found->outcomes.size(), 1u);
  EXPECT_EQ(world.ledger().digest().value().to_string(), before);
  auto decisions = world.kv().space("decisions").value();
  auto cursor = world.kv().scan(decisions, "", "");
  ASSERT_TRUE(cursor->valid());
  EXPECT_EQ(std::string(cursor->value()).find("visits_7d"), std::string::npos);
}

TEST(Ledger, WhatAnEarlierVersionWroteIsMadeAgain) {
  World world;
  world.add(decision("home", {1}, kStart));
  world.checkpoint();
  world.restart();
  EXPECT_FALSE(world.ledger().needs_rebuild());
  const std::string before = world.ledger().digest().value().to_string();
  store::Batch earlier;  // had no form of its own, and other entries
  earlier.erase(world.kv().space("ledger_form").value(), "form");
  earlier.put(world.kv().space("decisions").value(), std::string(16, 'k'), std::string("\1 and the whole decision"));
  ASSERT_TRUE(world.kv().write(earlier).ok());
  for (int killed_before = 0; killed_before < 2; ++killed_before) {
    world.open();
    EXPECT_TRUE(world.ledger().needs_rebuild());
    EXPECT_EQ(world.ledger().decisions(), 0u);
  }
  for (const auto& record : world.log()) ASSERT_TRUE(world.ledger().apply(record).ok());
  EXPECT_EQ(world.ledger().digest().value().to_string(), before);
  world.checkpoint();
  world.restart();
  EXPECT_FALSE(world.ledger().needs_rebuild());
}

TEST(Ledger, AnOutcomeOfAnUnknownDecisionIsDamage) {
  World world;
  OutcomeRecord orphan{DecisionId::make(5), {1}, kStart, "Order Completed", {1}, 1};
  auto status = world.ledger().apply({{1}, orphan});
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code(), ErrorCode::kStorageCorrupt);
}

// The slow twin: everything from the list of records, each time anew.
struct NaiveLedger {
  std::map<uint64_t, uint64_t> moved;
  std::vector<DecisionRecord> decisions;
  std::map<DecisionId, std::vector<OutcomeRecord>> outcomes;

  uint64_t canonical(uint64_t id) const {
    while (moved.contains(id)) id = moved.at(id);
    return id;
  }
  void apply(const RecordBody& body) {
    if (auto* d = std::get_if<DecisionRecord>(&body)) decisions.push_back(*d);
    if (auto* o = std::get_if<OutcomeRecord>(&body)) outcomes[o->decision].push_back(*o);
    if (auto* m = std::get_if<MergeRecord>(&body)) {
      uint64_t from = canonical(m->from.value), into = canonical(m->into.value);
      if (from != into) moved[from] = into;
    }
  }
  // (placement, decision) pairs that an event without a decisionId rewards.
  std::map<std::string, DecisionId> match(const EventRecord& e) const {
    std::map<std::string, DecisionId> matched;
    for (const auto& p : placements()) {
      const DecisionRecord* best = nullptr;
      for (const auto& d : decisions) {
        if (d.placement != p.name || p.outcome.event != e.event.name || !d.profile) continue;
        if (canonical(d.profile.value) != canonical(e.profile.value) || d.time > e.event.time) continue;
        if (!best || std::pair(d.time, d.id) > std::pair(best->time, best->id)) best = &d;
      }
      if (best && e.event.time - best->time <= p.outcome.within) matched[p.name] = best->id;
    }
    return matched;
  }
  PlacementResult result(const std::string& name) const {
    PlacementResult r;
    std::map<uint64_t, std::pair<PersonSums, PersonSums>> people;
    for (const auto& d : decisions) {
      if (d.placement != name) continue;
      ++r.decisions;
      auto found = outcomes.find(d.id);
      size_t count = found == outcomes.end() ? 0 : found->second.size();
      r.outcomes += count;
      if (!d.profile) {
        ++r.anonymous;
        continue;
      }
      auto& both = people[canonical(d.profile.value)];
      PersonSums& sums = d.holdout ? both.second : both.first;
      ++sums.n;
      sums.y += count > 0;
      for (size_t i = 0; i < count; ++i) sums.v += found->second[i].reward;
    }
    for (const auto& [id, both] : people) {
      r.ai.add(both.first);
      r.holdout.add(both.second);
      r.mixed += both.first.n > 0 && both.second.n > 0;
    }
    return r;
  }
};

void expect_same(const PlacementResult& fast, const PlacementResult& slow) {
  for (auto arms : {std::pair(&fast.ai, &slow.ai), std::pair(&fast.holdout, &slow.holdout)}) {
    ArmSums a = *arms.first, b = *arms.second;
    EXPECT_NEAR(a.v, b.v, 1e-6);
    EXPECT_NEAR(a.nv, b.nv, 1e-5);
    EXPECT_NEAR(a.vv, b.vv, 1e-4);
    a.v = a.nv = a.vv = b.v = b.nv = b.vv = 0;
    EXPECT_EQ(a, b);
  }
  EXPECT_EQ(fast.mixed, slow.mixed);
  EXPECT_EQ(fast.anonymous, slow.anonymous);
  EXPECT_EQ(fast.decisions, slow.decisions);
  EXPECT_EQ(fast.outcomes, slow.outcomes);
}

TEST(Ledger, AgreesWithItsNaiveTwinAcrossCheckpointsRestartsAndMerges) {
  for (uint64_t seed = 1; seed <= 8; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    World world(seed % 2 ? 4'000 : size_t{1} << 20);  // odd seeds: nearly everybody is evicted
    NaiveLedger naive;
    size_t known = 0;
    auto learn = [&] {
      for (; known < world.log().size(); ++known) naive.apply(world.log()[known].body);
    };
    Time now = kStart;
    for (int step = 0; step < 1500; ++step) {
      now = now + seconds(static_cast<int64_t>(random.below(400)));
      ProfileId person{1 + random.below(60)};
      switch (random.below(20)) {
        case 0: world.add(MergeRecord{person, {1 + random.below(60)}, now, "identify"}); break;
        case 1: world.checkpoint(); break;
        case 2: if (random.chance(0.3)) world.restart(); break;
        case 3: case 4: case 5: case 6: case 7: case 8: case 9: {
          const char* names[] = {"home", "mail", "call"};
          if (random.chance(0.05)) person = {};
          world.add(decision(names[random.below(3)], person, now, random.chance(0.2)));
          break;
        }
        default: {
          // Some events arrive late, but not behind more decisions than the ledger keeps open.
          Time time = random.chance(0.2) ? now - seconds(static_cast<int64_t>(random.below(3000))) : now;
          auto e = event(random.chance(0.7) ? "Order Completed" : "Signed Up", person, time, R"({"total": 2.25})");
          learn();
          auto expected = naive.match(e);
          auto outcomes = world.happen(e);
          std::map<std::string, DecisionId> got;
          for (const auto& o : outcomes) got[world.ledger().find(o.decision).value()->decision.placement] = o.decision;
          ASSERT_EQ(got, expected) << "step " << step;
        }
      }
    }
    learn();
    for (const char* name : {"home", "mail", "call"}) expect_same(*world.ledger().result(name), naive.result(name));
    EXPECT_EQ(world.ledger().decisions(), naive.decisions.size());
    EXPECT_EQ(world.ledger().digest().value().to_string(), world.rebuilt_digest());
    world.checkpoint();
    world.restart();
    EXPECT_EQ(world.ledger().digest().value().to_string(), world.rebuilt_digest());
    EXPECT_EQ(world.ledger().pending_bytes(), 0u);
  }
}

TEST(Ledger, ADifferentHistoryHasADifferentDigest) {
  World a, b;
  auto d = decision("home", {1}, kStart);
  a.add(d);
  b.add(d);
  EXPECT_EQ(a.ledger().digest().value().to_string(), b.ledger().digest().value().to_string());
  b.happen(event("Order Completed", {1}, kStart + minutes(1)));
  EXPECT_NE(a.ledger().digest().value().to_string(), b.ledger().digest().value().to_string());
}

}  // namespace
}  // namespace furrow::decide
