// Models over HTTP, as the dashboard asks for them, against a model that was really trained.
#include "app/http_models.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <simdjson.h>

#include <map>

#include "app/market_fixture.h"
#include "app/staged_engine.h"

namespace furrow::app {
namespace {

using simdjson::dom::element;
using testing::HasSubstr;

class HttpModelsTest : public MarketFixture {
 protected:
  void SetUp() override {
    ASSERT_NO_FATAL_FAILURE(train_market());
    serve();
  }
  element json(const http::TestReply& reply) {
    EXPECT_EQ(reply.status, 200) << reply.body;
    parsers_.push_back(std::make_unique<simdjson::dom::parser>());
    return parsers_.back()->parse(reply.body);
  }
  std::vector<std::unique_ptr<simdjson::dom::parser>> parsers_;
  std::map<size_t, std::string> canary_of_;
};

TEST_F(HttpModelsTest, ListsEveryModelWithItsVersions) {
  element models = json(get("/v1/models"))["models"];
  ASSERT_EQ(models.get_array().size(), 1u);
  element buys = models.at(0);
  EXPECT_EQ(std::string_view(buys["name"]), "buys");
  EXPECT_EQ(std::string_view(buys["label"]), "Bought within 12h");
  EXPECT_TRUE(buys["current"].is_null());
  ASSERT_EQ(buys["versions"].get_array().size(), 2u);
  element first = buys["versions"].at(0);
  EXPECT_EQ(std::string_view(first["version"]), "v0001");
  EXPECT_EQ(std::string_view(first["state"]), "candidate");
  EXPECT_DOUBLE_EQ(double(first["metrics"]["auc"]), auc_) << "the held-out figure, not the cross-validated one";
  EXPECT_LT(double(first["metrics"]["auc_low"]), auc_);
  EXPECT_GT(double(first["metrics"]["auc_high"]), auc_);
}

TEST_F(HttpModelsTest, TrainsOnTheLogAsItIsInTheBackground) {
  EXPECT_TRUE(json(get("/v1/models/buys"))["training"].is_null());
  element begun = json(post("/v1/models/buys/train", R"({"by":"lin"})"))["training"];
  EXPECT_EQ(std::string_view(begun["by"]), "lin");
  EXPECT_TRUE(begun["version"].is_null());
  const http::TestReply second = post("/v1/models/buys/train", "");
  EXPECT_EQ(second.status, 409) << second.body;
  EXPECT_THAT(second.body, HasSubstr("one is trained at a time"));
  element now = json(get("/v1/models/buys"))["training"];
  while (now["ended"].is_null()) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    now = json(get("/v1/models/buys"))["training"];
  }
  EXPECT_TRUE(now["error"].is_null());
  EXPECT_EQ(std::string_view(now["version"]), "v0003");
  element model = json(get("/v1/models/buys?version=v0003"));
  EXPECT_EQ(model["versions"].get_array().size(), 3u);
  EXPECT_TRUE(model["current"].is_null()) << "it decides nothing until it is promoted";
  EXPECT_EQ(post("/v1/models/sells/train", "").status, 404);
  EXPECT_EQ(post("/v1/models/buys/train", R"({"wen":1})").status, 400);
}

TEST_F(HttpModelsTest, OneModelShowsQualityCalibrationReasonsAndLineage) {
  element model = json(get("/v1/models/buys?version=v0001"));
  EXPECT_EQ(std::string_view(model["version"]), "v0001");
  EXPECT_DOUBLE_EQ(double(model["metrics"]["auc"]), auc_);
  double before = -1;
  size_t rows = 0;
  for (element bin : model["calibration"].get_array()) {
    EXPECT_GE(double(bin["predicted"]), before);
    before = bin["predicted"];
    EXPECT_GE(double(bin["actual"]), 0);
    EXPECT_LE(double(bin["actual"]), 1);
    rows += uint64_t(bin["n"]);
  }
  EXPECT_GT(rows, 900u);
  EXPECT_EQ(std::string_view(model["importance"].at(0)["feature"]), "views_7d") << "what the market's truth says";
  EXPECT_GT(model["thresholds"].get_array().size(), 3u);
  for (element threshold : model["thresholds"].get_array()) EXPECT_LE(double(threshold["recall"]), 1);
  EXPECT_EQ(std::string_view(model["lineage"]["workspace"]["label"]), "Bought");
  EXPECT_EQ(std::string_view(json(get("/v1/models/buys"))["version"]), "v0002") << "without a promoted one, the latest";
}

TEST_F(HttpModelsTest, PromotesAndRollsBack) {
  auto promoted = json(post("/v1/models/buys/promote", R"({"version":"v0001"})"));
  EXPECT_EQ(std::string_view(promoted["action"]), "promoted");
  EXPECT_EQ(std::string_view(json(get("/v1/models/buys"))["current"]), "v0001");
  EXPECT_EQ(post("/v1/models/buys/promote", R"({"version":"v0001"})").status, 409);
  json(post("/v1/models/buys/promote", R"({"version":"v0002"})"));
  element decided = json(post("/v1/decide", R"({"placement":"home","userId":"u1"})"));
  EXPECT_EQ(std::string_view(decided["modelVersion"]), "buys/v0002");
  EXPECT_EQ(decided["actions"].at(0)["reasons"].get_array().size() > 0, true);
  element back = json(post("/v1/models/buys/rollback", "{}"));
  EXPECT_EQ(std::string_view(back["version"]), "v0001");
  EXPECT_EQ(std::string_view(back["action"]), "rolled_back");
  element versions = json(get("/v1/models/buys"))["versions"];
  EXPECT_EQ(std::string_view(versions.at(0)["state"]), "current");
  EXPECT_EQ(post("/v1/models/buys/rollback", "{}").status, 409);
}

TEST_F(HttpModelsTest, AShadowScoresBesideAndACanaryDecidesForItsShare) {
  EXPECT_EQ(post("/v1/models/buys/canary", R"({"version":"v0002"})").status, 404) << "beside whom?";
  json(post("/v1/models/buys/promote", R"({"version":"v0001"})"));
  EXPECT_EQ(post("/v1/models/buys/shadow", R"({"version":"v0001"})").status, 409) << "it decides already";
  EXPECT_EQ(std::string_view(json(post("/v1/models/buys/shadow", R"({"version":"v0002"})"))["shadow"]), "v0002");
  size_t asked = 40;
  for (size_t i = 0; i < asked; ++i) {
    element decided = json(post("/v1/decide", fmt::format(R"({{"placement":"home","userId":"u{}"}})", i)));
    if (!bool(decided["holdout"])) EXPECT_EQ(std::string_view(decided["modelVersion"]), "buys/v0001") << "a shadow changes nothing";
  }
  EXPECT_EQ(std::string_view(json(get("/v1/models/buys"))["versions"].at(1)["stage"]), "shadow");
  EXPECT_EQ(post("/v1/models/buys/canary", R"({"version":"v0002","share":1.5})").status, 400);
  auto both = post("/v1/models/buys/canary", R"({"version":"v0002","share":0.5})");
  EXPECT_EQ(both.status, 409) << "it is the shadow";
  EXPECT_THAT(both.body, HasSubstr("end the shadow first"));
  json(post("/v1/models/buys/shadow", R"({"version":""})"));
  json(post("/v1/models/buys/canary", R"({"version":"v0002","share":0.5,"by":"lin"})"));
  EXPECT_EQ(post("/v1/models/buys/shadow", R"({"version":"v0002"})").status, 409) << "it is the canary";
  std::map<std::string, size_t> versions;
  for (size_t round = 0; round < 2; ++round) {
    for (size_t i = 0; i < asked; ++i) {
      element decided = json(post("/v1/decide", fmt::format(R"({{"placement":"home","userId":"u{}"}})", i)));
      if (bool(decided["holdout"])) continue;
      std::string version{std::string_view(decided["modelVersion"])};
      ++versions[version];
      auto [before, fresh] = canary_of_.try_emplace(i, version);
      EXPECT_EQ(before->second, version) << "always the same people";
    }
  }
  EXPECT_GT(versions["buys/v0001"], 8u);
  EXPECT_GT(versions["buys/v0002"], 8u);
  element model = json(get("/v1/models/buys"));
  EXPECT_DOUBLE_EQ(double(model["canaryShare"]), 0.5);
  EXPECT_EQ(std::string_view(model["history"].at(0)["action"]), "canary");
  EXPECT_EQ(std::string_view(model["history"].at(0)["actor"]), "lin");
  EXPECT_EQ(std::string_view(model["history"].at(0)["note"]), "0.5 of the people");
  EXPECT_EQ(std::string_view(model["history"].at(0)["noteZh"]), "50% 的人");
  EXPECT_TRUE(json(post("/v1/models/buys/canary", R"({"version":""})"))["canary"].is_null());
  EXPECT_EQ(post("/v1/models/buys/canary", R"({"version":""})").status, 409) << "there is none to end";
  stop();  // what shadows scored is on disk
  auto kept = read_shadow_scores(data() / "models", "buys");
  ASSERT_TRUE(kept.ok());
  ASSERT_GT(kept->size(), asked / 2);
  for (const auto& score : *kept) {
    EXPECT_EQ(score.version, "v0002");
    EXPECT_TRUE(score.shadow_score > 0 && score.shadow_score < 1);
  }
}

TEST_F(HttpModelsTest, AnApprovalIsWrittenDown) {
  EXPECT_TRUE(json(get("/v1/models/buys"))["versions"].at(0)["approvedBy"].is_null());
  json(post("/v1/models/buys/approve", R"({"version":"v0001","by":"lin","note":"looked at the slices"})"));
  element model = json(get("/v1/models/buys"));
  EXPECT_EQ(std::string_view(model["versions"].at(0)["approvedBy"]), "lin");
  EXPECT_EQ(std::string_view(model["history"].at(0)["note"]), "looked at the slices");
  EXPECT_EQ(post("/v1/models/buys/approve", R"({"version":"v0009"})").status, 404);
}

TEST_F(HttpModelsTest, RefusesWhatIsNotThere) {
  EXPECT_EQ(get("/v1/models/sells").status, 404);
  EXPECT_EQ(get("/v1/models/buys?version=v0009").status, 404);
  EXPECT_EQ(post("/v1/models/buys/promote", "{}").status, 400);
  EXPECT_EQ(post("/v1/models/buys/promote", R"({"version":""})").status, 400);
  EXPECT_EQ(post("/v1/models/buys/promote", R"({"version":1})").status, 400);
  EXPECT_EQ(post("/v1/models/sells/rollback", "{}").status, 404);
  EXPECT_EQ(client_->request("POST", "/v1/models/buys/promote", R"({"version":"v0001"})").status, 401);
}

TEST_F(HttpModelsTest, ATornVersionShowsNoFiguresAndCannotDecide) {
  ASSERT_TRUE(write_file_atomically(data() / "models/buys/v0002/metrics.json", "{\"holdout\":").ok());
  element model = json(get("/v1/models/buys?version=v0002"));
  EXPECT_EQ(model["metrics"].get_object().size(), 0u);
  EXPECT_EQ(model["calibration"].get_array().size(), 0u);
  EXPECT_EQ(post("/v1/models/buys/promote", R"({"version":"v0002"})").status, 500);
  EXPECT_TRUE(json(get("/v1/models/buys"))["current"].is_null());
}

}  // namespace
}  // namespace furrow::app
