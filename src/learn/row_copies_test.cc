#include "learn/row_copies.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include "base/random.h"
#include "learn/folds.h"
#include "learn/trainer.h"

namespace furrow::learn {
namespace {

// Two columns that half explain a label; the rows `times` over, with a row number and, with `shuffled`, in no order.
struct Copied {
  Copied(size_t rows, size_t times, bool shuffled = true) {
    Random random(1);
    std::vector<double> x, y, number;
    std::vector<float> outcome;
    for (size_t i = 0; i < rows; ++i) {
      x.push_back(random.normal()), y.push_back(std::round(50 * random.uniform()));
      outcome.push_back(random.uniform() < 1 / (1 + std::exp(1 - 1.4 * x.back())) ? 1.0f : 0.0f);
    }
    std::vector<size_t> order(rows * times);
    std::iota(order.begin(), order.end(), size_t{0});
    for (size_t i = order.size(); i > 1 && shuffled; --i) std::swap(order[i - 1], order[random.below(i)]);
    std::vector<double> cells[3];
    TextColumnBuilder label("bought");
    for (size_t i = 0; i < order.size(); ++i) {
      const size_t from = order[i] % rows;
      cells[0].push_back(x[from]), cells[1].push_back(y[from]), cells[2].push_back(static_cast<double>(i + 1));
      label.add(outcome[from] > 0 ? "yes" : "no");
      labels.push_back(outcome[from]);
    }
    data.rows = order.size();
    data.columns = {number_column("x", cells[0]), number_column("y", cells[1]), number_column("line", cells[2]), std::move(label).finish()};
    this->rows.resize(data.rows);
    std::iota(this->rows.begin(), this->rows.end(), 0u);
  }
  RowCopies copies() const { return find_row_copies(data, rows, labels, {"bought"}); }
  double auc() const {
    TrainOptions options;
    options.target = "bought";
    options.threads = 1;
    return train(data, options)->binary.auc.value;
  }
  Dataset data;
  std::vector<float> labels;
  std::vector<uint32_t> rows;
};

TEST(RowCopies, AreFoundThoughTheirRowNumbersDiffer) {
  const RowCopies three = Copied(1000, 3).copies();
  EXPECT_TRUE(three.found);
  EXPECT_NEAR(three.share, 2.0 / 3, 1e-9);
  EXPECT_EQ(three.contradicted, 0);
  EXPECT_EQ(std::set<uint32_t>(three.set_of.begin(), three.set_of.end()).size(), 1000u);
  EXPECT_FALSE(Copied(1000, 1).copies().found);
}

// What a file shows must not be better for its rows being there three times.
TEST(RowCopies, DoNotFlatterAModel) {
  const double once = Copied(1000, 1).auc();
  EXPECT_LT(once, 0.85);
  EXPECT_NEAR(Copied(1000, 3).auc(), once, 0.02);
  EXPECT_NEAR(Copied(1000, 3, false).auc(), once, 0.02);
}

// Few values in many columns that hang together: rows agree by chance more often than independent columns would, and their labels do not.
TEST(RowCopies, AreNotRowsThatAreAlikeByChance) {
  Random random(2);
  Dataset data, coarse;  // the coarse one has 60 combinations of values, which tell the label
  std::vector<std::vector<double>> cells(6);
  std::vector<float> labels;
  std::vector<uint32_t> rows;
  for (uint32_t i = 0; i < 4000; ++i) {
    const double kind = static_cast<double>(random.below(1500));
    for (size_t c = 0; c < cells.size(); ++c) cells[c].push_back(std::floor(kind / static_cast<double>(c + 1)));
    labels.push_back(random.uniform() < 0.2 + 0.2 * (kind > 700));
    rows.push_back(i);
  }
  data.rows = rows.size();
  for (size_t c = 0; c < cells.size(); ++c) data.columns.push_back(number_column("c" + std::to_string(c), cells[c]));
  RowCopies copies = find_row_copies(data, rows, labels, {});
  EXPECT_GT(copies.share, 0.5);
  EXPECT_FALSE(copies.found);
  EXPECT_TRUE(copies.set_of.empty());
  for (uint32_t i = 0; i < 4000; ++i) labels[i] = static_cast<float>(static_cast<uint64_t>(cells[0][i]) * 2654435761 % 7 < 3);  // rows that are equal agree
  EXPECT_TRUE(find_row_copies(data, rows, labels, {}).found);
  for (int c = 0; c < 5; ++c) coarse.columns.push_back(number_column("c" + std::to_string(c), cells[0]));
  for (Column& column : coarse.columns) {
    for (uint32_t i = 0; i < 4000; ++i) column.numbers[i] = std::fmod(cells[0][i], 60), labels[i] = static_cast<float>(static_cast<int>(column.numbers[i]) % 2);
  }
  coarse.rows = 4000;
  EXPECT_FALSE(find_row_copies(coarse, rows, labels, {}).found);
}

TEST(CopyFolds, KeepASetTogetherAndJudgeItOnce) {
  std::vector<uint32_t> set_of;
  std::vector<float> labels;
  for (uint32_t i = 0; i < 300; ++i) set_of.push_back(i < 100 ? i : i % 100), labels.push_back(i % 100 % 4 == 0);
  std::multiset<uint32_t> judged;
  for (const Fold& fold : copy_folds(set_of, labels, true, 5, 1)) {
    std::set<uint32_t> held_out, train;
    for (uint32_t row : fold.held_out) judged.insert(set_of[row]), held_out.insert(set_of[row]);
    for (uint32_t row : fold.train) train.insert(set_of[row]);
    EXPECT_EQ(fold.held_out.size(), 20u);
    EXPECT_EQ(fold.train.size(), 240u);
    for (uint32_t set : held_out) EXPECT_EQ(train.count(set), 0u);
    EXPECT_EQ(std::count_if(fold.held_out.begin(), fold.held_out.end(), [&](uint32_t row) { return labels[row] > 0; }), 5);
  }
  EXPECT_EQ(judged.size(), 100u);
  EXPECT_EQ(std::set<uint32_t>(judged.begin(), judged.end()).size(), 100u);
}

TEST(CopyFolds, OfRowsThatAreAllDifferentAreTheRandomOnes) {
  std::vector<uint32_t> set_of(50);
  std::iota(set_of.begin(), set_of.end(), 0u);
  std::vector<float> labels(50, 0);
  for (size_t i = 0; i < 20; ++i) labels[i] = 1;
  const auto copies = copy_folds(set_of, labels, true, 5, 3), random = random_folds(labels, true, 5, 3);
  for (size_t f = 0; f < 5; ++f) {
    EXPECT_EQ(copies[f].train, random[f].train);
    EXPECT_EQ(copies[f].held_out, random[f].held_out);
  }
}

}  // namespace
}  // namespace furrow::learn
