#include "store/sqlite.h"

#include <sys/stat.h>

#include <fstream>

#include "base/files.h"

namespace furrow::store {
namespace {

TEST(Sqlite, KeepsRowsAcrossConnectionsInAPrivateFile) {
  TemporaryFolder folder;
  auto path = folder.path() / "c.sqlite";
  {
    auto db = Sqlite::open(path);
    ASSERT_TRUE(db.ok());
    ASSERT_TRUE((*db)->execute("CREATE TABLE t (k TEXT PRIMARY KEY, n INTEGER, b BLOB)").ok());
    auto insert = (*db)->prepare("INSERT INTO t VALUES (?, ?, ?)");
    ASSERT_TRUE(insert.ok());
    ASSERT_TRUE(insert->bind(1, "a").bind(2, 7).bind_bytes(3, std::string_view("\0x", 2)).run().ok());
    EXPECT_EQ((*db)->changes(), 1);
    EXPECT_EQ(insert->run().error().code(), ErrorCode::kConflict);
  }
  auto db = Sqlite::open(path);
  auto select = (*db)->prepare("SELECT k, n, b FROM t");
  ASSERT_TRUE(*select->step());
  EXPECT_EQ(select->text(0), "a");
  EXPECT_EQ(select->integer(1), 7);
  EXPECT_EQ(select->text(2), std::string_view("\0x", 2));
  EXPECT_FALSE(*select->step());
  struct stat info {};
  ASSERT_EQ(::stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
}

TEST(Sqlite, NamesADamagedFile) {
  TemporaryFolder folder;
  auto path = folder.path() / "c.sqlite";
  std::ofstream(path) << std::string(4096, 'x');
  auto db = Sqlite::open(path);
  ASSERT_FALSE(db.ok());
  EXPECT_EQ(db.error().code(), ErrorCode::kStorageCorrupt);
  EXPECT_NE(db.error().message().find("c.sqlite"), std::string::npos);
}

}  // namespace
}  // namespace furrow::store
