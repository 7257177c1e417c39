#include "base/files.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

namespace furrow {
namespace {

TEST(Files, WritesWholeFilesWithTheirMode) {
  TemporaryFolder folder;
  auto path = folder.path() / "keys";
  ASSERT_TRUE(write_file_atomically(path, "one", 0600).ok());
  ASSERT_TRUE(write_file_atomically(path, "two", 0600).ok());
  EXPECT_EQ(*read_file(path), "two");
  struct stat info{};
  ASSERT_EQ(stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  size_t entries = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(folder.path())) ++entries;
  EXPECT_EQ(entries, 1u);  // no temporary left
}

TEST(Files, SaysWhyItCannot) {
  TemporaryFolder folder;
  EXPECT_EQ(read_file(folder.path() / "absent").error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(write_file_atomically(folder.path() / "no" / "where", "x").error().code(), ErrorCode::kNotFound);
  ASSERT_TRUE(write_file_atomically(folder.path() / "big", std::string(1000, 'x')).ok());
  EXPECT_EQ(read_file(folder.path() / "big", 999).error().code(), ErrorCode::kTooLarge);
}

TEST(TemporaryFolder, RemovesItself) {
  std::filesystem::path path;
  {
    TemporaryFolder folder;
    path = folder.path();
    ASSERT_TRUE(write_file_atomically(path / "x", "x").ok());
  }
  EXPECT_FALSE(std::filesystem::exists(path));
}

}  // namespace
}  // namespace furrow
