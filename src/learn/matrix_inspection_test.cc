#include "learn/matrix_inspection.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "learn/pca.h"

namespace furrow::learn {
namespace {

const ColumnInspection& of(const std::vector<ColumnInspection>& all, const std::string& name) {
  for (const auto& one : all) {
    if (one.name == name) return one;
  }
  throw std::logic_error(name);
}

Dataset sample(size_t rows) {
  Random random(4);
  std::vector<double> time, target, honest, twice, leak, drift, constant, steady;
  for (size_t i = 0; i < rows; ++i) {
    const double t = static_cast<double>(i), y = random.chance(0.3) ? 1 : 0, x = random.normal() + y;
    time.push_back(t);
    target.push_back(y);
    honest.push_back(x);
    twice.push_back(3 * x + 1);
    leak.push_back(y == 1 ? 5 + random.uniform() : std::nan(""));
    drift.push_back(random.normal() + (i > rows / 2 ? 2 : 0));
    constant.push_back(7);
    steady.push_back(random.normal());
  }
  Dataset data;
  data.rows = rows;
  data.columns = {number_column("t", time), number_column("y", target), number_column("honest", honest), number_column("twice", twice),
                  number_column("leak", leak), number_column("drift", drift), number_column("constant", constant), number_column("steady", steady)};
  TextColumnBuilder text("bought");
  for (double y : target) text.add(y == 1 ? "yes" : "no way");
  data.columns.push_back(std::move(text).finish());
  return data;
}

TEST(MatrixInspectionTest, FlagsWhatIsConstantTwiceLeakingOrDriftingAndNothingElse) {
  auto found = inspect_matrix(sample(2000), {.target = "y", .positive = "", .time = "t", .ignored = {}}).value();
  EXPECT_TRUE(of(found, "constant").constant);
  EXPECT_EQ(of(found, "twice").duplicate_of, "honest");
  EXPECT_TRUE(of(found, "leak").leaking);
  EXPECT_TRUE(of(found, "bought").leaking);
  EXPECT_TRUE(of(found, "drift").drifting);
  EXPECT_FALSE(of(found, "honest").flagged());
  EXPECT_FALSE(of(found, "steady").flagged());
  EXPECT_EQ(found.size(), 7u);
}

TEST(MatrixInspectionTest, ANameThatIsNotThereIsRefused) {
  EXPECT_FALSE(inspect_matrix(sample(10), {.target = "nope", .positive = "", .time = "", .ignored = {}}).ok());
  EXPECT_FALSE(inspect_matrix(sample(10), {.target = "", .positive = "", .time = "nope", .ignored = {}}).ok());
}

// Twelve columns that are mixtures of three: three components explain nearly all, and they are the rows' scores.
TEST(PcaTest, FindsAsManyComponentsAsThereAreCauses) {
  Random random(11);
  const size_t rows = 3000;
  std::vector<std::vector<double>> columns(12, std::vector<double>(rows));
  std::vector<std::vector<double>> mix(12, std::vector<double>(3));
  for (auto& m : mix) for (double& w : m) w = random.normal();
  for (size_t i = 0; i < rows; ++i) {
    const double cause[3] = {random.normal(), random.normal(), random.normal()};
    for (size_t c = 0; c < 12; ++c) columns[c][i] = 100 * (mix[c][0] * cause[0] + mix[c][1] * cause[1] + mix[c][2] * cause[2]) + 5 + 0.01 * random.normal();
  }
  columns[3][7] = std::nan("");
  Dataset data;
  data.rows = rows;
  for (size_t c = 0; c < 12; ++c) data.columns.push_back(number_column("c" + std::to_string(c), columns[c]));
  data.columns.push_back(number_column("flat", std::vector<double>(rows, 2)));
  auto pca = fit_pca(data, {.most = 50, .share = 0.999, .ignored = {}}).value();
  EXPECT_EQ(pca.columns.size(), 12u);
  EXPECT_EQ(pca.explained.size(), 3u);
  double kept = 0;
  for (double e : pca.explained) kept += e;
  EXPECT_GT(kept, 0.999);
  // Components do not correlate, and vary as much as they explain.
  auto scores = pca.transform(data);
  for (size_t a = 0; a < 3; ++a) {
    for (size_t b = 0; b <= a; ++b) {
      double shared = 0;
      for (const auto& row : scores) shared += row[a] * row[b];
      EXPECT_NEAR(shared / rows, a == b ? pca.explained[a] * 12 : 0, 1e-6);
    }
  }
  EXPECT_FALSE(fit_pca(Dataset{}, {}).ok());
}

}  // namespace
}  // namespace furrow::learn
