#include "app/workspace.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/templates.h"
#include "base/files.h"

namespace furrow::app {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

// A fresh shop whose files a test spoils.
class WorkspaceFaults : public testing::Test {
 protected:
  void SetUp() override {
    root_ = folder_.path() / "shop";
    auto made = create_workspace(root_, "shop");
    ASSERT_TRUE(made.ok()) << made.error().to_string();
  }
  void write(const std::string& file, const std::string& text) {
    fs::create_directories((root_ / file).parent_path());
    ASSERT_TRUE(write_file_atomically(root_ / file, text).ok());
  }
  void replace(const std::string& file, const std::string& from, const std::string& to) {
    std::string text = *read_file(root_ / file);
    size_t at = text.find(from);
    ASSERT_NE(at, std::string::npos) << from << " in " << file;
    write(file, text.replace(at, from.size(), to));
  }
  // The line (from 1) on which `text` stands in `file`.
  std::string at(const std::string& file, const std::string& text) {
    std::string all = *read_file(root_ / file);
    size_t found = all.find(text);
    EXPECT_NE(found, std::string::npos) << text << " in " << file;
    if (found == std::string::npos) return file;
    return file + ":" + std::to_string(1 + std::count(all.begin(), all.begin() + static_cast<long>(found), '\n')) + ": ";
  }
  std::string faults() {
    auto loaded = Workspace::load(root_);
    if (loaded.ok()) return "";
    EXPECT_EQ(loaded.error().code(), ErrorCode::kInvalidWorkspace);
    return loaded.error().message();
  }
  TemporaryFolder folder_;
  fs::path root_;
};

TEST_F(WorkspaceFaults, EachTemplateLoadsAsItIs) {
  for (const auto& name : template_names()) {
    fs::path folder = folder_.path() / name;
    if (name != "shop") ASSERT_TRUE(create_workspace(folder, name).ok());
    auto loaded = Workspace::load(folder);
    EXPECT_TRUE(loaded.ok()) << name << ": " << loaded.error().message();
  }
}

TEST_F(WorkspaceFaults, TheShopHasWhatItPromises) {
  auto shop = Workspace::load(root_);
  ASSERT_TRUE(shop.ok()) << shop.error().message();
  EXPECT_EQ(shop->name, "Corner Shop");
  EXPECT_EQ(shop->timezone.name(), "Asia/Shanghai");
  EXPECT_EQ(shop->sources.size(), 7u);
  EXPECT_GE(shop->features.size(), 20u);
  for (const auto& feature : shop->features) EXPECT_FALSE(feature.description.empty() || feature.description_zh.empty()) << feature.name;
  ASSERT_NE(shop->program, nullptr);
  EXPECT_EQ(shop->program->size(), shop->features.size());
  EXPECT_NE(shop->find_model("buys_7d"), nullptr);
  EXPECT_EQ(shop->find_model("sells_7d"), nullptr);
  const auto* home = shop->find_placement("home");
  ASSERT_NE(home, nullptr);
  EXPECT_EQ(home->actions.size(), 8u);
  EXPECT_EQ(home->actions[home->baseline].id, "new_arrivals");
  ASSERT_EQ(shop->experiments.size(), 1u);
  EXPECT_EQ(shop->experiments[0].placement, "home");
  EXPECT_GE(shop->keys.api_key.size(), 32u);
}

TEST_F(WorkspaceFaults, EveryFaultIsListedWithItsFileAndLine) {
  replace("workspace.yaml", "language: en ", "language: fr ");
  replace("workspace.yaml", "Asia/Shanghai", "Asia/Shanghigh");
  replace("workspace.yaml", "exploration: 0.1", "exploration: 1.1");
  replace("identity.yaml", "trait: email", "trai: email");
  replace("sources/orders.yaml", "format: parquet", "format: excel");
  replace("features/orders.yaml", "aggregate: sum(total)", "aggregate: summ(total)");
  replace("models/buys_7d.yaml", "features: all", "features: [orders_7d, ordrs_90d]");
  replace("placements/home.yaml", "baseline: new_arrivals", "baseline: old_arrivals");
  replace("experiments/home_ai.yaml", "placement: home", "placement: hom");
  std::string all = faults();
  for (auto [file, text] : std::initializer_list<std::pair<const char*, const char*>>{
           {"workspace.yaml", "language: fr"}, {"workspace.yaml", "Asia/Shanghigh"}, {"workspace.yaml", "exploration: 1.1"},
           {"identity.yaml", "trai: email"}, {"sources/orders.yaml", "format: excel"}, {"features/orders.yaml", "summ(total)"},
           {"models/buys_7d.yaml", "ordrs_90d"}, {"placements/home.yaml", "baseline: old_arrivals"},
           {"experiments/home_ai.yaml", "placement: hom"}}) {
    EXPECT_THAT(all, HasSubstr(at(file, text)));
  }
  EXPECT_THAT(all, HasSubstr("did you mean \"orders_90d\"?"));
}

TEST_F(WorkspaceFaults, YamlThatIsNoYaml) {
  write("models/broken.yaml", "name: broken\nlabel: {event: [\n");
  EXPECT_THAT(faults(), HasSubstr("models/broken.yaml:"));
  EXPECT_THAT(faults(), HasSubstr("not YAML"));
}

TEST_F(WorkspaceFaults, UnknownSettingIsNamedWithTheNearest) {
  replace("workspace.yaml", "currency:", "curency:");
  EXPECT_THAT(faults(), HasSubstr(at("workspace.yaml", "curency") + "unknown setting \"curency\"; did you mean \"currency\"?"));
}

TEST_F(WorkspaceFaults, NamesUsedTwice) {
  for (const auto* file : {"sources/crm", "models/buys_7d", "placements/home", "experiments/home_ai"}) {
    fs::copy_file(root_ / (std::string(file) + ".yaml"), root_ / (std::string(file) + "_again.yaml"));
  }
  std::string all = faults();
  EXPECT_THAT(all, HasSubstr("sources/crm_again.yaml:1: the source \"crm\" is declared already at sources/crm.yaml:1"));
  EXPECT_THAT(all, HasSubstr("the model \"buys_7d\" is declared already at models/buys_7d.yaml:"));
  EXPECT_THAT(all, HasSubstr("the placement \"home\" is declared already at placements/home.yaml:"));
  EXPECT_THAT(all, HasSubstr("the experiment \"home_ai\" is declared already at experiments/home_ai.yaml:"));
}

TEST_F(WorkspaceFaults, AnActionFeatureListedTwiceAndAWindowThatIsTooLong) {
  replace("models/offer_response.yaml", "action_features: [", "action_features: [discount, ");
  replace("features/orders.yaml", "window: 7d", "window: 999999d");
  std::string all = faults();
  EXPECT_THAT(all, HasSubstr("\"discount\" is listed twice"));
  EXPECT_THAT(all, HasSubstr("\"999999d\" is too long a duration: at most 36525d"));
}

TEST_F(WorkspaceFaults, AFeatureUsedTwiceInTwoFiles) {
  write("features/again.yaml", "features:\n  - name: orders_7d\n    event: Order Completed\n    aggregate: count\n");
  EXPECT_THAT(faults(), HasSubstr("orders_7d"));
}

TEST_F(WorkspaceFaults, APlacementOfAModelThatIsNotDeclared) {
  replace("placements/home.yaml", "model: offer_response", "model: offer_respnse");
  EXPECT_THAT(faults(), HasSubstr(at("placements/home.yaml", "model: offer_respnse")));
}

TEST_F(WorkspaceFaults, RulesAskForSegmentsAndSegmentsBringFeatures) {
  write("segments/lovers.yaml",
        "segments:\n  - name: lovers\n    where: dear_carts_7d >= 3\n    features:\n"
        "      - {name: dear_carts_7d, event: Product Added, where: price > 50, aggregate: count, window: 7d, default: 0}\n");
  const std::string placement = "name: door\nbaseline: plain\noutcome: {event: Order Completed, within: 1d}\nactions: [{id: plain}, {id: gift}]\nrules:\n";
  write("placements/door.yaml", placement + "  - {name: gift, only: [gift], segments: [lovers]}\n");
  const auto loaded = Workspace::load(root_);
  ASSERT_TRUE(loaded.ok()) << loaded.error().message();
  EXPECT_TRUE(loaded->program->index_of("dear_carts_7d"));
  EXPECT_EQ(loaded->find_placement("door")->segments.at(0).reads, std::vector<std::string>{"dear_carts_7d"});
  write("placements/door.yaml", placement + "  - {name: gift, only: [gift], segments: [lover]}\n");
  EXPECT_THAT(faults(), HasSubstr(at("placements/door.yaml", "- {name: gift") + "no segment is named \"lover\"; did you mean \"lovers\"?"));
  // A file that does not parse is complained of once, though it is read twice.
  write("placements/door.yaml", placement + "  - {name: gift, only: [gift], segments: [lovers]}\n");
  write("segments/torn.yaml", "segments: [\n");
  const std::string said = faults();
  EXPECT_NE(said.find("segments/torn.yaml"), std::string::npos);
  EXPECT_EQ(said.find("segments/torn.yaml"), said.rfind("segments/torn.yaml")) << said;
}

TEST_F(WorkspaceFaults, AnExperimentWithoutControl) {
  replace("placements/home.yaml", "holdout: 0.2", "holdout: 0");
  EXPECT_THAT(faults(), HasSubstr(at("experiments/home_ai.yaml", "placement: home")));
}

TEST_F(WorkspaceFaults, AFileOverItsLimitAndAFolderInPlaceOfAFile) {
  write("models/huge.yaml", "# " + std::string(1 << 20, 'x') + "\n");
  fs::create_directories(root_ / "models" / "folder.yaml");
  std::string all = faults();
  EXPECT_THAT(all, HasSubstr("models/huge.yaml: "));
  EXPECT_THAT(all, HasSubstr("models/folder.yaml: "));
}

TEST_F(WorkspaceFaults, KeysThatOthersCanRead) {
  fs::permissions(root_ / kKeysPath, fs::perms::others_read, fs::perm_options::add);
  EXPECT_THAT(faults(), HasSubstr(".furrow/keys: "));
}

TEST_F(WorkspaceFaults, WithoutKeysItLoads) {
  fs::remove(root_ / kKeysPath);
  auto loaded = Workspace::load(root_);
  ASSERT_TRUE(loaded.ok());
  EXPECT_TRUE(loaded->keys.api_key.empty());
}

TEST(Workspace, AFolderThatIsNone) {
  TemporaryFolder folder;
  auto loaded = Workspace::load(folder.path());
  ASSERT_FALSE(loaded.ok());
  EXPECT_EQ(loaded.error().code(), ErrorCode::kNotFound);
}

}  // namespace
}  // namespace furrow::app
