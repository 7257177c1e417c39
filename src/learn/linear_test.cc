#include "learn/linear.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/random.h"
#include "learn/metrics.h"

namespace furrow::learn {
namespace {

// Columns 7 and `columns` - 3 tell the label; a twentieth of the cells is missing.
Samples wide(size_t rows, size_t columns, uint64_t seed) {
  Random random(seed);
  Samples out;
  out.columns = columns;
  for (size_t i = 0; i < rows; ++i) {
    for (size_t c = 0; c < columns; ++c) out.values.push_back(static_cast<float>(random.normal()));
    float* row = out.values.data() + i * columns;
    out.labels.push_back(random.chance(1 / (1 + std::exp(-2.0 * static_cast<double>(row[7] - row[columns - 3])))) ? 1.0f : 0.0f);
    for (size_t c = 0; c < columns; ++c) row[c] = random.chance(0.05) ? std::nanf("") : row[c];
  }
  return out;
}

TEST(Linear, MoreColumnsThanCanBeSolvedForAreScreened) {
  const size_t columns = LinearModel::kMaxColumns + 500;
  const Samples rows = wide(400, columns, 1), fresh = wide(400, columns, 2);
  for (Task task : {Task::kBinary, Task::kRegression}) {
    auto model = LinearModel::fit_chosen(task, rows, 5);
    ASSERT_TRUE(model.ok()) << model.error().message();
    EXPECT_TRUE(model->uses(7));
    EXPECT_TRUE(model->uses(columns - 3));
    size_t used = 0;
    for (size_t c = 0; c < columns; ++c) used += model->uses(c);
    EXPECT_LE(used, rows.rows());
    std::vector<double> margins;
    for (size_t i = 0; i < fresh.rows(); ++i) {
      margins.push_back(model->margin(fresh.row(i)));
      double sum = model->intercept();
      for (size_t c = 0; c < columns; ++c) {
        const float v = fresh.row(i)[c];
        sum += std::isnan(v) ? model->missing_contribution(c) : model->contribution(c, static_cast<double>(v));
      }
      ASSERT_NEAR(sum, margins.back(), 1e-9);
    }
    EXPECT_GT(auc(margins, fresh.labels), 0.6);
  }
}

TEST(Linear, ScreenedColumnsKeepTheirDirections) {
  const size_t columns = LinearModel::kMaxColumns + 1;
  std::vector<int> monotone(columns, 0);
  monotone[7] = -1;
  auto model = LinearModel::fit(Task::kBinary, wide(150, columns, 1), 30, monotone);
  ASSERT_TRUE(model.ok());
  EXPECT_EQ(model->contribution(7, 3.0), 0);
  EXPECT_NE(model->contribution(columns - 3, 3.0), 0);
}

}  // namespace
}  // namespace furrow::learn
