#include "cli/model_command.h"

#include <gtest/gtest.h>

#include <fstream>

#include "base/files.h"
#include "base/random.h"
#include "cli/model_input.h"
#include "cli/model_show.h"
#include "learn/trainer.h"
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

TEST_F(ModelCommand, SaysWhenAModelIsNoBetterThanGuessing) {
  std::ofstream noise(path("noise.csv"));
  noise << "x,bought,paid\n";
  Random random(5);
  for (int i = 0; i < 400; ++i) noise << random.below(1000) << "," << random.below(2) << "," << random.below(1000) << "\n";
  noise.close();
  for (const auto& [file, target, told] : {std::tuple("noise.csv", "bought", true), {"noise.csv", "paid", true}, {"train.csv", "bought", false}}) {
    ModelTrainOptions o = train_options();
    o.data = path(file);
    o.target = target;
    o.json = false;
    if (file != std::string_view("train.csv")) o.id = "";
    testing::internal::CaptureStdout();
    auto trained = model_train(o);
    const std::string out = testing::internal::GetCapturedStdout();
    ASSERT_TRUE(trained.ok()) << trained.error().to_string();
    EXPECT_EQ(out.find("cannot be told from guessing") != out.npos, told) << out;
  }
}

TEST_F(ModelCommand, ShowSaysThatNotAllRowsWereCrossValidated) {
  EXPECT_EQ(drawn_rows(400, 400), "");
  EXPECT_EQ(drawn_rows(300, 400), " on 300 of them, drawn at random");
  learn::TrainOptions train;
  train.target = "bought";
  train.id = "lead";
  train.folds = 2;
  learn::ModelFiles files = learn::train(read_model_input(path("train.csv"), "lead")->data, train)->files;
  for (bool drawn : {false, true}) {
    const std::string all = "\"rows_cross_validated\":400";
    if (drawn) files.lineage.replace(files.lineage.find(all), all.size(), "\"rows_cross_validated\":300");
    ASSERT_TRUE(learn::write_model(files, path("model"), true).ok());
    const std::string shown = describe_model({}, *learn::Model::load(path("model")).value());
    EXPECT_NE(shown.find(drawn ? "cross-validated on 400 rows (of 300 drawn at random from 400), with" : "cross-validated on 400 rows, with"), shown.npos) << shown;
  }
}

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
  std::ofstream(path("other_case.csv")) << "lead,channel,Visits\nL1,ads,3\n";
  score.data = path("other_case.csv");
  EXPECT_NE(model_score(score).error().to_string().find("'Visits'"), std::string::npos);
}

TEST_F(ModelCommand, ReadsFilesAsBusinessWritesThem) {
  // Blanks around values, a decimal comma, Chinese names and values; the fresh rows come in GB18030, which "\xbd\xf0\xb6\xee" is.
  std::ofstream train(path("zh.csv")), fresh(path("fresh_gb.csv"), std::ios::binary);
  train << "编号;金额;渠道;成交\n";
  Random random(2);
  for (int i = 0; i < 300; ++i) {
    uint64_t amount = random.below(90);
    train << "客户" << i << ";" << amount << ",5;" << (random.chance(0.5) ? "广告 " : " 广告") << ";" << (random.uniform() * 90 < static_cast<double>(amount) ? "是 " : "否") << "\n";
  }
  fresh << "\xbd\xf0\xb6\xee;\xc7\xfe\xb5\xc0\n2,5;\xb9\xe3\xb8\xe6\n88,5;\xb9\xe3\xb8\xe6\n";
  train.close(), fresh.close();
  ModelTrainOptions options = train_options();
  options.data = path("zh.csv");
  options.target = "成交";
  options.id = "编号";
  testing::internal::CaptureStdout();
  auto trained = model_train(options);
  const std::string out = testing::internal::GetCapturedStdout();
  ASSERT_TRUE(trained.ok()) << trained.error().to_string();
  EXPECT_NE(out.find("\"positive\":\"是\""), std::string::npos) << out;
  ASSERT_TRUE(model_score({path("model"), path("fresh_gb.csv"), path("scores.csv"), "", 0, true}).ok());
  auto scores = table::read_table(path("scores.csv"));
  EXPECT_GT(scores->column(1).number(1), scores->column(1).number(0) + 0.2);
}

TEST_F(ModelCommand, SaysWhenLabelsAreWrittenOtherwiseThanInTraining) {
  testing::internal::CaptureStdout();
  ASSERT_TRUE(model_train(train_options()).ok());
  std::ofstream(path("other.csv")) << "lead,visits,channel,bought\nL1,3,ads,SOLD\nL2,1,mail,LOST\n";
  auto other = model_evaluate({path("model"), path("other.csv"), 1, true});
  testing::internal::GetCapturedStdout();
  EXPECT_EQ(other.error().code(), ErrorCode::kInvalidArgument);
  EXPECT_NE(other.error().to_string().find("'LOST', 'SOLD'"), std::string::npos) << other.error().to_string();
}

TEST_F(ModelCommand, IdsAreLetterByLetterThoseOfTheFile) {
  ASSERT_TRUE(model_train(train_options()).ok());
  const std::vector<std::string> ids = {"100000", "1000000", "12345678901234567890", "3", "20180226", "-7"};
  std::ofstream plain(path("plain.csv")), strays(path("strays.csv"));
  plain << "id,channel,visits\n";
  for (const auto& id : ids) plain << id << ",ads,3\n";
  strays << "no,channel,visits\n007,ads,1\n1.50,mail,2\n";
  for (int i = 0; i < 400; ++i) strays << 1000 + i << ",ads,3\n";
  plain << "ragged\n";
  plain.close(), strays.close();
  ModelScoreOptions score{path("model"), path("plain.csv"), path("scores.csv"), "", 0, true};
  score.rejects = path("bad.csv");
  ASSERT_TRUE(model_score(score).ok());
  auto scores = table::read_table(path("scores.csv"), {.text_columns = {"id"}});
  ASSERT_EQ(scores->rows(), ids.size());
  for (size_t i = 0; i < ids.size(); ++i) EXPECT_EQ(scores->column(0).to_text(i), ids[i]);
  auto bad = table::read_table(path("bad.csv"));
  ASSERT_EQ(bad->rows(), 1u);
  EXPECT_EQ(bad->column(0).to_text(0), "8");

  score.id = "lead";
  EXPECT_EQ(model_score(score).error().code(), ErrorCode::kInvalidArgument) << "asked for, and not there";

  ASSERT_TRUE(model_score({path("model"), path("strays.csv"), path("scores.csv"), "no", 0, true}).ok());
  scores = table::read_table(path("scores.csv"), {.text_columns = {"id"}});
  EXPECT_EQ(scores->column(0).to_text(0), "007");
  EXPECT_EQ(scores->column(0).to_text(1), "1.50");
  EXPECT_EQ(scores->column(0).to_text(2), "1000");
}

// Files as spreadsheets and other systems leave them: what is wrong is said with its place and remedy, and what is clear is set right.
TEST_F(ModelCommand, SaysWhatIsWrongWithAFileAndWhere) {
  Random random(3);
  std::string rows, last;
  for (int i = 0; i < 300; ++i) {
    const uint64_t visits = random.below(10);
    rows += std::to_string(visits) + "," + std::to_string(random.below(50)) + "," + (random.uniform() < 0.1 * static_cast<double>(visits) ? "1" : "0") + "\n";
  }
  ModelTrainOptions o = train_options();
  o.id = "";
  o.data = path("odd.csv");
  o.rejects = path("bad.csv");
  std::string said;
  auto train = [&](const std::string& content) {
    std::ofstream(o.data) << content;
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    auto trained = model_train(o);
    said = testing::internal::GetCapturedStderr() + testing::internal::GetCapturedStdout();
    if (!trained.ok()) said += trained.error().to_string();
    return trained.ok() ? ErrorCode::kInternal : trained.error().code();
  };
  auto says = [&](const std::string& part) { return said.find(part) != said.npos; };

  EXPECT_EQ(train("visits,age,bought\n" + rows + "Total,7000,138\n"), ErrorCode::kInternal) << "not mostly empty, and no sum: a row like others";
  EXPECT_TRUE(says("regression")) << said;
  EXPECT_EQ(train("visits,age,bought\n" + rows + "合计,,\n"), ErrorCode::kInternal) << said;
  EXPECT_TRUE(says("\"task\":\"binary\"") && says("odd.csv:302") && says("合计")) << said;
  EXPECT_EQ(table::read_table(path("bad.csv"))->rows(), 1u);

  EXPECT_EQ(train("visits,age,bought\n" + rows + "7,8\n"), ErrorCode::kInternal) << said;
  EXPECT_TRUE(says("odd.csv:302: 2 cells where the header names 3 columns: \"7,8\"")) << said;

  EXPECT_EQ(train("Sales of March,,\n,,\nvisits,age,bought\n" + rows), ErrorCode::kInvalidFile);
  EXPECT_TRUE(says("named by line 3: take out the 2 lines above it")) << said;
  EXPECT_EQ(train("Sales of March\nvisits,age,bought\n" + rows), ErrorCode::kInvalidFile);
  EXPECT_TRUE(says("named by line 2: take out the line above it")) << said;
  EXPECT_EQ(train(rows), ErrorCode::kInvalidArgument);
  EXPECT_TRUE(says("looks like a row")) << said;

  EXPECT_EQ(train(std::string("PK\x03\x04\0\0", 6) + rows), ErrorCode::kInvalidFile);
  EXPECT_TRUE(says("save the sheet as CSV")) << said;
  o.positive = "sold";
  EXPECT_EQ(train("visits,age,bought\n" + rows), ErrorCode::kInvalidArgument);
  EXPECT_TRUE(says("no row has 'sold' in target 'bought'; there is '") && says("' in ") && says(" rows, '")) << said;
  o.positive = "";

  EXPECT_EQ(train("visits,bought,bought\n" + rows), ErrorCode::kInvalidFile);
  EXPECT_TRUE(says("columns 2 and 3 are both called 'bought'")) << said;
  EXPECT_EQ(train("visits,visits,bought\n" + rows), ErrorCode::kInternal) << said;
  EXPECT_TRUE(says("columns 1 and 2 are both called 'visits': the second is read as 'visits_2'")) << said;
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
