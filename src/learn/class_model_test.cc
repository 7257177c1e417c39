#include "learn/class_model.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <numeric>

#include "base/files.h"
#include "base/random.h"
#include "learn/class_report.h"
#include "learn/class_training.h"
#include "learn/multinomial.h"
#include "learn/target.h"

namespace furrow::learn {
namespace {

// Three classes: one told by a product of two columns, which no line sees, the others by a channel.
Dataset stages(size_t rows, uint64_t seed) {
  Random random(seed);
  TextColumnBuilder channel("channel"), stage("stage");
  std::vector<double> x, y;
  for (size_t i = 0; i < rows; ++i) {
    x.push_back(random.normal());
    y.push_back(random.normal());
    const bool mail = random.chance(0.5);
    channel.add(mail ? "mail" : "ads");
    const double cold = x.back() * y.back() > 0 ? 0.85 : 0.1;
    stage.add(random.chance(cold) ? "cold" : random.chance(mail ? 0.8 : 0.2) ? "warm" : "hot");
  }
  Dataset data;
  data.rows = rows;
  data.columns.push_back(number_column("x", std::move(x)));
  data.columns.push_back(number_column("y", std::move(y)));
  data.columns.push_back(std::move(channel).finish());
  data.columns.push_back(std::move(stage).finish());
  return data;
}

TrainOptions options(const std::string& target = "stage") {
  TrainOptions o;
  o.threads = 1;
  o.target = target;
  o.folds = 3;
  return o;
}

TEST(ClassModel, LearnsWhatALineCannotAndIsCalibrated) {
  auto trained = train_classes(stages(1300, 1), options());
  ASSERT_TRUE(trained.ok()) << trained.error().to_string();
  EXPECT_EQ(trained->classes.size(), 3u);
  EXPECT_EQ(trained->quality.rows, 1300u);
  EXPECT_LT(trained->quality.log_loss.value, trained->baseline.log_loss.value - 0.1);
  EXPECT_GT(trained->quality.accuracy.value, trained->baseline.accuracy.value + 0.1);
  EXPECT_GT(trained->quality.auc.low, trained->baseline.auc.high);

  TemporaryFolder folder;
  ASSERT_TRUE(write_class_model(*trained, folder.path() / "model").ok());
  auto model = ClassModel::load(folder.path() / "model");
  ASSERT_TRUE(model.ok()) << model.error().to_string();
  Dataset fresh = stages(3000, 2);
  auto encoded = (*model)->encode(fresh);
  ASSERT_TRUE(encoded.ok());
  ClassScores scores = (*model)->score(*encoded, fresh.rows);
  auto places = read_class_labels(fresh, "stage", (*model)->classes());
  ASSERT_TRUE(places.ok());
  std::vector<uint32_t> labels(places->begin(), places->end());
  for (size_t i = 0; i < fresh.rows; ++i) EXPECT_NEAR(std::accumulate(scores.row(i), scores.row(i) + 3, 0.0), 1, 1e-12);
  auto quality = class_quality(scores, labels, 1);
  ASSERT_TRUE(quality.ok());
  EXPECT_LT(quality->ece.value, 0.05);
  // What cross-validation said holds on rows nobody had seen.
  EXPECT_NEAR(quality->log_loss.value, trained->quality.log_loss.value, 0.06);

  Model::Scratch scratch;
  const Model& first = (*model)->model(0);
  for (size_t i = 0; i < 20; ++i) {
    const float* row = (*encoded)[0].values.data() + i * (*encoded)[0].columns;
    std::vector<double> each(first.inputs().size());
    first.contributions(row, scratch, each.data());
    EXPECT_NEAR(std::accumulate(each.begin(), each.end(), first.bias()), first.forest().margin(row), 1e-6);
  }
  auto html = class_report_html(**model);
  ASSERT_TRUE(html.ok());
  for (const char* part : {"warm", "混淆矩阵", "</html>"}) EXPECT_NE(html->find(part), std::string::npos) << part;

  EXPECT_EQ(Model::load(folder.path() / "model").error().code(), ErrorCode::kModelMismatch);
  std::ofstream(folder.path() / "model" / "classes.json", std::ios::app) << " ";
  EXPECT_EQ(ClassModel::load(folder.path() / "model").error().code(), ErrorCode::kStorageCorrupt);
}

TEST(ClassModel, TheTargetUnderAnotherNameIsLeftOutAndRareClassesAreSaid) {
  Dataset data = stages(400, 3);
  Column copy = data.columns[3];
  copy.name = "stage_code";
  for (std::string& level : copy.levels) level = "S" + level;
  data.columns.push_back(std::move(copy));
  Column& stage = data.columns[3];
  stage.levels.push_back("lost");
  stage.codes[5] = stage.codes[70] = static_cast<int32_t>(stage.levels.size()) - 1;
  TrainOptions two_folds = options();
  two_folds.folds = 2;
  auto trained = train_classes(data, two_folds);
  ASSERT_TRUE(trained.ok()) << trained.error().to_string();
  EXPECT_EQ(trained->classes.size(), 3u);
  EXPECT_EQ(trained->rows, 398u);
  EXPECT_TRUE(std::any_of(trained->left_out.begin(), trained->left_out.end(), [](const LeftOut& l) { return l.name == "stage_code"; }));
  EXPECT_TRUE(std::any_of(trained->warnings.begin(), trained->warnings.end(), [](const Warning& w) { return w.code == "rare_class"; }));
  EXPECT_LT(trained->quality.accuracy.value, 0.95);

  TrainOptions monotone = options();
  monotone.monotone = {{"x", 1}};
  EXPECT_EQ(train_classes(data, monotone).error().code(), ErrorCode::kInvalidArgument);
}

TEST(ClassModel, NumbersAreClassesWhenAskedFor) {
  Dataset data = stages(300, 4);
  std::vector<double> numbers(data.columns[3].codes.begin(), data.columns[3].codes.end());
  data.columns[3] = number_column("stage", std::move(numbers));
  EXPECT_FALSE(has_classes(data, "stage", false));
  EXPECT_EQ(say_numbers_are_amounts(data, "stage"), "'stage' holds 3 different numbers, taken for amounts: --classes predicts each as a class");
  EXPECT_TRUE(has_classes(data, "stage", true));
  EXPECT_FALSE(has_classes(data, "x", true));  // a value in each row
  EXPECT_EQ(say_numbers_are_amounts(data, "x"), "");
  EXPECT_FALSE(has_classes(data, "nothing", true));
  auto target = read_class_target(data, "stage");
  ASSERT_TRUE(target.ok());
  EXPECT_EQ(target->classes.size(), 3u);
  EXPECT_EQ(target->rows.size(), 300u);
}

// Every measure from its definition, row by row and pair by pair.
TEST(ClassMetrics, AgreeWithTheirDefinitions) {
  Random random(7);
  const size_t n = 200, classes = 4;
  ClassScores p{classes, {}};
  std::vector<uint32_t> labels;
  for (size_t i = 0; i < n; ++i) {
    double row[classes], sum = 0;
    for (double& v : row) sum += v = static_cast<double>(1 + random.below(5));  // ties
    for (double v : row) p.values.push_back(v / sum);
    labels.push_back(static_cast<uint32_t>(random.below(classes)));
  }
  double loss = 0, right = 0, area = 0, f1 = 0;
  for (size_t i = 0; i < n; ++i) {
    loss -= std::log(p.row(i)[labels[i]]) / n;
    right += labels[i] == largest(p.row(i), classes);
  }
  for (size_t k = 0; k < classes; ++k) {
    double won = 0, pairs = 0, hit = 0, actual = 0, predicted = 0;
    for (size_t a = 0; a < n; ++a) {
      actual += labels[a] == k;
      predicted += largest(p.row(a), classes) == k;
      hit += labels[a] == k && largest(p.row(a), classes) == k;
      for (size_t b = 0; b < n; ++b) {
        if (labels[a] != k || labels[b] == k) continue;
        pairs += 1;
        won += p.row(a)[k] > p.row(b)[k] ? 1 : p.row(a)[k] == p.row(b)[k] ? 0.5 : 0;
      }
    }
    area += won / pairs / classes;
    f1 += 2 * hit / (actual + predicted) / classes;
  }
  auto quality = class_quality(p, labels, 1);
  ASSERT_TRUE(quality.ok());
  EXPECT_NEAR(quality->log_loss.value, loss, 1e-12);
  EXPECT_NEAR(quality->accuracy.value, right / n, 1e-12);
  EXPECT_NEAR(quality->auc.value, area, 1e-12);
  EXPECT_NEAR(quality->macro_f1.value, f1, 1e-12);
  EXPECT_LT(quality->accuracy.low, quality->accuracy.value);
  EXPECT_GT(quality->accuracy.high, quality->accuracy.value);
  size_t counted = 0;
  for (const auto& row : quality->confusion) counted += std::accumulate(row.begin(), row.end(), size_t{0});
  EXPECT_EQ(counted, n);
  EXPECT_EQ(class_quality({classes, {}}, {}, 1).error().code(), ErrorCode::kInvalidArgument);
}

TEST(ClassProbabilities, SoftmaxUndoesMarginsThatAreTooSure) {
  Random random(8);
  ClassScores margins{3, {}};
  std::vector<uint32_t> labels;
  std::vector<int> fold;
  for (int i = 0; i < 6000; ++i) {
    double m[3], p[3], sum = 0;
    for (int k = 0; k < 3; ++k) sum += p[k] = std::exp(m[k] = random.normal());
    double u = random.uniform() * sum;
    labels.push_back(u < p[0] ? 0 : u < p[0] + p[1] ? 1 : 2);
    for (double v : m) margins.values.push_back(3 * v);  // three times too sure
    fold.push_back(i % 4);
  }
  auto choice = ClassProbabilities::choose(std::vector<Calibration>(3), margins, labels, fold);
  EXPECT_NE(choice.probabilities.method_name(), "divided");
  const double true_margins[3] = {1, 0, -1}, given[3] = {3, 0, -3};
  double out[3], sum = 0;
  for (double m : true_margins) sum += std::exp(m);
  choice.probabilities.of(given, out);
  for (int k = 0; k < 3; ++k) EXPECT_NEAR(out[k], std::exp(true_margins[k]) / sum, 0.02);
  std::string text;
  JsonWriter json(text);
  choice.probabilities.write(json);
  auto again = ClassProbabilities::parse(text, std::vector<Calibration>(3));
  ASSERT_TRUE(again.ok());
  double read[3];
  again->of(given, read);
  for (int k = 0; k < 3; ++k) EXPECT_EQ(read[k], out[k]);
  EXPECT_EQ(ClassProbabilities::parse(text, std::vector<Calibration>(2)).error().code(), ErrorCode::kModelMismatch);
}

TEST(ClassProbabilities, TheMatrixLearnsWhatOneMarginSaysOfAnotherClass) {
  Random random(11);
  ClassScores margins{3, {}};
  std::vector<uint32_t> labels;
  std::vector<int> fold;
  for (int i = 0; i < 3000; ++i) {
    const double x = random.normal(), p[3] = {std::exp(2 * x), 1, std::exp(-2 * x)}, u = random.uniform() * (p[0] + p[1] + p[2]);
    labels.push_back(u < p[0] ? 0 : u < p[0] + p[1] ? 1 : 2);
    // The margin of the last class says nothing: only that of the first does.
    margins.values.insert(margins.values.end(), {x, 0.1 * random.normal(), 0.1 * random.normal()});
    fold.push_back(i % 3);
  }
  auto choice = ClassProbabilities::choose(std::vector<Calibration>(3), margins, labels, fold);
  EXPECT_EQ(choice.probabilities.method_name(), "mixed");
  const double given[3] = {1, 0, 0}, p[3] = {std::exp(2.0), 1, std::exp(-2.0)}, sum = p[0] + p[1] + p[2];
  double out[3], read[3];
  choice.probabilities.of(given, out);
  for (int k = 0; k < 3; ++k) EXPECT_NEAR(out[k], p[k] / sum, 0.03);
  std::string text;
  JsonWriter json(text);
  choice.probabilities.write(json);
  auto again = ClassProbabilities::parse(text, std::vector<Calibration>(3));
  ASSERT_TRUE(again.ok());
  again->of(given, read);
  for (int k = 0; k < 3; ++k) EXPECT_EQ(read[k], out[k]);
}

TEST(Multinomial, TheGradientIsThatOfTheLoss) {
  Random random(9);
  const size_t n = 30, width = 4, classes = 3;
  std::vector<double> inputs, weights, gradient, ignored;
  std::vector<uint32_t> labels;
  for (size_t i = 0; i < n * width; ++i) inputs.push_back(random.normal());
  for (size_t i = 0; i < n; ++i) labels.push_back(static_cast<uint32_t>(random.below(classes)));
  for (size_t i = 0; i < classes * width; ++i) weights.push_back(random.normal());
  MultinomialModel::objective(inputs, labels, width, classes, 2, weights, gradient);
  for (size_t c = 0; c < weights.size(); ++c) {
    const double h = 1e-5, at = weights[c];
    weights[c] = at + h;
    const double above = MultinomialModel::objective(inputs, labels, width, classes, 2, weights, ignored);
    weights[c] = at - h;
    const double below = MultinomialModel::objective(inputs, labels, width, classes, 2, weights, ignored);
    weights[c] = at;
    EXPECT_NEAR(gradient[c], (above - below) / (2 * h), 1e-7);
  }
}

TEST(Multinomial, FindsTheWeightsThatMadeTheData) {
  Random random(10);
  Samples samples;
  samples.columns = 2;
  for (int i = 0; i < 8000; ++i) {
    const double x = random.normal(), y = random.normal();
    const double p[3] = {1, std::exp(1 + x), std::exp(y - x)}, u = random.uniform() * (p[0] + p[1] + p[2]);
    samples.values.insert(samples.values.end(), {static_cast<float>(x), static_cast<float>(y)});
    samples.labels.push_back(u < p[0] ? 0 : u < p[0] + p[1] ? 1 : 2);
  }
  auto model = MultinomialModel::fit(samples, 3, 1);
  ASSERT_TRUE(model.ok());
  for (auto [x, y] : {std::pair(0.0f, 0.0f), {1.0f, -1.0f}, {-1.0f, 2.0f}}) {
    const double p[3] = {1, std::exp(1.0 + x), std::exp(double{y} - x)}, sum = p[0] + p[1] + p[2];
    const float row[2] = {x, y};
    double out[3];
    model->probabilities(row, out);
    for (int k = 0; k < 3; ++k) EXPECT_NEAR(out[k], p[k] / sum, 0.04);
  }
}

}  // namespace
}  // namespace furrow::learn
