#include "table/database.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "base/files.h"

namespace furrow::table {
namespace {

std::unique_ptr<Database> open_database(size_t memory = size_t{256} << 20) {
  auto database = Database::open({.threads = 1, .memory_limit_bytes = memory, .spill_folder = {}});
  EXPECT_TRUE(database.ok());
  return std::move(*database);
}

TEST(Database, GivesEveryKindOfColumn) {
  auto database = open_database();
  auto table = database->query(
      "SELECT 1::TINYINT a, 2.50 b, true c, '王' d, DATE '2026-01-02' e, TIMESTAMPTZ '2026-01-02 08:00:00+08' f, [1,2] g, "
      "{'x': 1} h, sum(5) i, NULL j, INTERVAL 1 DAY k, -3::HUGEINT l, TIME '01:02:03' m");
  ASSERT_TRUE(table.ok()) << table.error().to_string();
  EXPECT_EQ(table->find("a")->integer(0), 1);
  EXPECT_EQ(table->find("b")->number(0), 2.5);
  EXPECT_EQ(table->find("c")->boolean(0), true);
  EXPECT_EQ(table->find("d")->text(0), "王");
  EXPECT_EQ(format_time(table->find("e")->time(0)), "2026-01-02T00:00:00.000Z");
  EXPECT_EQ(format_time(table->find("f")->time(0)), "2026-01-02T00:00:00.000Z");
  EXPECT_EQ(table->find("g")->text(0), "[1,2]");
  EXPECT_EQ(table->find("h")->text(0), "{\"x\":1}");
  EXPECT_EQ(table->find("i")->integer(0), 5);
  EXPECT_TRUE(table->find("j")->is_null(0));
  EXPECT_EQ(table->find("k")->text(0), "1 day");
  EXPECT_EQ(table->find("l")->integer(0), -3);
  EXPECT_EQ(table->find("m")->text(0), "01:02:03");
}

TEST(Database, LoadsTablesOverManyVectors) {
  Column number("n", ColumnType::kInteger), text("t", ColumnType::kText);
  for (int i = 0; i < 10'000; ++i) {
    number.append_integer(i);
    if (i % 3 == 0) {
      text.append_null();
    } else {
      text.append_text("a text of more than twelve bytes " + std::to_string(i));
    }
  }
  Table table;
  table.add(std::move(number));
  table.add(std::move(text));
  auto database = open_database();
  ASSERT_TRUE(database->load("a \"name\"", table).ok());
  auto back = database->query("SELECT * FROM " + sql_name("a \"name\"") + " ORDER BY n");
  ASSERT_TRUE(back.ok()) << back.error().to_string();
  ASSERT_EQ(back->rows(), 10'000u);
  for (size_t i : {0, 1, 2047, 2048, 9'999}) {
    EXPECT_EQ(back->column(0).integer(i), static_cast<int64_t>(i));
    EXPECT_EQ(back->column(1).to_text(i), table.column(1).to_text(i));
  }
}

TEST(Database, ReadOnlyStreamsRefuseEverythingThatWrites) {
  TemporaryFolder folder;
  auto database = open_database();
  ASSERT_TRUE(database->execute("CREATE TABLE t (a INT); INSERT INTO t VALUES (1)").ok());
  ASSERT_TRUE(database->lock_down({}).ok());
  std::string out = sql_text((folder.path() / "x.csv").string());
  for (const std::string& sql :
       {std::string("INSERT INTO t VALUES (2)"), std::string("DELETE FROM t"), std::string("DROP TABLE t"),
        std::string("CREATE TABLE u (a INT)"), "COPY t TO " + out, "ATTACH " + out, std::string("PRAGMA database_size"), std::string("/* x */ -- y\n pragma table_info('t')"),
        std::string("SET threads = 4"), std::string("SELECT 1; DROP TABLE t"), std::string("INSTALL httpfs"),
        std::string("LOAD httpfs"), std::string("CALL pragma_version()"), "EXPORT DATABASE " + out}) {
    auto rows = database->stream_read_only(sql);
    ASSERT_FALSE(rows.ok()) << sql;
    EXPECT_TRUE(rows.error().code() == ErrorCode::kForbidden || rows.error().code() == ErrorCode::kInvalidArgument) << sql;
  }
  for (const char* sql : {"SELECT * FROM read_csv('/etc/passwd')", "SELECT * FROM '/etc/passwd'",
                          "SELECT content FROM read_text('/etc/passwd')", "SELECT * FROM glob('/etc/*')"}) {
    auto rows = database->stream_read_only(sql);
    EXPECT_FALSE(rows.ok()) << sql;
  }
  for (const char* sql : {"SELECT * FROM t", "WITH x AS (SELECT a FROM t) SELECT * FROM x", "VALUES (1)", "EXPLAIN SELECT 1",
                          "FROM t", "SELECT * FROM t;"}) {
    auto rows = database->stream_read_only(sql);
    ASSERT_TRUE(rows.ok()) << sql << ": " << rows.error().message();
    EXPECT_EQ((*rows)->next().value().rows(), 1u) << sql;
  }
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "x.csv"));
}

TEST(Database, AWriteIntoAViewIsRefusedAsAWrite) {
  auto database = open_database();
  ASSERT_TRUE(database->execute("CREATE VIEW v AS SELECT 1 AS a").ok());
  ASSERT_TRUE(database->lock_down({}).ok());
  for (std::string sql : {"DELETE FROM v", "insert into v values (2)", "-- x\nUPDATE v SET a = 2"}) {
    EXPECT_EQ(database->stream_read_only(sql).error().code(), ErrorCode::kForbidden) << sql;
  }
  EXPECT_EQ(database->stream_read_only("SELECT b FROM v").error().code(), ErrorCode::kInvalidArgument);
}

TEST(Database, LockedDownReadsOnlyTheFoldersGiven) {
  TemporaryFolder inside, outside;
  auto database = open_database();
  auto file = [](const TemporaryFolder& folder) { return sql_text((folder.path() / "a.parquet").string()); };
  ASSERT_TRUE(database->execute("COPY (SELECT 1 AS a) TO " + file(inside)).ok());
  ASSERT_TRUE(database->execute("COPY (SELECT 1 AS a) TO " + file(outside)).ok());
  ASSERT_TRUE(database->lock_down({inside.path().string()}).ok());
  EXPECT_TRUE(database->query("SELECT * FROM " + file(inside)).ok());
  auto refused = database->query("SELECT * FROM " + file(outside));
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code(), ErrorCode::kForbidden);
  EXPECT_FALSE(database->execute("SET enable_external_access = true").ok());
}

TEST(Database, ErrorsAreValues) {
  auto database = open_database(size_t{64} << 20);
  EXPECT_EQ(database->query("SELEC 1").error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(database->query("").error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(database->query("SELECT nosuch FROM (SELECT 1 AS such)").error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(database->query("SELECT * FROM range(100000000) a(x) ORDER BY hash(x)").error().code(), ErrorCode::kTooLarge);
  EXPECT_TRUE(database->query("SELECT 1").ok()) << "and it goes on working";
}

}  // namespace
}  // namespace furrow::table
