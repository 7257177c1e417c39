#include "table/unfinished_file.h"

#include <gtest/gtest.h>

#include <deque>
#include <fstream>

#include "base/files.h"
#include "table/text_file.h"

namespace furrow::table {
namespace {

bool exists(const std::string& path) { return std::filesystem::exists(path); }

TEST(UnfinishedFile, IsRemovedUnlessItWasFinished) {
  TemporaryFolder folder;
  const std::string given_up = folder.path() / "given_up", kept = folder.path() / "kept";
  {
    UnfinishedFile one(given_up), other(kept);
    std::ofstream(given_up) << "x";
    std::ofstream(kept) << "x";
    other.finished();
  }
  EXPECT_FALSE(exists(given_up));
  EXPECT_TRUE(exists(kept));
  remove_unfinished_files();
  EXPECT_TRUE(exists(kept));
}

TEST(UnfinishedFile, ASignalHandlerRemovesAllThatStand) {
  TemporaryFolder folder;
  std::deque<UnfinishedFile> files;
  for (size_t i = 0; i <= kMostUnfinished; ++i) std::ofstream(files.emplace_back(folder.path() / std::to_string(i)).path()) << "x";
  remove_unfinished_files();
  size_t left = 0;
  for (const auto& file : files) left += exists(file.path());
  EXPECT_EQ(left, 1u) << "one more than the limit";
}

TEST(UnfinishedFile, ATextFileIsOneUntilItIsWhole) {
  TemporaryFolder folder;
  const std::string path = folder.path() / "rows.csv";
  TextFile file(path);
  ASSERT_TRUE(exists(path + ".part"));
  remove_unfinished_files();
  EXPECT_FALSE(exists(path + ".part"));
  TextFile whole(path);
  ASSERT_TRUE(whole.finish().ok());
  remove_unfinished_files();
  EXPECT_TRUE(exists(path));
}

}  // namespace
}  // namespace furrow::table
