// The example workspace against UCI Online Retail itself, when the file is there (it is not part of the repository).
#include <gtest/gtest.h>

#include <filesystem>

#include "app/workspace.h"
#include "collect/importer.h"

namespace furrow::app {
namespace {

const std::filesystem::path kExample = std::filesystem::path(FURROW_SOURCE_DIR) / "examples" / "online-retail";
const std::filesystem::path kFile = std::filesystem::path(FURROW_SOURCE_DIR) / ".." / "shared" / "data" / "online_retail" / "online_retail.csv.gz";

TEST(OnlineRetail, TheWorkspaceHasNoFaults) {
  auto example = Workspace::load(kExample);
  ASSERT_TRUE(example.ok()) << example.error().message();
  EXPECT_EQ(example->sources.size(), 2u);
  EXPECT_NE(example->find_model("buys_7d"), nullptr);
}

TEST(OnlineRetail, EveryRowIsAnOrderACancellationOrSkipped) {
  if (!std::filesystem::exists(kFile)) GTEST_SKIP() << "UCI Online Retail is not at ../shared/data/online_retail";
  auto example = Workspace::load(kExample);
  ASSERT_TRUE(example.ok()) << example.error().message();
  ManualClock clock(*parse_time("2012-01-01"));
  double money = 0;
  auto import = [&](const char* name) {
    collect::ImportCounts counts;
    Fields fields;
    auto status = collect::import_file(*example->find_source(name), kFile, "online_retail.csv.gz", clock, {}, [&](collect::ImportBatch&& batch) -> Status {
      for (const auto& event : batch.events) {
        EXPECT_FALSE(event.user_id.empty());
        FURROW_TRY(fields.parse(event.properties));
        money += fields.get("total").as_number();
      }
      for (const auto& refused : batch.refused) ADD_FAILURE() << name << " line " << refused.line << ": " << refused.message;
      return {};
    }, counts);
    EXPECT_TRUE(status.ok()) << status.error().to_string();
    EXPECT_EQ(counts.rows, 541'909u) << name;
    EXPECT_EQ(counts.rows, counts.events + counts.skipped) << name;
    return counts.events;
  };
  // 135,080 lines have no CustomerID; of the others 8,905 take something back.
  EXPECT_EQ(import("orders"), 541'909u - 135'080u - 8'905u);
  EXPECT_NEAR(money, 8'911'407.90, 0.5);  // pounds
  EXPECT_EQ(import("cancellations"), 8'905u);
}

}  // namespace
}  // namespace furrow::app
