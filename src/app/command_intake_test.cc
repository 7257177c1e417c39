// Commands beside a server that has their data directory: the same results as without one.
#include "app/command_intake.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <thread>

#include "app/import.h"
#include "app/market_fixture.h"
#include "app/query.h"

namespace furrow::app {
namespace {

using testing::HasSubstr;

class CommandIntakeTest : public MarketFixture {
 protected:
  // One run of `furrow source import`, with or without a server.
  Status import(const std::filesystem::path& file, const ImportRun& run = {}) {
    report_ = {};
    Workspace loaded = workspace();
    FURROW_ASSIGN(auto log, CommandIntake::open(loaded, data(), clock_, logger_));
    through_ = log->through();
    Status status = import_source(loaded, *loaded.find_source("orders"), {file}, log->intake(), clock_, run, report_);
    Status finished = log->finish(status.ok());
    return status.ok() ? finished : status;
  }
  std::string one(std::string_view sql) {
    auto scan = read_only_scan(data());
    EXPECT_TRUE(scan.ok());
    auto run = QueryRun::start(data(), *scan, sql);
    EXPECT_TRUE(run.ok()) << run.error().to_string();
    return run.ok() ? (*run)->next().value().column(0).to_text(0) : "";
  }
  ImportReport report_;
  std::string through_;
};

TEST_F(CommandIntakeTest, AnImportGoesThroughTheServerAndCountsTheSame) {
  auto file = orders(10'000, "C1,2026-03-01,unheard,1\nragged\n");
  serve();
  Status status = import(file);
  ASSERT_TRUE(status.ok()) << status.error().to_string();
  EXPECT_EQ(through_, server_->address());
  EXPECT_EQ(report_.rows, 10'002u);
  EXPECT_EQ(report_.imported, 10'000u);
  EXPECT_EQ(report_.quarantined, 2u);
  EXPECT_EQ(one("SELECT count(*) || ' ' || count(DISTINCT profile_id) FROM events"), "10000 97");
  EXPECT_EQ(get("/v1/profiles/user_id:C5").status, 200);

  ASSERT_TRUE(import(file).ok());
  EXPECT_EQ(report_.imported, 0u);
  EXPECT_EQ(report_.duplicates, 10'000u);
  EXPECT_EQ(report_.quarantined, 0u);
  EXPECT_EQ(report_.known_bad, 2u);
  stop();
  ASSERT_TRUE(import(file).ok());
  EXPECT_EQ(through_, "") << "without a server the directory is the command's own";
  EXPECT_EQ(report_.duplicates, 10'000u);
  EXPECT_EQ(report_.known_bad, 2u);
  EXPECT_TRUE(pipeline::verify(workspace(), data().string(), logger_)->ok);
}

TEST_F(CommandIntakeTest, AnInterruptedImportGoesOnWhereItWas) {
  auto file = orders(20'000);
  serve();
  std::atomic<bool> stop{false};
  Status status = import(file, {&stop, [&](const std::string&, double, uint64_t rows) { stop = rows >= 6'000; }});
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code(), ErrorCode::kInterrupted);
  uint64_t first = report_.imported;
  EXPECT_EQ(first, report_.rows);
  EXPECT_LT(first, 20'000u);
  ASSERT_TRUE(import(file).ok());
  EXPECT_EQ(report_.duplicates, first);
  EXPECT_EQ(report_.imported, 20'000u - first);
}

TEST_F(CommandIntakeTest, LiveEventsComeInMeanwhile) {
  auto file = orders(20'000);
  serve();
  std::string key = workspace().keys.write_key;
  std::thread live([&] {
    for (int i = 0; i < 200; ++i) {
      auto reply = client_->request("POST", "/v1/track", "{\"writeKey\":\"" + key + "\",\"userId\":\"live\",\"event\":\"Viewed\"}");
      EXPECT_EQ(reply.status, 200) << reply.body;
    }
  });
  Status status = import(file);
  live.join();
  ASSERT_TRUE(status.ok()) << status.error().to_string();
  EXPECT_EQ(report_.imported, 20'000u);
  EXPECT_EQ(one("SELECT count(*) FROM events"), "20200");
}

TEST_F(CommandIntakeTest, AServerThatEndsMeanwhileLosesNothingItTook) {
  auto file = orders(20'000);
  serve();
  Status status = import(file, {nullptr, [&](const std::string&, double, uint64_t rows) {
    if (rows >= 4'000 && server_) stop();
  }});
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code(), ErrorCode::kUnavailable) << status.error().to_string();
  uint64_t first = report_.imported;
  ASSERT_TRUE(import(file).ok());
  EXPECT_GE(report_.duplicates, first) << "what was acknowledged is there; the last piece may be there without its answer";
  EXPECT_EQ(report_.imported + report_.duplicates, 20'000u);
  EXPECT_EQ(one("SELECT count(*) FROM events"), "20000");
}

TEST_F(CommandIntakeTest, ReplaysAfterMendingTheMapAlsoThatTheServerDoesNotKnowYet) {
  serve();
  ASSERT_TRUE(import(orders(10, "C1,2026-03-01,unheard,1\nC2,2026-03-01,paid,lots\n")).ok());
  ASSERT_EQ(report_.quarantined, 2u);
  declare_orders("paid: Bought, unheard: Queried");
  Workspace mended = workspace();
  auto log = CommandIntake::open(mended, data(), clock_, logger_);
  ASSERT_TRUE(log.ok()) << log.error().to_string();
  auto replayed = replay_quarantine(mended, {}, (*log)->intake(), clock_);
  ASSERT_TRUE(replayed.ok()) << replayed.error().to_string();
  EXPECT_EQ(replayed->replayed, 1u);
  EXPECT_EQ(replayed->still_bad, 1u);
  EXPECT_EQ(one("SELECT count(*) FROM events WHERE event = 'Queried'"), "1");
  EXPECT_EQ(one("SELECT string_agg(state, ',' ORDER BY position) FROM quarantine"), "replayed,open");
}

TEST_F(CommandIntakeTest, VerifyAndQueryReadBesideTheServer) {
  serve();
  ASSERT_TRUE(import(orders(3'000)).ok());
  auto verified = pipeline::verify(workspace(), data().string(), logger_);
  ASSERT_TRUE(verified.ok()) << verified.error().to_string();
  EXPECT_TRUE(verified->ok);
  EXPECT_EQ(verified->records, 3'000u);
}

TEST_F(CommandIntakeTest, AWrongKeyIsSaid) {
  serve();
  put(".furrow/keys", "write_key=0123456789abcdef\napi_key=0123456789abcdef\n");
  std::filesystem::permissions(root_ / ".furrow/keys", std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  Status status = import(orders(10));
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code(), ErrorCode::kUnauthorized);
}

TEST_F(CommandIntakeTest, TheNoteIsTheOwnersAndGoesWithTheServer) {
  serve();
  struct stat note {};
  ASSERT_EQ(::stat((data() / "server.json").c_str(), &note), 0);
  EXPECT_EQ(note.st_mode & 0777u, 0600u);
  stop();
  EXPECT_FALSE(std::filesystem::exists(data() / "server.json"));
}

TEST_F(CommandIntakeTest, WhoHoldsTheDirectoryAndIsNoServerIsNotAsked) {
  Workspace loaded = workspace();
  auto first = CommandIntake::open(loaded, data(), clock_, logger_);
  ASSERT_TRUE(first.ok());
  // Left behind by a server that was killed: its process does not hold the lock now.
  ASSERT_TRUE(write_file_atomically(data() / "server.json", R"({"pid":1,"host":"127.0.0.1","port":9})").ok());
  Status status = import(orders(10));
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code(), ErrorCode::kConflict);
  EXPECT_THAT(status.error().message(), HasSubstr("run this again"));
  ASSERT_TRUE((*first)->finish(false).ok());
}

TEST_F(CommandIntakeTest, TheServerWatchesWhatItIsSent) {
  serve();
  auto send = [&](std::string_view body, std::string_view type) {
    return client_->request("POST", "/v1/records", body, bearer_ + "Content-Type: " + std::string(type) + "\r\n");
  };
  EXPECT_EQ(send("x", "application/json").status, 415);
  EXPECT_EQ(send("\x7f" "abc", "application/x-furrow-records").status, 400);
  EXPECT_EQ(client_->request("POST", "/v1/records", "x", "Content-Type: application/x-furrow-records\r\n").status, 401);
  EXPECT_EQ(get("/healthz").status, 200);
}

}  // namespace
}  // namespace furrow::app
