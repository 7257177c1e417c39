#include "learn/cluster_choice.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/random.h"
#include "learn/cluster_agreement.h"
#include "learn/cluster_dip.h"

namespace furrow::learn {
namespace {

Dataset dataset(std::vector<std::vector<double>> columns) {
  Dataset out;
  out.rows = columns[0].size();
  for (size_t j = 0; j < columns.size(); ++j) out.columns.push_back(number_column("x" + std::to_string(j), std::move(columns[j])));
  return out;
}

size_t chosen(const Dataset& data) { return choose_group_count(cluster_space(data, {}), {}).k; }

Dataset blobs(size_t rows, const std::vector<std::vector<double>>& centres, uint64_t seed) {
  Random random(seed);
  std::vector<std::vector<double>> columns(centres[0].size());
  for (size_t i = 0; i < rows; ++i) {
    const auto& centre = centres[random.below(centres.size())];
    for (size_t j = 0; j < centre.size(); ++j) columns[j].push_back(centre[j] + random.normal());
  }
  return dataset(std::move(columns));
}

TEST(Dip, KnownValues) {
  std::vector<double> even(100), two;
  std::iota(even.begin(), even.end(), 0.0);
  EXPECT_NEAR(dip(even), 1.0 / 200, 1e-9);  // the least there is
  for (int i = 0; i < 100; ++i) two.push_back(i % 2 == 0 ? i * 1e-6 : 100 + i * 1e-6);
  EXPECT_NEAR(dip(two), 0.25, 0.01);        // the most there is
  EXPECT_EQ(dip({1}), 0);
}

TEST(Dip, OneInTwentyOfUniformSamplesIsBelowFivePercent) {
  for (size_t n : {20u, 100u, 400u}) {
    Random random(n);
    int below = 0;
    for (int draw = 0; draw < 2000; ++draw) {
      std::vector<double> values(n);
      for (double& v : values) v = random.uniform();
      below += dip_p_value(dip(values), n) < 0.05;
    }
    EXPECT_NEAR(below / 2000.0, 0.05, 0.02) << n;
  }
}

TEST(Choice, FindsBlobs) {
  EXPECT_EQ(chosen(blobs(600, {{0, 0}, {8, 0}, {0, 8}}, 1)), 3u);
  EXPECT_EQ(chosen(blobs(900, {{0, 0, 0}, {9, 0, 0}, {0, 9, 0}, {0, 0, 9}, {9, 9, 9}}, 2)), 5u);
  EXPECT_EQ(chosen(blobs(60, {{0, 0}, {12, 12}}, 3)), 2u);
}

TEST(Choice, OnePopulationIsOneGroup) {
  Random random(5);
  std::vector<std::vector<double>> normal(4), slanted(2), uniform(3), skewed(3), flips(4);
  for (int i = 0; i < 800; ++i) {
    for (auto& c : normal) c.push_back(random.normal());
    const double along = random.normal();
    for (auto& c : slanted) c.push_back(along + 0.2 * random.normal());
    for (auto& c : uniform) c.push_back(random.uniform());
    for (auto& c : skewed) c.push_back(std::exp(random.normal()));
    for (auto& c : flips) c.push_back(random.chance(0.4));
  }
  EXPECT_EQ(chosen(dataset(normal)), 1u);
  EXPECT_EQ(chosen(dataset(slanted)), 1u);
  EXPECT_EQ(chosen(dataset(uniform)), 1u);
  EXPECT_EQ(chosen(dataset(skewed)), 1u);
  EXPECT_EQ(chosen(dataset(flips)), 1u);
}

TEST(Choice, ALevelThatGoesWithNothingDoesNotDoubleTheGroups) {
  const std::vector<std::vector<double>> centres{{0, 0}, {8, 0}, {0, 8}};
  Random random(11);
  for (size_t rows : {120u, 900u}) {
    Dataset flips = blobs(rows, centres, rows), cities = flips;
    std::vector<double> coin;
    TextColumnBuilder city("city");
    for (size_t i = 0; i < rows; ++i) {
      coin.push_back(random.chance(0.5));
      city.add(std::vector<std::string>{"Beijing", "Shanghai", "Chengdu"}[random.below(3)]);
    }
    flips.columns.push_back(number_column("newsletter", coin));
    cities.columns.push_back(std::move(city).finish());
    EXPECT_EQ(chosen(flips), 3u) << rows;
    EXPECT_EQ(chosen(cities), 3u) << rows;
  }
}

TEST(Choice, ALevelThatGoesWithTheGroupsIsNoHindrance) {
  Dataset data = blobs(600, {{0, 0}, {8, 0}, {0, 8}}, 1);
  std::vector<double> flag;
  for (double x : data.columns[0].numbers) flag.push_back(x > 4);
  data.columns.push_back(number_column("flag", flag));
  EXPECT_EQ(chosen(data), 3u);
}

TEST(Space, SaysWhyColumnsAreLeftOut) {
  Dataset data;
  data.rows = 100;
  std::vector<double> running(100), constant(100, 3), none(100, std::nan("")), money(100), twice(100);
  std::iota(running.begin(), running.end(), 1e15);
  Random random(1);
  for (size_t i = 0; i < 100; ++i) { money[i] = std::exp(2 * random.normal() + 4); twice[i] = 2 * money[i]; }
  data.columns = {number_column("customer", running), number_column("constant", constant), number_column("none", none), number_column("money", money), number_column("twice", twice)};
  TextColumnBuilder names("name"), level("level");
  for (int i = 0; i < 100; ++i) { names.add("person " + std::to_string(i)); level.add(i % 3 == 0 ? "a" : "b"); }
  data.columns.push_back(std::move(names).finish());
  data.columns.push_back(std::move(level).finish());
  const ClusterSpace space = cluster_space(data, {});
  std::vector<std::string> kept, left;
  for (const auto& column : space.columns) kept.push_back(column.name);
  for (const auto& column : space.left_out) left.push_back(column.name);
  EXPECT_EQ(kept, (std::vector<std::string>{"money", "level"}));
  std::sort(left.begin(), left.end());
  EXPECT_EQ(left, (std::vector<std::string>{"constant", "customer", "name", "none", "twice"}));
  EXPECT_EQ(space.columns[0].scale, SpaceScale::kLog);
  for (float v : space.points.values) EXPECT_TRUE(std::isfinite(v) && std::abs(v) <= kCut);
}

TEST(Agreement, RandJaccardAndPairing) {
  const std::vector<uint32_t> a{0, 0, 0, 1, 1, 1}, b{1, 1, 1, 0, 0, 0}, c{0, 0, 1, 1, 2, 2};
  EXPECT_DOUBLE_EQ(adjusted_rand(a, b), 1);
  EXPECT_NEAR(adjusted_rand(a, c), 0.242424, 1e-5);
  EXPECT_DOUBLE_EQ(best_jaccard(a, c)[0], 2.0 / 3);
  // The pairing against every permutation.
  for (uint64_t seed = 1; seed <= 50; ++seed) {
    Random random(seed);
    const size_t n = 1 + random.below(6);
    std::vector<double> weights(n * n);
    for (double& w : weights) w = static_cast<double>(random.below(100));
    std::vector<size_t> order(n);
    std::iota(order.begin(), order.end(), size_t{0});
    double best = 0;
    do {
      double sum = 0;
      for (size_t i = 0; i < n; ++i) sum += weights[i * n + order[i]];
      best = std::max(best, sum);
    } while (std::next_permutation(order.begin(), order.end()));
    const auto found = heaviest_pairing(n, n, weights);
    double sum = 0;
    for (size_t i = 0; i < n; ++i) sum += weights[i * n + static_cast<size_t>(found[i])];
    EXPECT_DOUBLE_EQ(sum, best) << "seed " << seed;
  }
}

}  // namespace
}  // namespace furrow::learn
