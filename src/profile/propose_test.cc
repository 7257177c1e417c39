#include "profile/propose.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/files.h"
#include "base/random.h"
#include "profile/program.h"

namespace furrow::profile {
namespace {

TEST(ProposeTest, ProposesHundredsWithNamesInBothLanguagesThatCompileAndReadBack) {
  TemporaryFolder folder;
  Random random(5);
  std::string rows = "profile_id,event,time,price,quantity,category,order id,order_id\n";
  const char* events[] = {"Product Viewed", "Order Completed", "加入购物车", "Email Opened"};
  const char* kinds[] = {"shoes", "\"hats, caps\"", "鞋"};
  for (int i = 0; i < 4000; ++i) {
    rows += fmt::format("p{},{},2026-01-{:02}T{:02}:00:00Z,{},{},{},x,o{}\n", random.below(50), events[random.below(4)], 1 + random.below(28), random.below(24),
                        static_cast<double>(random.below(5000)) / 100, 1 + random.below(9), kinds[random.below(3)], i);
  }
  ASSERT_TRUE(write_file_atomically(folder.path() / "events.csv", rows));
  auto features = propose_features(folder.path() / "events.csv", {.most = 250, .sample_rows = 100'000, .timezone = "Asia/Shanghai"});
  ASSERT_TRUE(features.ok()) << features.error().to_string();
  EXPECT_GE(features->size(), 200u);
  for (const auto& feature : *features) {
    EXPECT_FALSE(feature.description.empty()) << feature.name;
    EXPECT_FALSE(feature.description_zh.empty()) << feature.name;
  }
  auto program = FeatureProgram::compile(*features);
  ASSERT_TRUE(program.ok()) << program.error().to_string();

  Diagnostics diagnostics;
  auto root = YamlNode::parse(definitions_as_yaml(*features, "Asia/Shanghai"), "f.yaml", diagnostics);
  std::vector<FeatureDefinition> read;
  load_features(*root, read);
  EXPECT_TRUE(diagnostics.empty()) << diagnostics.status().error().message();
  ASSERT_EQ(read.size(), features->size());
  for (size_t i = 0; i < read.size(); ++i) EXPECT_EQ(read[i].canonical(), (*features)[i].canonical()) << read[i].name;
  EXPECT_EQ(propose_features(folder.path() / "events.csv", {.most = 20, .sample_rows = 1000, .timezone = "UTC"})->size(), 20u);
}

TEST(ProposeTest, AFileWithoutItsColumnsIsRefused) {
  TemporaryFolder folder;
  ASSERT_TRUE(write_file_atomically(folder.path() / "events.csv", "a,b\n1,2\n"));
  EXPECT_EQ(propose_features(folder.path() / "events.csv", {}).error().code(), ErrorCode::kInvalidFile);
}

}  // namespace
}  // namespace furrow::profile
