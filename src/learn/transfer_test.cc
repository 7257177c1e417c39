// Beginning from a general model: it helps where rows are few, is left alone where it knows nothing, and says which.
#include <gtest/gtest.h>

#include <cmath>

#include "base/files.h"
#include "base/random.h"
#include "learn/trainer.h"

namespace furrow::learn {
namespace {

// A target of two numbers and a text; `turn` -1 turns the effects round. A vertical has a column more and another rate.
Dataset people_of(size_t rows, uint64_t seed, double turn, bool vertical) {
  Random random(seed);
  std::vector<double> x, y, own, bought;
  TextColumnBuilder plan("plan");
  for (size_t i = 0; i < rows; ++i) {
    x.push_back(random.normal());
    y.push_back(random.normal());
    own.push_back(random.normal());
    size_t p = random.below(3);
    plan.add(p == 0 ? "free" : p == 1 ? "basic" : "pro");
    double margin = turn * (2 * std::sin(2 * x.back()) + x.back() * y.back() + (p == 2 ? 1.0 : -0.5)) + (vertical ? own.back() - 0.7 : 0);
    bought.push_back(random.uniform() < 1 / (1 + std::exp(-margin)));
  }
  Dataset data;
  data.rows = rows;
  if (vertical) data.columns.push_back(number_column("own", std::move(own)));
  data.columns.push_back(number_column("y", std::move(y)));  // another order than in the general set: by name
  data.columns.push_back(std::move(plan).finish());
  data.columns.push_back(number_column("x", std::move(x)));
  data.columns.push_back(number_column("bought", std::move(bought)));
  return data;
}

TrainOptions options_for(std::shared_ptr<const Model> general = nullptr) {
  TrainOptions options;
  options.target = "bought";
  options.threads = 1;
  options.folds = 3;
  options.general = std::move(general);
  return options;
}

std::shared_ptr<const Model> keep(const Trained& trained, const TemporaryFolder& folder, const std::string& name) {
  EXPECT_TRUE(write_model(trained.files, folder.path() / name).ok());
  auto model = Model::load(folder.path() / name);
  EXPECT_TRUE(model.ok()) << model.error().to_string();
  return *model;
}

double log_loss_on(const Model& model, const Dataset& data) {
  Samples rows = model.encoder().encode(data).value();
  const auto& labels = data.find("bought")->numbers;
  double sum = 0;
  for (size_t i = 0; i < data.rows; ++i) {
    double p = std::clamp(model.score_encoded(rows.values.data() + i * rows.columns), 1e-6, 1 - 1e-6);
    sum -= std::log(labels[i] > 0 ? p : 1 - p) / static_cast<double>(data.rows);
  }
  return sum;
}

class TransferTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new TemporaryFolder();
    general_ = new std::shared_ptr<const Model>(keep(train(people_of(2000, 1, 1, false), options_for()).value(), *folder_, "general"));
  }
  static void TearDownTestSuite() {
    delete general_;
    delete folder_;
  }
  static TemporaryFolder* folder_;
  static std::shared_ptr<const Model>* general_;
};
TemporaryFolder* TransferTest::folder_ = nullptr;
std::shared_ptr<const Model>* TransferTest::general_ = nullptr;

TEST_F(TransferTest, HelpsAVerticalOfFewRowsAndKeepsItsOwnColumns) {
  Dataset few = people_of(200, 2, 1, true), fresh = people_of(4000, 3, 1, true);
  Trained with = train(few, options_for(*general_)).value(), without = train(few, options_for()).value();
  ASSERT_TRUE(with.transfer.has_value());
  EXPECT_GT(with.transfer->weight, 0.3);
  EXPECT_FALSE(without.transfer.has_value());
  auto tuned = keep(with, *folder_, "tuned"), alone = keep(without, *folder_, "alone");
  EXPECT_LT(log_loss_on(*tuned, fresh), log_loss_on(*alone, fresh) - 0.02);
  EXPECT_LT(log_loss_on(*tuned, fresh), log_loss_on(**general_, fresh) - 0.02);
  EXPECT_GE(tuned->input_index("own"), 0);
  // Reasons add up as those of any model.
  Samples rows = tuned->encoder().encode(fresh).value();
  Model::Scratch scratch;
  std::vector<double> shap(tuned->inputs().size());
  tuned->contributions(rows.values.data(), scratch, shap.data());
  double sum = tuned->bias();
  for (double value : shap) sum += value;
  EXPECT_NEAR(sum, tuned->forest().margin(rows.values.data()), 1e-5);
}

TEST_F(TransferTest, AGeneralModelThatIsWrongHereIsLeftAlone) {
  Dataset few = people_of(800, 4, -1, true), fresh = people_of(4000, 5, -1, true);
  Trained with = train(few, options_for(*general_)).value(), without = train(few, options_for()).value();
  EXPECT_LT(with.transfer->weight, 0.35);
  EXPECT_GT(with.transfer->general_alone.log_loss.value, with.transfer->from_nothing.log_loss.value);
  EXPECT_LT(log_loss_on(*keep(with, *folder_, "wrong_with"), fresh), log_loss_on(*keep(without, *folder_, "wrong_without"), fresh) + 0.02);
}

TEST_F(TransferTest, SaysWhatDoesNotFit) {
  Dataset data = people_of(200, 6, 1, true);
  auto message = [&](const Dataset& rows, const TrainOptions& options) {
    auto trained = train(rows, options);
    return trained.ok() ? "trained" : std::string(trained.error().message());
  };
  EXPECT_TRUE(train(data, options_for(*general_))->warnings.empty());
  auto seen = train(people_of(300, 1, 1, false), options_for(*general_)).value();  // the first of its own rows
  EXPECT_TRUE(std::any_of(seen.warnings.begin(), seen.warnings.end(), [](const Warning& w) { return w.code == "general_saw_rows"; }));
  TrainOptions dropped = options_for(*general_);
  dropped.drop = {"plan"};
  EXPECT_EQ(message(data, dropped), "the general model uses column 'plan', which is no input here: train it again without that column");
  Dataset without = data;
  std::erase_if(without.columns, [](const Column& c) { return c.name == "x"; });
  EXPECT_EQ(message(without, options_for(*general_)), "the data have no column 'x', which the general model uses");
  TrainOptions monotone = options_for(*general_);
  monotone.monotone = {{"y", 1}};
  EXPECT_NE(message(data, monotone).find("--monotone"), std::string::npos);
  TrainOptions number = options_for(*general_);
  number.target = "y";
  EXPECT_EQ(message(data, number), "the general model predicts a yes or no, and 'y' is numbers");
}

}  // namespace
}  // namespace furrow::learn
