// Kinds of customers over HTTP, among people whose kinds are known.
#include "app/http_clusters.h"

#include <gmock/gmock.h>
#include <simdjson.h>

#include <map>

#include "app/market_fixture.h"

namespace furrow::app {
namespace {

using simdjson::dom::element;

class HttpClustersTest : public MarketFixture {
 protected:
  static constexpr int kEach = 60;
  HttpClustersTest() {
    put("features/f.yaml", "features:\n"
                           "  - {name: orders_90d, description: Orders in the last 90 days, description_zh: 最近 90 天的订单数, event: Bought, aggregate: count, window: 90d, default: 0}\n"
                           "  - {name: spend_90d, description: Money spent in the last 90 days (EUR), description_zh: 最近 90 天的消费金额（元）, event: Bought, aggregate: sum(price), window: 90d, default: 0}\n"
                           "  - {name: views_60d, event: Viewed, aggregate: count, window: 60d, default: 0}\n"
                           "  - {name: views_1h, event: Viewed, aggregate: count, window: 1h, default: 0}\n"
                           "  - {name: last_seen_k, event: Viewed, aggregate: last_k(page)}\n"
                           "  - {name: views_7d, event: Viewed, aggregate: count, window: 7d, default: 0}\n"
                           "  - {name: clicks_7d, event: Clicked, aggregate: count, window: 7d, default: 0}\n");
  }
  // Two kinds, told apart by far: those who buy much, and those who only look.
  void two_kinds(int each) {
    Workspace loaded = workspace();
    pipeline::PipelineOptions options;
    options.data_dir = data().string();
    auto pipeline = pipeline::Pipeline::open(loaded, options, clock_, logger_);
    ASSERT_TRUE(pipeline.ok());
    Random random(3);
    std::vector<Event> events;
    const Time now = clock_.now();
    for (int person = 0; person < 2 * each; ++person) {
      const bool buyer = person < each;
      auto add = [&](std::string name, std::string properties) {
        Event event;
        event.message_id = "m" + std::to_string(events.size());
        event.user_id = "u" + std::to_string(person);
        event.name = std::move(name);
        event.time = event.received_at = now - minutes(static_cast<int64_t>(100 + random.below(30'000)));
        event.source = "live";
        event.properties = std::move(properties);
        events.push_back(std::move(event));
      };
      for (uint64_t n = (buyer ? 12 : 0) + random.below(3); n > 0; --n) add("Bought", R"({"price":)" + std::to_string(80 + random.below(40)) + "}");
      for (uint64_t n = (buyer ? 1 : 30) + random.below(5); n > 0; --n) add("Viewed", R"({"page":"/"})");
    }
    ASSERT_TRUE((*pipeline)->submit_and_wait({events, {}, {}}).status.ok());
    ASSERT_TRUE((*pipeline)->drain().ok());
  }
  element json(const http::TestReply& reply) {
    EXPECT_EQ(reply.status, 200) << reply.body;
    parsers_.push_back(std::make_unique<simdjson::dom::parser>());
    return parsers_.back()->parse(reply.body);
  }
  element made(std::string_view request) {
    json(post("/v1/clusters", request));
    while (true) {
      element state = json(get("/v1/clusters"));
      if (std::string_view(state["state"]) != "running") return state;
      std::this_thread::yield();
    }
  }
  std::vector<std::unique_ptr<simdjson::dom::parser>> parsers_;
};

TEST_F(HttpClustersTest, FindsAndNamesTheKindsAndKeepsTheirNumbers) {
  ASSERT_NO_FATAL_FAILURE(two_kinds(kEach));
  serve();
  element before = json(get("/v1/clusters"));
  EXPECT_EQ(std::string_view(before["state"]), "never");
  EXPECT_TRUE(before["report"].is_null());
  element first = made("{}");
  ASSERT_EQ(std::string_view(first["state"]), "ready") << simdjson::to_string(first["error"]);
  element report = first["report"];
  EXPECT_EQ(std::string_view(report["version"]), "v0001");
  EXPECT_EQ(uint64_t(report["people"]), 2u * kEach);
  EXPECT_TRUE(report["continues"].is_null());
  ASSERT_EQ(report["clusters"].get_array().size(), 2u) << simdjson::to_string(report["basis"]);
  std::vector<std::string> features;
  for (element one : report["features"].get_array()) features.emplace_back(std::string_view(one));
  EXPECT_THAT(features, ::testing::IsSupersetOf({"orders_90d", "views_60d"}));
  EXPECT_THAT(features, ::testing::Not(::testing::Contains("views_1h"))) << "what a person does now";
  std::map<uint64_t, std::string> names;
  for (element one : report["clusters"].get_array()) {
    EXPECT_EQ(uint64_t(one["size"]), static_cast<uint64_t>(kEach));
    EXPECT_GT(double(one["stability"]), 0.9);
    names[uint64_t(one["cluster"])] = std::string(std::string_view(one["name"]));
    const std::string name_zh{std::string_view(one["nameZh"])};
    EXPECT_EQ(name_zh.find("最近"), std::string::npos) << name_zh << ": the window says when, not who";
  }
  auto has = [&](const char* words) { return std::any_of(names.begin(), names.end(), [&](const auto& one) { return one.second.find(words) != std::string::npos; }); };
  EXPECT_TRUE(has("many orders") || has("high money spent")) << names[1] << " / " << names[2];
  EXPECT_TRUE(has("few orders") || has("many views_60d") || has("low money spent")) << names[1] << " / " << names[2];

  element second = made("{}");
  EXPECT_EQ(std::string_view(second["report"]["version"]), "v0002");
  EXPECT_EQ(uint64_t(second["report"]["continues"]["kept"]), 2u);
  EXPECT_EQ(uint64_t(second["report"]["continues"]["peopleMoved"]), 0u);
  for (element one : second["report"]["clusters"].get_array()) EXPECT_EQ(std::string_view(one["name"]), names[uint64_t(one["cluster"])]);
  EXPECT_EQ(std::string_view(json(get("/v1/clusters?version=v0001"))["report"]["version"]), "v0001");
  EXPECT_EQ(second["versions"].get_array().size(), 2u);

  element people = json(get("/v1/clusters/1/people?limit=500"));
  EXPECT_EQ(uint64_t(people["size"]), static_cast<uint64_t>(kEach));
  ASSERT_EQ(people["people"].get_array().size(), static_cast<size_t>(kEach));
  std::set<int> kinds;
  for (element one : people["people"].get_array()) kinds.insert(std::stoi(std::string(std::string_view(one["identifiers"].at(0)["value"])).substr(1)) < kEach);
  EXPECT_EQ(kinds.size(), 1u) << "one kind of people each";
}

TEST_F(HttpClustersTest, AsManyAsAskedForAndAClearAnswerOtherwise) {
  ASSERT_NO_FATAL_FAILURE(two_kinds(kEach));
  serve();
  element four = made(R"({"k":4})");
  EXPECT_EQ(four["report"]["clusters"].get_array().size(), 4u);
  EXPECT_EQ(std::string_view(four["report"]["basis"]), "given");
  EXPECT_EQ(post("/v1/clusters", R"({"k":1})").status, 400);
  EXPECT_EQ(post("/v1/clusters", R"({"k":"many"})").status, 400);
  EXPECT_EQ(get("/v1/clusters?version=v0009").status, 404);
  EXPECT_EQ(get("/v1/clusters?version=../../x").status, 404);
  EXPECT_EQ(get("/v1/clusters/9/people").status, 404);
  EXPECT_EQ(get("/v1/clusters/x/people").status, 404);
  EXPECT_EQ(client_->get("/v1/clusters").status, 401);
  EXPECT_EQ(client_->request("POST", "/v1/clusters", "{}").status, 401);
}

TEST_F(HttpClustersTest, TooFewPeopleIsSaid) {
  ASSERT_NO_FATAL_FAILURE(two_kinds(5));
  serve();
  element failed = made("{}");
  EXPECT_EQ(std::string_view(failed["state"]), "failed");
  EXPECT_EQ(std::string_view(failed["error"]["code"]), "conflict");
  EXPECT_TRUE(failed["report"].is_null());
}

}  // namespace
}  // namespace furrow::app
