#include "app/server_fixture.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <set>

#include "app/http_operations.h"
#include "app/templates.h"

namespace furrow::app {
namespace {

using ::testing::HasSubstr;

class ServerTest : public ServerFixture {
 protected:
  void SetUp() override {
    ASSERT_TRUE(create_workspace(root_, "shop").ok());
    serve();
  }
  http::TestReply track(const std::string& body) { return send(*client_, "track", body); }
};

TEST_F(ServerTest, EveryRouteIsDescribedAndEveryDescriptionIsARoute) {
  std::set<std::string> described;
  std::string text(openapi_json());
  simdjson::dom::object paths = parse(text)["paths"];
  for (auto [path, methods] : paths) {
    for (auto [method, operation] : methods.get_object()) {
      std::string upper(method);
      for (char& c : upper) c = static_cast<char>(std::toupper(c));
      std::string line = upper + " " + std::string(path) + " ";
      simdjson::dom::array parameters;
      if (!operation["parameters"].get(parameters)) {
        for (auto parameter : parameters) {
          if (std::string_view(parameter["in"]) == "query") line += (line.back() == ' ' ? "" : " ") + std::string(std::string_view(parameter["name"]));
        }
      }
      described.insert(line);
    }
  }
  auto routes = server_->routes();
  EXPECT_THAT(std::set<std::string>(routes.begin(), routes.end()), ::testing::ContainerEq(described));
}

TEST_F(ServerTest, EveryErrorLeadsToWhatItsCodeMeans) {
  auto refused = client_->request("POST", "/v1/track", "{");
  auto docs = std::string(std::string_view(parse(refused.body)["error"]["docs"]));
  ASSERT_EQ(docs, "/docs/errors#invalid_json");
  auto page = client_->get(docs.substr(0, docs.find('#')));
  EXPECT_EQ(page.status, 200);
  EXPECT_THAT(page.field("Content-Type"), HasSubstr("text/html"));
  for (const ErrorInfo& info : all_errors()) EXPECT_THAT(page.body, HasSubstr("id=\"" + std::string(info.name) + "\""));
}

TEST_F(ServerTest, AnEventIsOnTheProfileWhenItsReplyArrives) {
  ASSERT_EQ(track(R"({"userId":"ann","event":"Order Completed","properties":{"total":25},"messageId":"m1"})").status, 200);
  ASSERT_EQ(track(R"({"userId":"ann","event":"Order Completed","properties":{"total":25},"messageId":"m1"})").status, 200);
  auto person = get("/v1/profiles/user_id:ann");
  ASSERT_EQ(person.status, 200) << person.body;
  auto json = parse(person.body);
  EXPECT_EQ(int64_t(json["events"]), 1);
  auto timeline = parse(get("/v1/profiles/user_id:ann/events").body);
  EXPECT_EQ(std::string_view(timeline["events"].at(0)["event"]), "Order Completed");
  EXPECT_EQ(std::string_view(timeline["events"].at(0)["messageId"]), "m1");
  EXPECT_EQ(get("/v1/profiles/user_id:nobody").status, 404);
  EXPECT_EQ(get("/v1/profiles/nonsense").status, 400);
  auto list = parse(get("/v1/profiles?search=ann").body);
  EXPECT_EQ(list["profiles"].get_array().size(), 1u);
}

TEST_F(ServerTest, AClockThatWasWrongIsMarkedAndDoesNotMoveWhenAPersonWasSeen) {
  ASSERT_EQ(track(R"({"userId":"ann","event":"Viewed","timestamp":"2038-01-01T00:00:00Z"})").status, 200);
  EXPECT_TRUE(parse(get("/v1/profiles/user_id:ann").body)["lastSeen"].is_null()) << "nothing says when";
  ASSERT_EQ(track(R"({"userId":"ann","event":"Viewed","timestamp":"2026-01-02T03:04:05Z"})").status, 200);
  ASSERT_EQ(track(R"({"userId":"ann","event":"Viewed","timestamp":"1970-01-01T00:00:09Z"})").status, 200);
  auto person = parse(get("/v1/profiles/user_id:ann").body);
  EXPECT_EQ(int64_t(person["events"]), 3);
  EXPECT_THAT(std::string(std::string_view(person["firstSeen"])), HasSubstr("2026-01-02T03:04:05"));
  EXPECT_THAT(std::string(std::string_view(person["lastSeen"])), HasSubstr("2026-01-02T03:04:05"));
  int marked = 0;
  for (auto event : parse(get("/v1/profiles/user_id:ann/events").body)["events"].get_array()) {
    bool right = std::string_view(event["time"]).starts_with("2026");
    EXPECT_EQ(bool(event["plausibleTime"]), right);
    marked += !right;
  }
  EXPECT_EQ(marked, 2);
}

TEST_F(ServerTest, EveryFeatureOpensToTheEventsBehindIt) {
  ASSERT_EQ(track(R"({"userId":"ann","event":"Order Completed","properties":{"total":25}})").status, 200);
  auto features = parse(get("/v1/features").body)["features"].get_array();
  ASSERT_GT(features.size(), 0u);
  for (auto feature : features) {
    auto behind = get("/v1/profiles/user_id:ann/features/" + std::string(std::string_view(feature["name"])) + "/events");
    EXPECT_EQ(behind.status, 200) << behind.body;
  }
  EXPECT_EQ(get("/v1/profiles/user_id:ann/features/nothing/events").status, 404);
}

TEST_F(ServerTest, DecidesForKnownAndNewPeopleAndKeepsTheRecord) {
  ASSERT_EQ(track(R"({"userId":"ann","event":"Product Viewed"})").status, 200);
  auto reply = post("/v1/decide", R"({"placement":"home","userId":"ann","context":{"page":"front"},"n":2})");
  ASSERT_EQ(reply.status, 200) << reply.body;
  auto json = parse(reply.body);
  auto record = get("/v1/decisions/" + std::string(std::string_view(json["decisionId"])));
  ASSERT_EQ(record.status, 200) << record.body;
  EXPECT_EQ(std::string_view(parse(record.body)["placement"]), "home");
  EXPECT_EQ(post("/v1/decide", R"({"placement":"home","anonymousId":"never seen"})").status, 200);
  EXPECT_EQ(parse(get("/v1/decisions?placement=home").body)["decisions"].get_array().size(), 2u);
  std::string unknown = "/v1/decisions/" + DecisionId::make(1).to_string();
  EXPECT_EQ(get(unknown).status, 404);
}

TEST_F(ServerTest, DecidesForTheNumbersThatTrackingTakesAsIds) {
  ASSERT_EQ(track(R"({"userId":42,"event":"Product Viewed"})").status, 200);
  auto number = post("/v1/decide", R"({"placement":"home","userId":42})"), text = post("/v1/decide", R"({"placement":"home","userId":"42"})");
  ASSERT_EQ(number.status, 200) << number.body;
  EXPECT_FALSE(parse(text.body)["profileId"].is_null());
  EXPECT_EQ(std::string_view(parse(number.body)["profileId"]), std::string_view(parse(text.body)["profileId"]));
  EXPECT_EQ(post("/v1/decide", R"({"placement":"home","userId":4.2})").status, 400);
}

TEST_F(ServerTest, APlacementThatNamesAValueIsComparedByMoney) {
  stop();
  put("placements/bare.yaml", "name: bare\nbaseline: a\noutcome: {event: Paid, within: 1h, value: total}\nexploration: 1\nholdout: 0.000001\nactions: [{id: a}, {id: b}]\n");
  put("experiments/bare.yaml", "name: bare\nplacement: bare\ncontrol: holdout\n");
  serve();
  for (std::string_view person : {"ann", "bob"}) {
    ASSERT_EQ(track(fmt::format(R"({{"userId":"{}","event":"Product Viewed"}})", person)).status, 200);
    ASSERT_EQ(post("/v1/decide", fmt::format(R"({{"placement":"bare","userId":"{}"}})", person)).status, 200);
  }
  ASSERT_EQ(track(R"({"userId":"ann","event":"Paid","properties":{"total":25}})").status, 200);
  bool found = false;
  for (auto placement : parse(get("/v1/overview").body)["placements"].get_array()) {
    bool money = std::string_view(placement["placement"]) == "bare";
    EXPECT_EQ(std::string_view(placement["metric"]).starts_with("value of "), money);
    if (!money) continue;
    found = true;
    EXPECT_EQ(double(placement["ai"]["rate"]), 12.5) << "25 in two decisions";
  }
  EXPECT_TRUE(found);
  auto experiment = parse(get("/v1/experiments/bare").body);
  EXPECT_EQ(std::string_view(experiment["metric"]), "value of Paid within 1h, per decision");
  EXPECT_EQ(double(experiment["arms"].at(0)["rate"]), 12.5);
}

TEST_F(ServerTest, RefusesUnfitDecisionRequests) {
  auto unknown = post("/v1/decide", R"({"placement":"nowhere","userId":"u"})");
  EXPECT_EQ(unknown.status, 404);
  EXPECT_THAT(unknown.body, HasSubstr("\"unknown_placement\""));
  EXPECT_THAT(unknown.body, HasSubstr("home")) << "says what is declared";
  auto cut = post("/v1/decide", R"({"placement":"home","userId":"u","很长的字段名不应在一个字的中间断开再长一些":1})");
  EXPECT_EQ(cut.status, 400);
  EXPECT_EQ(cut.body.find("\uFFFD"), std::string::npos) << cut.body;
  for (std::string_view bad : {R"({"userId":"u"})", R"({"placement":"home"})", R"({"placement":5,"userId":"u"})", R"({"placement":"home","userId":"u","n":0})",
                               R"({"placement":"home","userId":"u","n":101})", R"({"placement":"home","userId":"u","context":[]})",
                               R"({"placement":"home","userId":"u","user":"x"})", R"({"placement":"home","userId":"a\u0000b"})", R"({"placement":"home","userId":" "})", "[]", "{"}) {
    EXPECT_EQ(post("/v1/decide", bad).status, 400) << bad;
  }
  EXPECT_EQ(client_->request("POST", "/v1/decide", "{}").status, 401);
  EXPECT_EQ(client_->request("POST", "/v1/decide", "{}", "Authorization: Bearer wrong\r\n").status, 401);
}

TEST_F(ServerTest, ReplaysAndDismissesWhatWasRefused) {
  track(R"({"userId":"ann"})");
  auto before = parse(get("/v1/quarantine").body);
  ASSERT_EQ(int64_t(before["open"]), 1);
  int64_t position = before["records"].at(0)["position"];
  auto replayed = parse(post("/v1/quarantine/replay", "{\"positions\":[" + std::to_string(position) + "]}").body);
  EXPECT_EQ(int64_t(replayed["released"]), 0);
  EXPECT_EQ(std::string_view(replayed["refused"].at(0)["code"]), "invalid_event");
  EXPECT_EQ(int64_t(parse(post("/v1/quarantine/dismiss", R"({"code":"invalid_event"})").body)["released"]), 1);
  EXPECT_EQ(int64_t(parse(get("/v1/quarantine").body)["open"]), 0);
  EXPECT_EQ(post("/v1/quarantine/dismiss", "{\"positions\":[" + std::to_string(position) + "]}").status, 404);
  EXPECT_EQ(post("/v1/quarantine/dismiss", "{}").status, 400);
}

TEST_F(ServerTest, WhatIsListedIsAlsoShownAlone) {
  track(R"({"userId":"ann"})");
  auto alone = [&](const std::string& list, const char* of, const std::string& key) {
    auto listed = parse(get(list).body)[of].at(0);
    std::string name = key == "position" ? std::to_string(int64_t(listed[key])) : std::string(std::string_view(listed[key]));
    auto one = get(list + "/" + name);
    EXPECT_EQ(one.status, 200) << one.body;
    EXPECT_EQ(simdjson::to_string(parse(one.body)), simdjson::to_string(listed.value())) << list;
    EXPECT_EQ(client_->get(list + "/" + name).status, 401);
    EXPECT_EQ(get(list + "/" + (key == "position" ? "987654" : "nothing")).status, 404);
  };
  alone("/v1/placements", "placements", "name");
  alone("/v1/experiments", "experiments", "name");
  alone("/v1/quarantine", "records", "position");
  EXPECT_EQ(get("/v1/quarantine/first").status, 400);
}

TEST_F(ServerTest, AParameterThatIsNotKnownIsRefusedAndNotOverlooked) {
  auto reply = get("/v1/profiles?email=ann@example.com");
  EXPECT_EQ(reply.status, 400);
  EXPECT_EQ(std::string_view(parse(reply.body)["error"]["field"]), "email");
  EXPECT_THAT(reply.body, HasSubstr("search, limit, cursor"));
  EXPECT_EQ(get("/v1/overview?days=7").status, 400);
  EXPECT_EQ(client_->get("/v1/profiles?email=ann@example.com").status, 401) << "whoever may not ask is told nothing else";
  EXPECT_EQ(get("/v1/decisions?placement=home&policy=model&limit=5").status, 200);
  for (std::string path : {"/v1/decisions?policy=best", "/v1/decisions?before=x", "/v1/decisions?profile=x", "/v1/decisions/x"}) {
    auto refused = get(path);
    EXPECT_EQ(refused.status, 400) << path;
    EXPECT_FALSE(std::string_view(parse(refused.body)["error"]["field"]).empty()) << path;
  }
}

TEST_F(ServerTest, AnIdMayHoldASlash) {
  ASSERT_EQ(track(R"({"userId":"tenant/42","event":"Product Viewed"})").status, 200);
  EXPECT_EQ(get("/v1/profiles/user_id:tenant%2F42").status, 200);
  EXPECT_EQ(get("/v1/profiles/user_id%3Atenant%2f42/events?limit=1").status, 200);
  EXPECT_EQ(get("/v1/profiles/user_id:tenant%2F43").status, 404);
  EXPECT_EQ(get("/v1%2Fprofiles").status, 404);
}

TEST_F(ServerTest, EveryListingAnswersAndIsGuarded) {
  for (std::string path : {"/v1/overview", "/v1/profiles", "/v1/decisions", "/v1/models", "/v1/models/buys_7d", "/v1/features", "/v1/placements",
                           "/v1/segments", "/v1/experiments", "/v1/quarantine", "/v1/sources"}) {
    auto reply = get(path);
    EXPECT_EQ(reply.status, 200) << path << reply.body;
    simdjson::dom::parser parser;
    EXPECT_FALSE(parser.parse(reply.body).error()) << path;
    EXPECT_EQ(client_->get(path).status, 401) << path;
  }
  EXPECT_EQ(post("/v1/models/buys_7d/promote", R"({"version":"v0009"})").status, 404);
  EXPECT_EQ(post("/v1/models/buys_7d/promote", R"({"version":"../.."})").status, 404);
  EXPECT_EQ(post("/v1/models/buys_7d/rollback", "{}").status, 409);
}

TEST_F(ServerTest, OperatorsSeeHealthVersionAndMetrics) {
  EXPECT_EQ(client_->get("/healthz").status, 200);
  EXPECT_EQ(client_->get("/readyz").status, 200);
  EXPECT_THAT(client_->get("/version").body, HasSubstr("furrow"));
  ASSERT_EQ(track(R"({"userId":"ann","event":"e"})").status, 200);
  EXPECT_THAT(client_->get("/metrics").body, HasSubstr("furrow_events_accepted_total 1"));
  auto page = client_->get("/people/p_1");
  EXPECT_EQ(page.status, 200);
  EXPECT_THAT(page.field("Content-Security-Policy"), HasSubstr("script-src 'self'"));
  EXPECT_EQ(client_->get("/people/email:ann@example.com").status, 200);
  EXPECT_EQ(client_->get("/v1/nothing").status, 404);
}

TEST_F(ServerTest, WhatIsNoPageDoesNotLookLikeOne) {
  auto robots = client_->get("/robots.txt");
  EXPECT_EQ(robots.status, 200);
  EXPECT_EQ(robots.body, "User-agent: *\nDisallow: /\n");
  EXPECT_THAT(robots.field("Content-Type"), HasSubstr("text/plain"));
  for (const char* file : {"/favicon.ico", "/assets/none.js", "/apple-touch-icon.png", "/.well-known/security.txt", "/.env"}) {
    auto reply = client_->get(file);
    EXPECT_EQ(reply.status, 404) << file;
    EXPECT_THAT(reply.field("Content-Type"), HasSubstr("json")) << file;
  }
}

TEST_F(ServerTest, RestartsWithEverythingItAcknowledged) {
  ASSERT_EQ(track(R"({"userId":"ann","event":"e"})").status, 200);
  client_.reset();
  ASSERT_TRUE(server_->stop().ok());
  server_.reset();
  serve();
  EXPECT_EQ(get("/v1/profiles/user_id:ann").status, 200);
}

TEST_F(ServerTest, PeopleAreMergedAndSplitByAPerson) {
  track(R"({"userId":"ann","event":"e"})");
  track(R"({"anonymousId":"card-7","event":"e"})");
  auto merged = post("/v1/people/merge", R"({"from":"anonymous_id:card-7","into":"user_id:ann"})");
  ASSERT_EQ(merged.status, 200) << merged.body;
  std::string merge(std::string_view(parse(merged.body)["merge"])), absorbed(std::string_view(parse(merged.body)["from"]));
  auto person = parse(get("/v1/profiles/anonymous_id:card-7").body);
  EXPECT_EQ(int64_t(person["events"]), 2);
  EXPECT_EQ(std::string_view(person["merges"].at(0)["merge"]), merge);
  EXPECT_EQ(std::string_view(person["merges"].at(0)["actor"]), "api key");
  EXPECT_EQ(post("/v1/people/merge", R"({"from":"anonymous_id:card-7","into":"user_id:ann"})").status, 400) << "one already";
  EXPECT_EQ(post("/v1/people/merge", R"({"from":"user_id:nobody","into":"user_id:ann"})").status, 404);
  EXPECT_EQ(client_->request("POST", "/v1/people/merge", R"({"from":"a:b","into":"c:d"})").status, 401);
  EXPECT_EQ(post("/v1/people/split", "{}").status, 400);
  auto split = post("/v1/people/split", "{\"merge\":\"" + merge + "\"}");
  ASSERT_EQ(split.status, 200) << split.body;
  EXPECT_EQ(std::string_view(parse(split.body)["profile"]), absorbed);
  EXPECT_EQ(int64_t(parse(get("/v1/profiles/anonymous_id:card-7").body)["events"]), 1);
  EXPECT_EQ(int64_t(parse(get("/v1/profiles/user_id:ann").body)["events"]), 1);
  EXPECT_EQ(post("/v1/people/split", "{\"profile\":\"" + absorbed + "\"}").status, 404) << "undone once";
}

TEST_F(ServerTest, AThirdPartyFillsAndDoesNotOverruleAndEachValueSaysWhoToldIt) {
  int messages = 0;
  auto tell = [&](const char* source, const char* traits, Duration ago) {
    Event event;
    event.type = EventType::kIdentify;
    event.message_id = fmt::format("m{}", ++messages);
    event.user_id = "ann";
    event.source = source;
    event.received_at = clock_.now();
    event.time = event.received_at - ago;
    event.properties = traits;
    pipeline::Submission submission;
    submission.events.push_back(std::move(event));
    ASSERT_TRUE(server_->pipeline().submit_and_wait(std::move(submission)).status.ok());
  };
  tell("crm", R"({"city":"杭州"})", hours(9));
  tell("dmp", R"({"city":"上海","income":"high"})", hours(1));
  auto city = [&]() { return parse(get("/v1/profiles/user_id:ann").body)["traits"].at(0); };
  EXPECT_EQ(std::string_view(city()["value"]), "杭州");
  EXPECT_EQ(std::string_view(city()["source"]), "crm");
  EXPECT_EQ(std::string_view(city()["trust"]), "own");
  auto other = city()["alternatives"].at(0);
  EXPECT_EQ(std::string_view(other["value"]), "上海");
  EXPECT_EQ(std::string_view(other["trust"]), "third_party");
  EXPECT_EQ(std::string_view(other["why"]), "less_trusted");
  auto income = parse(get("/v1/profiles/user_id:ann").body)["traits"].at(1);
  EXPECT_EQ(std::string_view(income["source"]), "dmp") << "nobody else tells it";
  EXPECT_EQ(income["alternatives"].get_array().size(), 0u);
  // Another declaration counts from the next start on, also for what was told before.
  ASSERT_TRUE(server_->stop().ok());
  server_.reset();
  auto path = root_ / "workspace.yaml";
  std::string text = read_file(path).value();
  size_t at = text.find("dmp: third_party");
  ASSERT_NE(at, std::string::npos);
  ASSERT_TRUE(write_file_atomically(path, text.replace(at, 16, "dmp: verified   ")).ok());
  serve();
  EXPECT_EQ(std::string_view(city()["value"]), "上海");
}

TEST_F(ServerTest, SaysWhatTheLinkageLearnedAndHowFarLiveLinkageIs) {
  EXPECT_FALSE(bool(parse(get("/v1/people/linkage").body)["learned"]));
  EXPECT_EQ(post("/v1/people/link", R"({"people":"new"})").status, 404);
  EXPECT_EQ(post("/v1/people/link", R"({"people":"some"})").status, 400);
  for (int i = 0; i < 60; ++i) {
    std::string body = fmt::format(R"({{"writeKey":"{}","anonymousId":"a{}","traits":{{"name":"Person{} Of{}","email":"p{}@x.org","birthday":"1970-01-{:02}"}}}})", write_, i, i, i * 7, i, 1 + i % 28);
    ASSERT_EQ(client_->request("POST", "/v1/identify", body).status, 200);
  }
  ASSERT_EQ(post("/v1/people/link", "{}").status, 200);
  auto state = parse(get("/v1/people/linkage").body);
  EXPECT_TRUE(bool(state["learned"]));
  EXPECT_EQ(uint64_t(state["version"]), 1u);
  EXPECT_EQ(uint64_t(state["records"]), 60u);
}

TEST_F(ServerTest, QualityCountsWhatCame) {
  for (int i = 0; i < 5; ++i) track(R"({"userId":"ann","event":"Order Completed","properties":{"total":5}})");
  track(R"({"userId":"ann","event":"Viewed","timestamp":"1970-01-01T00:00:09Z"})");
  auto quality = get("/v1/quality");
  ASSERT_EQ(quality.status, 200) << quality.body;
  auto json = parse(quality.body);
  EXPECT_EQ(int64_t(json["events"]), 6);
  EXPECT_EQ(std::string_view(json["sources"].at(0)["source"]), "live");
  EXPECT_EQ(int64_t(json["sources"].at(0)["faultyTimes"]), 1);
  EXPECT_GT(json["readiness"]["parts"].get_array().size(), 3u);
  track(R"({"userId":"bob","event":"Viewed"})");
  EXPECT_EQ(int64_t(parse(get("/v1/quality").body)["events"]), 7) << "caught up with the tail";
}

TEST_F(ServerTest, LogsNoSecretAndNoPersonalData) {
  track(R"({"userId":"ann@example.com","event":5})");
  get("/v1/profiles/email:ann@example.com");
  ASSERT_TRUE(server_->stop().ok());
  std::lock_guard lock(log_mutex_);
  EXPECT_EQ(logged_.find(write_), std::string::npos);
  EXPECT_EQ(logged_.find("ann@example.com"), std::string::npos);
}

}  // namespace
}  // namespace furrow::app
