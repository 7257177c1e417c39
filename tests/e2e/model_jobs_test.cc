#include "app/model_jobs.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "app/market_fixture.h"
#include "app/query.h"

namespace furrow::app {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class ModelJobsTest : public MarketFixture {
 protected:
  std::vector<std::string> states() {
    std::vector<std::string> out;
    for (const auto& version : ModelJobs(loaded_, data(), clock_).versions("buys").value()) out.push_back(version.version + " " + std::string(learn::to_string(version.state)));
    return out;
  }
  std::vector<std::string> logged() {
    std::vector<std::string> out;
    EXPECT_TRUE((*read_only_scan(data()))(LogPosition{1}, [&](const Record& record) {
      if (auto* model = std::get_if<ModelRecord>(&record.body)) out.push_back(model->version + " " + model->action + " by " + model->actor);
      return true;
    }).ok());
    return out;
  }
  std::string deciding() {
    auto reply = post("/v1/decide", R"({"placement":"home","userId":"u1"})");
    EXPECT_EQ(reply.status, 200) << reply.body;
    size_t at = reply.body.find("\"modelVersion\":");
    return reply.body.substr(at + 15, reply.body.find(',', at) - at - 15);
  }
  Workspace loaded_ = workspace();
};

TEST_F(ModelJobsTest, PromotesAndRollsBackInRegistryAndLog) {
  ASSERT_NO_FATAL_FAILURE(train_market());
  EXPECT_GT(auc_, 0.7) << "the truth itself has about 0.79";
  ModelJobs jobs(loaded_, data(), clock_);
  EXPECT_THAT(states(), ElementsAre("v0001 trained", "v0002 trained"));
  EXPECT_EQ(jobs.roll_back("buys", "me").error().code(), ErrorCode::kConflict) << "nothing was promoted";
  ASSERT_TRUE(jobs.promote("buys", "v0001", "me").ok());
  EXPECT_EQ(jobs.promote("buys", "v0001", "me").error().code(), ErrorCode::kConflict) << "it decides already";
  ASSERT_TRUE(jobs.promote("buys", "v0002", "me").ok());
  EXPECT_THAT(states(), ElementsAre("v0001 archived", "v0002 promoted"));
  auto back = jobs.roll_back("buys", "me");
  ASSERT_TRUE(back.ok()) << back.error().to_string();
  EXPECT_EQ(back->version, "v0001");
  EXPECT_THAT(states(), ElementsAre("v0001 promoted", "v0002 trained"));
  EXPECT_EQ(jobs.roll_back("buys", "me").error().code(), ErrorCode::kConflict) << "nothing decided before v0001";
  EXPECT_THAT(logged(), ElementsAre("v0001 promoted by me", "v0002 promoted by me", "v0001 rolled_back by me"));
  serve();
  EXPECT_EQ(deciding(), "\"buys/v0001\"");
}

TEST_F(ModelJobsTest, BesideAServerTheServerChangesAndDecidesByItAtOnce) {
  ASSERT_NO_FATAL_FAILURE(train_market());
  serve();
  EXPECT_EQ(deciding(), "null");
  ModelJobs jobs(loaded_, data(), clock_);
  auto promoted = jobs.promote("buys", "v0001", "me");
  ASSERT_TRUE(promoted.ok()) << promoted.error().to_string();
  EXPECT_EQ(promoted->version, "v0001");
  EXPECT_EQ(promoted->action, "promoted");
  EXPECT_EQ(deciding(), "\"buys/v0001\"");
  EXPECT_EQ(jobs.promote("buys", "v0001", "me").error().code(), ErrorCode::kConflict) << "the server's error comes back as it is";
  EXPECT_EQ(jobs.promote("buys", "v0009", "me").error().code(), ErrorCode::kNotFound);
  ASSERT_TRUE(jobs.promote("buys", "v0002", "me").ok());
  EXPECT_EQ(deciding(), "\"buys/v0002\"");
  ASSERT_EQ(jobs.roll_back("buys", "me")->version, "v0001");
  EXPECT_EQ(deciding(), "\"buys/v0001\"");
  const auto history = jobs.known().history("buys");
  ASSERT_TRUE(history.ok());
  EXPECT_EQ(std::count_if(history->begin(), history->end(), [](const auto& event) { return event.actor == "me"; }), 3) << "the server notes who asked it";
  stop();
  EXPECT_EQ(logged().size(), 3u);
}

TEST_F(ModelJobsTest, TrainsBesideAServer) {
  collect_market(1'200);
  serve();
  predict::WorkspaceTrainingOptions options;
  options.threads = 1;
  auto trained = ModelJobs(loaded_, data(), clock_).train("buys", options);
  ASSERT_TRUE(trained.ok()) << trained.error().to_string();
  EXPECT_EQ(post("/v1/models/buys/promote", R"({"version":"v0001"})").status, 200);
  EXPECT_EQ(deciding(), "\"buys/v0001\"");
}

TEST_F(ModelJobsTest, RefusesWhatWouldNotDecideRightly) {
  ASSERT_NO_FATAL_FAILURE(train_market());
  EXPECT_EQ(ModelJobs(loaded_, data(), clock_).promote("sells", "v0001", "me").error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(ModelJobs(loaded_, data(), clock_).promote("buys", "", "me").error().code(), ErrorCode::kInvalidArgument);
  auto metrics = data() / "models/buys/v0002/metrics.json";
  ASSERT_TRUE(write_file_atomically(metrics, "{}").ok());
  EXPECT_EQ(ModelJobs(loaded_, data(), clock_).promote("buys", "v0002", "me").error().code(), ErrorCode::kStorageCorrupt);
  put("features/f.yaml", "features:\n  - {name: views_7d, event: Viewed, aggregate: count, window: 9d, default: 0}\n"
                         "  - {name: clicks_7d, event: Clicked, aggregate: count, window: 7d, default: 0}\n");
  Workspace changed = workspace();
  EXPECT_EQ(ModelJobs(changed, data(), clock_).promote("buys", "v0001", "me").error().code(), ErrorCode::kModelMismatch);
  EXPECT_THAT(states(), ElementsAre("v0001 trained", "v0002 trained"));
  EXPECT_TRUE(logged().empty());
}

TEST_F(ModelJobsTest, SaysWhatIsMissing) {
  ModelJobs jobs(loaded_, data(), clock_);
  auto nothing = jobs.train("buys", {});
  ASSERT_FALSE(nothing.ok());
  EXPECT_EQ(nothing.error().code(), ErrorCode::kNotFound);
  EXPECT_THAT(nothing.error().message(), HasSubstr("import"));
  EXPECT_THAT(jobs.train("sells", {}).error().message(), HasSubstr("buys"));
}

}  // namespace
}  // namespace furrow::app
