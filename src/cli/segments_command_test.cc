// furrow segments and furrow features parity, as typed, beside a server and without one.
#include <gmock/gmock.h>
#include <simdjson.h>

#include <map>

#include "app/market_fixture.h"
#include "cli/command_fixture.h"

namespace furrow::cli {
namespace {

using testing::HasSubstr;

class SegmentsCommand : public app::MarketFixture {
 protected:
  void SetUp() override {
    put("features/buys.yaml", "features:\n  - {name: views, event: Viewed, aggregate: count, default: 0}\n  - {name: bought, event: Bought, aggregate: count, default: 0}\n");
    put("segments/s.yaml", "segments:\n  - {name: buyers, where: bought >= 1}\n  - {name: lookers, where: views >= 3, description: Look much}\n");
    for (const Event& event : market(200)) {
      auto& [views, bought] = truth_[event.user_id];
      views += event.name == "Viewed";
      bought += event.name == "Bought";
    }
  }
  uint64_t true_size(const std::function<bool(int views, int bought)>& rule) const {
    return static_cast<uint64_t>(std::count_if(truth_.begin(), truth_.end(), [&](const auto& person) { return rule(person.second.first, person.second.second); }));
  }
  Ran segments(std::vector<std::string> words) {
    words.insert(words.begin(), {"segments", root_.string()});
    return run(std::move(words));
  }
  std::map<std::string, std::pair<int, int>> truth_;  // views, bought
};

TEST_F(SegmentsCommand, CountsDeclaredAndTriedRules) {
  collect_market(200);
  const Ran ran = segments({"--try", "views >= 3 and bought == 0", "--json"});
  ASSERT_EQ(ran.exit, 0) << ran.err;
  simdjson::dom::parser parser;
  simdjson::dom::element json = parser.parse(ran.out);
  EXPECT_EQ(uint64_t(json["people"]), truth_.size());
  ASSERT_EQ(json["segments"].get_array().size(), 3u);
  EXPECT_EQ(std::string_view(json["segments"].at(0)["name"]), "buyers");
  EXPECT_EQ(uint64_t(json["segments"].at(0)["size"]), true_size([](int, int bought) { return bought >= 1; }));
  EXPECT_EQ(uint64_t(json["segments"].at(1)["size"]), true_size([](int views, int) { return views >= 3; }));
  EXPECT_EQ(uint64_t(json["segments"].at(2)["size"]), true_size([](int views, int bought) { return views >= 3 && bought == 0; }));
  EXPECT_EQ(uint64_t(json["segments"].at(0)["overlap"]["lookers"]), true_size([](int views, int bought) { return views >= 3 && bought >= 1; }));
  EXPECT_EQ(uint64_t(json["segments"].at(0)["overlap"]["(tried)"]), 0u);
  const Ran table = segments({});
  ASSERT_EQ(table.exit, 0) << table.err;
  EXPECT_THAT(table.out, HasSubstr("buyers"));
}

TEST_F(SegmentsCommand, SaysTheSameBesideAServerWhichHasItLive) {
  collect_market(200);
  serve();
  const Ran ran = segments({"--json"});
  ASSERT_EQ(ran.exit, 0) << ran.err;
  simdjson::dom::parser command_parser, live_parser;
  simdjson::dom::element command = command_parser.parse(ran.out);
  http::TestReply reply = get("/v1/segments");
  // The first look at everybody may still be under way.
  while (reply.body.find("\"live\":false") != std::string::npos) reply = get("/v1/segments");
  simdjson::dom::element live = live_parser.parse(reply.body);
  for (size_t s = 0; s < 2; ++s) EXPECT_EQ(uint64_t(command["segments"].at(s)["size"]), uint64_t(live["segments"].at(s)["size"]));
  stop();
}

TEST_F(SegmentsCommand, ExportsMembersAndExplainsWhatItCannotDo) {
  collect_market(200);
  const auto out = folder_.path() / "members.csv";
  const Ran ran = segments({"--export", "buyers", "--out", out.string()});
  ASSERT_EQ(ran.exit, 0) << ran.err;
  std::string text = read_file(out).value();
  EXPECT_THAT(text, testing::StartsWith("profile_id"));
  EXPECT_EQ(static_cast<uint64_t>(std::count(text.begin(), text.end(), '\n')), 1 + true_size([](int, int bought) { return bought >= 1; }));
  EXPECT_EQ(segments({"--export", "buyers"}).exit, 2);
  const Ran unknown = segments({"--export", "buyer", "--out", out.string()});
  EXPECT_EQ(unknown.exit, 1);
  EXPECT_THAT(unknown.err, HasSubstr("did you mean \"buyers\""));
  const Ran rule = segments({"--try", "veiws > 1"});
  EXPECT_EQ(rule.exit, 2) << "an option that cannot be";
  EXPECT_THAT(rule.err, HasSubstr("veiws"));
  put("segments/s.yaml", "segments:\n  - {name: buyers, where: bougth >= 1}\n");
  const Ran broken = segments({});
  EXPECT_EQ(broken.exit, 1);
  EXPECT_THAT(broken.err, HasSubstr("segments/s.yaml:2"));
}

TEST_F(SegmentsCommand, QueriesSeeEntriesAndExits) {
  collect_market(200);
  const Ran ran = run({"query", root_.string(), "SELECT segment, count(*) FILTER (WHERE entered) - count(*) FILTER (WHERE NOT entered) AS people FROM segment_changes GROUP BY 1 ORDER BY 1", "--json"});
  ASSERT_EQ(ran.exit, 0) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("buyers"));
  EXPECT_THAT(ran.out, HasSubstr(std::to_string(true_size([](int, int bought) { return bought >= 1; }))));
  const Ran events = run({"query", root_.string(), "SELECT count(*) AS n FROM events", "--json"});
  EXPECT_THAT(events.out, HasSubstr(std::to_string(market(200).size()))) << "nobody sent an entry";
}

TEST_F(SegmentsCommand, ParityAgreesAndSaysWhichFeatureOfWhomDoesNot) {
  collect_market(200);
  const Ran ran = run({"features", "parity", root_.string(), "--sample", "0", "--json"});
  ASSERT_EQ(ran.exit, 0) << ran.err;
  simdjson::dom::parser parser;
  simdjson::dom::element json = parser.parse(ran.out);
  EXPECT_EQ(uint64_t(json["people"]), truth_.size());
  EXPECT_EQ(uint64_t(json["values"]), truth_.size() * 4);
  EXPECT_EQ(uint64_t(json["different"]), 0u);
  EXPECT_THAT(run({"features", "parity", root_.string()}).out, HasSubstr("live and batch are the same"));
  const std::string whose = doctor_a_profile();
  const Ran after = run({"features", "parity", root_.string(), "--sample", "0"});
  EXPECT_EQ(after.exit, 1);
  EXPECT_THAT(after.out, HasSubstr(whose));
  EXPECT_EQ(run({"features", "parity"}).exit, 2);
}

}  // namespace
}  // namespace furrow::cli
