// init, check and simulate as typed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "app/keys.h"
#include "base/files.h"
#include "cli/command_fixture.h"

namespace furrow::cli {
namespace {

using testing::HasSubstr;

class WorkspaceCommands : public testing::Test {
 protected:
  TemporaryFolder folder_;
  std::string shop_ = (folder_.path() / "shop").string();
};

TEST_F(WorkspaceCommands, InitThenCheckIsOk) {
  for (const char* name : {"shop", "empty"}) {
    std::string where = (folder_.path() / name).string();
    Ran init = run({"init", where, "--template", name});
    ASSERT_EQ(init.exit, 0) << init.err;
    Ran check = run({"check", where});
    EXPECT_EQ(check.exit, 0) << check.out;
    EXPECT_THAT(check.out, HasSubstr(": ok ("));
  }
  auto keys = app::read_keys(shop_);
  ASSERT_TRUE(keys.ok());
  EXPECT_THAT(run({"check", shop_}).out, HasSubstr("7 sources"));
}

TEST_F(WorkspaceCommands, InitTwiceIsRefused) {
  ASSERT_EQ(run({"init", shop_, "--template", "shop"}).exit, 0);
  Ran again = run({"init", shop_, "--template", "shop", "--json"});
  EXPECT_EQ(again.exit, 1);
  EXPECT_THAT(again.out, HasSubstr("\"code\":\"conflict\""));
}

TEST_F(WorkspaceCommands, CheckPrintsEachFaultOnALineOfItsOwnAndFails) {
  ASSERT_EQ(run({"init", shop_, "--template", "shop"}).exit, 0);
  ASSERT_TRUE(write_file_atomically(shop_ + "/workspace.yaml", "language: xx\nholdout: 7\n").ok());
  Ran check = run({"check", shop_});
  EXPECT_EQ(check.exit, 1);
  EXPECT_THAT(check.out, HasSubstr("workspace.yaml:1: "));
  EXPECT_THAT(check.out, HasSubstr("workspace.yaml:2: "));
  EXPECT_THAT(check.err, HasSubstr("3 faults"));
  EXPECT_EQ(run({"check", folder_.path().string()}).exit, 1);
}

TEST_F(WorkspaceCommands, SimulateFilesWritesTheSevenAndReportsThem) {
  Ran files = run({"simulate", "files", "--out", shop_, "--customers", "50", "--months", "1", "--until", "2026-03-02", "--json"});
  ASSERT_EQ(files.exit, 0) << files.err;
  for (const char* name : {"crm.csv", "web_events.jsonl.gz", "orders.csv", "email_platform.tsv", "support_tickets.jsonl",
                           "loyalty_cards.csv", "dmp.csv.gz"}) {
    EXPECT_TRUE(std::filesystem::exists(std::filesystem::path(shop_) / name)) << name;
    EXPECT_THAT(files.out, HasSubstr(std::string("\"") + name + "\":"));
  }
}

TEST_F(WorkspaceCommands, BadOptionsAreUsage) {
  EXPECT_EQ(run({"simulate", "files", "--out", shop_, "--customers", "0"}).exit, 2);
  EXPECT_EQ(run({"simulate", "files"}).exit, 2);
  EXPECT_EQ(run({"simulate"}).exit, 2);
  EXPECT_EQ(run({"simulate", "live", "--workspace", shop_, "--url", "http://example.com:80"}).exit, 2);
  EXPECT_EQ(run({"init"}).exit, 2);
  for (const char* port : {"99999", "-1", "http", ""}) {
    Ran ran = run({"serve", shop_, "--port", port});
    EXPECT_EQ(ran.exit, 2);
    EXPECT_THAT(ran.err, HasSubstr("from 0 to 65535")) << port;
  }
  EXPECT_EQ(run({"init", shop_, "--template", "bakery"}).exit, 2);
  for (const char* share : {"2", "-0.1", "0", "half"}) {
    Ran ran = run({"model", "canary", shop_, "m", "v0001", "--share", share});
    EXPECT_EQ(ran.exit, 2);
    EXPECT_THAT(ran.err, testing::AnyOf(HasSubstr(std::string("--share: takes a number from 0.001 to 0.999, not '") + share + "'"), HasSubstr("--share: takes a number, not 'half'"))) << ran.err;
  }
}

TEST_F(WorkspaceCommands, WithoutModelsSaysSoAndWithSeveralNamesThem) {
  ASSERT_EQ(run({"init", shop_, "--template", "empty"}).exit, 0);
  for (const char* verb : {"list", "watch"}) {
    EXPECT_THAT(run({"model", verb, shop_}).out, HasSubstr("declares no model")) << verb;
    EXPECT_THAT(run({"model", verb, shop_, "--json"}).out, testing::StartsWith("{\"models\":")) << verb;
  }
  EXPECT_THAT(run({"model", "train", shop_}).err, HasSubstr("declares no model"));
  const std::string full = shop_ + "_full";
  ASSERT_EQ(run({"init", full, "--template", "shop"}).exit, 0);
  EXPECT_THAT(run({"model", "train", full}).err, HasSubstr("say which with --name: buys_7d, offer_response, visit_stage"));
}

TEST_F(WorkspaceCommands, StagesWithoutAPromotedVersionSayWhatToDo) {
  ASSERT_EQ(run({"init", shop_, "--template", "shop"}).exit, 0);
  const std::vector<std::string> score{"intent", "score", shop_, "--out", (folder_.path() / "stages.csv").string()};
  Ran untrained = run(score);
  EXPECT_EQ(untrained.exit, 1);
  EXPECT_THAT(untrained.err, HasSubstr("furrow intent train " + shop_));
  std::filesystem::create_directories(shop_ + "/.furrow/data/models/visit_stage/v0001");
  Ran unpromoted = run(score);
  EXPECT_EQ(unpromoted.exit, 1);
  EXPECT_THAT(unpromoted.err, HasSubstr("furrow model promote " + shop_ + " visit_stage v0001"));
}

TEST_F(WorkspaceCommands, EveryVerbShowsAnExampleOfItsOwn) {
  std::istringstream help(run({"--help"}).out);
  size_t verbs = 0;
  bool listed = false;
  for (std::string line; std::getline(help, line);) {
    if (listed && line.starts_with("  ") && line[2] != ' ') {
      const std::string verb = line.substr(2, line.find(' ', 2) - 2);
      EXPECT_THAT(run({verb, "--help"}).out, HasSubstr("Example: furrow " + verb + " "));
      ++verbs;
    }
    listed = listed || line.starts_with("Subcommands:");
  }
  EXPECT_GT(verbs, 15u);
}

TEST_F(WorkspaceCommands, UsageErrorsReadLikeAllOthers) {
  EXPECT_EQ(run({"init"}).err, "furrow: DIR is required; --help shows how (invalid_argument)\n");
  Ran ran = run({"init", shop_, "--template", "empty", "--colour", "red"});
  EXPECT_EQ(ran.exit, 2);
  EXPECT_EQ(ran.err, "furrow: not known here: --colour red; --help shows how (invalid_argument)\n");
  EXPECT_THAT(run({"model", "bogus"}).err, HasSubstr("not known here: bogus;"));
  EXPECT_THAT(run({"model"}).err, HasSubstr("subcommand is required"));
  EXPECT_THAT(run({"init", shop_, "--template"}).err, HasSubstr("--template needs a value;"));
  Ran other_form = run({"model", "export", shop_, "--out", shop_ + ".onnx"});
  EXPECT_EQ(other_form.exit, 2);
  EXPECT_THAT(other_form.err, HasSubstr("must end in .json"));
}

TEST_F(WorkspaceCommands, UsageErrorsAreJsonToo) {
  for (const std::vector<std::string>& words : {std::vector<std::string>{"init", "--json"}, {"init", shop_, "--json", "--nonsense"}, {"simulate", "files", "--out", shop_, "--customers", "0", "--json"}}) {
    Ran ran = run(words);
    EXPECT_EQ(ran.exit, 2);
    EXPECT_THAT(ran.out, testing::StartsWith("{\"error\":{\"code\":\"invalid_argument\",\"message\":\""));
    EXPECT_EQ(ran.err, "");
  }
  EXPECT_EQ(run({"init", "--json", "--help"}).exit, 0);
}

}  // namespace
}  // namespace furrow::cli
