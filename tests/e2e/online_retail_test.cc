// The example on real data, end to end, as anyone would type it. Needs the file, which is not part of the repository.
#include <gmock/gmock.h>
#include <simdjson.h>

#include <filesystem>

#include "base/files.h"
#include "cli/command_fixture.h"

namespace furrow::cli {
namespace {

namespace fs = std::filesystem;
using simdjson::dom::element;

const fs::path kSource(FURROW_SOURCE_DIR);
const fs::path kFile = kSource / ".." / "shared" / "data" / "online_retail" / "online_retail.csv.gz";

class OnlineRetailEndToEnd : public testing::Test {
 protected:
  element json(const Ran& ran) {
    EXPECT_EQ(ran.exit, 0) << ran.err;
    parsers_.push_back(std::make_unique<simdjson::dom::parser>());
    element root;
    EXPECT_FALSE(parsers_.back()->parse(ran.out).get(root)) << ran.out;
    return root;
  }
  TemporaryFolder folder_;
  std::string shop_ = (folder_.path() / "shop").string();
  std::vector<std::unique_ptr<simdjson::dom::parser>> parsers_;
};

TEST_F(OnlineRetailEndToEnd, ImportsTrainsAndBeatsRecencyOnWeeksItHasNotSeen) {
  if (!fs::exists(kFile)) GTEST_SKIP() << "UCI Online Retail is not at ../shared/data/online_retail";
  fs::copy(kSource / "examples" / "online-retail", shop_, fs::copy_options::recursive);
  element orders = json(run({"source", "import", shop_, "orders", kFile.string(), "--json"}));
  EXPECT_EQ(uint64_t(orders["rows"]), 541'909u);
  EXPECT_EQ(uint64_t(orders["imported"]), 397'924u);
  EXPECT_EQ(uint64_t(orders["quarantined"]), 0u);
  element refunds = json(run({"source", "import", shop_, "cancellations", kFile.string(), "--json"}));
  EXPECT_EQ(uint64_t(refunds["imported"]), 8'905u);
  element people = json(run({"query", shop_, "select count(distinct profile_id) as people, count(*) as events from events", "--json"}));
  EXPECT_EQ(int64_t(people["rows"].at(0)["people"]), 4'372);
  EXPECT_EQ(int64_t(people["rows"].at(0)["events"]), 397'924 + 8'905);

  element recency = json(run({"model", "train", shop_, "--name", "recency_only", "--json"}));
  element full = json(run({"model", "train", shop_, "--name", "buys_7d", "--json"}));
  // Both are judged on the same weeks, the last fifth, that neither has seen.
  EXPECT_EQ(std::string_view(full["holdout_from"]), std::string_view(recency["holdout_from"]));
  EXPECT_EQ(uint64_t(full["holdout_rows"]), uint64_t(recency["holdout_rows"]));
  EXPECT_GT(uint64_t(full["holdout_rows"]), 5'000u);
  EXPECT_LT(uint64_t(full["train_rows"]) + uint64_t(full["holdout_rows"]), uint64_t(full["rows"])) << "rows whose label reaches into the judged weeks are left out";
  // More than recency knows, and not by chance: the intervals do not touch.
  EXPECT_GT(double(full["holdout"]["auc"]["low"]), double(recency["holdout"]["auc"]["high"]));
  EXPECT_GT(double(full["holdout"]["pr_auc"]["low"]), double(recency["holdout"]["pr_auc"]["high"]));
  // Better than saying the base rate to everybody, and never worse than the linear model beyond chance.
  EXPECT_GT(double(full["holdout"]["auc"]["low"]), 0.65);
  EXPECT_LT(double(full["holdout"]["auc"]["value"]), 0.85) << "so good is a leak";
  EXPECT_GT(double(full["holdout"]["pr_auc"]["high"]), double(full["baseline"]["pr_auc"]["value"]));
  EXPECT_LT(double(full["holdout"]["ece"]["value"]), 0.06);

  Ran features = run({"query", shop_, "select event, count(*) as n from events group by 1 order by 2 desc"});
  EXPECT_EQ(features.exit, 0);
  element verified = json(run({"verify", shop_, "--json"}));
  EXPECT_TRUE(bool(verified["ok"]));
}

}  // namespace
}  // namespace furrow::cli
