#include "app/lake.h"

#include <gtest/gtest.h>

#include <fstream>
#include <set>

#include "app/query.h"
#include "store/rocks_log.h"

namespace furrow::app {
namespace {

ProfileId person(uint64_t n) { return ProfileId{n}; }

class LakeTest : public testing::Test {
 protected:
  LakeTest() { log_ = store::open_log(folder_.path() / "log", store::RocksMemory()).value(); }

  LogPosition append(const RecordBody& body) { return log_->append(std::vector<std::string>{encode_record(body)}).value(); }
  LogPosition event(int n, uint64_t profile, std::string_view time, EventType type = EventType::kTrack, std::string properties = "{}") {
    Event e{.type = type, .message_id = "m" + std::to_string(n), .user_id = "u" + std::to_string(profile), .anonymous_id = "",
            .name = type == EventType::kTrack ? "Seen" : "", .time = parse_time(time).value(), .received_at = parse_time("2026-06-01").value(),
            .source = "live", .properties = std::move(properties), .context = ""};
    return append(EventRecord{person(profile), e});
  }
  RecordScan scan() { return read_only_scan(folder_.path()).value(); }
  std::unique_ptr<Lake> lake(LakeOptions options = {}) {
    return Lake::open(folder_.path() / "lake", TimeZone::load("Asia/Shanghai").value(), options).value();
  }
  // Every row as text; the error's code when it fails.
  std::vector<std::vector<std::string>> query(std::string_view sql) {
    auto run = QueryRun::start(folder_.path(), scan(), sql);
    EXPECT_TRUE(run.ok()) << run.error().to_string();
    std::vector<std::vector<std::string>> out;
    while (run.ok()) {
      auto rows = (*run)->next();
      EXPECT_TRUE(rows.ok()) << rows.error().to_string();
      if (!rows.ok() || rows->rows() == 0) break;
      for (size_t r = 0; r < rows->rows(); ++r) {
        out.emplace_back();
        for (const auto& column : rows->columns()) out.back().push_back(column.to_text(r));
      }
    }
    return out;
  }
  std::string one(std::string_view sql) {
    auto rows = query(sql);
    return rows.size() == 1 && !rows[0].empty() ? rows[0][0] : "not one row";
  }
  std::set<std::string> files() {
    std::set<std::string> out;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_.path() / "lake")) {
      if (entry.is_regular_file()) out.insert(std::filesystem::relative(entry.path(), folder_.path() / "lake").string());
    }
    return out;
  }
  TemporaryFolder folder_;
  std::unique_ptr<store::LogStore> log_;
};

TEST_F(LakeTest, FilesByCivilDayOfTheZoneAndAQuerySeesEveryRecordOnce) {
  event(1, 1, "2026-03-01T15:59:59Z");
  event(2, 1, "2026-03-01T16:00:00Z");  // the next day in Shanghai
  auto third = event(3, 2, "2026-03-02T01:00:00Z");
  ASSERT_TRUE(lake()->flush(third, scan()).ok());
  auto names = files();
  EXPECT_TRUE(names.contains("events/day=2026-03-01/part-1-3.parquet"));
  EXPECT_TRUE(names.contains("events/day=2026-03-02/part-1-3.parquet"));
  event(4, 2, "2026-03-02T02:00:00Z");  // behind the lake
  EXPECT_EQ(one("SELECT count(*) FROM events"), "4");
  EXPECT_EQ(one("SELECT string_agg(message_id, ',' ORDER BY position) FROM events"), "m1,m2,m3,m4");
  EXPECT_EQ(one("SELECT count(*) FROM events WHERE time < TIMESTAMP '2026-03-01 16:00:00'"), "1");
}

TEST_F(LakeTest, TheLastHoursOfAllTimeAreOfTheLastDay) {
  event(1, 1, "9999-12-31T01:00:00Z");
  auto last = event(2, 1, "9999-12-31T23:59:59Z");  // the year 10000 in Shanghai
  ASSERT_TRUE(lake()->flush(last, scan()).ok());
  EXPECT_EQ(files(), (std::set<std::string>{"events/day=9999-12-31/part-1-2.parquet", "manifest.json"}));
  EXPECT_EQ(one("SELECT count(*) FROM events"), "2");
}

TEST_F(LakeTest, FlushesInChunksAndGoesOnWhereItStood) {
  LogPosition last;
  for (int i = 1; i <= 25; ++i) last = event(i, 1, "2026-03-01");
  {
    auto first = lake({.chunk_records = 10, .files_a_day = 100});
    ASSERT_TRUE(first->flush(LogPosition{20}, scan()).ok());
    EXPECT_EQ(first->position().value, 20u);
  }
  auto second = lake({.chunk_records = 10, .files_a_day = 100});
  EXPECT_EQ(second->position().value, 20u);
  ASSERT_TRUE(second->flush(last, scan()).ok());
  ASSERT_TRUE(second->flush(last, scan()).ok());
  EXPECT_EQ(files().size(), 4u) << "three parts and the manifest";
  EXPECT_EQ(one("SELECT count(DISTINCT position) || ' of ' || count(*) FROM events"), "25 of 25");
}

TEST_F(LakeTest, ToldToStopItEndsAfterAWholeChunk) {
  LogPosition last;
  for (int i = 1; i <= 25; ++i) last = event(i, 1, "2026-03-01");
  auto slow = lake({.chunk_records = 10, .files_a_day = 100});
  int asked = 0;
  ASSERT_TRUE(slow->flush(last, scan(), [&] { return ++asked > 2; }).ok());
  EXPECT_EQ(slow->position().value, 20u);
  EXPECT_EQ(one("SELECT count(*) FROM events"), "25") << "the rest is read from the log";
  ASSERT_TRUE(slow->flush(last, scan()).ok());
  EXPECT_EQ(slow->position(), last);
}

TEST_F(LakeTest, WhatACrashLeftIsRemovedAndNobodyCountsIt) {
  auto last = event(1, 1, "2026-03-01");
  ASSERT_TRUE(lake()->flush(last, scan()).ok());
  auto stranger = folder_.path() / "lake/events/day=2026-03-01/part-2-9.parquet";
  std::filesystem::copy_file(folder_.path() / "lake/events/day=2026-03-01/part-1-1.parquet", stranger);
  std::ofstream(folder_.path() / "lake/events/day=2026-03-01/part-3-3.parquet.tmp") << "torn";
  EXPECT_EQ(one("SELECT count(*) FROM events"), "1");
  lake();
  EXPECT_EQ(files(), (std::set<std::string>{"events/day=2026-03-01/part-1-1.parquet", "manifest.json"}));
  std::ofstream(folder_.path() / "lake/manifest.json") << "{\"position\":";
  EXPECT_EQ(read_manifest(folder_.path() / "lake").error().code(), ErrorCode::kStorageCorrupt);
}

TEST_F(LakeTest, SmallFilesOfADayAreMergedWithoutLossOrRepetition) {
  auto all = lake({.files_a_day = 3});
  for (int i = 1; i <= 10; ++i) {
    auto last = event(i, 1, i % 2 ? "2026-03-01" : "2026-03-05");
    ASSERT_TRUE(all->flush(last, scan()).ok());
    EXPECT_EQ(one("SELECT count(DISTINCT position) || ' of ' || count(*) FROM events"),
              std::to_string(i) + " of " + std::to_string(i));
  }
  EXPECT_LE(files().size(), 7u);
}

TEST_F(LakeTest, ProfilesAreCanonicalAndTraitsAreTheLatest) {
  event(1, 1, "2026-03-02", EventType::kIdentify, R"({"city":"上海","tier":"gold"})");
  event(2, 1, "2026-03-01", EventType::kIdentify, R"({"city":"北京"})");  // older, told later
  auto flushed = event(3, 2, "2026-03-03");
  ASSERT_TRUE(lake()->flush(flushed, scan()).ok());
  append(MergeRecord{person(2), person(3), parse_time("2026-03-04").value(), "identify"});
  append(MergeRecord{person(3), person(1), parse_time("2026-03-05").value(), "identify"});
  EXPECT_EQ(one("SELECT count(DISTINCT profile_id) FROM events"), "1");
  auto rows = query("SELECT profile_id, traits, events, traits->>'$.city' FROM profiles");
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0][0], person(1).to_string());
  EXPECT_EQ(rows[0][2], "3");
  EXPECT_EQ(rows[0][3], "上海");
  EXPECT_NE(rows[0][1].find("\"tier\":\"gold\""), std::string::npos);
}

TEST_F(LakeTest, QuarantineKeepsAnyBytesAndTellsItsState) {
  auto bad = append(QuarantineRecord{parse_time("2026-03-01").value(), "crm", "invalid_row", "why", "f", "a.csv", 7, std::string("a\0\xff" "b", 4)});
  append(QuarantineRecord{parse_time("2026-03-01").value(), "crm", "invalid_row", "why", "f", "a.csv", 8, "x"});
  append(ReleaseRecord{bad, parse_time("2026-03-02").value(), "replayed"});
  EXPECT_EQ(one("SELECT raw FROM quarantine WHERE line = 7"), "a\xEF\xBF\xBD\xEF\xBF\xBD" "b");
  EXPECT_EQ(one("SELECT string_agg(state, ',' ORDER BY position) FROM quarantine"), "replayed,open");
}

TEST_F(LakeTest, QueriesOnlyReadAndOnlyTheLake) {
  auto last = event(1, 1, "2026-03-01");
  ASSERT_TRUE(lake()->flush(last, scan()).ok());
  std::string out = table::sql_text((folder_.path() / "out").string());
  for (const std::string& sql : std::vector<std::string>{"INSERT INTO tail_events SELECT * FROM tail_events", "DROP VIEW events", "COPY (SELECT 1) TO " + out,
                          "ATTACH " + out, "PRAGMA version", "SET memory_limit = '9GB'", "SELECT * FROM read_text('/etc/passwd')",
                          "SELECT * FROM '/etc/passwd'", "SELECT 1; SELECT 2", "CREATE TABLE x AS SELECT 1"}) {
    auto run = QueryRun::start(folder_.path(), scan(), sql);
    ASSERT_FALSE(run.ok()) << sql;
    EXPECT_TRUE(run.error().code() == ErrorCode::kForbidden || run.error().code() == ErrorCode::kInvalidArgument)
        << sql << ": " << run.error().to_string();
  }
  EXPECT_FALSE(std::filesystem::exists(folder_.path() / "out"));
  EXPECT_EQ(QueryRun::start(folder_.path(), scan(), "SELECT nosuch FROM events").error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(one("WITH x AS (SELECT 1 AS a) SELECT a FROM x"), "1");
  EXPECT_EQ(one("SELECT count(*) FROM query_table('ev' || 'ents')"), "1");
}

TEST_F(LakeTest, SeesWhatAWriterAppendsMeanwhile) {
  auto all = lake();
  for (int i = 1; i <= 50; ++i) {
    event(i, 1, "2026-03-01");
    if (i % 7 == 0) ASSERT_TRUE(all->flush(LogPosition{static_cast<uint64_t>(i - 2)}, scan()).ok());
    if (i % 5 == 0) EXPECT_EQ(one("SELECT count(*) FROM events"), std::to_string(i));
  }
}

}  // namespace
}  // namespace furrow::app
