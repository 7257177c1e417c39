#include "decide/choice.h"

#include <gtest/gtest.h>

#include <boost/math/distributions/chi_squared.hpp>
#include <map>
#include <set>

namespace furrow::decide {
namespace {

// The chance of a chi-square at least this large.
double chi_square_p(double statistic, double freedom) {
  return boost::math::cdf(boost::math::complement(boost::math::chi_squared(freedom), statistic));
}

using Path = std::vector<uint32_t>;

// Every sequence of ranks with its probability, by walking the mechanism in words.
void naive_paths(const std::vector<double>& utilities, double epsilon, size_t n, Path& so_far, double probability,
                 std::map<Path, double>& out) {
  if (so_far.size() == std::min(n, utilities.size())) {
    out[so_far] += probability;
    return;
  }
  std::vector<uint32_t> left;
  for (uint32_t a = 0; a < utilities.size(); ++a) {
    if (std::find(so_far.begin(), so_far.end(), a) == so_far.end()) left.push_back(a);
  }
  uint32_t best = left[0];
  for (uint32_t a : left) {
    if (utilities[a] > utilities[best]) best = a;
  }
  for (uint32_t a : left) {
    double p = epsilon / static_cast<double>(left.size()) + (a == best ? 1 - epsilon : 0);
    if (p == 0) continue;
    so_far.push_back(a);
    naive_paths(utilities, epsilon, n, so_far, probability * p, out);
    so_far.pop_back();
  }
}

TEST(Choice, FrequenciesMatchThePropensitiesAtEveryRank) {
  constexpr int kDraws = 100'000;
  struct Case { std::vector<double> utilities; double epsilon; size_t n; };
  const Case cases[] = {{{0.1, 0.3, 0.2}, 0.1, 1}, {{0.1, 0.3, 0.2, 0.3}, 0.5, 2}, {{0, 0, 0, 0}, 1, 3}, {{2, 1, 3}, 0.2, 5},
                        {{0.5}, 0.3, 1}, {{0.1, 0.9, 0.5, 0.7, 0.2}, 0.3, 3}};
  uint64_t seed = 20260101;
  for (const Case& c : cases) {
    std::map<Path, double> expected;
    Path path;
    naive_paths(c.utilities, c.epsilon, c.n, path, 1, expected);
    std::map<Path, int> seen;
    Random random(++seed);
    std::vector<uint32_t> remaining;
    std::vector<Choice> choices;
    for (int i = 0; i < kDraws; ++i) {
      choose(c.utilities, c.epsilon, c.n, random, remaining, choices);
      Path drawn;
      double propensity = 1;
      for (const Choice& choice : choices) drawn.push_back(choice.candidate), propensity *= choice.propensity;
      ASSERT_TRUE(expected.contains(drawn));
      ASSERT_NEAR(propensity, expected[drawn], 1e-12);
      ++seen[drawn];
    }
    double statistic = 0;
    for (const auto& [p, probability] : expected) {
      double want = probability * kDraws, difference = seen[p] - want;
      statistic += difference * difference / want;
    }
    // Six tests with fixed seeds: each would fail by chance once in ten thousand.
    if (expected.size() > 1) EXPECT_GT(chi_square_p(statistic, static_cast<double>(expected.size() - 1)), 1e-4) << "seed " << seed;
  }
}

TEST(Choice, WithoutExplorationTheBestFirst) {
  Random random(1);
  std::vector<uint32_t> remaining;
  std::vector<Choice> choices;
  choose(std::vector<double>{0.2, 0.5, 0.5, 0.9}, 0, 3, random, remaining, choices);
  ASSERT_EQ(choices.size(), 3u);
  EXPECT_EQ(choices[0].candidate, 3u);
  EXPECT_EQ(choices[1].candidate, 1u);  // the earlier of equals
  EXPECT_EQ(choices[2].candidate, 2u);
  for (const auto& c : choices) EXPECT_TRUE(c.propensity == 1 && !c.explored);
}

TEST(Choice, NothingFromNothing) {
  Random random(1);
  std::vector<uint32_t> remaining;
  std::vector<Choice> choices{{1, 1, true}};
  choose({}, 0.5, 3, random, remaining, choices);
  EXPECT_TRUE(choices.empty());
}

}  // namespace
}  // namespace furrow::decide
