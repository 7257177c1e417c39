#include "learn/blend.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/random.h"
#include "learn/composition.h"
#include "learn/shap.h"

namespace furrow::learn {
namespace {

double loss(double margin, float label) { return std::log1p(std::exp(label > 0 ? -margin : margin)); }

TEST(Blend, FindsWhatEachModelIsWorthAndNeverCountsOneBackwards) {
  Random random(1);
  std::vector<std::vector<double>> margins(3);
  std::vector<float> labels;
  for (int i = 0; i < 20000; ++i) {
    double a = random.normal(), b = random.normal();
    margins[0].push_back(a);
    margins[1].push_back(b);
    margins[2].push_back(-a + random.normal());  // helps only when turned around
    labels.push_back(random.uniform() < 1 / (1 + std::exp(-(1.5 * a + 0.5 * b - 0.3 * margins[2].back() - 1))) ? 1.0f : 0.0f);
  }
  Blend blend = Blend::fit(Task::kBinary, margins, labels, {{0.3, 0.3, 0.3}});
  EXPECT_NEAR(blend.weights[0], 1.8, 0.1);
  EXPECT_NEAR(blend.weights[1], 0.5, 0.1);
  EXPECT_EQ(blend.weights[2], 0);
  EXPECT_NEAR(blend.constant, -1, 0.1);
  // No other weights nearby are better.
  auto total = [&](const Blend& b) {
    double sum = 0;
    for (size_t i = 0; i < labels.size(); ++i) sum += loss(b.margin(margins, i), labels[i]);
    return sum;
  };
  double best = total(blend);
  for (size_t m = 0; m < 2; ++m) {
    for (double step : {-0.1, 0.1}) {
      Blend other = blend;
      other.weights[m] += step;
      EXPECT_GT(total(other), best);
    }
  }
}

TEST(Blend, FewRowsStayNearThePrior) {
  std::vector<std::vector<double>> margins{{1, -1, 2, -2}, {0.5, -0.2, 0.1, -0.4}};
  Blend blend = Blend::fit(Task::kBinary, margins, {1, 0, 1, 0}, {{0.5, 0.5}});
  EXPECT_NEAR(blend.weights[0], 0.5, 0.35);
  EXPECT_NEAR(blend.weights[1], 0.5, 0.35);
}

TEST(Blend, CrossFitLeavesTheFoldOut) {
  std::vector<std::vector<double>> margins{{1, 2, 3, -1, -2, -3}};
  std::vector<float> labels{1, 1, 1, 0, 0, 0};
  std::vector<int> fold{0, 1, 1, 0, 1, 1};
  auto held_out = Blend::cross_fit(Task::kBinary, margins, labels, {{1}}, fold);
  Blend without = Blend::fit(Task::kBinary, margins, labels, {{1}}, {1, 2, 4, 5});
  EXPECT_DOUBLE_EQ(held_out[0], without.margin(margins, 0));
  EXPECT_DOUBLE_EQ(held_out[3], without.margin(margins, 3));
}

struct Fitted {
  Samples samples;
  Forest forest;
  LinearModel linear;
};

Fitted fitted(Task task) {
  Random random(3);
  Samples samples;
  samples.columns = 4;
  for (int i = 0; i < 3000; ++i) {
    float a = static_cast<float>(random.normal()), b = random.chance(0.3) ? std::nanf("") : static_cast<float>(random.below(2));
    float c = static_cast<float>(random.exponential(0.01)), d = static_cast<float>(random.below(30));
    samples.values.insert(samples.values.end(), {a, b, c, d});
    double margin = a + (b == b ? b : -1) + 0.01 * c - 0.05 * d;
    samples.labels.push_back(task == Task::kRegression ? static_cast<float>(margin) : random.uniform() < 1 / (1 + std::exp(-margin)) ? 1.0f : 0.0f);
  }
  BoostingOptions options;
  options.rounds = 30;
  options.threads = 1;
  Forest forest = Forest::parse(boost(task, samples, nullptr, options).value().json).value();
  return {samples, std::move(forest), LinearModel::fit(task, samples).value()};
}

TEST(Composition, IsTheWeightedSumAndWhatXgboostMakesOfIt) {
  for (Task task : {Task::kBinary, Task::kRegression}) {
    Fitted f = fitted(task);
    ForestComposition composition(task, 4);
    composition.add(f.forest, 20, 0.6);
    composition.add(f.linear, f.samples, 0.7);
    composition.add_constant(-3.25);
    std::string json = composition.json();
    Forest forest = Forest::parse(json).value();
    auto xgboost = XgboostModel::load(json).value().margins(f.samples.values.data(), 500, 4).value();
    std::vector<float> leaves(f.forest.trees().size());
    double worst = 0, spread = 0;
    for (size_t i = 0; i < 500; ++i) {
      const float* row = f.samples.row(i);
      float margin = forest.margin(row);
      EXPECT_EQ(margin, xgboost[i]);
      f.forest.leaves(row, leaves.data());
      double trees = f.forest.base_margin();
      for (size_t t = 0; t < 20; ++t) trees += leaves[t];
      double wanted = 0.6 * trees + 0.7 * f.linear.margin(row) - 3.25;
      worst = std::max(worst, std::abs(margin - wanted));
      spread += std::abs(margin - wanted) / 500;
    }
    EXPECT_LT(spread, 0.03);  // the line in 64 steps
    EXPECT_LT(worst, 0.25);   // the far tail too
  }
}

TEST(Composition, CarriesALineOnBeyondTheTrainingValuesAndNoFurther) {
  Fitted f = fitted(Task::kRegression);
  ForestComposition composition(Task::kRegression, 4);
  composition.add(f.linear, f.samples, 1);
  const Forest forest = Forest::parse(composition.json()).value();
  float low = 0, high = 0;
  for (size_t i = 0; i < f.samples.rows(); ++i) low = std::min(low, f.samples.row(i)[0]), high = std::max(high, f.samples.row(i)[0]);
  const float range = high - low;
  std::vector<float> row(f.samples.row(0), f.samples.row(0) + 4);
  auto at = [&](float value) {
    row[0] = value;
    return std::pair(forest.margin(row.data()), f.linear.margin(row.data()));
  };
  auto [end, line_end] = at(high);
  for (float beyond : {0.1f, 0.25f, 0.45f}) {
    auto [above, line_above] = at(high + beyond * range);
    auto [below, line_below] = at(low - beyond * range);
    EXPECT_NEAR(above - end, line_above - line_end, 0.04 * std::abs(line_end - line_below));
    EXPECT_NEAR(end - below, line_end - line_below, 0.04 * std::abs(line_end - line_below));
  }
  EXPECT_EQ(at(high + range).first, at(high + 100 * range).first);
  const auto explainer = ShapExplainer::make(forest).value();
  ShapExplainer::Scratch scratch;
  std::vector<double> shap(4);
  row[0] = high + 0.4f * range;
  explainer.contributions(row.data(), scratch, shap.data());
  double sum = explainer.bias();
  for (double s : shap) sum += s;
  EXPECT_NEAR(sum, forest.margin(row.data()), 1e-5);
}

TEST(Composition, ExplainsItsSumExactly) {
  Fitted f = fitted(Task::kBinary);
  ForestComposition composition(Task::kBinary, 4);
  composition.add(f.forest, 30, 0.5);
  composition.add(f.linear, f.samples, 0.5);
  Forest forest = Forest::parse(composition.json()).value();
  auto explainer = ShapExplainer::make(forest).value();
  ShapExplainer::Scratch scratch;
  std::vector<double> shap(4);
  for (size_t i = 0; i < 200; ++i) {
    explainer.contributions(f.samples.row(i), scratch, shap.data());
    double sum = explainer.bias();
    for (double s : shap) sum += s;
    EXPECT_NEAR(sum, forest.margin(f.samples.row(i)), 1e-5);
  }
}

TEST(Composition, AValueMissingForTheFirstTimeCountsLikeTheMean) {
  Fitted f = fitted(Task::kBinary);
  ForestComposition composition(Task::kBinary, 4);
  composition.add(f.linear, f.samples, 1);
  Forest forest = Forest::parse(composition.json()).value();
  std::vector<float> row(f.samples.row(0), f.samples.row(0) + 4), without = row;
  without[0] = std::nanf("");
  EXPECT_NEAR(forest.margin(row.data()) - forest.margin(without.data()), f.linear.contribution(0, row[0]), 0.05);
}

// A straight line seen through noise: leaning to trees that only add noise costs more than leaning to the line.
TEST(Blend, LeansToWhatHeldOutLossSaysIsBest) {
  Random random(17);
  std::vector<std::vector<double>> margins(2);
  std::vector<float> labels;
  std::vector<int> fold;
  for (int i = 0; i < 300; ++i) {
    const double line = 1.5 * random.normal();
    margins[0].push_back(2 * random.normal());
    margins[1].push_back(line);
    labels.push_back(random.uniform() < 1 / (1 + std::exp(-line)));
    fold.push_back(i % 5);
  }
  const std::vector<double> trees{1, 0}, linear{0, 1};
  Lean lean = Blend::choose_lean(Task::kBinary, margins, labels, {trees, linear}, fold);
  EXPECT_GT(lean.prior[1], 0.9) << "seed 17";
  EXPECT_GT(lean.pull, 20) << "the line needs no correction";
  std::swap(margins[0], margins[1]);
  EXPECT_GT(Blend::choose_lean(Task::kBinary, margins, labels, {trees, linear}, fold).prior[0], 0.9) << "seed 17";
  EXPECT_NEAR(Blend::choose_lean(Task::kBinary, margins, labels, {trees, trees}, fold).prior[0], 1, 1e-9);
  // What cannot be told apart is weighed alike.
  margins[1] = margins[0];
  const Lean even = Blend::choose_lean(Task::kBinary, margins, labels, {trees, linear}, fold);
  EXPECT_NEAR(even.prior[0], 0.5, 0.01);
  EXPECT_NEAR(even.prior[1], 0.5, 0.01);
}

}  // namespace
}  // namespace furrow::learn
