#include "learn/part_search.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "base/files.h"
#include "base/random.h"
#include "learn/dataset.h"
#include "learn/model.h"

namespace furrow::learn {
namespace {

// What two of many columns mean together, or one of them alone.
Dataset table(bool together, size_t rows) {
  Random random(4);
  Dataset data;
  data.rows = rows;
  std::vector<std::vector<double>> columns(16);
  std::vector<double> target;
  for (size_t i = 0; i < rows; ++i) {
    for (auto& column : columns) column.push_back(random.normal());
    target.push_back((together ? 3 * columns[0][i] * columns[1][i] : 3 * columns[0][i]) + random.normal());
  }
  for (size_t c = 0; c < columns.size(); ++c) data.columns.push_back(number_column("c" + std::to_string(c), std::move(columns[c])));
  data.columns.push_back(number_column("y", std::move(target)));
  return data;
}

TrainOptions within(double seconds) {
  TrainOptions options;
  options.target = "y";
  options.folds = 3;
  options.time_budget_s = seconds;
  return options;
}

std::set<std::string> counted(const Trained& trained) {
  std::set<std::string> out;
  for (const auto& [part, weight] : trained.blend) {
    if (weight > 0) out.insert(part);
  }
  return out;
}

TEST(PartSearch, FurtherShapesAreTriedInWhatABudgetLeavesAndStayWhereTheyHelp) {
  const Dataset data = table(true, 700);
  const Trained plain = train(data, within(0)).value(), searched = train(data, within(600)).value();
  EXPECT_EQ(plain.blend.size(), 3u);
  EXPECT_GT(searched.blend.size(), 3u);
  EXPECT_TRUE(counted(searched).contains("deep trees of all columns"));
  EXPECT_LT(searched.regression.rmse.value, 0.97 * plain.regression.rmse.value);
  const std::shared_ptr<const Model> model = [&] {
    TemporaryFolder folder;
    EXPECT_TRUE(write_model(searched.files, folder.path() / "m").ok());
    return Model::load(folder.path() / "m").value();
  }();
  EXPECT_EQ(model->forest().trees().size(), static_cast<size_t>(searched.rounds)) << "one forest, whatever it was put together from";
}

TEST(PartSearch, WhatBringsNothingIsNotKept) {
  const Trained searched = train(table(false, 300), within(600)).value();
  EXPECT_TRUE(counted(searched).contains("linear model"));
  EXPECT_LE(searched.blend.size(), 4u);
}

TEST(PartSearch, ScoresThatSomebodyWaitsForStaySmall) {
  TrainOptions options = within(600);
  options.compared = {"c0"};
  for (const auto& [part, weight] : train(table(true, 200), options).value().blend) EXPECT_NE(part, "deep trees of all columns");
}

}  // namespace
}  // namespace furrow::learn
