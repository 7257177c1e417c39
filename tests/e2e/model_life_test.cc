// Alarms and what follows them, on a market whose model was really trained.
#include "app/model_life.h"

#include <gmock/gmock.h>

#include <future>

#include "app/market_fixture.h"

namespace furrow::app {
namespace {

class ModelLifeTest : public MarketFixture {
 protected:
  void open(const std::string& life) {
    put("models/buys.yaml", "name: buys\nlabel: {event: Bought, within: 12h}\nobservations: {event: Offered}\n"
                            "features: all\naction_features: [discount]\nsplit: {holdout_last: 20%}\n" + life);
    put("placements/home.yaml", "name: home\nmodel: buys\nbaseline: none\noutcome: {event: Bought, within: 12h}\nexploration: 0.1\nholdout: 0\n"
                                "actions:\n  - {id: none, name: None, attributes: {discount: 0}}\n  - {id: sale, name: Sale, attributes: {discount: 20}}\n");
    ASSERT_NO_FATAL_FAILURE(train_market());
    loaded_ = workspace();
    pipeline::PipelineOptions options;
    options.data_dir = data().string();
    auto pipeline = pipeline::Pipeline::open(loaded_, options, clock_, logger_);
    ASSERT_TRUE(pipeline.ok()) << pipeline.error().to_string();
    pipeline_ = *std::move(pipeline);
    shelf_ = std::make_unique<ModelShelf>(loaded_, data() / "models", *pipeline_, clock_);
    std::vector<Error> faults;
    auto engine = shelf_->build_engine(faults);
    ASSERT_TRUE(engine.ok());
    engine_ = std::make_unique<decide::LiveEngine>(*engine);
    trainer_ = std::make_unique<ModelTrainer>(*shelf_, *engine_, "0", clock_, logger_);
    life_ = std::make_unique<ModelLife>(loaded_, *shelf_, *trainer_, *pipeline_, *engine_, life_clock_, logger_);
  }
  void TearDown() override {
    life_.reset();
    trainer_.reset();
    if (pipeline_) ASSERT_TRUE(pipeline_->drain().ok());
  }
  // Decisions of two days ago with the score said, none of which had an outcome.
  void decide(const std::string& version, int count, double score) {
    for (int i = 0; i < count; ++i) {
      DecisionRecord record;
      record.time = clock_.now() - days(2);
      record.id = DecisionId::make(record.time.milliseconds());
      record.placement = "home";
      record.policy = "model";
      record.model = "buys";
      record.model_version = version;
      record.context = "{}";
      record.actions.push_back({"sale", score, 1, {}});
      record.candidates.emplace_back("sale", score);
      record.features = {static_cast<float>(i % 6), static_cast<float>(i % 4)};  // as in training
      auto done = std::make_shared<std::promise<Status>>();
      ASSERT_TRUE(pipeline_->record(record, [done](const Status& status) { done->set_value(status); }).ok());
      if (i + 1 == count) ASSERT_TRUE(done->get_future().get().ok());
    }
    decided_ += static_cast<uint64_t>(count);
    while (pipeline_->ledger().decisions() < decided_) std::this_thread::yield();
  }
  std::vector<std::string> actions() const {
    std::vector<std::string> out;
    for (const auto& event : shelf_->versions().history("buys").value()) {
      if (event.action != "trained") out.push_back(event.action + " " + event.version + (event.actor.empty() ? "" : " by " + event.actor));
    }
    return out;
  }

  // The training begun, when it is over.
  TrainingRun trained() const {
    while (true) {
      const auto run = trainer_->last("buys");
      if (!run) {
        ADD_FAILURE() << "nothing is being trained";
        return {};
      }
      if (run->ended) return *run;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
  }

  uint64_t decided_ = 0;
  ManualClock life_clock_{SystemClock().now()};
  Workspace loaded_;
  std::unique_ptr<pipeline::Pipeline> pipeline_;
  std::unique_ptr<ModelShelf> shelf_;
  std::unique_ptr<decide::LiveEngine> engine_;
  std::unique_ptr<ModelTrainer> trainer_;
  std::unique_ptr<ModelLife> life_;
};

TEST_F(ModelLifeTest, WhatPredictsWhatDoesNotHappenIsRolledBackOnce) {
  ASSERT_NO_FATAL_FAILURE(open("life: {owner: growth, on_alarm: roll_back, window: 7d}\n"));
  ASSERT_TRUE(shelf_->promote("buys", "v0001", "me", *engine_).ok());
  ASSERT_TRUE(shelf_->promote("buys", "v0002", "me", *engine_).ok());
  decide("v0002", 600, 0.002);
  life_->tick(true);
  EXPECT_THAT(actions(), testing::ElementsAre("promoted v0001 by me", "promoted v0002 by me")) << "a rare outcome that does not come is no alarm";
  decide("v0002", 600, 0.3);
  life_->tick(true);
  life_->tick(true);
  EXPECT_THAT(actions(), testing::ElementsAre("promoted v0001 by me", "promoted v0002 by me", "alarm v0002 by watch", "rolled_back v0001 by watch"));
  EXPECT_EQ(engine_->get()->model_version("home"), "v0001");
  auto health = life_->health("buys");
  ASSERT_EQ(health.versions.size(), 1u);
  EXPECT_TRUE(health.versions[0].miscalibrated);
  EXPECT_EQ(health.versions[0].known, 1200u);
}

TEST_F(ModelLifeTest, WithoutLeaveItOnlyTellsAndEndsACanary) {
  ASSERT_NO_FATAL_FAILURE(open(""));
  ASSERT_TRUE(shelf_->promote("buys", "v0001", "me", *engine_).ok());
  ASSERT_TRUE(shelf_->set_canary("buys", "v0002", 0.2, "me", *engine_).ok());
  decide("v0001", 600, 0.3);
  decide("v0002", 600, 0.3);
  life_->tick(true);
  EXPECT_THAT(actions(), testing::ElementsAre("promoted v0001 by me", "canary v0002 by me", "alarm v0001 by watch", "alarm v0002 by watch", "canary_ended v0002 by watch"));
  EXPECT_EQ(engine_->get()->model_version("home"), "v0001");
  EXPECT_TRUE(shelf_->versions().stages("buys")->canary.empty());
}

TEST_F(ModelLifeTest, AnAlarmStandsUntilItsVersionBeginsAnew) {
  ASSERT_NO_FATAL_FAILURE(open(""));
  const auto standing = [&] {
    auto alarm = standing_alarm(shelf_->versions().history("buys").value(), "v0001");
    return alarm ? alarm->english : "";
  };
  ASSERT_TRUE(shelf_->promote("buys", "v0001", "me", *engine_).ok());
  decide("v0001", 600, 0.3);
  EXPECT_EQ(standing(), "");
  life_->tick(true);
  life_->tick(true);
  EXPECT_THAT(standing(), testing::HasSubstr("decisions with a known outcome"));
  const auto history = shelf_->versions().history("buys").value();
  EXPECT_EQ(in_words(history.back()).english, history.back().note);
  EXPECT_THAT(in_words(history.back()).chinese, testing::HasSubstr("已知结果的决策")) << "kept, whatever the watch finds later";
  EXPECT_THAT(standing_alarm(history, "v0001")->chinese, testing::HasSubstr("已知结果的决策"));
  ASSERT_TRUE(shelf_->promote("buys", "v0002", "me", *engine_).ok());
  life_->tick(true);
  ASSERT_TRUE(shelf_->roll_back("buys", "me", *engine_).ok());
  EXPECT_EQ(standing(), "");
  life_->tick(true);
  EXPECT_NE(standing(), "") << "nobody may read 'fine' beside a watch that finds the same as before";
  EXPECT_THAT(actions(), testing::ElementsAre("promoted v0001 by me", "alarm v0001 by watch", "promoted v0002 by me", "rolled_back v0001 by me", "alarm v0001 by watch"));
}

TEST_F(ModelLifeTest, WhatAPersonOrAnEarlierProgramNotedIsShownAsItIs) {
  learn::ModelEvent old{"", "alarm", "v0001", "watch", "of 600 decisions with a known outcome …", ""};
  EXPECT_EQ(in_words(old).english, old.note);
  EXPECT_EQ(in_words(old).chinese, "");
  EXPECT_EQ(standing_alarm({old}, "v0001")->english, old.note);
  old.note.clear();
  EXPECT_EQ(standing_alarm({old}, "v0001")->english, "alarm");
}

TEST_F(ModelLifeTest, WhatNeedsApprovalWaitsForIt) {
  ASSERT_NO_FATAL_FAILURE(open("life: {owner: lin, approval: required}\n"));
  auto refused = shelf_->promote("buys", "v0001", "me", *engine_);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().message(), "buys v0001 is not approved yet, which is for lin to do: furrow model approve DIR buys v0001");
  EXPECT_EQ(shelf_->approve("buys", "v0001", std::string(201, 'l'), "").error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(shelf_->approve("buys", "v0001", "lin", std::string(2001, 'n')).error().code(), ErrorCode::kInvalidArgument);
  EXPECT_FALSE(shelf_->promote("buys", "v0001", "me", *engine_).ok());
  ASSERT_TRUE(shelf_->approve("buys", "v0001", "lin", "").ok());
  EXPECT_TRUE(shelf_->promote("buys", "v0001", "me", *engine_).ok());
}

TEST_F(ModelLifeTest, AnOldModelIsTrainedAgainAsAShadow) {
  ASSERT_NO_FATAL_FAILURE(open("life: {retrain: 1h}\n"));
  ASSERT_TRUE(shelf_->promote("buys", "v0001", "me", *engine_).ok());
  life_->tick(true);
  EXPECT_FALSE(trainer_->last("buys")) << "it is not old yet";
  life_clock_.advance(hours(2));
  life_->tick(true);
  const TrainingRun run = trained();
  ASSERT_FALSE(run.fault) << run.fault->to_string();
  EXPECT_EQ(run.version, "v0003");
  EXPECT_EQ(run.by, "retraining");
  EXPECT_EQ(run.share, 1);
  EXPECT_EQ(shelf_->versions().stages("buys")->shadow, "v0003");
  EXPECT_EQ(engine_->get()->model_version("home"), "v0001") << "a shadow decides nothing";
}

TEST_F(ModelLifeTest, WhatAPersonHasTrainedWaitsAndOneIsTrainedAtATime) {
  ASSERT_NO_FATAL_FAILURE(open(""));
  ASSERT_TRUE(shelf_->promote("buys", "v0001", "me", *engine_).ok());
  const auto& model = *loaded_.find_model("buys");
  ASSERT_TRUE(trainer_->start(model, "lin", ModelTrainer::Then::kWaits).ok());
  const Status second = trainer_->start(model, "me", ModelTrainer::Then::kWaits);
  EXPECT_EQ(second.error().code(), ErrorCode::kConflict);
  EXPECT_THAT(second.error().message(), testing::HasSubstr("buys is being trained, since "));
  const TrainingRun run = trained();
  EXPECT_EQ(run.version, "v0003");
  EXPECT_EQ(run.by, "lin");
  EXPECT_EQ(shelf_->versions().stages("buys")->shadow, "");
  ASSERT_TRUE(trainer_->start(model, "me", ModelTrainer::Then::kWaits).ok());
  trainer_->stop();
  EXPECT_TRUE(trainer_->last("buys")->fault) << "it was in progress";
  EXPECT_EQ(shelf_->versions().list("buys")->size(), 3u) << "and left nothing behind";
  EXPECT_EQ(trainer_->start(model, "me", ModelTrainer::Then::kWaits).error().code(), ErrorCode::kUnavailable);
}

}  // namespace
}  // namespace furrow::app
