#include "predict/model_watch.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace furrow::predict {
namespace {

constexpr Time kStart{1'700'000'000'000'000};

// Decisions a minute apart whose scores are right until `breaks`, when outcomes halve.
struct Service {
  explicit Service(uint64_t seed) : random(seed) {}
  Random random;
  ModelWatch watch{"buys", "Order Completed", hours(1), days(7)};
  Time now = kStart;
  int64_t made = 0;

  void run(int64_t decisions, double factor, const char* version = "v0001", bool shadow = false) {
    for (int64_t i = 0; i < decisions; ++i) {
      now = now + minutes(1);
      DecisionRecord record;
      record.id = DecisionId::make(++made);
      record.time = now;
      record.policy = "model";
      record.model = "buys";
      record.model_version = version;
      double score = random.uniform(0.05, 0.5);
      record.actions.push_back({"offer", score, 1, {}});
      watch.add(record);
      if (random.chance(score * factor)) {
        OutcomeRecord outcome;
        outcome.decision = record.id;
        outcome.time = now + minutes(5);
        outcome.event = "Order Completed";
        outcome.reward = 1;
        watch.add(outcome);
      }
      if (shadow) watch.add_shadow(record.id, "v0002", score * factor);
    }
  }
};

TEST(ModelWatch, AYearOfHonestScoresRaisesNoAlarm) {
  Service service(1);
  size_t alarms = 0;
  for (int day = 0; day < 365; ++day) {
    service.run(600, 1.0);
    service.now = service.now + hours(14);
    ModelHealth health = service.watch.health(service.now, {});
    ASSERT_EQ(health.versions.size(), 1u);
    alarms += health.versions[0].miscalibrated;
  }
  EXPECT_EQ(alarms, 0u) << "seed 1";
}

TEST(ModelWatch, OutcomesThatFallAwayAreFoundWithinADay) {
  Service service(2);
  service.run(3000, 1.0);
  service.now = service.now + hours(2);
  EXPECT_FALSE(service.watch.health(service.now, {}).versions[0].miscalibrated);
  service.run(1440, 0.4);
  service.now = service.now + hours(2);
  VersionHealth health = service.watch.health(service.now, {}).versions[0];
  EXPECT_TRUE(health.miscalibrated) << health.predicted << " " << health.observed << " " << health.z;
  EXPECT_FALSE(health.why.empty());
  EXPECT_FALSE(health.why_zh.empty());
}

TEST(ModelWatch, OnlyDecisionsWithAKnownOutcomeCount) {
  Service service(3);
  service.run(600, 1.0);
  VersionHealth health = service.watch.health(service.now, {}).versions[0];
  EXPECT_EQ(health.decisions, 600u);
  EXPECT_NEAR(static_cast<double>(health.known), 540, 2);  // the last hour is open
  service.now = service.now + days(30);
  EXPECT_EQ(service.watch.health(service.now, {}).versions[0].decisions, 0u);
}

TEST(ModelWatch, AShadowThatKnowsBetterIsSaidToBeBetter) {
  Service service(4);
  service.run(4000, 0.5, "v0001", true);
  service.now = service.now + hours(2);
  ModelHealth health = service.watch.health(service.now, {});
  ASSERT_TRUE(health.shadow);
  EXPECT_EQ(health.shadow->shadow, "v0002");
  EXPECT_EQ(health.shadow->serving, "v0001");
  EXPECT_EQ(health.shadow->known, 4000u);
  EXPECT_LT(health.shadow->loss_difference.high, 0);
}

}  // namespace
}  // namespace furrow::predict
