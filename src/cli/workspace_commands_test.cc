// init, check and simulate as typed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

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
