#include "profile/aggregate_table.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "base/files.h"

namespace furrow::profile {
namespace {

TEST(AggregateTableTest, RowsStandAtTheirNumberAndSignaturesParse) {
  for (size_t i = 0; i < kAggregates; ++i) {
    const auto& row = aggregate_rows()[i];
    EXPECT_EQ(static_cast<size_t>(row.aggregate), i) << row.name;
    EXPECT_FALSE(row.meaning.empty() || row.meaning_zh.empty() || row.exactness.empty()) << row.name;
    EXPECT_TRUE(row.signature.starts_with(row.name)) << row.name;
  }
}

TEST(AggregateTableTest, WhatIsWrittenReadsBack) {
  for (const char* text : {"count", "sum(price * (1 - discount))", "quantile(price, 0.25)", "last_k(sku, 3)", "ngrams(category, 3, 2)", "histogram(price, 1, 2.5)",
                           "decayed_sum(price, 12h)", "sessions(45m)", "ratio(refund, total)", "share(category in (\"a, b\", 'c'))"}) {
    auto call = parse_aggregate(text);
    ASSERT_TRUE(call.ok()) << text << ": " << call.error().message();
    EXPECT_EQ(format_aggregate(*call), text);
  }
}

TEST(AggregateTableTest, TheDocumentIsFresh) {
  auto page = read_file(std::filesystem::path(FURROW_SOURCE_DIR) / "docs/features.md");
  ASSERT_TRUE(page.ok());
  EXPECT_NE(page->find(aggregates_as_markdown()), std::string::npos) << "put the output of `furrow features aggregates` into docs/features.md";
}

}  // namespace
}  // namespace furrow::profile
