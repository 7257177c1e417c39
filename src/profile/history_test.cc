#include "profile/history.h"

#include <gtest/gtest.h>

#include <random>

#include "profile/naive_features.h"

namespace furrow::profile {
namespace {

const Time kEnd = parse_time("2026-02-20T10:30:00Z").value();

// The naive value of "within W after": the feature over (time, time + W], by shifting what it sees.
NaiveValue naive_outcome(FeatureDefinition outcome, const std::vector<NaiveEvent>& events, Time time) {
  std::vector<NaiveEvent> after;
  for (const auto& event : events) {
    if (event.time > time && event.time <= time + *outcome.window) after.push_back(event);
  }
  outcome.window.reset();
  return naive_feature(outcome, after, Time{INT64_MAX});
}

TEST(HistoryTest, EqualsTheNaiveTwinForManyPeopleAndInstants) {
  const uint64_t seed = std::random_device()();
  SCOPED_TRACE(fmt::format("seed {}", seed));
  Random random(seed);
  for (int round = 0; round < 60 && !testing::Test::HasFailure(); ++round) {
    auto features = FeatureProgram::compile(random_features(random, 6)).value();
    auto outcomes = FeatureProgram::compile({happens_within("buys", {"Order Completed"}, "", days(7)), happens_within("pays", {}, "price > 5", days(2))}).value();
    auto history = History::create(features, outcomes).value();
    std::vector<std::vector<NaiveEvent>> people(6);
    for (uint64_t position = 1; position <= 200; ++position) {
      NaiveEvent event = random_event(random, kEnd, days(60), position);
      size_t person = random.below(5);  // the last has no events
      Fields fields;
      ASSERT_TRUE(fields.parse(event.properties));
      history.add({person + 1}, event.label, fields, event.time, {position});
      people[person].push_back(std::move(event));
      if (position == 100) history.merge({2}, {1});
    }
    people[0].insert(people[0].end(), people[1].begin(), people[1].end());
    people[1] = people[0];
    std::vector<Observation> observations;
    for (int i = 0; i < 40; ++i) {
      size_t person = random.below(6);
      Time time = kEnd - microseconds(static_cast<int64_t>(random.below(static_cast<uint64_t>(days(60).micros))));
      if (!people[person].empty() && random.chance(0.5)) time = pick(random, people[person]).time;
      observations.push_back({{person + 1}, time});
    }
    std::vector<bool> seen(observations.size());
    history.evaluate(observations, [&](const History::Row& row) {
      EXPECT_FALSE(seen[row.index]);
      seen[row.index] = true;
      const auto& [profile, time] = observations[row.index];
      const auto& events = people[profile.value - 1];
      EXPECT_EQ(row.complete, time + days(7) <= history.latest());
      const std::vector<NaiveValue> naive = naive_features(features->definitions(), events, time);
      for (size_t i = 0; i < features->size(); ++i) {
        const FeatureDefinition& feature = features->definitions()[i];
        if (!feature.derived()) EXPECT_EQ(row.texts[i], naive[i].text) << feature.aggregate_text();
        if (std::isnan(naive[i].number)) EXPECT_TRUE(std::isnan(row.features[i])) << feature.aggregate_text();
        else EXPECT_NEAR(row.features[i], naive[i].number, naive_tolerance(feature, naive[i])) << feature.aggregate_text();
      }
      for (size_t i = 0; i < outcomes->size(); ++i) EXPECT_EQ(row.outcomes[i], naive_outcome(outcomes->definitions()[i], events, time).number);
    });
    EXPECT_EQ(std::count(seen.begin(), seen.end(), true), static_cast<long>(observations.size()));
  }
}

TEST(HistoryTest, AnObservationIsInNeitherItsFeaturesNorItsOutcomes) {
  auto features = FeatureProgram::compile({happens_within("before", {}, "", days(7))}).value();
  auto outcomes = FeatureProgram::compile({happens_within("after", {}, "", days(7))}).value();
  auto history = History::create(features, outcomes).value();
  Fields none;
  for (int64_t day : {-8, -7, 0, 7, 8}) history.add({1}, "x", none, kEnd + days(day), {static_cast<uint64_t>(day + 20)});
  history.evaluate(std::vector<Observation>{{{1}, kEnd}}, [](const History::Row& row) {
    EXPECT_EQ(row.features[0], 1);
    EXPECT_EQ(row.outcomes[0], 1);
    EXPECT_TRUE(row.complete);
  });
  history.evaluate(std::vector<Observation>{{{1}, kEnd + days(2)}}, [](const History::Row& row) { EXPECT_FALSE(row.complete); });
}

TEST(HistoryTest, ReadsTheLogAndFollowsMerges) {
  auto features = FeatureProgram::compile({happens_within("n", {"buy"}, "", days(7))}).value();
  auto history = History::create(features).value();
  auto record = [&](uint64_t position, uint64_t profile, std::string name, Time time) {
    Event event;
    event.name = std::move(name);
    event.time = time;
    event.received_at = kEnd;
    history.add(Record{{position}, EventRecord{{profile}, event}});
  };
  record(1, 1, "buy", kEnd - hours(2));
  record(2, 2, "buy", kEnd - hours(1));
  record(3, 2, "look", kEnd - hours(1));
  record(4, 1, "buy", kEnd + days(900));
  history.add(Record{{5}, MergeRecord{{2}, {1}, kEnd, "identify"}});
  record(6, 1, "buy", kEnd - hours(3));
  EXPECT_EQ(history.latest(), kEnd);
  EXPECT_EQ(history.canonical({2}), ProfileId{1});
  history.evaluate(std::vector<Observation>{{{2}, kEnd}}, [](const History::Row& row) { EXPECT_EQ(row.features[0], 3); });
}

// A guest account in a file sorted newest first: feeding must not be quadratic.
TEST(HistoryTest, OnePersonWithManyEventsInReverseOrder) {
  auto features = FeatureProgram::compile({happens_within("day", {}, "", days(1)), happens_within("week", {}, "", days(7))}).value();
  auto history = History::create(features).value();
  Fields none;
  constexpr int64_t kEvents = 300'000;
  for (int64_t i = 0; i < kEvents; ++i) history.add({1}, "x", none, kEnd - minutes(i + 1), {static_cast<uint64_t>(kEvents - i)});
  history.evaluate(std::vector<Observation>{{{1}, kEnd}, {{1}, kEnd - days(100)}}, [](const History::Row& row) {
    EXPECT_EQ(row.features[0], 1440);
    EXPECT_EQ(row.features[1], 7 * 1440);
  });
}

TEST(HistoryTest, AnOutcomeNeedsAWindow) {
  FeatureDefinition lifetime = happens_within("x", {}, "", days(1));
  lifetime.window.reset();
  auto outcomes = FeatureProgram::compile({lifetime}).value();
  EXPECT_EQ(History::create(outcomes, outcomes).error().code(), ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace furrow::profile
