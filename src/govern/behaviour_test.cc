// Faults of histories, planted with known truth: clocks, shared and reset device ids, bots; copied texts; outliers, missingness.
#include "govern/behaviour.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "base/random.h"
#include "govern/near_duplicates.h"
#include "govern/sample_statistics.h"

namespace furrow::govern {
namespace {

struct Planted {
  std::string device, person, agent, page;
  Time time, truth;
  enum { kFine, kZone, kDrift, kBroken } clock = kFine;
  bool bot = false, shared = false;
};

std::vector<Planted> plant(uint64_t seed) {
  Random random(seed);
  std::vector<Planted> rows;
  Time now = *parse_time("2026-03-01");
  for (size_t visit = 0; visit < 6000; ++visit) {
    now = now + seconds(30 + static_cast<int64_t>(random.below(120)));
    size_t device = random.below(1500);
    Planted row;
    row.device = "d" + std::to_string(device);
    row.person = "p" + std::to_string(device / 2);
    row.agent = "Mozilla/5.0 (iPhone)";
    Duration offset{};
    if (device % 10 == 0) row.clock = Planted::kZone, offset = hours(8);
    else if (device % 17 == 0) row.clock = Planted::kDrift, offset = minutes(-50 - static_cast<int64_t>(device % 97));
    else if (random.chance(0.01)) row.clock = Planted::kBroken, offset = days(4000);
    if (random.chance(0.03)) {
      row = Planted{.device = "kiosk", .person = "p" + std::to_string(random.below(700)), .agent = row.agent, .page = "", .time = {}, .truth = {}, .clock = Planted::kFine, .bot = false, .shared = true};
      offset = {};
    }
    Time at = now;
    for (size_t event = 0; event < 3 + random.below(4); ++event) {
      at = at + seconds(3 + static_cast<int64_t>(random.below(60)));
      row.truth = at;
      row.time = at + offset;
      row.page = "item" + std::to_string(random.below(200));
      rows.push_back(row);
    }
    if (visit % 300 == 150) {
      for (size_t event = 0; event < 80; ++event) {
        Planted bot{.device = "bot" + std::to_string(visit % 2), .person = "", .agent = "Mozilla/5.0 (Windows)", .page = "item" + std::to_string(event), .time = {}, .truth = {}, .clock = Planted::kFine, .bot = true, .shared = false};
        bot.truth = bot.time = now + milliseconds(static_cast<int64_t>(event) * 700);
        rows.push_back(bot);
      }
    }
  }
  return rows;
}

TEST(Behaviour, FindsPlantedFaultsAndMendsClocks) {
  std::vector<Planted> rows = plant(11);
  Behaviour behaviour;
  for (const Planted& row : rows) behaviour.observe({row.time, row.device, row.person, row.agent, row.page});
  behaviour.settle();
  EXPECT_TRUE(behaviour.in_arrival_order());
  size_t clocks = 0, found = 0, right = 0, near = 0, bots = 0, bots_found = 0, bots_right = 0, shared = 0, shared_found = 0, shared_right = 0;
  for (size_t i = 0; i < rows.size(); ++i) {
    RowVerdict verdict = behaviour.verdict(i);
    bool faulty = rows[i].clock != Planted::kFine;
    clocks += faulty;
    found += verdict.mended.has_value();
    right += faulty && verdict.mended;
    if (faulty && verdict.mended) near += std::abs((*verdict.mended - rows[i].truth).micros) <= minutes(rows[i].clock == Planted::kZone ? 0 : 10).micros;
    bots += rows[i].bot;
    bots_found += (verdict.flags & kBot) != 0;
    bots_right += rows[i].bot && (verdict.flags & kBot);
    shared += rows[i].shared;
    shared_found += (verdict.flags & kSharedDevice) != 0;
    shared_right += rows[i].shared && (verdict.flags & kSharedDevice);
  }
  auto share = [](size_t part, size_t whole) { return whole == 0 ? 1.0 : static_cast<double>(part) / static_cast<double>(whole); };
  EXPECT_GE(share(right, clocks), 0.95) << "recall of clocks";
  EXPECT_GE(share(right, found), 0.95) << "precision of clocks";
  EXPECT_GE(share(near, right), 0.95) << "mended to the truth";
  EXPECT_GE(share(bots_right, bots), 0.95);
  EXPECT_GE(share(bots_right, bots_found), 0.95);
  EXPECT_GE(share(shared_right, shared), 0.95);
  EXPECT_GE(share(shared_right, shared_found), 0.95);
}

TEST(Behaviour, FindsNothingInACleanHistory) {
  Random random(3);
  Behaviour behaviour;
  Time now = *parse_time("2026-03-01");
  size_t rows = 0;
  for (; rows < 20000; ++rows) {
    now = now + seconds(static_cast<int64_t>(random.exponential(1.0 / 40)));
    size_t device = random.below(3000);
    behaviour.observe({now, "d" + std::to_string(device), "p" + std::to_string(device / 2), "Mozilla/5.0 (iPhone)", "item" + std::to_string(random.below(50))});
  }
  behaviour.settle();
  for (size_t i = 0; i < rows; ++i) {
    RowVerdict verdict = behaviour.verdict(i);
    ASSERT_FALSE(verdict.mended) << i;
    ASSERT_EQ(verdict.flags, 0) << i;
  }
}

TEST(Behaviour, DoesNotMendWhatIsNotInOrder) {
  Random random(5);
  Behaviour behaviour;
  for (size_t i = 0; i < 5000; ++i) behaviour.observe({Time{static_cast<int64_t>(random.below(1'000'000'000'000'000))}, "d" + std::to_string(i % 100), "", "", ""});
  behaviour.settle();
  EXPECT_FALSE(behaviour.in_arrival_order());
  for (size_t i = 0; i < 5000; ++i) ASSERT_FALSE(behaviour.verdict(i).mended);
}

TEST(Behaviour, KnowsAgentsOfPrograms) {
  for (std::string agent : {"Googlebot/2.1", "python-requests/2.31", "Mozilla/5.0 HeadlessChrome/124.0", "curl/8.0"}) EXPECT_TRUE(is_bot_agent(agent)) << agent;
  for (std::string agent : {"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X)", "Mozilla/5.0 (Linux; Android 9; CUBOT X19)"}) EXPECT_FALSE(is_bot_agent(agent)) << agent;
}

TEST(NearDuplicates, FindsCopiesAndLeavesOthersAlone) {
  std::vector<std::string> texts{"宝贝收到了，真的非常满意，质量超级好，和卖家描述的完全一样，强烈推荐大家购买！", "物流很快，第二天就到了，包装有点破损",
                                 "宝贝收到了，真的非常惊喜，质量超级好，和卖家描述的完全一样，强烈推荐大家购买！！", "尺码偏大，建议拍小一号，颜色比图片深一些", "",
                                 "宝贝收到了，真的非常给力，质量超级好，和卖家描述的完全一样，强烈推荐大家购买", "很好", "很好", "很好"};
  NearDuplicates found;
  for (const std::string& text : texts) found.observe(text);
  found.settle();
  for (size_t i = 0; i < texts.size(); ++i) EXPECT_EQ(found.flagged(i), i == 0 || i == 2 || i == 5) << texts[i];
  EXPECT_EQ(found.first_of(5), 0u);
  EXPECT_EQ(found.groups(), 1u);
}

TEST(SampleStatistics, TellsWhyValuesAreMissing) {
  Random random(7);
  SampleColumn kind{"kind", Meaning::kCategory, {}}, structural{"licence", Meaning::kFreeText, {}}, depends{"income", Meaning::kNumber, {}}, chance{"note", Meaning::kFreeText, {}};
  for (int i = 0; i < 2000; ++i) {
    int k = static_cast<int>(random.below(3));
    kind.cells.push_back(std::string("abc").substr(static_cast<size_t>(k), 1));
    structural.cells.push_back(k == 0 ? "" : "x");
    depends.cells.push_back(random.chance(k == 1 ? 0.5 : 0.1) ? "" : std::to_string(random.below(1000)));
    chance.cells.push_back(random.chance(0.2) ? "" : "y");
  }
  std::vector<SampleColumn> columns{kind, structural, depends, chance};
  auto findings = judge_sample(columns);
  EXPECT_EQ(findings[0].missingness, "");
  EXPECT_TRUE(findings[1].missingness.starts_with("structural: missing where kind is a")) << findings[1].missingness;
  EXPECT_TRUE(findings[2].missingness.starts_with("depends on kind")) << findings[2].missingness;
  EXPECT_TRUE(findings[3].missingness.starts_with("at random")) << findings[3].missingness;
}

TEST(SampleStatistics, FindsOutliersWithinGroupsAndNotInSkew) {
  Random random(9);
  SampleColumn group{"group", Meaning::kCategory, {}}, value{"price", Meaning::kMoney, {}}, skewed{"spend", Meaning::kMoney, {}};
  for (int i = 0; i < 3000; ++i) {
    bool large = i % 2 == 0;
    group.cells.push_back(large ? "car" : "book");
    value.cells.push_back(std::to_string(i == 1001 ? 900.0 : (large ? 1000 : 20) * (1 + 0.1 * random.normal())));
    skewed.cells.push_back(std::to_string(std::exp(random.normal())));
  }
  std::vector<SampleColumn> columns{group, value, skewed};
  auto findings = judge_sample(columns);
  EXPECT_EQ(findings[1].outliers, 1u) << findings[1].outlier_note;
  EXPECT_LE(findings[2].outliers, 60u) << findings[2].outlier_note;  // plain Tukey fences take 230 of a lognormal's 3,000
  std::vector<double> symmetric, right;
  for (int i = -50; i <= 50; ++i) symmetric.push_back(i);
  for (int i = 0; i <= 100; ++i) right.push_back(i * i);
  EXPECT_NEAR(medcouple(symmetric), 0, 1e-12);
  EXPECT_GT(medcouple(right), 0.2);
}

}  // namespace
}  // namespace furrow::govern
