#include "predict/training_set.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <set>

#include "base/random.h"

namespace furrow::predict {
namespace {

constexpr Time kStart{1'767'225'600'000'000};  // a multiple of a week since 1970, plus some days

EventRecord event(ProfileId person, std::string name, Time time, std::string properties = "{}") {
  Event e;
  e.type = EventType::kTrack;
  e.name = std::move(name);
  e.time = time;
  e.properties = std::move(properties);
  return {person, std::move(e)};
}

std::shared_ptr<const profile::FeatureProgram> program() {
  profile::FeatureDefinition views;
  views.name = "views_3d";
  views.events = {"Viewed"};
  views.window = days(3);
  views.default_value = 0;
  profile::FeatureDefinition bought = views;
  bought.name = "bought_ever";
  bought.events = {"Bought"};
  bought.window.reset();
  return profile::FeatureProgram::compile({views, bought}).value();
}

struct Log {
  std::vector<Record> records;
  void add(RecordBody body) { records.push_back({{records.size() + 1}, std::move(body)}); }
  RecordSource source() const {
    return [this](const std::function<bool(const Record&)>& visit) -> Status {
      for (const auto& record : records) {
        if (!visit(record)) break;
      }
      return {};
    };
  }
};

Log random_log(uint64_t seed) {
  Random random(seed);
  Log log;
  Time now = kStart;
  for (int i = 0; i < 1500; ++i) {
    now = now + minutes(static_cast<int64_t>(random.below(60)));
    ProfileId person{1 + random.below(25)};
    Time time = random.chance(0.1) ? now - hours(static_cast<int64_t>(random.below(48))) : now;  // some arrive late
    switch (random.below(12)) {
      case 0: if (random.chance(0.1)) log.add(MergeRecord{person, {1 + random.below(25)}, now, "identify"}); break;
      case 1: log.add(event(person, "Bought", time)); break;
      case 2: case 3: case 4: {
        std::string properties = R"({"discount": )" + std::to_string(5 * random.below(4));
        if (random.chance(0.8)) properties += R"(, "action": "a)" + std::to_string(random.below(3)) + "\"";
        log.add(event(person, "Offered", time, properties + "}"));
        break;
      }
      default: log.add(event(person, "Viewed", time));
    }
  }
  return log;
}

// The slow twin: each row by looking through the whole log.
struct Naive {
  const Log& log;
  std::map<uint64_t, uint64_t> moved;
  std::vector<std::pair<EventRecord, uint64_t>> events;  // with the person as known in the end
  Time latest{INT64_MIN};

  explicit Naive(const Log& all) : log(all) {
    for (const auto& r : log.records) {
      if (auto* m = std::get_if<MergeRecord>(&r.body)) {
        uint64_t from = canonical(m->from.value), into = canonical(m->into.value);
        if (from != into) moved[from] = into;
      }
    }
    for (const auto& r : log.records) {
      if (auto* e = std::get_if<EventRecord>(&r.body)) {
        events.emplace_back(*e, canonical(e->profile.value));
        latest = std::max(latest, e->event.time);
      }
    }
  }
  uint64_t canonical(uint64_t id) const {
    while (moved.contains(id)) id = moved.at(id);
    return id;
  }
  double count(uint64_t person, std::string_view name, Time from, Time to) const {  // [from, to)
    double n = 0;
    for (const auto& [e, p] : events) n += p == person && e.event.name == name && e.event.time >= from && e.event.time < to;
    return n;
  }
};

ModelDeclaration by_event() {
  ModelDeclaration m;
  m.name = "m";
  m.label = {"Bought", days(2)};
  m.observations.event = "Offered";
  m.action_features = {"discount", "action"};
  return m;
}

using Row = std::tuple<int64_t, double, double, std::string, std::string, double>;

TEST(TrainingSet, ByEventEachRowIsWhatWasKnownThen) {
  for (uint64_t seed = 1; seed <= 4; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Log log = random_log(seed);
    ModelDeclaration model = by_event();
    auto set = build_training_set(model, program(), log.source()).value();
    Naive naive(log);
    std::multiset<Row> expected, got;
    size_t offered = 0;
    for (const auto& [e, person] : naive.events) {
      if (e.event.name != "Offered") continue;
      ++offered;
      Time t = e.event.time;
      if (t + days(2) > naive.latest) continue;
      Fields fields;
      ASSERT_TRUE(fields.parse(e.event.properties).ok());
      Value action = fields.get("action");
      expected.insert({t.micros, naive.count(person, "Viewed", t - days(3), t), naive.count(person, "Bought", {INT64_MIN}, t),
                       std::to_string(static_cast<int>(fields.get("discount").number())),
                       action.is_text() ? std::string(action.text()) : "",
                       naive.count(person, "Bought", t + microseconds(1), t + days(2) + microseconds(1)) > 0});
    }
    const auto &views = *set.data.find("views_3d"), &bought = *set.data.find("bought_ever"), &discount = *set.data.find("discount");
    const auto &action = *set.data.find("action"), &label = *set.data.find(kLabelColumn), &time = *set.data.find(kTimeColumn);
    EXPECT_EQ(discount.kind, learn::ColumnKind::kNumber);
    EXPECT_EQ(action.kind, learn::ColumnKind::kText);
    for (size_t i = 0; i < set.data.rows; ++i) {
      got.insert({set.times[i].micros, views.numbers[i], bought.numbers[i], discount.text(i), action.text(i), label.numbers[i]});
      EXPECT_EQ(time.numbers[i], static_cast<double>(set.times[i].micros) / 1e6);
      if (i > 0) EXPECT_LE(set.times[i - 1], set.times[i]);
    }
    EXPECT_EQ(got, expected);
    EXPECT_EQ(set.observations, offered);
    EXPECT_EQ(set.censored, offered - expected.size());
    EXPECT_GT(set.censored, 0u);
    EXPECT_EQ(set.first, LogPosition{1});
    EXPECT_EQ(set.last, LogPosition{log.records.size()});
    auto thinned = build_training_set(model, program(), log.source(), 40).value();
    EXPECT_EQ(thinned.data.rows, 40u);
    EXPECT_EQ(thinned.thinned, expected.size() - 40);
    EXPECT_EQ(thinned.times, build_training_set(model, program(), log.source(), 40)->times);
  }
}

// How probably an action was taken is what the decision before it was written down with.
TEST(TrainingSet, KnowsTheChanceOfWhatADecisionChose) {
  Log log;
  auto decide = [&](uint64_t person, Time time, std::vector<DecidedAction> actions, bool holdout = false) {
    DecisionRecord decision;
    decision.id = DecisionId::make(static_cast<int64_t>(log.records.size()) + 1);
    decision.profile = {person};
    decision.time = time;
    decision.holdout = holdout;
    decision.actions = std::move(actions);
    log.add(decision);
  };
  auto offered = [&](uint64_t person, Time time, const char* action) { log.add(event({person}, "Offered", time, std::string(R"({"action": ")") + action + "\"}")); };
  const Time noon = kStart + hours(12);
  decide(1, noon, {{"a1", 0.3, 0.9, {}}, {"a2", 0.2, 0.5, {}}});
  offered(1, noon + seconds(1), "a1");
  offered(1, noon + seconds(2), "a2");
  offered(1, noon + seconds(3), "a3");              // never chosen
  offered(1, noon + hours(2), "a1");                // too long ago
  decide(2, noon, {{"a1", 0.3, 1, {}}}, true);
  offered(2, noon + seconds(1), "a1");
  offered(3, noon + seconds(4), "a1");              // no decision
  decide(3, noon + seconds(5), {{"a1", 0.3, 0.4, {}}});
  offered(3, noon + seconds(4), "a1");              // by a clock a second behind
  log.add(event({4}, "Viewed", noon + days(30)));   // all labels are known
  ModelDeclaration model;
  model.name = "m";
  model.label = {"Bought", hours(12)};
  model.observations.event = "Offered";
  model.action_features = {"discount", "action"};
  auto set = build_training_set(model, program(), log.source());
  ASSERT_TRUE(set.ok()) << set.error().to_string();
  ASSERT_EQ(set->chances.size(), set->data.rows);
  std::map<std::pair<uint64_t, int64_t>, std::vector<double>> chances;
  for (size_t i = 0; i < set->chances.size(); ++i) chances[{set->people[i].value, (set->times[i] - noon).micros / 1'000'000}].push_back(set->chances[i]);
  auto one = [&](uint64_t person, int64_t second) { return chances[{person, second}].at(0); };
  EXPECT_EQ(one(1, 1), 0.9);
  EXPECT_EQ(one(1, 2), 0.5);
  EXPECT_TRUE(std::isnan(one(1, 3)));
  EXPECT_TRUE(std::isnan(one(1, 7200)));
  EXPECT_EQ(one(2, 1), kHeldOut);
  const std::vector<double> third = chances[std::pair<uint64_t, int64_t>(3, 4)];
  ASSERT_EQ(third.size(), 2u);
  EXPECT_TRUE(std::isnan(third[0]));
  EXPECT_EQ(third[1], 0.4);
}

TEST(TrainingSet, ByCutOffEachActivePersonOnce) {
  Log log = random_log(9);
  ModelDeclaration model;
  model.name = "m";
  model.label = {"Bought", days(1)};
  model.observations.every = days(2);
  model.observations.active_within = days(3);
  model.all_features = false;
  model.features = {"bought_ever"};
  auto set = build_training_set(model, program(), log.source()).value();
  EXPECT_EQ(set.data.find("views_3d"), nullptr);
  Naive naive(log);
  std::multiset<std::tuple<int64_t, double, double>> expected, got;
  for (int64_t k = kStart.micros / days(2).micros - 5; k * days(2).micros <= naive.latest.micros; ++k) {
    Time cut{k * days(2).micros};
    if (cut + days(1) > naive.latest) continue;
    std::set<uint64_t> people;
    for (const auto& [e, person] : naive.events) {
      if (e.event.time < cut && e.event.time >= cut - days(3)) people.insert(person);
    }
    for (uint64_t person : people) {
      expected.insert({cut.micros, naive.count(person, "Bought", {INT64_MIN}, cut),
                       naive.count(person, "Bought", cut + microseconds(1), cut + days(1) + microseconds(1)) > 0});
    }
  }
  for (size_t i = 0; i < set.data.rows; ++i) {
    got.insert({set.times[i].micros, set.data.find("bought_ever")->numbers[i], set.data.find(kLabelColumn)->numbers[i]});
  }
  EXPECT_GT(expected.size(), 100u);
  EXPECT_EQ(got, expected);

  // The same rows, of who stays away.
  model.label.absent = true;
  auto away = build_training_set(model, program(), log.source()).value();
  ASSERT_EQ(away.data.rows, set.data.rows);
  EXPECT_EQ(away.times, set.times);
  EXPECT_EQ(away.positives + set.positives, set.data.rows);
  EXPECT_GT(away.positives, 0u);
  for (size_t i = 0; i < set.data.rows; ++i) EXPECT_EQ(away.data.find(kLabelColumn)->numbers[i] + set.data.find(kLabelColumn)->numbers[i], 1) << i;
}

// Sign-ups are known for a year, orders for the last month: of what came of the sign-ups before, nobody knows.
TEST(TrainingSet, LeavesOutWhatCameBeforeTheLabelWasRecorded) {
  ModelDeclaration model;
  model.name = "m";
  model.label = {"Bought", days(7)};
  model.observations.every = days(7);
  model.observations.active_within = days(30);
  const Time orders_from = kStart + days(330);
  auto log_of = [&](int orders, int strays) {
    Log log;
    for (int day = 0; day < 360; ++day) {
      log.add(event({static_cast<uint64_t>(1 + day % 40)}, "Viewed", kStart + days(day)));
      for (int k = 0; day >= 330 && k < orders; ++k) log.add(event({static_cast<uint64_t>(1 + (day * 7 + k) % 40)}, "Bought", kStart + days(day) + minutes(k)));
    }
    for (int k = 0; k < strays; ++k) log.add(event({1}, "Bought", kStart + days(2 + k)));
    return log;
  };
  auto build = [&](const Log& log) { return build_training_set(model, program(), log.source()).value(); };
  TrainingSet set = build(log_of(3, 0));
  ASSERT_TRUE(set.recorded_from.has_value());
  EXPECT_EQ(*set.recorded_from, orders_from);
  EXPECT_GT(set.unrecorded, 1000u);
  EXPECT_EQ(set.observations, set.unrecorded + set.censored + set.data.rows);
  for (Time time : set.times) EXPECT_GE(time, orders_from);
  // A few wrong dates among many orders change nothing.
  TrainingSet strayed = build(log_of(40, 5));
  ASSERT_TRUE(strayed.recorded_from.has_value());
  EXPECT_GE(*strayed.recorded_from, orders_from);
  EXPECT_LT(*strayed.recorded_from, orders_from + days(1));
  // An event that is there from the beginning is recorded from the beginning, and one of which few would have come by then says nothing.
  model.label.event = "Viewed";
  EXPECT_FALSE(build(log_of(3, 0)).recorded_from.has_value());
  model.label.event = "Rare";
  Log rare = log_of(3, 0);
  rare.add(event({1}, "Rare", kStart + days(300)));
  TrainingSet seldom = build(rare);
  EXPECT_FALSE(seldom.recorded_from.has_value());
  EXPECT_EQ(seldom.unrecorded, 0u);
}

}  // namespace
}  // namespace furrow::predict
