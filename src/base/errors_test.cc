#include "base/errors.h"

#include <gtest/gtest.h>

#include <set>

#include "base/files.h"
#include "base/result.h"

namespace furrow {
namespace {

TEST(Errors, TableIsInOrderWithStableDistinctNames) {
  std::set<std::string_view> names;
  for (const auto& info : all_errors()) {
    EXPECT_EQ(error_info(info.code).name, info.name);
    EXPECT_TRUE(names.insert(info.name).second) << info.name;
    EXPECT_TRUE(info.exit_status == 1 || info.exit_status == 2);
    EXPECT_GE(info.http_status, 400);
  }
}

TEST(Errors, DocumentationListsEveryCode) {
  auto page = read_file(std::string(FURROW_SOURCE_DIR) + "/docs/errors.md");
  ASSERT_TRUE(page.ok()) << page.error().message();
  for (const auto& info : all_errors()) {
    std::string row = "| `" + std::string(info.name) + "` | " + std::to_string(info.http_status) + " | " + std::to_string(info.exit_status) + " |";
    EXPECT_NE(page->find(row), std::string::npos) << "docs/errors.md lacks: " << row;
  }
}

TEST(Result, CarriesValueOrError) {
  Result<int> good = 7;
  Result<int> bad = Error(ErrorCode::kInvalidRow, "no").at("a.csv", 3).in_field("price");
  EXPECT_EQ(*good, 7);
  EXPECT_EQ(bad.value_or(1), 1);
  EXPECT_EQ(bad.error().to_string(), "a.csv:3: no (invalid_row)");
  EXPECT_EQ(bad.error().field(), "price");
  EXPECT_EQ(Error(ErrorCode::kIo, "cannot open b.csv: it is a folder").at("b.csv").to_string(), "cannot open b.csv: it is a folder (io)") << "named once";
  EXPECT_EQ(Error(ErrorCode::kIo, "ab.csv is gone").at("b.csv").to_string(), "b.csv: ab.csv is gone (io)");
  EXPECT_THROW((void)bad.value(), BugError);
  auto passes_on = [&]() -> Result<int> {
    FURROW_ASSIGN(int x, bad);
    return x + 1;
  };
  EXPECT_EQ(passes_on().error().code(), ErrorCode::kInvalidRow);
}

}  // namespace
}  // namespace furrow
