#include <gtest/gtest.h>

#include <fstream>

#include "base/files.h"
#include "base/random.h"
#include "cli/command_fixture.h"
#include "table/files.h"

namespace furrow::cli {
namespace {

class UpliftCommand : public testing::Test {
 protected:
  std::string path(const std::string& name) const { return (folder_.path() / name).string(); }
  // Mail helps those below 40 by 40 points.
  void campaign(const std::string& name, uint64_t seed, const char* actions[2]) const {
    Random random(seed);
    std::ofstream out(path(name));
    out << "customer,age,city,arm,bought\n";
    for (int i = 0; i < 1500; ++i) {
      double age = random.uniform(20, 60);
      const char* action = actions[random.below(2)];
      double chance = 0.2 + (std::string_view(action) == "mail" && age < 40 ? 0.4 : 0);
      out << "C" << i << "," << age << ",c" << random.below(5) << "," << action << "," << (random.chance(chance) ? "yes" : "no") << "\n";
    }
  }
  TemporaryFolder folder_;
};

TEST_F(UpliftCommand, TrainsScoresAndEvaluates) {
  const char* actions[] = {"none", "mail"};
  campaign("train.csv", 1, actions);
  campaign("fresh.csv", 2, actions);
  Ran trained = run({"uplift", "train", path("train.csv"), "--treatment", "arm", "--target", "bought", "--id", "customer", "--value", "10", "--cost", "mail=1.5", "--learner", "t", "--out", path("m"), "--json"});
  ASSERT_EQ(trained.exit, 0) << trained.err << trained.out;
  for (const char* part : {"\"control\":\"none\"", "\"learner\":\"t\"", "\"auuc\":{\"value\":", "\"qini\":{\"value\":", "\"policy\":{\"gain\":"}) EXPECT_NE(trained.out.find(part), std::string::npos) << part;
  Ran scored = run({"uplift", "score", path("m"), path("fresh.csv"), "--out", path("s.csv"), "--reasons", "1"});
  ASSERT_EQ(scored.exit, 0) << scored.err;
  auto scores = table::read_table(path("s.csv")), rows = table::read_table(path("fresh.csv"));
  ASSERT_TRUE(scores.ok() && rows.ok());
  EXPECT_EQ(scores->names(), (std::vector<std::string>{"id", "treatment", "uplift", "gain", "uplift_mail", "reason_1", "contribution_1"}));
  EXPECT_EQ(scores->column(0).to_text(0), "C0");
  size_t right = 0, judged = 0;
  for (size_t i = 0; i < 1500; ++i) {
    double age = rows->column(1).number(i);
    if (age > 36 && age < 44) continue;
    ++judged;
    right += scores->column(1).to_text(i) == (age < 40 ? "mail" : "none");
    if (scores->column(1).to_text(i) == "mail") EXPECT_NEAR(scores->column(3).number(i), 10 * scores->column(2).number(i) - 1.5, 1e-9);
    else EXPECT_EQ(scores->column(3).number(i), 0);
  }
  EXPECT_GT(static_cast<double>(right), 0.9 * static_cast<double>(judged));
  Ran evaluated = run({"uplift", "evaluate", path("m"), path("fresh.csv")});
  ASSERT_EQ(evaluated.exit, 0) << evaluated.err;
  EXPECT_NE(evaluated.out.find("mail against none: 1500 rows"), std::string::npos) << evaluated.out;
}

TEST_F(UpliftCommand, SaysWhatIsMissing) {
  const char* actions[] = {"a", "b"};
  campaign("train.csv", 1, actions);
  auto train = [&](std::vector<std::string> more) {
    std::vector<std::string> words{"uplift", "train", path("train.csv"), "--treatment", "arm", "--target", "bought", "--out", path("m")};
    words.insert(words.end(), more.begin(), more.end());
    return run(words);
  };
  Ran control = train({});
  EXPECT_EQ(control.exit, 2);
  EXPECT_NE(control.err.find("which value of 'arm' is the control? Say so with --control; it has: 'a' ("), std::string::npos) << control.err;
  const auto names_file = [&](const Ran& ran, const std::string& file) {
    EXPECT_EQ(ran.exit, 2) << ran.err;
    EXPECT_EQ(ran.err.rfind("furrow: " + path(file) + ": ", 0), 0u) << ran.err;
  };
  const char* mails[] = {"none", "mail"};
  campaign("mails.csv", 3, mails);
  ASSERT_EQ(run({"uplift", "train", path("mails.csv"), "--treatment", "arm", "--target", "bought", "--id", "customer", "--learner", "mean", "--out", path("m")}).exit, 0);
  std::ofstream(path("few.csv")) << "customer,age,city,arm,bought\nC1,30,c1,none,yes\nC2,30,c1,mail,no\n";
  std::ofstream(path("other.csv")) << "customer,age,city\nC1,30,c1\n";
  names_file(run({"uplift", "train", path("few.csv"), "--treatment", "arm", "--target", "bought", "--out", path("n")}), "few.csv");
  names_file(run({"uplift", "train", path("mails.csv"), "--treatment", "arm", "--target", "sold", "--out", path("n")}), "mails.csv");
  names_file(run({"uplift", "train", path("mails.csv"), "--treatment", "campaign", "--target", "bought", "--out", path("n")}), "mails.csv");
  names_file(run({"uplift", "evaluate", path("m"), path("other.csv")}), "other.csv");
  names_file(run({"uplift", "score", path("m"), path("other.csv"), "--id", "number", "--out", path("s.csv")}), "other.csv");
  Ran cost = train({"--control", "a", "--cost", "mail"});
  EXPECT_EQ(cost.exit, 2);
  EXPECT_NE(cost.err.find("--cost takes ACTION=MONEY"), std::string::npos) << cost.err;
  Ran folder = run({"uplift", "score", path("nowhere"), path("train.csv"), "--out", path("s.csv")});
  EXPECT_EQ(folder.exit, 1);
  EXPECT_NE(folder.err.find("is not an uplift model's folder"), std::string::npos) << folder.err;
}

}  // namespace
}  // namespace furrow::cli
