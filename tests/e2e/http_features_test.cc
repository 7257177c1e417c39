// Features over HTTP: who uses them, how they are spread, and whether live and batch agree.
#include "app/http_features.h"

#include <gmock/gmock.h>
#include <simdjson.h>

#include "app/market_fixture.h"

namespace furrow::app {
namespace {

using simdjson::dom::element;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class HttpFeaturesTest : public MarketFixture {
 protected:
  HttpFeaturesTest() {
    put("features/more.yaml", "features:\n  - {name: clicks_a_view, derive: clicks_7d / views_7d, default: 0, owner: shop team, purpose: analytics}\n"
                              "  - {name: last_price, event: Bought, aggregate: last(price)}\n");
    put("segments/s.yaml", "segments:\n  - {name: lookers, where: views_7d >= 3}\n");
    put("placements/home.yaml", "name: home\nmodel: buys\nbaseline: none\noutcome: {event: Bought, within: 1h}\nexploration: 0.1\nholdout: 0\n"
                                "actions:\n  - {id: none, name: None, attributes: {discount: 0}}\n  - {id: sale, name: Sale, attributes: {discount: 20}}\n"
                                "rules:\n  - {name: clickers, exclude: [sale], when: features.clicks_7d > 100}\n");
  }
  element json(const http::TestReply& reply) {
    EXPECT_EQ(reply.status, 200) << reply.body;
    parsers_.push_back(std::make_unique<simdjson::dom::parser>());
    return parsers_.back()->parse(reply.body);
  }
  static std::vector<std::string> texts(element list) {
    std::vector<std::string> out;
    for (element one : list.get_array()) out.emplace_back(std::string_view(one));
    return out;
  }
  static element named(element list, std::string_view name) {
    for (element one : list.get_array()) {
      if (std::string_view(one["name"]) == name) return one;
    }
    ADD_FAILURE() << "no " << name;
    return list.at(0);
  }
  // Waits until no measurement runs.
  element measured() {
    while (true) {
      element state = json(get("/v1/feature-parity"));
      if (std::string_view(state["state"]) != "running") return state;
      std::this_thread::yield();
    }
  }
  std::vector<std::unique_ptr<simdjson::dom::parser>> parsers_;
};

TEST_F(HttpFeaturesTest, SaysWhoUsesAFeatureAndWhetherItIsFrozen) {
  ASSERT_NO_FATAL_FAILURE(collect_market(300));
  serve();
  element features = json(get("/v1/features"))["features"];
  ASSERT_EQ(features.get_array().size(), 4u);
  element views = named(features, "views_7d"), clicks = named(features, "clicks_7d"), derived = named(features, "clicks_a_view");
  EXPECT_THAT(texts(views["usedBy"]["models"]), ElementsAre("buys"));
  EXPECT_THAT(texts(views["usedBy"]["segments"]), ElementsAre("lookers"));
  EXPECT_THAT(texts(views["usedBy"]["placements"]), IsEmpty());
  EXPECT_THAT(texts(clicks["usedBy"]["placements"]), ElementsAre("home"));
  EXPECT_THAT(texts(clicks["usedBy"]["features"]), ElementsAre("clicks_a_view"));
  EXPECT_FALSE(bool(views["frozen"])) << "no model decides yet";
  EXPECT_EQ(std::string_view(derived["owner"]), "shop team");
  EXPECT_TRUE(bool(derived["derived"]));
  EXPECT_EQ(std::string_view(json(get("/v1/features/views_7d"))["name"]), "views_7d");
  EXPECT_EQ(std::string_view(json(get("/v1/features/views_7d"))["file"]), "features/f.yaml");
  EXPECT_EQ(get("/v1/features/view_7d").status, 404);
  EXPECT_EQ(client_->get("/v1/features/views_7d").status, 401);
}

TEST_F(HttpFeaturesTest, FrozenOnceADecidingModelLearntFromIt) {
  std::filesystem::remove(root_ / "features/more.yaml");
  ASSERT_NO_FATAL_FAILURE(train_market());
  serve();
  ASSERT_EQ(post("/v1/models/buys/promote", R"({"version":"v0001"})").status, 200);
  element views = json(get("/v1/features/views_7d"));
  EXPECT_TRUE(bool(views["frozen"]));
  EXPECT_THAT(texts(views["frozenBy"]), ElementsAre("buys v0001"));
}

TEST_F(HttpFeaturesTest, SurveysEveryFeature) {
  ASSERT_NO_FATAL_FAILURE(collect_market(300));
  serve();
  element survey = json(get("/v1/feature-survey"));
  EXPECT_EQ(uint64_t(survey["people"]), 300u);
  EXPECT_EQ(uint64_t(survey["sampled"]), 300u);
  EXPECT_TRUE(bool(survey["quiet"])) << "the market's events are old";
  EXPECT_EQ(survey["instants"].get_array().size(), pipeline::kSurveyWeeks + 1);
  element views = named(survey["features"], "views_7d");
  EXPECT_EQ(uint64_t(views["now"]["people"]), 300u);
  EXPECT_EQ(uint64_t(views["now"]["missing"]), 0u);
  uint64_t people = 0;
  for (element bin : views["bins"].get_array()) people += uint64_t(bin["people"]);
  EXPECT_EQ(people, 300u);
  EXPECT_EQ(views["weeks"].get_array().size(), pipeline::kSurveyWeeks + 1);
  EXPECT_TRUE(named(survey["features"], "last_price")["now"]["p50"].is_null());
  EXPECT_EQ(client_->get("/v1/feature-survey").status, 401);
}

TEST_F(HttpFeaturesTest, ParityIsMeasuredOnDemandAndRemembered) {
  ASSERT_NO_FATAL_FAILURE(collect_market(300));
  serve();
  element before = json(get("/v1/feature-parity"));
  EXPECT_EQ(std::string_view(before["state"]), "never");
  EXPECT_TRUE(before["report"].is_null());
  EXPECT_EQ(client_->request("POST", "/v1/feature-parity", "{}").status, 401);
  json(post("/v1/feature-parity", "{}"));
  element after = measured();
  ASSERT_EQ(std::string_view(after["state"]), "ready") << simdjson::to_string(after["error"]);
  EXPECT_EQ(uint64_t(after["report"]["people"]), 300u);
  EXPECT_EQ(uint64_t(after["report"]["values"]), 1200u);
  EXPECT_EQ(uint64_t(after["report"]["different"]), 0u);
  EXPECT_EQ(named(after["report"]["features"], "views_7d")["example"].is_null(), true);
  element weeks = named(after["report"]["features"], "views_7d")["weeks"];
  ASSERT_EQ(weeks.get_array().size(), pipeline::kSurveyWeeks + 1);
  EXPECT_EQ(uint64_t(weeks.at(pipeline::kSurveyWeeks)["people"]), 300u);
  EXPECT_EQ(uint64_t(weeks.at(0)["people"]), 0u) << "the market is younger than twelve weeks";
  stop();
  serve();
  element kept = json(get("/v1/feature-parity"));
  EXPECT_EQ(std::string_view(kept["state"]), "ready");
  EXPECT_EQ(uint64_t(kept["report"]["values"]), 1200u);
}

}  // namespace
}  // namespace furrow::app
