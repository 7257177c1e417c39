// `furrow model explain` and `furrow model train --from`, as typed.
#include <gmock/gmock.h>

#include <fstream>

#include "base/files.h"
#include "base/random.h"
#include "cli/command_fixture.h"
#include "table/files.h"

namespace furrow::cli {
namespace {

using ::testing::HasSubstr;

class ModelExplain : public testing::Test {
 protected:
  void SetUp() override {
    write("train.csv", 400, 1);
    write("few.csv", 60, 2);
    ASSERT_EQ(run({"model", "train", path("train.csv"), "--target", "bought", "--id", "lead", "--folds", "2", "--out", path("model")}).exit, 0);
  }
  void write(const char* name, int rows, uint64_t seed) const {
    Random random(seed);
    std::ofstream out(path(name));
    out << "lead,visits,channel,bought\n";
    for (int i = 0; i < rows; ++i) {
      const uint64_t visits = random.below(10);
      const bool ads = random.chance(0.5);
      out << seed << "L" << i << "," << visits << "," << (ads ? "ads" : "mail") << "," << (random.uniform() < 0.1 * static_cast<double>(ads ? visits : 9 - visits) ? "yes" : "no") << "\n";
    }
  }
  std::string path(const char* name) const { return (folder_.path() / name).string(); }
  TemporaryFolder folder_;
};

TEST_F(ModelExplain, EachRowAddsUpAndIsSaidInWords) {
  for (const char* method : {"path", "interventional"}) {
    Ran ran = run({"model", "explain", path("model"), path("few.csv"), "--method", method, "--out", path("why.csv"), "--json"});
    ASSERT_EQ(ran.exit, 0) << ran.out << ran.err;
    EXPECT_THAT(ran.out, HasSubstr(R"("interactions":[{"first":")"));
    EXPECT_THAT(ran.out, HasSubstr(method == std::string("path") ? R"("method":"path-dependent")" : R"("background_rows":100)"));
    auto rows = table::read_table(path("why.csv"));
    ASSERT_TRUE(rows.ok());
    ASSERT_EQ(rows->names(), (std::vector<std::string>{"id", "score", "margin", "base", "shap_visits", "shap_channel", "in_words", "in_words_zh"}));
    ASSERT_EQ(rows->rows(), 60u);
    for (size_t i = 0; i < rows->rows(); ++i) {
      EXPECT_NEAR(rows->column(3).number(i) + rows->column(4).number(i) + rows->column(5).number(i), rows->column(2).number(i), 1e-6) << method << " row " << i;
    }
    EXPECT_EQ(rows->column(0).to_text(7), "2L7");
    EXPECT_THAT(rows->column(6).to_text(0), HasSubstr("is usual."));
    EXPECT_THAT(rows->column(7).to_text(0), HasSubstr("得分为"));
  }
}

TEST_F(ModelExplain, SaysWhatItDoesNotTake) {
  Ran method = run({"model", "explain", path("model"), path("few.csv"), "--method", "guess"});
  EXPECT_EQ(method.exit, 2);
  EXPECT_THAT(method.err, HasSubstr("--method is path or interventional, not 'guess'"));
  EXPECT_EQ(run({"model", "explain", path("model"), path("few.csv"), "--background", path("train.csv")}).exit, 2);
  EXPECT_EQ(run({"model", "explain", path("model"), path("none.csv")}).exit, 1);
}

TEST_F(ModelExplain, TheReportShowsWhatWorksTogether) {
  ASSERT_EQ(run({"model", "report", path("model"), "--out", path("report.html")}).exit, 0);
  auto page = read_file(path("report.html"));
  ASSERT_TRUE(page.ok());
  EXPECT_THAT(*page, HasSubstr("What works together"));
  EXPECT_THAT(*page, HasSubstr("哪些因素共同起作用"));
}

TEST_F(ModelExplain, TrainingBeginsFromAGeneralModelAndSaysWhatItIsWorth) {
  Ran tuned = run({"model", "train", path("few.csv"), "--target", "bought", "--id", "lead", "--folds", "3", "--from", path("model"), "--out", path("tuned")});
  ASSERT_EQ(tuned.exit, 0) << tuned.err;
  EXPECT_THAT(tuned.out, HasSubstr("the general model counts for"));
  EXPECT_THAT(tuned.out, HasSubstr("from nothing"));
  ASSERT_EQ(run({"model", "report", path("tuned"), "--out", path("report.html")}).exit, 0);
  EXPECT_THAT(*read_file(path("report.html")), HasSubstr("从通用模型开始"));
  Ran own = run({"model", "train", path("train.csv"), "--target", "bought", "--id", "lead", "--folds", "2", "--from", path("model"), "--out", path("own")});
  EXPECT_THAT(own.out, HasSubstr("were in the training data of the general model"));
  Ran none = run({"model", "train", path("few.csv"), "--target", "bought", "--from", path("nowhere"), "--out", path("x")});
  EXPECT_EQ(none.exit, 1);
}

}  // namespace
}  // namespace furrow::cli
