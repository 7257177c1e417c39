#include "learn/shap_interactions.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>

#include "base/random.h"
#include "learn/boosting.h"
#include "learn/shap.h"

namespace furrow::learn {
namespace {

constexpr size_t kPlayers = 6;

Samples interacting_samples(size_t rows, uint64_t seed) {
  Random random(seed);
  Samples samples;
  samples.columns = kPlayers;
  for (size_t i = 0; i < rows; ++i) {
    float row[kPlayers];
    for (size_t c = 0; c < kPlayers; ++c) {
      row[c] = random.chance(0.1) ? std::numeric_limits<float>::quiet_NaN() : static_cast<float>(c % 2 == 0 ? static_cast<double>(random.below(4)) : random.normal());
    }
    auto at = [&](size_t c) { return std::isnan(row[c]) ? 0.5 : static_cast<double>(row[c]); };
    samples.labels.push_back(random.uniform() < 1 / (1 + std::exp(-2 * (at(1) * at(2) + std::sin(2 * at(0)) - at(3)))));
    samples.values.insert(samples.values.end(), row, row + kPlayers);
  }
  return samples;
}

Forest interacting_forest(const Samples& samples, int depth, int rounds) {
  BoostingOptions options;
  options.threads = 1;
  options.depth = depth;
  options.rounds = rounds;
  options.min_child_weight = 0.1;
  return Forest::parse(boost(Task::kBinary, samples, nullptr, options).value().json).value();
}

double by_cover(const Tree& tree, size_t node, const float* row, uint32_t present) {
  if (tree.is_leaf(node)) return tree.threshold[node];
  auto left = static_cast<size_t>(tree.left[node]), right = static_cast<size_t>(tree.right[node]);
  if (present >> tree.feature[node] & 1) return by_cover(tree, static_cast<size_t>(tree.child(node, row[tree.feature[node]])), row, present);
  double l = tree.cover[left], r = tree.cover[right];
  return (l * by_cover(tree, left, row, present) + r * by_cover(tree, right, row, present)) / (l + r);
}

// The twins: values of all coalitions, and the textbook's sums over them.
using Game = std::vector<double>;
Game game_of(const std::function<double(uint32_t)>& value) {
  Game game(1u << kPlayers);
  for (uint32_t set = 0; set < game.size(); ++set) game[set] = value(set);
  return game;
}
double factorial(int n) { return std::tgamma(n + 1.0); }
double naive_shapley(const Game& game, size_t i) {
  constexpr int n = kPlayers;
  double sum = 0;
  for (uint32_t set = 0; set < game.size(); ++set) {
    if (set >> i & 1) continue;
    int size = __builtin_popcount(set);
    sum += factorial(size) * factorial(n - size - 1) / factorial(n) * (game[set | 1u << i] - game[set]);
  }
  return sum;
}
double naive_interaction(const Game& game, size_t i, size_t j) {
  constexpr int n = kPlayers;
  double sum = 0;
  for (uint32_t set = 0; set < game.size(); ++set) {
    if ((set >> i & 1) || (set >> j & 1)) continue;
    int size = __builtin_popcount(set);
    double together = game[set | 1u << i | 1u << j] - game[set | 1u << i] - game[set | 1u << j] + game[set];
    sum += factorial(size) * factorial(n - size - 2) / (2 * factorial(n - 1)) * together;
  }
  return sum;
}

Game path_game(const Forest& forest, const float* row) {
  return game_of([&](uint32_t set) {
    double sum = forest.base_margin();
    for (const Tree& tree : forest.trees()) sum += by_cover(tree, 0, row, set);
    return sum;
  });
}
Game background_game(const Forest& forest, const float* row, const InterventionalShap& background) {
  return game_of([&](uint32_t set) {
    double mean = 0;
    for (size_t b = 0; b < background.background_rows(); ++b) {
      double sum = forest.base_margin();
      for (const Tree& tree : forest.trees()) {
        size_t node = 0;
        while (!tree.is_leaf(node)) {
          int32_t f = tree.feature[node];
          node = static_cast<size_t>(tree.child(node, set >> f & 1 ? row[f] : background.background_row(b)[f]));
        }
        sum += tree.threshold[node];
      }
      mean += sum / static_cast<double>(background.background_rows());
    }
    return mean;
  });
}

TEST(InterventionalShap, IsTheShapleyValueOfItsDefinition) {
  Samples samples = interacting_samples(500, 31);
  for (int depth : {1, 3, 8}) {
    Forest forest = interacting_forest(samples, depth, 8);
    auto explainer = InterventionalShap::make(forest, std::vector<float>(samples.values.begin(), samples.values.begin() + 25 * kPlayers)).value();
    for (size_t i = 30; i < 50; ++i) {
      const float* row = samples.row(i);
      Game game = background_game(forest, row, explainer);
      double got[kPlayers], sum = explainer.bias();
      explainer.contributions(row, got);
      for (size_t f = 0; f < kPlayers; ++f) {
        EXPECT_NEAR(got[f], naive_shapley(game, f), 1e-11) << "depth " << depth << " row " << i << " feature " << f;
        sum += got[f];
      }
      EXPECT_NEAR(explainer.bias(), game[0], 1e-11);
      EXPECT_NEAR(sum, forest.margin(row), 1e-6);
    }
  }
}

TEST(InterventionalShap, GivesNothingToAnInputThatNoTreeSplitsOn) {
  Samples samples = interacting_samples(400, 32);
  for (size_t i = 0; i < samples.rows(); ++i) samples.values[i * kPlayers + 4] = samples.values[i * kPlayers + 1];  // a twin column
  for (size_t i = 0; i < samples.rows(); ++i) samples.values[i * kPlayers + 5] = 1;
  Forest forest = interacting_forest(samples, 4, 20);
  auto explainer = InterventionalShap::make(forest, std::vector<float>(samples.values.begin(), samples.values.begin() + 40 * kPlayers)).value();
  double got[kPlayers];
  explainer.contributions(samples.row(60), got);
  EXPECT_EQ(got[5], 0);
}

TEST(InterventionalShap, NeedsABackground) {
  Forest forest = interacting_forest(interacting_samples(300, 33), 2, 3);
  EXPECT_EQ(InterventionalShap::make(forest, {}).error().code(), ErrorCode::kInvalidArgument);
}

TEST(ShapInteractions, AreTheInteractionIndexOfBothDefinitions) {
  Samples samples = interacting_samples(500, 34);
  std::vector<uint32_t> each;
  for (uint32_t f = 0; f < kPlayers; ++f) each.push_back(f);
  for (int depth : {1, 2, 5, 9}) {
    Forest forest = interacting_forest(samples, depth, 7);
    ShapInteractions interactions(forest, each, kPlayers);
    auto explainer = ShapExplainer::make(forest).value();
    ShapExplainer::Scratch scratch;
    auto background = InterventionalShap::make(forest, std::vector<float>(samples.values.begin(), samples.values.begin() + 15 * kPlayers)).value();
    for (size_t i = 20; i < 35; ++i) {
      const float* row = samples.row(i);
      for (bool interventional : {false, true}) {
        Game game = interventional ? background_game(forest, row, background) : path_game(forest, row);
        double shap[kPlayers], got[kPlayers * kPlayers], all = 0;
        if (interventional) {
          background.contributions(row, shap);
          interactions.interventional(background, row, shap, got);
        } else {
          explainer.contributions(row, scratch, shap);
          interactions.path_dependent(row, shap, got);
        }
        for (size_t f = 0; f < kPlayers; ++f) {
          double sum = 0;
          for (size_t g = 0; g < kPlayers; ++g) {
            sum += got[f * kPlayers + g];
            if (g != f) {
              EXPECT_NEAR(got[f * kPlayers + g], naive_interaction(game, f, g), 1e-11) << "depth " << depth << " row " << i << " " << f << "," << g;
            }
          }
          EXPECT_NEAR(sum, naive_shapley(game, f), 1e-6);
          all += sum;
        }
        EXPECT_NEAR(all + (interventional ? background.bias() : explainer.bias()), forest.margin(row), 1e-6);
      }
    }
  }
}

TEST(ShapInteractions, OfGroupsAreTheSumsOverTheirFeatures) {
  Samples samples = interacting_samples(500, 35);
  Forest forest = interacting_forest(samples, 6, 10);
  std::vector<uint32_t> each{0, 1, 2, 3, 4, 5}, grouped{0, 0, 1, 2, 1, 2};
  ShapInteractions fine(forest, each, 6), coarse(forest, grouped, 3);
  auto explainer = ShapExplainer::make(forest).value();
  ShapExplainer::Scratch scratch;
  double shap[6], by_feature[36], by_group[9];
  explainer.contributions(samples.row(3), scratch, shap);
  fine.path_dependent(samples.row(3), shap, by_feature);
  coarse.path_dependent(samples.row(3), shap, by_group);
  for (uint32_t g = 0; g < 3; ++g) {
    for (uint32_t h = 0; h < 3; ++h) {
      double sum = 0;
      for (size_t f = 0; f < 6; ++f) {
        for (size_t e = 0; e < 6; ++e) sum += grouped[f] == g && grouped[e] == h ? by_feature[f * 6 + e] : 0;
      }
      EXPECT_NEAR(by_group[g * 3 + h], sum, 1e-11) << g << "," << h;
    }
  }
}

}  // namespace
}  // namespace furrow::learn
