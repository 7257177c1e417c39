#include "cli/model_command.h"

#include <gtest/gtest.h>

#include <fstream>

#include "base/files.h"
#include "base/random.h"
#include "table/files.h"

namespace furrow::cli {
namespace {

class ModelCommand : public testing::Test {
 protected:
  void SetUp() override {
    Random random(1);
    std::ofstream train(path("train.csv")), fresh(path("fresh.csv"));
    train << "lead,visits,channel,bought\n";
    fresh << "channel,lead,visits\n";  // another order, no target
    for (int i = 0; i < 400; ++i) {
      uint64_t visits = random.below(10);
      const char* channel = random.chance(0.5) ? "ads" : "mail";
      train << "L" << i << "," << visits << "," << channel << "," << (random.uniform() < 0.1 * static_cast<double>(visits) ? "yes" : "no") << "\n";
      if (i < 20) fresh << channel << ",L" << i << "," << visits << "\n";
    }
  }
  std::string path(const char* name) const { return (folder_.path() / name).string(); }
  ModelTrainOptions train_options() const {
    ModelTrainOptions o;
    o.data = path("train.csv");
    o.target = "bought";
    o.id = "lead";
    o.out = path("model");
    o.folds = 2;
    o.json = true;
    return o;
  }
  TemporaryFolder folder_;
};

TEST_F(ModelCommand, TrainsScoresEvaluatesAndReports) {
  testing::internal::CaptureStdout();
  auto trained = model_train(train_options());
  std::string out = testing::internal::GetCapturedStdout();
  ASSERT_TRUE(trained.ok()) << trained.error().to_string();
  for (const char* name : {"\"auc\":", "\"pr_auc\":", "\"log_loss\":", "\"brier\":", "\"ece\":", "\"lift_at_10pct\":"}) EXPECT_NE(out.find(name), std::string::npos) << name;

  ModelScoreOptions score{path("model"), path("fresh.csv"), path("scores.csv"), "", 2, true};
  ASSERT_TRUE(model_score(score).ok());
  auto scores = table::read_table(path("scores.csv"));
  ASSERT_TRUE(scores.ok());
  EXPECT_EQ(scores->names(), (std::vector<std::string>{"id", "score", "reason_1", "contribution_1", "reason_2", "contribution_2"}));
  ASSERT_EQ(scores->rows(), 20u);
  EXPECT_EQ(scores->column(0).to_text(3), "L3");
  for (size_t i = 0; i < 20; ++i) EXPECT_TRUE(scores->column(1).number(i) > 0 && scores->column(1).number(i) < 1);

  testing::internal::CaptureStdout();
  ASSERT_TRUE(model_evaluate({path("model"), path("train.csv"), 1, true}).ok());
  EXPECT_NE(testing::internal::GetCapturedStdout().find("\"thresholds\":["), std::string::npos);
  ASSERT_TRUE(model_report({path("model"), path("report.html"), true}).ok());
  EXPECT_NE(read_file(path("report.html"))->find("</html>"), std::string::npos);

  std::ofstream(path("lacking.csv")) << "lead,channel\nL1,ads\n";
  score.data = path("lacking.csv");
  auto lacking = model_score(score);
  EXPECT_EQ(lacking.error().code(), ErrorCode::kModelMismatch);
  EXPECT_EQ(lacking.error().field(), "visits");
}

TEST_F(ModelCommand, DoesNotWriteOverWhatIsNoModel) {
  ModelTrainOptions options = train_options();
  options.out = folder_.path().string();
  EXPECT_EQ(model_train(options).error().code(), ErrorCode::kConflict);
  options = train_options();
  options.data = path("nothing.csv");
  EXPECT_EQ(model_train(options).error().code(), ErrorCode::kNotFound);
}

}  // namespace
}  // namespace furrow::cli
