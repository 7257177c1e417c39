#include "predict/model_watch.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/files.h"
#include "base/random.h"
#include "predict/sample_model.h"

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

TEST(ModelWatch, ABreakIsFoundInItsDayHoweverManyGoodDaysCameBefore) {
  Service service(5);
  service.run(10'080, 1.0);  // a week
  service.run(720, 0.6);     // half a day
  service.now = service.now + hours(1);
  VersionHealth health = service.watch.health(service.now, {}).versions[0];
  EXPECT_LT(std::abs(health.z), ModelWatch::kAlarmZ) << "over the window it is not to be seen";
  service.run(720, 0.6);
  service.now = service.now + hours(1);
  health = service.watch.health(service.now, {}).versions[0];
  EXPECT_TRUE(health.miscalibrated) << health.day_predicted << " " << health.day_observed << " " << health.day_z;
  EXPECT_EQ(health.why.substr(0, 15), "of the last day");
}

// Decisions with the inputs of a real model; a share of the people has more of f0, or nobody has any.
class InputsInService : public testing::Test {
 protected:
  std::shared_ptr<const Scorer> scorer() const { return scorer_; }
  void day(double share, bool broken = false) {
    for (int i = 0; i < 600; ++i) {
      now_ = now_ + seconds(144);
      DecisionRecord record;
      record.id = DecisionId::make(++made_);
      record.time = now_;
      record.policy = "model";
      record.model = "m";
      record.model_version = "v0001";
      record.actions.push_back({"offer", 0.2, 1, {}});
      for (int f = 0; f < 4; ++f) {
        const double drawn = random_.chance(0.1) ? std::nan("") : std::floor(random_.exponential(0.5));
        const double more = f == 0 && random_.chance(share) ? 4 : 0;
        record.features.push_back(static_cast<float>(f == 0 && broken ? std::nan("") : drawn + more));
      }
      watch_.add(record);
    }
  }
  VersionHealth health() const {
    return watch_.health(now_, [this](const std::string&) { return scorer_; }).versions.at(0);
  }

 private:
  static std::shared_ptr<const profile::FeatureProgram> program() {
    std::vector<profile::FeatureDefinition> definitions(4);
    for (size_t f = 0; f < 4; ++f) definitions[f].name = "f" + std::to_string(f), definitions[f].events = {"E"};
    return profile::FeatureProgram::compile(definitions).value();
  }
  TemporaryFolder folder_;
  std::shared_ptr<const Scorer> scorer_ = Scorer::bind({"m", "v0001", {"discount", "category", "page"}, {}}, train_sample_model(folder_.path() / "m").value(), program()).value();
  Random random_{9};
  ModelWatch watch_{"m", "", hours(1), days(7)};
  Time now_ = kStart;
  int64_t made_ = 0;
};

TEST_F(InputsInService, WhatAgesStepByStepIsToldAndRaisesNoAlarm) {
  for (int d = 0; d < 150; ++d) {
    day(d / 150.0);
    ASSERT_FALSE(health().drifted) << "day " << d << ": " << health().why;
  }
  VersionHealth last = health();
  EXPECT_TRUE(last.aged);
  EXPECT_EQ(last.drift.at(0).input, "f0");
  EXPECT_NE(last.why.find("step by step"), std::string::npos);
}

TEST_F(InputsInService, WhatBreaksIsFoundWithinADayAlsoInAShopThatAged) {
  for (int d = 0; d < 8; ++d) day(0);
  EXPECT_FALSE(health().drifted);
  day(0, true);
  VersionHealth broken = health();
  EXPECT_TRUE(broken.drifted);
  EXPECT_EQ(broken.drift.at(0).input, "f0");
  for (int d = 0; d < 20; ++d) day(0.8);
  EXPECT_FALSE(health().drifted) << "for three weeks it has been so";
  EXPECT_TRUE(health().aged);
  day(0.8, true);
  EXPECT_TRUE(health().drifted);
}

TEST_F(InputsInService, AVersionThatIsFedWrongFromItsFirstDayAlarms) {
  day(0, true);
  EXPECT_TRUE(health().drifted);
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
