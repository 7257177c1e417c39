// Commands on a workspace with and without a server beside them, as typed: the same words, the same exit codes.
#include <gmock/gmock.h>
#include <simdjson.h>

#include "app/market_fixture.h"
#include "cli/command_fixture.h"
#include "cli/operator_name.h"
#include "table/files.h"

namespace furrow::cli {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

class LiveCommands : public app::MarketFixture {
 protected:
  Ran furrow(std::vector<std::string> words) {  // with the workspace in the third place
    words.insert(words.begin() + 2, root_.string());
    return run(std::move(words));
  }
  Ran furrow_leaf(std::vector<std::string> words) {  // with the workspace in the second
    words.insert(words.begin() + 1, root_.string());
    return run(std::move(words));
  }
  static uint64_t number(const std::string& json, std::string_view name) {
    simdjson::dom::parser parser;
    uint64_t value = 0;
    EXPECT_FALSE(parser.parse(json)[name].get(value)) << json;
    return value;
  }
};

TEST_F(LiveCommands, ImportSaysTheSameBesideAServer) {
  std::string file = orders(3'000, "ragged\n").string();
  serve();
  Ran live = furrow({"source", "import", "orders", file});
  ASSERT_EQ(live.exit, 0) << live.err;
  EXPECT_THAT(live.out, HasSubstr("orders: 3001 rows, 3000 imported, 0 duplicates, 0 skipped, 1 quarantined in "));
  EXPECT_THAT(live.out, HasSubstr("furrow quarantine list"));
  Ran again = furrow({"source", "import", "orders", file, "--json"});
  ASSERT_EQ(again.exit, 0) << again.err;
  EXPECT_EQ(number(again.out, "duplicates"), 3'000u);
  EXPECT_EQ(number(again.out, "already_quarantined"), 1u);
  stop();
  Ran alone = furrow({"source", "import", "orders", file, "--json"});
  EXPECT_EQ(number(alone.out, "duplicates"), 3'000u);
  EXPECT_EQ(furrow({"source", "import", "order", file}).exit, 1);
  Ran missing = furrow({"source", "import", "orders", file + ".not.csv"});
  EXPECT_EQ(missing.exit, 1);
  EXPECT_EQ(missing.out, "") << "nothing came of it";
  EXPECT_THAT(missing.err, HasSubstr("furrow: cannot open " + file + ".not.csv")) << "named once";
}

TEST_F(LiveCommands, QuarantineListsShowsAndReplaysBesideAServer) {
  std::string file = orders(5, "C1,2026-03-01,unheard,1\n").string();
  serve();
  ASSERT_EQ(furrow({"source", "import", "orders", file}).exit, 0);
  Ran list = furrow({"quarantine", "list"});
  ASSERT_EQ(list.exit, 0) << list.err;
  EXPECT_THAT(list.out, HasSubstr("orders.csv:7"));
  client_->request("POST", "/v1/track", "{\"writeKey\":\"" + workspace().keys.write_key + "\",\"userId\":\"ann\"}");
  EXPECT_THAT(furrow({"quarantine", "list", "--code", "invalid_event"}).out, HasSubstr(" /v1/track "));
  Ran json = furrow({"quarantine", "list", "--source", "orders", "--json"});
  simdjson::dom::parser parser;
  uint64_t position = parser.parse(json.out)["records"].at(0)["position"];
  for (const char* verb : {"list", "replay"}) {
    Ran unknown = furrow({"quarantine", verb, "--source", "ordres"});
    EXPECT_EQ(unknown.exit, 1) << "a mistyped name is not 0 open: " << unknown.out;
    EXPECT_THAT(unknown.err, HasSubstr("orders"));
    EXPECT_EQ(furrow({"quarantine", verb, "--source", "live"}).exit, 0);
  }
  Ran show = furrow({"quarantine", "show", std::to_string(position)});
  ASSERT_EQ(show.exit, 0) << show.err;
  EXPECT_THAT(show.out, HasSubstr("unheard"));
  declare_orders("paid: Bought, unheard: Queried");
  Ran replay = furrow({"quarantine", "replay", "--source", "orders"});
  ASSERT_EQ(replay.exit, 0) << replay.err;
  EXPECT_THAT(replay.out, HasSubstr("1 tried, 1 replayed, 0 still bad"));
  EXPECT_THAT(furrow({"quarantine", "list", "--source", "orders"}).out, HasSubstr("(0 open)"));
}

TEST_F(LiveCommands, QueryAndVerifySeeWhatTheServerAcknowledged) {
  serve();
  ASSERT_EQ(furrow({"source", "import", "orders", orders(100).string()}).exit, 0);
  Ran query = furrow_leaf({"query", "select count(*) as n from events", "--json"});
  ASSERT_EQ(query.exit, 0) << query.err;
  EXPECT_THAT(query.out, HasSubstr("{\"n\":100}"));
  query = furrow_leaf({"query", "select 1 as a, 2 as a, 3 as a_1, 4 as a", "--json"});
  EXPECT_THAT(query.out, HasSubstr(R"({"a":1,"a_2":2,"a_1":3,"a_3":4})")) << "a member's name is given once";
  for (const char* name : {"rows.csv", "rows.jsonl.gz", "rows.parquet"}) {
    const std::filesystem::path file = folder_.path() / name;
    query = furrow_leaf({"query", "select message_id, time, 1 as n, 2 as n from events order by time", "--out", file.string()});
    ASSERT_EQ(query.exit, 0) << query.err;
    EXPECT_EQ(query.out, "100 rows written to " + file.string() + "\n");
    auto rows = table::read_table(file);
    ASSERT_TRUE(rows.ok()) << rows.error().message();
    ASSERT_EQ(rows->rows(), 100u);
    EXPECT_EQ(rows->names(), (std::vector<std::string>{"message_id", "time", "n", "n_1"}));
    EXPECT_EQ(rows->find("n_1")->integer(99), 2);
  }
  Ran nowhere = furrow_leaf({"query", "select 1 as a", "--out", (folder_.path() / "none" / "a.csv").string()});
  EXPECT_NE(nowhere.exit, 0);
  EXPECT_THAT(nowhere.err, HasSubstr("there is no folder"));
  Ran wrong = furrow_leaf({"query", "select nothing from nowhere", "--out", (folder_.path() / "a.csv").string()});
  EXPECT_NE(wrong.exit, 0);
  EXPECT_FALSE(std::filesystem::exists(folder_.path() / "a.csv"));
  Ran verify = furrow_leaf({"verify"});
  ASSERT_EQ(verify.exit, 0) << verify.err;
  EXPECT_THAT(verify.out, HasSubstr("100 records replayed: every view is what the log says"));
}

TEST_F(LiveCommands, TheListOfPeopleIsByScoreWithReasonsAlsoBesideAServer) {
  ASSERT_NO_FATAL_FAILURE(train_market());
  const std::string out = (folder_.path() / "list.csv").string(), as_of = "2026-01-17T00:00:00Z";
  const auto score = [&](std::vector<std::string> more) {
    std::vector<std::string> words{"model", "score", "--out", out, "--as-of", as_of};
    words.insert(words.end(), more.begin(), more.end());
    return furrow(std::move(words));
  };
  Ran none = score({});
  EXPECT_EQ(none.exit, 1);
  EXPECT_THAT(none.err, HasSubstr("no version of buys decides yet"));
  ASSERT_EQ(furrow({"model", "promote", "buys", "v0001"}).exit, 0);
  serve();
  Ran ran = score({"--reasons", "2", "--json"});
  ASSERT_EQ(ran.exit, 0) << ran.err;
  auto people = table::read_table(out, {});
  ASSERT_TRUE(people.ok()) << people.error().to_string();
  EXPECT_EQ(number(ran.out, "people"), people->rows());
  ASSERT_GT(people->rows(), 100u);
  const table::Column *scores = people->find("score"), *reasons = people->find("reason_1"), *users = people->find("user_id");
  ASSERT_TRUE(scores && reasons && users && people->find("contribution_2"));
  for (size_t i = 1; i < people->rows(); ++i) ASSERT_GE(scores->number(i - 1), scores->number(i)) << i;
  EXPECT_GT(scores->number(0), scores->number(people->rows() - 1));
  EXPECT_THAT(std::string(reasons->text(0)), testing::StartsWith("views_7d = ")) << "what the market goes by";
  EXPECT_NE(std::string(users->text(0)), "");
  Ran file = score({"--counterfactual"});
  EXPECT_EQ(file.exit, 2);
  EXPECT_THAT(file.err, HasSubstr("--counterfactual is for rows of a file"));
  EXPECT_THAT(run({"model", "score", "nowhere", out, "--out", out + ".csv", "--as-of", as_of}).err, HasSubstr("--as-of is for a workspace"));
  EXPECT_THAT(run({"model", "score", "nowhere", "--out", out}).err, HasSubstr("name the rows to score"));

  put("models/visit_stage.yaml", "name: visit_stage\nintent: {goal: Bought}\n");
  Ran stages = score({"--name", "visit_stage"});
  EXPECT_EQ(stages.exit, 2);
  EXPECT_THAT(stages.err, HasSubstr("visit_stage tells how far visits are and gives people no score"));
  put("models/soon.yaml", "name: soon\nlabel: {event: Bought, within: 1h}\nobservations: {every: 20m, active_within: 2h}\nfeatures: all\n");
  Ran trained = furrow({"model", "train", "--name", "soon"});
  ASSERT_EQ(trained.exit, 0) << trained.err;
  Ran recent = score({"--name", "soon", "--version", "v0001", "--json"});
  ASSERT_EQ(recent.exit, 0) << recent.err;
  EXPECT_THAT(recent.out, HasSubstr("\"seen_from\":\"2026-01-16T22"));
  EXPECT_EQ(number(recent.out, "people"), [&] {
    simdjson::dom::parser parser;
    Ran query = furrow_leaf({"query", "select count(*) as n from profiles where last_seen >= '2026-01-16T22:00:00Z'", "--json"});
    return uint64_t(parser.parse(query.out)["rows"].at(0)["n"]);
  }());
}

TEST_F(LiveCommands, ASecondServerIsToldWhoHasTheDirectory) {
  serve();
  Ran second = furrow_leaf({"serve", "--port", "0"});
  EXPECT_EQ(second.exit, 1);
  EXPECT_THAT(second.err, HasSubstr("in use by process"));
}

TEST_F(LiveCommands, APortInUseIsSaid) {
  serve();
  std::string other = (folder_.path() / "other").string();
  ASSERT_EQ(run({"init", other, "--template", "empty"}).exit, 0);
  Ran second = run({"serve", other, "--port", std::to_string(server_->port())});
  EXPECT_EQ(second.exit, 1);
  EXPECT_THAT(second.err, HasSubstr("port"));
}

TEST_F(LiveCommands, ChurnIsLearntFromWhatStaysAwayAndChoosesNoAction) {
  collect_market(1'200);
  put("models/leaves.yaml", "name: leaves\nlabel: {without: Bought, for: 12h}\nobservations: {event: Offered}\nfeatures: all\n");
  Ran train = furrow({"model", "train", "--name", "leaves", "--threads", "1"});
  ASSERT_EQ(train.exit, 0) << train.err;
  EXPECT_THAT(furrow({"model", "show", "leaves"}).out, HasSubstr("learns   without Bought for 12h, asked at each Offered"));
  EXPECT_THAT(furrow({"model", "show", "leaves", "v0001", "--json"}).out, HasSubstr("\"absent\":true"));
  put("placements/side.yaml", "name: side\nmodel: leaves\nbaseline: a\noutcome: {event: Bought, within: 1h}\nexploration: 0.1\nholdout: 0\nactions: [{id: a}]\n");
  Ran check = furrow_leaf({"check"});
  EXPECT_EQ(check.exit, 1);
  EXPECT_THAT(check.err + check.out, HasSubstr("side.yaml:2: "));
  EXPECT_THAT(check.err + check.out, HasSubstr("the model \"leaves\" tells who will be without \"Bought\""));
}

TEST_F(LiveCommands, ModelsAreTrainedListedShownPromotedAndRolledBack) {
  collect_market(1'200);
  EXPECT_THAT(furrow({"model", "list"}).out, HasSubstr("not trained yet"));
  EXPECT_EQ(furrow({"model", "show", "buys"}).exit, 1);
  Ran train = furrow({"model", "train", "--threads", "1"});
  ASSERT_EQ(train.exit, 0) << train.err;
  EXPECT_THAT(train.out, HasSubstr("logistic baseline"));
  EXPECT_THAT(train.out, HasSubstr("buys v0001 is registered"));
  std::filesystem::copy(data() / "models/buys/v0001", data() / "models/buys/v0002");
  EXPECT_EQ(furrow({"model", "train", "--name", "sells"}).exit, 1);

  Ran show = furrow({"model", "show", "buys"});
  ASSERT_EQ(show.exit, 0) << show.err;
  EXPECT_THAT(show.out, HasSubstr("buys v0002 (trained), trained "));
  EXPECT_THAT(show.out, HasSubstr("learns   Bought within 12h, asked at each Offered"));
  EXPECT_THAT(show.out, HasSubstr("which it had not seen"));
  EXPECT_THAT(show.out, ContainsRegex("cross-validated on [0-9]+ rows\nwhen it says"));
  EXPECT_THAT(show.out, HasSubstr("views_7d"));
  EXPECT_THAT(show.out, Not(HasSubstr("{"))) << "a table is for people";
  EXPECT_THAT(furrow({"model", "show", "buys", "v0001", "--json"}).out, HasSubstr("\"cross_validated\":"));
  EXPECT_EQ(furrow({"model", "show", "buys", "v0009"}).exit, 1);

  EXPECT_EQ(furrow({"model", "promote", "buys", "v0001"}).out, "buys v0001 decides from now on (promoted)\n");
  EXPECT_THAT(furrow({"model", "show", "buys", "v0001"}).out, HasSubstr("promoted by " + operator_name() + "\n"));
  EXPECT_EQ(furrow({"model", "promote", "buys", "v0001"}).exit, 1);
  EXPECT_EQ(furrow({"model", "promote", "buys"}).exit, 2) << "which version?";
  serve();
  Ran promoted = furrow({"model", "promote", "buys", "v0002", "--json"});
  ASSERT_EQ(promoted.exit, 0) << promoted.err;
  EXPECT_EQ(promoted.out, "{\"model\":\"buys\",\"version\":\"v0002\",\"action\":\"promoted\"}\n");
  EXPECT_THAT(post("/v1/decide", R"({"placement":"home","userId":"u1"})").body, HasSubstr("buys/v0002"));
  Ran back = furrow({"model", "rollback", "buys"});
  ASSERT_EQ(back.exit, 0) << back.err;
  EXPECT_EQ(back.out, "buys v0001 decides from now on (rolled_back)\n");
  EXPECT_THAT(furrow({"model", "show", "buys", "v0001"}).out, HasSubstr("rolled_back by " + operator_name() + "\n")) << "beside a server, too";
  EXPECT_THAT(post("/v1/decide", R"({"placement":"home","userId":"u1"})").body, HasSubstr("buys/v0001"));
  Ran list = furrow({"model", "list"});
  EXPECT_THAT(list.out, HasSubstr("v0001  promoted"));
  EXPECT_THAT(list.out, HasSubstr("v0002  trained"));
}

}  // namespace
}  // namespace furrow::cli
