// Files of the data directory that are torn or damaged when the server starts: named, with what to do, and mended by it.
#include <gmock/gmock.h>

#include "app/lake_check.h"
#include "app/market_fixture.h"
#include "app/query.h"

namespace furrow::app {
namespace {

using testing::HasSubstr;

class ServerDamage : public MarketFixture {
 protected:
  // Starts on what is there; the error when it refuses.
  Error refusal() {
    ServerOptions options;
    options.http.port = 0;
    auto server = Server::open(workspace(), options, clock_, logger_);
    EXPECT_FALSE(server.ok());
    return server.ok() ? Error(ErrorCode::kInternal, "it started") : std::move(server).error();
  }
  void one_run() {
    serve();
    ASSERT_EQ(client_->request("POST", "/v1/track", "{\"writeKey\":\"" + workspace().keys.write_key + "\",\"userId\":\"ann\",\"event\":\"Viewed\"}").status, 200);
    stop();
  }
};

TEST_F(ServerDamage, ATornCatalogIsNamed) {
  one_run();
  ASSERT_TRUE(write_file_atomically(data() / "catalog.sqlite", "SQLite format 3, or so it says, and then nothing that is").ok());
  Error error = refusal();
  EXPECT_EQ(error.code(), ErrorCode::kStorageCorrupt) << error.to_string();
  EXPECT_THAT(error.to_string(), HasSubstr("catalog.sqlite"));
}

TEST_F(ServerDamage, ATornLakeIsNamedAndComesBackFromTheLog) {
  one_run();
  ASSERT_TRUE(write_file_atomically(data() / "lake" / "manifest.json", "{\"position\":").ok());
  Error error = refusal();
  EXPECT_EQ(error.code(), ErrorCode::kStorageCorrupt) << error.to_string();
  EXPECT_THAT(error.to_string(), HasSubstr("manifest.json"));
  EXPECT_THAT(error.to_string(), HasSubstr("remove"));
  std::filesystem::remove_all(data() / "lake");
  serve();
  EXPECT_EQ(get("/v1/profiles/user_id:ann").status, 200);
}

TEST_F(ServerDamage, ATornOrMissingPartOfTheLakeIsNamedByQueries) {
  one_run();
  ASSERT_TRUE(check_lake(data() / "lake").ok());
  std::filesystem::path part;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(data() / "lake" / "events")) {
    if (entry.path().extension() == ".parquet") part = entry.path();
  }
  ASSERT_FALSE(part.empty());
  const auto answer = [&] {
    auto scan = read_only_scan(data());
    EXPECT_TRUE(scan.ok());
    auto run = QueryRun::start(data(), *scan, "SELECT count(*) FROM events");
    return run.ok() ? Status() : Status(run.error());
  };
  EXPECT_TRUE(answer().ok());
  for (const bool missing : {false, true}) {
    if (missing) std::filesystem::remove(part);
    else std::filesystem::resize_file(part, std::filesystem::file_size(part) / 2);
    Status refused = answer();
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code(), ErrorCode::kStorageCorrupt) << refused.error().to_string();
    EXPECT_EQ(refused.error().file(), std::filesystem::absolute(part).string());
    serve();  // decides and collects all the same
    EXPECT_EQ(get("/v1/profiles/user_id:ann").status, 200);
    stop();
  }
  std::filesystem::remove_all(data() / "lake");
  one_run();
  EXPECT_TRUE(answer().ok());
}

TEST_F(ServerDamage, ATornModelIsLeftOutAndTheRestServes) {
  ASSERT_NO_FATAL_FAILURE(train_market());
  Workspace loaded = workspace();
  ModelJobs jobs(loaded, data(), clock_);
  ASSERT_TRUE(jobs.promote("buys", "v0001", "me").ok());
  ASSERT_TRUE(write_file_atomically(data() / "models/buys/v0001/model.json", "{\"learner\":").ok());
  serve();
  auto decided = post("/v1/decide", R"({"placement":"home","userId":"u1"})");
  EXPECT_EQ(decided.status, 200) << decided.body;
  EXPECT_THAT(decided.body, HasSubstr("\"modelVersion\":null"));
  EXPECT_EQ(get("/v1/profiles/user_id:u1").status, 200);
}

}  // namespace
}  // namespace furrow::app
