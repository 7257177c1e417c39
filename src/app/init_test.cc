#include <gtest/gtest.h>

#include <filesystem>

#include "app/keys.h"
#include "app/templates.h"
#include "base/files.h"

namespace furrow::app {
namespace {

namespace fs = std::filesystem;

TEST(Init, WritesTheTemplateAndKeysThatOnlyTheOwnerReads) {
  TemporaryFolder folder;
  fs::path root = folder.path() / "new" / "shop";
  auto files = create_workspace(root, "shop");
  ASSERT_TRUE(files.ok()) << files.error().to_string();
  for (const auto& file : *files) EXPECT_TRUE(fs::exists(root / file)) << file;
  EXPECT_TRUE(fs::exists(root / "placements" / "home.yaml"));
  EXPECT_EQ(fs::status(root / kKeysPath).permissions(), fs::perms::owner_read | fs::perms::owner_write);
  auto keys = read_keys(root);
  ASSERT_TRUE(keys.ok());
  EXPECT_GE(keys->write_key.size(), 32u);
  EXPECT_GE(keys->api_key.size(), 32u);
  EXPECT_NE(keys->write_key, keys->api_key);
  auto other = create_workspace(folder.path() / "other", "empty");
  ASSERT_TRUE(other.ok());
  EXPECT_NE(read_keys(folder.path() / "other")->api_key, keys->api_key);
}

TEST(Init, RefusesAFolderWithSomethingInItAndTouchesNothing) {
  TemporaryFolder folder;
  ASSERT_TRUE(write_file_atomically(folder.path() / "mine.txt", "x").ok());
  auto files = create_workspace(folder.path(), "shop");
  ASSERT_FALSE(files.ok());
  EXPECT_EQ(files.error().code(), ErrorCode::kConflict);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder.path()), fs::directory_iterator()), 1);
  auto file = create_workspace(folder.path() / "mine.txt", "shop");
  EXPECT_EQ(file.error().code(), ErrorCode::kConflict);
  EXPECT_NE(file.error().message().find("is a file"), std::string::npos) << file.error().message();
  EXPECT_EQ(create_workspace("", "shop").error().code(), ErrorCode::kInvalidArgument);
}

TEST(Init, AnEmptyFolderIsFine) {
  TemporaryFolder folder;
  EXPECT_TRUE(create_workspace(folder.path(), "empty").ok());
}

TEST(Init, UnknownTemplate) {
  TemporaryFolder folder;
  auto files = create_workspace(folder.path() / "a", "bakery");
  ASSERT_FALSE(files.ok());
  EXPECT_EQ(files.error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(files.error().field(), "template");
}

TEST(Keys, FaultsSayWhereAndNeverWhat) {
  TemporaryFolder folder;
  EXPECT_EQ(read_keys(folder.path()).error().code(), ErrorCode::kNotFound);
  fs::create_directories(folder.path() / ".furrow");
  struct { const char* text; long line; } cases[] = {
      {"write_key=abcdefghijklmnopqrst\nsecret\n", 2},
      {"write_key=short\n", 1},
      {"# keys\nwrite_key=abcdefghijklmnopqrst\n", 0},
      {"", 0},
  };
  for (const auto& test : cases) {
    ASSERT_TRUE(write_file_atomically(folder.path() / kKeysPath, test.text, 0600).ok());
    auto keys = read_keys(folder.path());
    ASSERT_FALSE(keys.ok()) << test.text;
    EXPECT_EQ(keys.error().code(), ErrorCode::kInvalidWorkspace);
    EXPECT_EQ(keys.error().line(), test.line) << test.text;
    EXPECT_EQ(keys.error().message().find("short"), std::string::npos);
    EXPECT_EQ(keys.error().message().find("secret"), std::string::npos);
  }
}

TEST(Keys, OthersMustNotReadThem) {
  TemporaryFolder folder;
  ASSERT_TRUE(ensure_keys(folder.path()).ok());
  fs::permissions(folder.path() / kKeysPath, fs::perms::group_read, fs::perm_options::add);
  EXPECT_EQ(read_keys(folder.path()).error().code(), ErrorCode::kForbidden);
}

TEST(Keys, EnsureMakesThemOnce) {
  TemporaryFolder folder;
  auto first = ensure_keys(folder.path()), second = ensure_keys(folder.path());
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_EQ(first->api_key, second->api_key);
}

}  // namespace
}  // namespace furrow::app
