#include "app/http_segments.h"

#include <gmock/gmock.h>

#include <thread>

#include "app/server_fixture.h"
#include "app/templates.h"

namespace furrow::app {
namespace {

using ::testing::HasSubstr;

class HttpSegments : public ServerFixture {
 protected:
  void SetUp() override {
    ASSERT_TRUE(create_workspace(root_, "shop").ok());
    std::filesystem::remove(root_ / "segments" / "people.yaml");  // the template's own
    put("features/segments_test.yaml", "features:\n  - {name: buys, event: Order Completed, aggregate: count, default: 0}\n");
    put("segments/test.yaml",
        "segments:\n"
        "  - {name: buyers, where: buys >= 1, description: Bought once, description_zh: 买过, owner: ann}\n"
        "  - {name: shanghai, where: 'traits.city == \"Shanghai\"'}\n"
        "  - {name: nobody, where: buys > 1000}\n");
    serve();
    for (const char* event : {R"({"userId":"ann","event":"Order Completed"})", R"({"userId":"bob","event":"Order Completed"})", R"({"userId":"cat","event":"Seen"})"}) send("track", event);
    send("identify", R"({"userId":"ann","traits":{"city":"Shanghai","email":"ann@example.com"}})");
    send("identify", R"({"userId":"cat","traits":{"city":"Shanghai","note":"=1+1, \"x\""}})");
  }
  http::TestReply preview(std::string_view body) {
    http::TestReply reply = client_->request("POST", "/v1/segments/preview", body, bearer_);
    // The first call finds the index being made.
    for (; reply.status == 503; reply = client_->request("POST", "/v1/segments/preview", body, bearer_)) EXPECT_NE(reply.field("Retry-After"), "");
    return reply;
  }
};

TEST_F(HttpSegments, ListsWhoBelongsAndWhoCameToday) {
  auto list = parse(get("/v1/segments").body);
  EXPECT_EQ(int64_t(list["people"]), 3);
  ASSERT_EQ(list["segments"].get_array().size(), 3u);
  auto buyers = list["segments"].at(0);
  EXPECT_EQ(std::string_view(buyers["name"]), "buyers");
  EXPECT_EQ(std::string_view(buyers["rule"]), "buys >= 1");
  EXPECT_EQ(std::string_view(buyers["descriptionZh"]), "买过");
  EXPECT_EQ(int64_t(buyers["size"]), 2);
  EXPECT_EQ(int64_t(buyers["enteredToday"]), 2);
  EXPECT_EQ(int64_t(buyers["leftToday"]), 0);
  EXPECT_NEAR(double(buyers["share"]), 2.0 / 3, 1e-12);
  send("identify", R"({"userId":"cat","traits":{"city":"Beijing"}})");
  auto shanghai = parse(get("/v1/segments").body)["segments"].at(1);
  EXPECT_EQ(int64_t(shanghai["size"]), 1);
  EXPECT_EQ(int64_t(shanghai["leftToday"]), 1);
}

TEST_F(HttpSegments, TheDayAddsUpWhenSomebodyIsRecognised) {
  send("track", R"({"anonymousId":"device","event":"Order Completed"})");
  send("identify", R"({"anonymousId":"device","userId":"ann"})");
  auto buyers = parse(get("/v1/segments").body)["segments"].at(0);
  EXPECT_EQ(int64_t(buyers["enteredToday"]), 3);
  EXPECT_EQ(int64_t(buyers["leftToday"]), 0);
  EXPECT_EQ(int64_t(buyers["mergedToday"]), 1);
  EXPECT_EQ(int64_t(buyers["size"]), 2);
}

TEST_F(HttpSegments, OneSegmentShowsPeopleOverlapsAndDays) {
  auto reply = get("/v1/segments/buyers?limit=5");
  ASSERT_EQ(reply.status, 200) << reply.body;
  auto one = parse(reply.body);
  EXPECT_EQ(std::string_view(one["reads"]["features"].at(0)), "buys");
  EXPECT_EQ(one["reads"]["traits"].get_array().size(), 0u);
  ASSERT_EQ(one["members"].get_array().size(), 2u);
  EXPECT_TRUE(std::string_view(one["members"].at(0)["id"]).starts_with("p_"));
  EXPECT_THAT(std::string(std::string_view(one["members"].at(0)["since"])), HasSubstr("T"));
  auto overlap = one["overlap"].at(0);
  EXPECT_EQ(std::string_view(overlap["name"]), "shanghai");
  EXPECT_EQ(int64_t(overlap["both"]), 1);
  EXPECT_NEAR(double(overlap["share"]), 0.5, 1e-12);
  EXPECT_NEAR(double(overlap["lift"]), 0.75, 1e-12);
  EXPECT_TRUE(one["overlap"].at(1)["lift"].is_null());
  EXPECT_EQ(int64_t(one["history"].at(0)["size"]), 2);
  EXPECT_EQ(get("/v1/segments/none").status, 404);
  EXPECT_EQ(get("/v1/segments/buyers?limit=0").status, 400);
}

TEST_F(HttpSegments, EntriesStandOnTheProfileAndTheTimeline) {
  auto person = parse(get("/v1/profiles/user_id:ann").body);
  ASSERT_EQ(person["segments"].get_array().size(), 2u);
  EXPECT_EQ(std::string_view(person["segments"].at(0)["name"]), "buyers");
  EXPECT_EQ(int64_t(person["events"]), 2) << "an entry is not an act of the person";
  EXPECT_TRUE(person["intent"].is_null()) << "no intent model was trained";
  auto events = parse(get("/v1/profiles/user_id:ann/events").body)["events"];
  ASSERT_EQ(events.get_array().size(), 4u);
  EXPECT_EQ(std::string_view(events.at(0)["type"]), "segment");
  EXPECT_EQ(std::string_view(events.at(0)["event"]), "Segment Entered");
  EXPECT_EQ(std::string_view(events.at(0)["properties"]["segment"]), "shanghai");
  EXPECT_EQ(std::string_view(events.at(0)["properties"]["cause"]), "event");
  EXPECT_EQ(int64_t(events.at(0)["properties"]["eventPosition"]), int64_t(events.at(1)["position"]));
  auto next = parse(get("/v1/profiles/user_id:ann/events?limit=1").body)["next"];
  EXPECT_EQ(parse(get("/v1/profiles/user_id:ann/events?before=" + std::string(std::string_view(next))).body)["events"].get_array().size(), 3u);
}

TEST_F(HttpSegments, PreviewCountsARuleThatIsNotDeclared) {
  auto reply = preview(R"({"rule":"buys >= 1 and traits.city == \"Shanghai\"","limit":1})");
  ASSERT_EQ(reply.status, 200) << reply.body;
  auto json = parse(reply.body);
  EXPECT_EQ(int64_t(json["size"]), 1);
  EXPECT_EQ(int64_t(json["people"]), 3);
  ASSERT_EQ(json["examples"].get_array().size(), 1u);
  auto ann = parse(get("/v1/profiles/user_id:ann").body);
  EXPECT_EQ(std::string_view(json["examples"].at(0)["id"]), std::string_view(ann["id"]));
  EXPECT_EQ(std::string_view(json["reads"]["traits"].at(0)), "city");
  EXPECT_EQ(int64_t(json["overlap"].at(0)["both"]), 1);
  // What was acknowledged before is counted.
  for (int i = 0; i < 5; ++i) {
    send("track", R"({"userId":"new)" + std::to_string(i) + R"(","event":"Order Completed"})");
    EXPECT_EQ(int64_t(parse(preview(R"({"rule":"buys >= 1"})").body)["size"]), 3 + i);
  }
}

// A condition on events that no declared feature counts, with a filter over properties, joined with a trait; then declared with
// its segment, where it gives the same people.
TEST_F(HttpSegments, PreviewCountsEventsThatNoFeatureCounts) {
  for (const char* price : {"60", "70", "10"}) send("track", std::string(R"({"userId":"ann","event":"Wished","properties":{"price":)") + price + "}}");
  send("track", R"({"userId":"bob","event":"Wished","properties":{"price":90}})");
  const std::string declare = R"("declare":{"features":[{"name":"dear_wishes_7d","event":"Wished","where":"price > 50","aggregate":"count","window":"7d","default":0}]})";
  auto size = [&](std::string rule) {
    auto reply = preview("{\"rule\":\"" + rule + "\"," + declare + "}");
    EXPECT_EQ(reply.status, 200) << reply.body;
    return int64_t(parse(reply.body)["size"]);
  };
  EXPECT_EQ(size("dear_wishes_7d >= 2"), 1);
  EXPECT_EQ(size("dear_wishes_7d >= 1"), 2);
  EXPECT_EQ(size("dear_wishes_7d == 0"), 1);
  EXPECT_EQ(size("dear_wishes_7d >= 1 and traits.city != null and buys >= 1"), 1);
  for (const auto& [body, what] : {std::pair{R"({"rule":"x > 1","declare":{"features":[{"name":"x","event":"A","aggregate":"cont"}]}})", "count"},
                                   {R"({"rule":"buys > 1","declare":{"features":[{"name":"buys","event":"A","aggregate":"count"}]}})", "declared already"},
                                   {R"({"rule":"y > 1","declare":{"features":[{"name":"x","event":"A","aggregate":"count"}]}})", "y"}}) {
    auto reply = preview(body);
    EXPECT_EQ(reply.status, 400) << body;
    EXPECT_THAT(reply.body, HasSubstr(what)) << body;
  }
}

TEST_F(HttpSegments, PreviewRefusesWhatItCannotCount) {
  for (const auto& [body, field] : {std::pair{R"({"rule":"buyz >= 1"})", "\"rule\""}, {R"({"rule":"buys >="})", "\"rule\""}, {R"({"rule":"buys > 1","limit":51})", "\"limit\""},
                                    {R"({"limit":1})", "\"rule\""}, {R"({"rule":"buys > 1","other":1})", "\"other\""}}) {
    auto reply = preview(body);
    EXPECT_EQ(reply.status, 400) << body;
    EXPECT_THAT(reply.body, HasSubstr(field)) << body;
  }
  EXPECT_THAT(preview(R"({"rule":"buyz >= 1"})").body, HasSubstr("did you mean"));
  EXPECT_EQ(client_->request("POST", "/v1/segments/preview", R"({"rule":"buys > 1"})").status, 401);
  for (const char* path : {"/v1/segments", "/v1/segments/buyers", "/v1/segments/buyers/members.csv", "/v1/traits"}) EXPECT_EQ(client_->get(path).status, 401) << path;
}

TEST_F(HttpSegments, ExportsMembersWithTheirIdentifiers) {
  auto reply = get("/v1/segments/buyers/members.csv");
  ASSERT_EQ(reply.status, 200);
  EXPECT_THAT(reply.field("Content-Type"), HasSubstr("text/csv"));
  EXPECT_THAT(reply.field("Content-Disposition"), HasSubstr("attachment"));
  EXPECT_THAT(reply.body, ::testing::StartsWith("profile_id,since,user_id,email,"));
  EXPECT_THAT(reply.body, HasSubstr(",ann,ann@example.com,"));
  EXPECT_THAT(reply.body, HasSubstr(",bob,,"));
  EXPECT_EQ(std::count(reply.body.begin(), reply.body.end(), '\n'), 3);
  EXPECT_EQ(get("/v1/segments/none/members.csv").status, 404);
}

TEST_F(HttpSegments, AFormulaIsExportedAsATextAndATelephoneAsItIs) {
  send("identify", R"({"userId":"ann","traits":{"phone":"+8613912345678"}})");
  send("track", R"({"userId":"=1+2","event":"Order Completed"})");
  const std::string rows = get("/v1/segments/buyers/members.csv").body;
  EXPECT_THAT(rows, HasSubstr(",ann,ann@example.com,+8613912345678,"));
  EXPECT_THAT(rows, HasSubstr(",'=1+2,"));
}

TEST_F(HttpSegments, TraitsHaveTheirMostFrequentValues) {
  preview(R"({"rule":"true"})");
  auto json = parse(get("/v1/traits").body);
  auto city = json["traits"].at(0);
  EXPECT_EQ(std::string_view(city["name"]), "city");
  EXPECT_EQ(int64_t(city["people"]), 2);
  EXPECT_EQ(int64_t(city["distinct"]), 1);
  EXPECT_EQ(std::string_view(city["values"].at(0)["value"]), "Shanghai");
}

}  // namespace
}  // namespace furrow::app
