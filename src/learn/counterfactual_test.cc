#include "learn/counterfactual.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/files.h"
#include "base/random.h"
#include "learn/trainer.h"

namespace furrow::learn {
namespace {

// Buys when visits and plan say so; age decides nothing that anybody can change.
Dataset people(size_t rows) {
  Random random(8);
  std::vector<double> visits, age;
  TextColumnBuilder plan("plan"), label("bought");
  for (size_t i = 0; i < rows; ++i) {
    visits.push_back(static_cast<double>(random.below(10)));
    age.push_back(random.uniform(20, 70));
    bool pro = random.chance(0.4);
    plan.add(pro ? "pro" : "free");
    double margin = 0.9 * visits.back() - 5 + (pro ? 2 : 0) + (age.back() > 50 ? 1 : 0);
    label.add(random.uniform() < 1 / (1 + std::exp(-margin)) ? "yes" : "no");
  }
  Dataset data;
  data.rows = rows;
  data.columns.push_back(number_column("visits", std::move(visits)));
  data.columns.push_back(number_column("age", std::move(age)));
  data.columns.push_back(std::move(plan).finish());
  data.columns.push_back(std::move(label).finish());
  return data;
}

TEST(Counterfactual, FlipsByTheCheapestSingleChangeOfWhatMayChange) {
  Dataset data = people(1500);
  TrainOptions options;
  options.threads = 1;
  options.target = "bought";
  options.folds = 2;
  auto trained = train(data, options);
  ASSERT_TRUE(trained.ok()) << trained.error().to_string();
  TemporaryFolder folder;
  ASSERT_TRUE(write_model(trained->files, folder.path() / "m").ok());
  auto model = Model::load(folder.path() / "m");
  ASSERT_TRUE(model.ok());
  auto rows = (*model)->encoder().encode(data);
  ASSERT_TRUE(rows.ok());
  auto search = CounterfactualSearch::make(**model, data, *rows, {"visits", "plan"});
  ASSERT_TRUE(search.ok());
  size_t flipped = 0;
  for (size_t i = 0; i < 60; ++i) {
    std::vector<float> row(rows->values.begin() + static_cast<std::ptrdiff_t>(i * rows->columns), rows->values.begin() + static_cast<std::ptrdiff_t>((i + 1) * rows->columns));
    double before = (*model)->score_encoded(row.data());
    auto found = search->find(i, 0.5);
    if (!found) continue;
    ++flipped;
    EXPECT_NE(before < 0.5, found->score < 0.5);
    // Done again by hand: the score is that of the changed row, and no cheaper value of the same number flips it.
    for (const Change& change : found->changes) {
      const InputEncoding& input = (*model)->inputs()[change.input];
      EXPECT_NE(input.name, "age");
      for (size_t c = 0; c < input.outputs; ++c) row[input.first_output + c] = rows->values[change.donor * rows->columns + input.first_output + c];
    }
    EXPECT_DOUBLE_EQ((*model)->score_encoded(row.data()), found->score);
    if (found->changes.size() != 1 || (*model)->inputs()[found->changes[0].input].name != "visits") continue;
    double from = data.columns[0].numbers[i], to = data.columns[0].numbers[found->changes[0].donor];
    for (uint32_t other = 0; other < 200; ++other) {
      double value = data.columns[0].numbers[other];
      if ((value - from) * (to - from) <= 0 || std::abs(value - from) >= std::abs(to - from)) continue;  // between the two
      std::vector<float> nearer(rows->values.begin() + static_cast<std::ptrdiff_t>(i * rows->columns), rows->values.begin() + static_cast<std::ptrdiff_t>((i + 1) * rows->columns));
      nearer[(*model)->inputs()[found->changes[0].input].first_output] = static_cast<float>(value);
      EXPECT_EQ((*model)->score_encoded(nearer.data()) < 0.5, before < 0.5) << "row " << i << ": " << value << " is nearer than " << to;
    }
  }
  EXPECT_GT(flipped, 40u);
  EXPECT_EQ(CounterfactualSearch::make(**model, data, *rows, {"colour"}).error().message(), "the model has no input 'colour' to change");
}

}  // namespace
}  // namespace furrow::learn
