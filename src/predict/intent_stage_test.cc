#include "predict/intent_stage.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/files.h"
#include "base/random.h"
#include "predict/intent_steps.h"

namespace furrow::predict {
namespace {

// Visits of five to twelve views. Those that begin with a search buy at their end; those with two looks at one item come back
// and buy two days later.
table::Table shop(size_t people, uint64_t seed) {
  Random random(seed);
  table::Column person("profile_id", table::ColumnType::kText), event("event", table::ColumnType::kText), time("time", table::ColumnType::kText), item("item", table::ColumnType::kText);
  auto add = [&](size_t who, const std::string& what, Time when, const std::string& which) {
    person.append_text("p" + std::to_string(who));
    event.append_text(what);
    time.append_text(format_time(when));
    item.append_text(which);
  };
  const Time origin = time_from_milliseconds(1'780'000'000'000);
  for (size_t p = 0; p < people; ++p) {
    Time now = origin + seconds(static_cast<int64_t>(random.uniform() * 80 * 86400));
    const double kind = random.uniform();
    add(p, kind < 0.3 ? "Search" : "Home", now, "");
    const size_t views = 5 + random.below(8);
    for (size_t v = 0; v < views; ++v) {
      now = now + seconds(20 + static_cast<int64_t>(random.below(60)));
      add(p, random.chance(0.5) ? "View" : "List", now, kind > 0.7 ? "same" : "i" + std::to_string(v));
    }
    if (kind < 0.3 && random.chance(0.9)) add(p, "Buy", now + seconds(30), "");
    if (kind > 0.7 && random.chance(0.9)) add(p, "Buy", now + days(2), "");
  }
  table::Table table;
  for (auto* column : {&person, &event, &time, &item}) table.add(std::move(*column));
  return table;
}

EventColumns columns() {
  EventColumns c;
  c.item = "item";
  return c;
}

TEST(IntentStage, LabelsAreWhatComesNext) {
  auto visits = read_visits(shop(300, 1), columns(), minutes(30), "events");
  ASSERT_TRUE(visits.ok());
  auto steps = read_steps(*visits, visits->events, "Buy");
  label_steps(*visits, "Buy", days(7), steps);
  size_t seen[3] = {};
  for (size_t v = 0; v < visits->visits.size(); ++v) {
    const VisitOfPerson& visit = visits->visits[v];
    for (size_t t = 0; t < visit.steps.size(); ++t) {
      // The naive twin reads every event of the person.
      int expected = 0;
      bool bought = false;
      for (size_t w = 0; w < visits->visits.size(); ++w) {
        if (visits->visits[w].person != visit.person) continue;
        for (size_t k = 0; k < visits->visits[w].steps.size(); ++k) {
          const VisitStep& step = visits->visits[w].steps[k];
          if (visits->events[step.event] != "Buy") continue;
          if (w == v && k <= t) bought = true;
          if (w == v && k > t) expected = 2;
          if (w != v && step.time > visit.end() && step.time - visit.steps[t].time <= days(7) && expected == 0) expected = 1;
        }
      }
      if (bought || visits->last - visit.start() < days(7)) expected = kUnknownStage;
      EXPECT_EQ(steps[v].labels[t], expected) << v << " " << t;
      if (expected >= 0) ++seen[expected];
    }
  }
  for (size_t count : seen) EXPECT_GT(count, 50u);
}

TEST(IntentStage, LearnsScoresAndSaysWhoServes) {
  auto visits = read_visits(shop(900, 2), columns(), minutes(30), "events");
  ASSERT_TRUE(visits.ok());
  IntentOptions options;
  options.columns = columns();
  options.goal = "Buy";
  options.within = days(5);
  TemporaryFolder folder;
  auto trained = train_intent(*visits, options, folder.path() / "model");
  ASSERT_TRUE(trained.ok()) << trained.error().to_string();
  EXPECT_EQ(trained->serves, trained->gru_choosing < trained->ngram_choosing ? "gru" : "ngram");
  EXPECT_NEAR(trained->difference.value, trained->gru.log_loss.value - trained->ngram.log_loss.value, 1e-6);
  // Guessing the shares costs about 1.06.
  EXPECT_LT(std::min(trained->gru.log_loss.value, trained->ngram.log_loss.value), 0.8);
  EXPECT_GT(trained->judged, 50u);

  auto model = IntentModel::load(folder.path() / "model");
  ASSERT_TRUE(model.ok()) << model.error().to_string();
  auto fresh = read_visits(shop(300, 3), columns(), minutes(30), "events");
  auto scores = (*model)->score(*fresh);
  ASSERT_TRUE(scores.ok());
  double right = 0, asked = 0;
  for (size_t v = 0; v < scores->size(); ++v) {
    const VisitOfPerson& visit = fresh->visits[v];
    const IntentScore& score = (*scores)[v];
    EXPECT_NEAR(score.probability[0] + score.probability[1] + score.probability[2], 1, 1e-9);
    const bool bought = fresh->events[visit.steps.back().event] == "Buy";
    EXPECT_EQ(score.stage == 3, bought);
    if (bought || visit.steps.size() < 3 || visit.steps[1].item != visit.steps[2].item) continue;
    asked += 1;
    right += score.stage == 1;
  }
  EXPECT_GT(asked, 30);
  EXPECT_GT(right / asked, 0.7);
}

TEST(IntentStage, SaysWhatIsWrongWithTheEvents) {
  auto visits = read_visits(shop(60, 4), columns(), minutes(30), "events");
  ASSERT_TRUE(visits.ok());
  IntentOptions options;
  options.goal = "Order Completed";
  TemporaryFolder folder;
  auto none = train_intent(*visits, options, folder.path() / "model");
  EXPECT_EQ(none.error().code(), ErrorCode::kInvalidArgument);
  EXPECT_NE(none.error().message().find("the events are: "), std::string::npos);
  options.goal = "Buy";
  EXPECT_EQ(train_intent(*visits, options, folder.path() / "model").error().code(), ErrorCode::kInvalidArgument);
  EXPECT_FALSE(IntentModel::is_folder(folder.path() / "model"));
  EXPECT_EQ(IntentModel::load(folder.path() / "model").error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(read_visits(shop(3, 5), {"who", "event", "time", ""}, minutes(30), "events").error().code(), ErrorCode::kInvalidFile);
}

}  // namespace
}  // namespace furrow::predict
