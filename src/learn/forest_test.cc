#include "learn/forest.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/random.h"
#include "learn/boosting.h"
#include "learn/shap.h"
#include "learn/bound_candidates.h"
#include "learn/shared_scoring.h"

namespace furrow::learn {
namespace {

constexpr float kMissing = std::numeric_limits<float>::quiet_NaN();

// Rows with missing cells, repeated values and a label that depends on a few columns and their interactions.
Samples random_samples(size_t rows, size_t columns, uint64_t seed, Task task = Task::kBinary) {
  Random random(seed);
  Samples samples;
  samples.columns = columns;
  for (size_t i = 0; i < rows; ++i) {
    std::vector<float> row;
    for (size_t c = 0; c < columns; ++c) {
      double value = c % 3 == 0 ? static_cast<double>(random.below(4)) : random.normal();
      row.push_back(random.chance(0.1) ? kMissing : static_cast<float>(value));
    }
    auto at = [&](size_t c) { return std::isnan(row[c]) ? 0.5 : static_cast<double>(row[c]); };
    double signal = at(1) * at(2) + std::sin(2 * at(0)) + 0.5 * at(columns - 1) - 0.4;
    double label = task == Task::kRegression ? 20 * signal + random.normal() : random.uniform() < 1 / (1 + std::exp(-2 * signal));
    samples.labels.push_back(static_cast<float>(label));
    samples.values.insert(samples.values.end(), row.begin(), row.end());
  }
  return samples;
}

Boosted train(const Samples& samples, int depth, int rounds, Task task = Task::kBinary) {
  BoostingOptions options;
  options.threads = 1;  // waiting threads of OpenMP fight for the cores that others use
  options.depth = depth;
  options.rounds = rounds;
  options.min_child_weight = 0.1;
  auto boosted = boost(task, samples, nullptr, options);
  EXPECT_TRUE(boosted.ok()) << boosted.error().message();
  return std::move(boosted).value();
}

Forest parse(const std::string& json) {
  auto forest = Forest::parse(json);
  EXPECT_TRUE(forest.ok()) << forest.error().message();
  return std::move(forest).value();
}

// The twin: follow the links of each tree, add in order.
float naive_margin(const Forest& forest, const float* row) {
  float sum = forest.base_margin();
  for (const Tree& tree : forest.trees()) {
    size_t node = 0;
    while (!tree.is_leaf(node)) node = static_cast<size_t>(tree.child(node, row[tree.feature[node]]));
    sum += tree.threshold[node];
  }
  return sum;
}

struct Shape {
  int depth, rounds;
  Task task;
};
class ForestTest : public testing::TestWithParam<Shape> {};

TEST_P(ForestTest, GivesTheBitsOfXgboost) {
  auto [depth, rounds, task] = GetParam();
  Samples samples = random_samples(1500, 12, 7, task);
  Boosted boosted = train(samples, depth, rounds, task);
  Forest forest = parse(boosted.json);
  ASSERT_EQ(forest.trees().size(), static_cast<size_t>(rounds));
  auto reference = XgboostModel::load(boosted.json).value().margins(samples.values.data(), samples.rows(), 12);
  ASSERT_TRUE(reference.ok());
  std::vector<float> batch(samples.rows());
  forest.margins(samples.values.data(), samples.rows(), batch.data());
  for (size_t i = 0; i < samples.rows(); ++i) {
    ASSERT_EQ(naive_margin(forest, samples.row(i)), (*reference)[i]) << "row " << i;
    ASSERT_EQ(batch[i], (*reference)[i]) << "row " << i;
    ASSERT_EQ(forest.margin(samples.row(i)), (*reference)[i]) << "row " << i;
  }
}

TEST_P(ForestTest, ManyCandidatesAreTheBitsOfTheirWholeRows) {
  auto [depth, rounds, task] = GetParam();
  Samples samples = random_samples(800, 12, 11, task);
  Forest forest = parse(train(samples, depth, rounds, task).json);
  std::vector<uint32_t> varying{3, 11, 1};
  auto scorer = SharedScorer::make(forest, varying);
  ASSERT_TRUE(scorer.ok());
  SharedScorer::Scratch scratch;
  auto explainer = ShapExplainer::make(forest).value();
  ShapExplainer::Scratch explain_scratch;
  Random random(5);
  for (size_t count : {1u, 3u, 16u, 20u, 64u, 65u, 130u}) {
    size_t person = random.below(samples.rows());
    std::vector<float> values, rows;
    for (size_t k = 0; k < count; ++k) {
      const float* other = samples.row(random.below(samples.rows()));
      std::vector<float> whole(samples.row(person), samples.row(person) + 12);
      for (uint32_t c : varying) {
        whole[c] = other[c];
        values.push_back(other[c]);
      }
      rows.insert(rows.end(), whole.begin(), whole.end());
    }
    std::vector<float> out(count);
    scorer->margins(samples.row(person), values.data(), count, scratch, out.data());
    for (size_t k = 0; k < count; ++k) ASSERT_EQ(out[k], naive_margin(forest, rows.data() + 12 * k)) << count << " candidates, " << k;
    auto bound = BoundCandidates::make(forest, varying, values, count);
    ASSERT_EQ(bound.has_value(), depth <= ShallowTrees::kLevels);
    if (!bound) continue;
    std::fill(out.begin(), out.end(), 0.0f);
    BoundCandidates::Scratch bound_scratch;
    bound->margins(samples.row(person), bound_scratch, out.data());
    for (size_t k = 0; k < count; ++k) ASSERT_EQ(out[k], naive_margin(forest, rows.data() + 12 * k)) << count << " bound candidates, " << k;
    std::vector<ShallowTrees::Decisions> decisions;
    for (size_t k = 0; k < count; ++k) {
      bound->decisions(k, bound_scratch, decisions);
      double got[12], exact[12];
      explainer.contributions_of(decisions, explain_scratch, got);
      explainer.contributions(rows.data() + 12 * k, explain_scratch, exact);
      for (size_t c = 0; c < 12; ++c) ASSERT_EQ(got[c], exact[c]) << count << " bound candidates, " << k << " column " << c;
    }
  }
}

TEST_P(ForestTest, ShapSumsToTheMarginAndEqualsXgboost) {
  auto [depth, rounds, task] = GetParam();
  Samples samples = random_samples(depth > 8 ? 60 : 400, 12, 13, task);
  Boosted boosted = train(samples, depth, rounds, task);
  Forest forest = parse(boosted.json);
  auto explainer = ShapExplainer::make(forest);
  ASSERT_TRUE(explainer.ok());
  auto reference = XgboostModel::load(boosted.json).value().contributions(samples.values.data(), samples.rows(), 12);
  ASSERT_TRUE(reference.ok());
  ShapExplainer::Scratch scratch;
  std::vector<double> all(samples.rows() * 12);
  explainer->contributions(samples.values.data(), samples.rows(), scratch, all.data());
  double scale = task == Task::kRegression ? 100 : 1;
  for (size_t i = 0; i < samples.rows(); ++i) {
    double one[12];
    explainer->contributions(samples.row(i), scratch, one);
    double sum = explainer->bias(), exact = forest.base_margin();
    for (const Tree& tree : forest.trees()) {
      size_t node = 0;
      while (!tree.is_leaf(node)) node = static_cast<size_t>(tree.child(node, samples.row(i)[tree.feature[node]]));
      exact += tree.threshold[node];
    }
    for (size_t c = 0; c < 12; ++c) {
      sum += one[c];
      ASSERT_NEAR(one[c], all[i * 12 + c], 1e-12 * scale);
      ASSERT_NEAR(one[c], (*reference)[i * 13 + c], 3e-6 * scale) << "row " << i << " column " << c;
    }
    ASSERT_NEAR(sum, exact, 1e-9 * scale);
    ASSERT_NEAR(sum, forest.margin(samples.row(i)), 1e-6 * scale * (1 + std::abs(sum)));
  }
}

INSTANTIATE_TEST_SUITE_P(Shapes, ForestTest,
                         testing::Values(Shape{1, 20, Task::kBinary}, Shape{4, 37, Task::kBinary}, Shape{6, 200, Task::kBinary},
                                         Shape{8, 50, Task::kRegression}, Shape{14, 20, Task::kBinary}),
                         [](const auto& info) { return "depth" + std::to_string(info.param.depth); });

// What the rows of a coalition are worth: absent features go both ways by cover.
double naive_value(const Tree& tree, size_t node, const float* row, uint32_t present) {
  if (tree.is_leaf(node)) return tree.threshold[node];
  auto left = static_cast<size_t>(tree.left[node]), right = static_cast<size_t>(tree.right[node]);
  if (present >> tree.feature[node] & 1) {
    return naive_value(tree, static_cast<size_t>(tree.child(node, row[tree.feature[node]])), row, present);
  }
  double l = tree.cover[left], r = tree.cover[right];
  return (l * naive_value(tree, left, row, present) + r * naive_value(tree, right, row, present)) / (l + r);
}

TEST(Shap, IsTheShapleyValueOfItsDefinition) {
  constexpr int kColumns = 7;
  Samples samples = random_samples(600, kColumns, 17);
  Forest forest = parse(train(samples, 9, 6).json);
  auto explainer = ShapExplainer::make(forest);
  ASSERT_TRUE(explainer.ok());
  ShapExplainer::Scratch scratch;
  double factorial[kColumns + 1] = {1};
  for (int i = 1; i <= kColumns; ++i) factorial[i] = factorial[i - 1] * i;
  for (size_t i = 0; i < 20; ++i) {
    const float* row = samples.row(i);
    std::vector<double> value(1u << kColumns, 0.0);
    for (uint32_t set = 0; set < value.size(); ++set) {
      for (const Tree& tree : forest.trees()) value[set] += naive_value(tree, 0, row, set);
    }
    double got[kColumns];
    explainer->contributions(row, scratch, got);
    for (int c = 0; c < kColumns; ++c) {
      double shapley = 0;
      for (uint32_t set = 0; set < value.size(); ++set) {
        if (set >> c & 1) continue;
        int size = __builtin_popcount(set);
        shapley += factorial[size] * factorial[kColumns - size - 1] / factorial[kColumns] * (value[set | 1u << c] - value[set]);
      }
      ASSERT_NEAR(got[c], shapley, 1e-12) << "row " << i << " column " << c;
    }
    ASSERT_NEAR(explainer->bias(), forest.base_margin() + value[0], 1e-12);
  }
}

TEST(Forest, RefusesWhatItDoesNotEvaluate) {
  Samples samples = random_samples(300, 5, 3);
  std::string json = train(samples, 3, 4).json;
  auto code = [](const std::string& text) {
    auto forest = Forest::parse(text);
    return forest.ok() ? "parsed" : std::string(error_info(forest.error().code()).name);
  };
  ASSERT_EQ(code(json), "parsed");
  EXPECT_EQ(code(""), "model_mismatch");
  EXPECT_EQ(code("{}"), "model_mismatch");
  EXPECT_EQ(code(json.substr(0, json.size() / 2)), "model_mismatch");
  auto with = [&](std::string_view from, std::string_view to) {
    std::string changed = json;
    size_t at = changed.find(from);
    EXPECT_NE(at, changed.npos) << from;
    return changed.replace(at, from.size(), to);
  };
  EXPECT_EQ(code(with("\"gbtree\"", "\"gblinear\"")), "model_mismatch");
  EXPECT_EQ(code(with("binary:logistic", "multi:softprob!")), "model_mismatch");
  EXPECT_EQ(code(with("\"num_class\":\"0\"", "\"num_class\":\"3\"")), "model_mismatch");
  EXPECT_EQ(code(with("\"left_children\":[1", "\"left_children\":[0")), "model_mismatch");      // a circle
  EXPECT_EQ(code(with("\"left_children\":[1", "\"left_children\":[900")), "model_mismatch");    // out of the tree
  EXPECT_EQ(code(with("\"num_class\":\"0\",\"num_feature\":\"5\"", "\"num_class\":\"0\",\"num_feature\":\"1\"")), "model_mismatch");
}

TEST(SharedScorer, RefusesColumnsThatAreNotThere) {
  Forest forest = parse(train(random_samples(300, 5, 3), 3, 4).json);
  EXPECT_EQ(SharedScorer::make(forest, {5}).error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(SharedScorer::make(forest, {2, 2}).error().code(), ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace furrow::learn
