#include "learn/model.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <numeric>

#include "base/files.h"
#include "base/random.h"
#include "learn/drift.h"
#include "learn/lineage.h"
#include "learn/registry.h"
#include "learn/report.h"
#include "learn/trainer.h"

namespace furrow::learn {
namespace {

// Customers whose chance to convert is known: a number, a category, one of many cities, noise, an identifier.
Dataset customers(size_t rows, uint64_t seed, bool with_label = true) {
  Random random(seed);
  std::vector<double> age, day, empty(rows, std::nan(""));
  TextColumnBuilder plan("plan"), city("city"), id("id"), label("converted");
  const char* plans[] = {"free", "basic", "pro"};
  for (size_t i = 0; i < rows; ++i) {
    double a = random.uniform(18, 80);
    size_t p = random.below(3), c = random.below(40);
    age.push_back(random.chance(0.05) ? std::nan("") : a);
    day.push_back(static_cast<double>(i));
    if (random.chance(0.05)) plan.add_missing();
    else plan.add(plans[p]);
    city.add("city " + std::to_string(c));
    id.add("customer-" + std::to_string(random.next()));
    double margin = 1.5 * std::sin(a / 10) + (p == 2 ? 1.2 : -0.5) + (c % 5 == 0 ? 1.0 : -0.3) - 0.5;
    label.add(random.uniform() < 1 / (1 + std::exp(-margin)) ? "yes" : "no");
  }
  Dataset data;
  data.rows = rows;
  data.columns.push_back(number_column("age", std::move(age)));
  data.columns.push_back(std::move(plan).finish());
  data.columns.push_back(std::move(city).finish());
  data.columns.push_back(std::move(id).finish());
  data.columns.push_back(number_column("empty", std::move(empty)));
  data.columns.push_back(number_column("day", std::move(day)));
  if (with_label) data.columns.push_back(std::move(label).finish());
  return data;
}

TrainOptions options() {
  TrainOptions o;
  o.target = "converted";
  o.drop = {"day"};
  o.folds = 3;
  o.threads = 1;
  return o;
}

const Trained& trained() {
  static const Trained once = [] {
    auto result = train(customers(1500, 1), options());
    EXPECT_TRUE(result.ok()) << result.error().to_string();
    return std::move(result).value();
  }();
  return once;
}

TEST(Train, LearnsWhatIsThereAndSaysWhatItLeftOut) {
  EXPECT_EQ(trained().positive, "yes");
  EXPECT_GT(trained().binary.auc.low, 0.68);
  EXPECT_LT(trained().binary.ece.value, 0.06);
  EXPECT_GT(trained().binary.auc.value, trained().binary_baseline.auc.value);  // sin(age) is not linear
  std::vector<std::string> out;
  for (const auto& left : trained().left_out) out.push_back(left.name);
  EXPECT_EQ(out, (std::vector<std::string>{"id", "empty"}));
  EXPECT_TRUE(trained().importance[0].first == "age" || trained().importance[0].first == "plan");
}

TEST(Train, SameSeedSameModelOnAnyNumberOfThreads) {
  const Dataset data = customers(300, 1);
  TrainOptions o = options();
  const Trained one = train(data, o).value();
  o.threads = 2;
  const Trained two = train(data, o).value();
  EXPECT_EQ(two.files.model, one.files.model);
  EXPECT_EQ(two.files.metrics, one.files.metrics);
  o.seed = 2;
  EXPECT_NE(train(data, o)->files.model, one.files.model);
}

TEST(Train, GroupsOfAColumnThatWasDroppedAreToldWhenAskedFor) {
  const Dataset data = customers(300, 1);
  TrainOptions o = options();
  EXPECT_EQ(train(data, o)->files.metrics.find(R"("input":"day","part":)"), std::string::npos);
  const std::string model = train(data, o)->files.model;
  o.slices = {"day", "plan"};
  const Trained told = train(data, o).value();
  const size_t slices = told.files.metrics.find(R"("slices":[{"input":"day","part":)");
  ASSERT_NE(slices, std::string::npos);
  size_t plans = 0;
  for (size_t at = slices; (at = told.files.metrics.find(R"({"input":"plan","part":"pro")", at)) != std::string::npos; ++at) ++plans;
  EXPECT_EQ(plans, 1u) << "an input that is asked for is not told twice";
  EXPECT_EQ(told.files.model, model) << "looking at groups teaches nothing";
  o.slices = {"gender"};
  EXPECT_EQ(train(data, o).error().message(), "the data have no column 'gender' to slice by");
}

TEST(Train, NoiseIsNotTakenForSignal) {
  Dataset data = customers(600, 3);
  Random random(4);
  for (auto& code : data.columns.back().codes) code = static_cast<int32_t>(random.below(2));
  auto result = train(data, options());
  ASSERT_TRUE(result.ok());
  EXPECT_LT(result->binary.auc.low, 0.55);
}

TEST(Train, RefusesWhatCannotBeLearnt) {
  auto code = [](const Dataset& data, TrainOptions o) {
    auto result = train(data, o);
    return result.ok() ? std::string("trained") : std::string(error_info(result.error().code()).name) + " " + result.error().field();
  };
  Dataset data = customers(300, 5);
  TrainOptions o = options();
  o.target = "absent";
  EXPECT_EQ(code(data, o), "invalid_argument absent");
  o = options();
  o.positive = "perhaps";
  EXPECT_EQ(code(data, o), "invalid_argument converted");
  o = options();
  o.target = "plan";  // three values
  EXPECT_EQ(code(data, o), "invalid_argument plan");
  Dataset one_class = data;
  for (auto& c : one_class.columns.back().codes) c = 0;
  EXPECT_EQ(code(one_class, options()), "invalid_argument converted");
  Dataset no_target = data;
  for (auto& c : no_target.columns.back().codes) c = -1;
  EXPECT_EQ(code(no_target, options()), "invalid_argument converted");
  EXPECT_EQ(code(customers(1, 5), options()), "invalid_argument converted");
  o = options();
  o.drop = {"nothing"};
  EXPECT_EQ(code(data, o), "invalid_argument nothing");
}

TEST(Train, NumbersAsTargetGiveARegression) {
  Dataset data = customers(500, 6);
  std::vector<double> spend;
  Random random(7);
  for (size_t i = 0; i < data.rows; ++i) spend.push_back((data.columns[0].missing(i) ? 40 : data.columns[0].numbers[i]) * 3 + random.normal());
  data.columns.back() = number_column("spend", std::move(spend));
  TrainOptions o = options();
  o.target = "spend";
  auto result = train(data, o);
  ASSERT_TRUE(result.ok()) << result.error().to_string();
  EXPECT_EQ(result->task, Task::kRegression);
  EXPECT_GT(result->regression.r2.value, 0.8);
}

TEST(Train, TimeFoldsNeverLookAhead) {
  TrainOptions o = options();
  o.drop = {};
  o.time = "day";
  auto result = train(customers(600, 8), o);
  ASSERT_TRUE(result.ok()) << result.error().to_string();
  EXPECT_EQ(result->binary.rows, 450u);  // the first of four blocks is never held out
  EXPECT_NE(result->files.lineage.find("\"split\":\"time\""), std::string::npos);
  o.time = "city";
  EXPECT_EQ(train(customers(600, 8), o).error().code(), ErrorCode::kInvalidArgument);
}

class ModelFolder : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(write_model(trained().files, folder_).ok());
    auto loaded = Model::load(folder_);
    ASSERT_TRUE(loaded.ok()) << loaded.error().to_string();
    model_ = *loaded;
  }
  TemporaryFolder temporary_;
  std::filesystem::path folder_ = temporary_.path() / "m";
  std::shared_ptr<const Model> model_;
};

TEST_F(ModelFolder, ReasonsAddUpToTheScore) {
  Dataset data = customers(50, 9);
  Samples rows = model_->encoder().encode(data).value();
  Model::Scratch scratch;
  for (size_t i = 0; i < data.rows; ++i) {
    const float* row = rows.values.data() + i * rows.columns;
    std::vector<double> each(model_->inputs().size());
    model_->contributions(row, scratch, each.data());
    double sum = model_->bias();
    for (double c : each) sum += c;
    EXPECT_NEAR(model_->score_of_margin(sum), model_->score_encoded(row), 1e-6);
    std::vector<double> columns(rows.columns);
    model_->explainer().contributions(row, scratch.explain, columns.data());  // what rounding was given to one of them is no more
    EXPECT_NEAR(std::accumulate(columns.begin(), columns.end(), model_->bias()), model_->forest().margin(row), 1e-5);
    auto reasons = model_->reasons(row, 2, scratch);
    ASSERT_LE(reasons.size(), 2u);
    for (double c : each) {
      if (reasons.size() == 2) EXPECT_TRUE(std::abs(c) <= std::abs(reasons[1].contribution) || c == reasons[0].contribution);
    }
  }
}

TEST_F(ModelFolder, ALiveRowScoresAsTheSameRowOfAFile) {
  Dataset data = customers(60, 10);
  Samples rows = model_->encoder().encode(data).value();
  Model::Scratch scratch;
  for (size_t i = 0; i < data.rows; ++i) {
    std::vector<Value> values;
    std::vector<std::string> kept(model_->inputs().size());
    for (size_t k = 0; k < model_->inputs().size(); ++k) {
      const Column* column = data.find(model_->inputs()[k].name);
      kept[k] = column->text(i);
      values.push_back(column->missing(i) ? Value() : column->kind == ColumnKind::kNumber ? Value(column->numbers[i]) : Value(std::string_view(kept[k])));
    }
    ASSERT_EQ(model_->score(values, scratch), model_->score_encoded(rows.values.data() + i * rows.columns)) << "row " << i;
  }
}

TEST_F(ModelFolder, ColumnsMatchByNameAndFaultsNameTheColumn) {
  Dataset data = customers(40, 11);
  auto straight = model_->encoder().encode(data);
  Dataset turned = data;
  std::reverse(turned.columns.begin(), turned.columns.end());
  auto reversed = model_->encoder().encode(turned);
  ASSERT_TRUE(straight.ok() && reversed.ok());
  for (size_t i = 0; i < straight->values.size(); ++i) {
    float a = straight->values[i], b = reversed->values[i];
    ASSERT_TRUE(a == b || (a != a && b != b));
  }
  Dataset lacking = data;
  lacking.columns.erase(lacking.columns.begin());
  auto missing = model_->encoder().encode(lacking);
  EXPECT_EQ(missing.error().code(), ErrorCode::kModelMismatch);
  EXPECT_EQ(missing.error().field(), "age");
  const std::string second = lacking.columns.front().name;
  lacking.columns.erase(lacking.columns.begin());
  const std::string both = model_->encoder().encode(lacking).error().message();
  EXPECT_NE(both.find("the data lack 2 of the "), std::string::npos) << both;
  EXPECT_NE(both.find(": 'age', '" + second + "'; add them"), std::string::npos) << both;
  Dataset wrong = data;
  TextColumnBuilder words("age");
  for (size_t i = 0; i < data.rows; ++i) words.add(i % 2 ? "old" : "young");
  wrong.columns[0] = std::move(words).finish();
  auto mistyped = model_->encoder().encode(wrong);
  EXPECT_EQ(mistyped.error().code(), ErrorCode::kModelMismatch);
  EXPECT_EQ(mistyped.error().field(), "age");
  // Some cells only: they count as missing, and are told.
  EXPECT_TRUE(model_->encoder().unread(data).empty());
  Dataset some = data;
  TextColumnBuilder cells("age");
  for (size_t i = 0; i < data.rows; ++i) cells.add(i == 3 || i == 5 ? "forty" : i == 4 ? "N/A" : std::to_string(i));
  some.columns[0] = std::move(cells).finish();
  EXPECT_TRUE(model_->encoder().encode(some).ok());
  const auto unread = model_->encoder().unread(some);
  ASSERT_EQ(unread.size(), 1u);
  EXPECT_EQ(unread[0].input, "age");
  EXPECT_EQ(unread[0].cells, 2u) << "N/A is no fault";
  EXPECT_EQ(unread[0].example, "forty");
  EXPECT_EQ(unread_cells(model_->encoder(), some)[0].english,
            "column 'age': 2 of " + std::to_string(data.rows) + " cells cannot be read as a number, such as 'forty'; they count as missing");
  Dataset unknown = data;
  for (auto& level : unknown.columns[2].levels) level = "elsewhere " + level;
  EXPECT_TRUE(model_->encoder().encode(unknown).ok());
}

TEST_F(ModelFolder, TornFilesAreNamed) {
  for (const char* name : {"model.json", "encoding.json", "calibration.json", "metrics.json", "lineage.json", "parity.json", "manifest.json"}) {
    std::string whole = read_file(folder_ / name).value();
    std::ofstream(folder_ / name) << whole.substr(0, whole.size() / 2);
    auto torn = Model::load(folder_);
    ASSERT_FALSE(torn.ok()) << name;
    EXPECT_EQ(torn.error().code(), ErrorCode::kStorageCorrupt);
    EXPECT_NE(torn.error().file().find(name), std::string::npos);
    std::ofstream(folder_ / name) << whole;
    ASSERT_TRUE(Model::load(folder_).ok()) << name;
  }
  std::filesystem::remove(folder_ / "encoding.json");
  EXPECT_EQ(Model::load(folder_).error().code(), ErrorCode::kStorageCorrupt);
  EXPECT_EQ(Model::load(temporary_.path() / "none").error().code(), ErrorCode::kNotFound);
}

TEST_F(ModelFolder, IsReplacedOnlyWhenAsked) {
  EXPECT_EQ(write_model(trained().files, folder_).error().code(), ErrorCode::kConflict);
  ASSERT_TRUE(write_model(trained().files, folder_, true).ok());
  EXPECT_TRUE(Model::load(folder_).ok());
  auto entries = std::distance(std::filesystem::directory_iterator(temporary_.path()), std::filesystem::directory_iterator());
  EXPECT_EQ(entries, 1);  // nothing left beside it
}

TEST_F(ModelFolder, AModelThatScoresOtherwiseThanItsReferenceRowsIsRefused) {
  ModelFiles files = trained().files;
  Calibration other = Calibration::fit(CalibrationMethod::kPlatt, {-2, -1, 1, 2, -1.5, 0.5}, {0, 1, 0, 1, 0, 1});
  files.calibration.clear();
  JsonWriter json(files.calibration);
  other.write(json);
  ASSERT_TRUE(write_model(files, temporary_.path() / "changed").ok());
  EXPECT_EQ(Model::load(temporary_.path() / "changed").error().code(), ErrorCode::kModelMismatch);
}

TEST_F(ModelFolder, ReportIsOnePageInTwoLanguages) {
  auto html = model_report_html(*model_);
  ASSERT_TRUE(html.ok());
  EXPECT_NE(html->find("<svg"), std::string::npos);
  EXPECT_NE(html->find("校准"), std::string::npos);
  EXPECT_EQ(html->find("http"), std::string::npos);
  EXPECT_EQ(parse_lineage(model_->lineage_json())->rows, 1500);
  EXPECT_EQ(html->find("drawn at random"), std::string::npos);
}

TEST_F(ModelFolder, ReportSaysThatNotAllRowsWereCrossValidated) {
  EXPECT_EQ(trained().rows_cross_validated, 1500u);
  ModelFiles files = trained().files;
  const std::string all = "\"rows_cross_validated\":1500";
  const size_t at = files.lineage.find(all);
  ASSERT_NE(at, std::string::npos);
  files.lineage.replace(at, all.size(), "\"rows_cross_validated\":900");
  ASSERT_TRUE(write_model(files, temporary_.path() / "drawn").ok());
  auto html = model_report_html(*Model::load(temporary_.path() / "drawn").value());
  ASSERT_TRUE(html.ok());
  EXPECT_NE(html->find("Cross-validated on 900 of the 1500 rows, drawn at random."), std::string::npos);
  EXPECT_NE(html->find("1500 (900 cross-validated)"), std::string::npos);
}

TEST(Registry, PromotesAndRollsBack) {
  TemporaryFolder folder;
  ManualClock clock(time_from_milliseconds(1700000000000));
  Registry registry(folder.path(), clock);
  EXPECT_TRUE(registry.list("buys")->empty());
  EXPECT_EQ(registry.find("buys").error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(registry.add("Not A Name", trained().files).error().code(), ErrorCode::kInvalidArgument);
  for (const char* version : {"v0001", "v0002", "v0003"}) EXPECT_EQ(registry.add("buys", trained().files)->version, version);
  ASSERT_TRUE(registry.promote("buys", "v0001").ok());
  EXPECT_EQ(registry.rollback("buys").error().code(), ErrorCode::kConflict);
  ASSERT_TRUE(registry.set_shadow("buys", "v0002", "ann").ok());
  EXPECT_EQ(registry.set_canary("buys", "v0002", 0.1, "ann").error().code(), ErrorCode::kConflict) << "one version, one stage";
  EXPECT_EQ(registry.stages("buys")->canary, "");
  ASSERT_TRUE(registry.set_shadow("buys", "", "ann").ok());
  ASSERT_TRUE(registry.set_canary("buys", "v0002", 0.1, "ann").ok());
  EXPECT_EQ(registry.set_shadow("buys", "v0002", "ann").error().code(), ErrorCode::kConflict);
  EXPECT_TRUE(registry.set_shadow("buys", "v0003", "ann").ok());
  ASSERT_TRUE(registry.promote("buys", "v0003").ok());
  EXPECT_EQ(registry.find("buys")->version, "v0003");
  auto all = registry.list();
  ASSERT_EQ(all->size(), 3u);
  EXPECT_EQ((*all)[0].state, VersionState::kArchived);
  EXPECT_EQ((*all)[1].state, VersionState::kTrained);
  EXPECT_EQ((*all)[2].state, VersionState::kPromoted);
  EXPECT_EQ(registry.rollback("buys")->version, "v0001");
  EXPECT_EQ(Registry(folder.path(), clock).find("buys")->version, "v0001");  // it is on disk
  EXPECT_EQ(registry.promote("buys", "v0009").error().code(), ErrorCode::kNotFound);
  std::ofstream(folder.path() / "buys" / "v0002" / "model.json") << "{";
  EXPECT_EQ(registry.promote("buys", "v0002").error().code(), ErrorCode::kStorageCorrupt);
  EXPECT_EQ(registry.find("buys")->version, "v0001");
}

}  // namespace
}  // namespace furrow::learn
