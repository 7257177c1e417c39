#include "learn/uplift_learners.h"

#include <algorithm>
#include <optional>

#include "base/random.h"
#include "learn/composition.h"
#include "learn/linear.h"

namespace furrow::learn {
namespace {

constexpr double kTreesShare = 0.5;   // the rest is the line's
constexpr double kHeldOut = 0.2;      // of the rows, to stop by
constexpr int kCrossFits = 2;

BoostingOptions shape(size_t rows, uint64_t seed) {
  BoostingOptions options;
  options.rounds = 150;
  options.patience = 15;
  options.depth = 3;
  options.learning_rate = 0.06;
  options.row_share = 0.7;
  options.column_share = 0.5;
  options.min_child_weight = std::clamp(static_cast<double>(rows) / 200, 5.0, 200.0);
  options.l2 = 10;
  options.bins = 64;
  options.threads = 1;
  options.seed = seed;
  return options;
}

std::vector<uint32_t> shuffled(size_t rows, uint64_t seed) {
  std::vector<uint32_t> order(rows);
  for (uint32_t i = 0; i < rows; ++i) order[i] = i;
  Random random(seed);
  for (size_t i = rows; i > 1; --i) std::swap(order[i - 1], order[random.below(i)]);
  return order;
}

// Boosted trees for as many rounds as helped rows they did not see.
Result<Forest> fit_trees(const Samples& samples, uint64_t seed, const std::function<bool()>& stop) {
  std::vector<uint32_t> order = shuffled(samples.rows(), seed);
  auto held = static_cast<std::ptrdiff_t>(kHeldOut * static_cast<double>(order.size()));
  Samples validation = samples.subset({order.begin(), order.begin() + held}), train = samples.subset({order.begin() + held, order.end()});
  FURROW_ASSIGN(Boosted found, boost(Task::kRegression, train, &validation, shape(train.rows(), seed), stop));
  BoostingOptions all = shape(samples.rows(), seed);
  all.rounds = found.rounds;
  FURROW_ASSIGN(Boosted boosted, boost(Task::kRegression, samples, nullptr, all, stop));
  return Forest::parse(boosted.json);
}

// A value of the row (an outcome, an effect): trees and a line together.
Status add_value(const Samples& samples, uint64_t seed, double weight, ForestComposition& out, const std::function<bool()>& stop) {
  FURROW_ASSIGN(Forest trees, fit_trees(samples, seed, stop));
  FURROW_ASSIGN(LinearModel line, LinearModel::fit_chosen(Task::kRegression, samples, seed));
  out.add(trees, trees.trees().size(), weight * kTreesShare);
  out.add(line, samples, weight * (1 - kTreesShare));
  return {};
}

Result<Forest> fit_value(const Samples& samples, uint64_t seed, const std::function<bool()>& stop) {
  ForestComposition composition(Task::kRegression, samples.columns);
  FURROW_TRY(add_value(samples, seed, 1, composition, stop));
  return Forest::parse(composition.json());
}

std::vector<uint32_t> side(const EffectSamples& s, bool treated) {
  std::vector<uint32_t> rows;
  for (uint32_t i = 0; i < s.treated.size(); ++i) {
    if ((s.treated[i] != 0) == treated) rows.push_back(i);
  }
  return rows;
}

// The outcome each row would have on either side, by models of other rows.
struct Outcomes {
  std::vector<double> with, without;
};

Result<Outcomes> cross_fit(const EffectSamples& s, uint64_t seed, const std::function<bool()>& stop) {
  Outcomes out{std::vector<double>(s.treated.size()), std::vector<double>(s.treated.size())};
  std::vector<int> part(s.treated.size());
  for (bool treated : {false, true}) {  // each side dealt evenly
    std::vector<uint32_t> rows = side(s, treated), order = shuffled(rows.size(), seed);
    for (size_t k = 0; k < rows.size(); ++k) part[rows[order[k]]] = static_cast<int>(k) % kCrossFits;
  }
  for (int p = 0; p < kCrossFits; ++p) {
    for (bool treated : {false, true}) {
      std::vector<uint32_t> learn;
      for (uint32_t row : side(s, treated)) {
        if (part[row] != p) learn.push_back(row);
      }
      FURROW_ASSIGN(Forest model, fit_value(s.samples.subset(learn), seed + static_cast<uint64_t>(p), stop));
      for (uint32_t i = 0; i < part.size(); ++i) {
        if (part[i] == p) (treated ? out.with : out.without)[i] = static_cast<double>(model.margin(s.samples.row(i)));
      }
    }
  }
  return out;
}

Result<Forest> fit_s(const EffectSamples& s, uint64_t seed, const std::function<bool()>& stop) {
  Samples with;
  with.columns = s.samples.columns + 1;
  with.labels = s.samples.labels;
  for (size_t i = 0; i < s.samples.rows(); ++i) {
    with.values.insert(with.values.end(), s.samples.row(i), s.samples.row(i) + s.samples.columns);
    with.values.push_back(s.treated[i]);
  }
  FURROW_ASSIGN(Forest trees, fit_trees(with, seed, stop));
  auto treatment = static_cast<int32_t>(s.samples.columns);
  ForestComposition composition(Task::kRegression, s.samples.columns);
  for (const Tree& tree : trees.trees()) {
    bool used = false;
    for (size_t n = 0; n < tree.nodes(); ++n) used = used || (!tree.is_leaf(n) && tree.feature[n] == treatment);
    if (!used) continue;
    composition.add(decide_feature(tree, treatment, 1));
    Tree without = decide_feature(tree, treatment, 0);
    for (size_t n = 0; n < without.nodes(); ++n) {
      if (without.is_leaf(n)) without.threshold[n] = -without.threshold[n];
    }
    composition.add(std::move(without));
  }
  return Forest::parse(composition.json());
}

Result<Forest> fit_t(const EffectSamples& s, uint64_t seed, const std::function<bool()>& stop) {
  ForestComposition composition(Task::kRegression, s.samples.columns);
  FURROW_TRY(add_value(s.samples.subset(side(s, true)), seed, 1, composition, stop));
  FURROW_TRY(add_value(s.samples.subset(side(s, false)), seed, -1, composition, stop));
  return Forest::parse(composition.json());
}

Result<Forest> fit_x(const EffectSamples& s, const Outcomes& outcomes, uint64_t seed, const std::function<bool()>& stop) {
  double treated_share = static_cast<double>(side(s, true).size()) / static_cast<double>(s.treated.size());
  ForestComposition composition(Task::kRegression, s.samples.columns);
  for (bool treated : {true, false}) {
    std::vector<uint32_t> rows = side(s, treated);
    Samples effects = s.samples.subset(rows);
    for (size_t k = 0; k < rows.size(); ++k) {
      double outcome = effects.labels[k];
      effects.labels[k] = static_cast<float>(treated ? outcome - outcomes.without[rows[k]] : outcomes.with[rows[k]] - outcome);
    }
    // The smaller side's own effects rest on the larger side's model: that is where they are surer.
    FURROW_TRY(add_value(effects, seed, treated ? 1 - treated_share : treated_share, composition, stop));
  }
  return Forest::parse(composition.json());
}

Result<Forest> fit_dr(const EffectSamples& s, const Outcomes& outcomes, uint64_t seed, const std::function<bool()>& stop) {
  Samples effects = s.samples;
  for (size_t i = 0; i < s.treated.size(); ++i) {
    double e = s.propensity[i], y = s.samples.labels[i], with = outcomes.with[i], without = outcomes.without[i];
    double correction = s.treated[i] ? (y - with) / e : -(y - without) / (1 - e);
    effects.labels[i] = static_cast<float>(with - without + correction);
  }
  return fit_value(effects, seed, stop);
}

struct Deciding {
  const Tree& from;
  int32_t feature;
  float value;
  Tree out;

  size_t decided(size_t node) const {
    while (!from.is_leaf(node) && from.feature[node] == feature) node = static_cast<size_t>(from.child(node, value));
    return node;
  }
  void place(size_t here, size_t node) {
    out.left[here] = out.right[here] = -1;
    out.feature[here] = from.is_leaf(node) ? 0 : from.feature[node];
    out.threshold[here] = from.threshold[node];
    out.cover[here] = from.cover[node];
    out.default_left[here] = from.default_left[node];
  }
  size_t room() {
    for (auto* list : {&out.left, &out.right, &out.feature}) list->push_back(-1);
    out.threshold.push_back(0);
    out.cover.push_back(0);
    out.default_left.push_back(0);
    return out.left.size() - 1;
  }
  void grow(size_t here, size_t node, int depth) {
    place(here, node);
    out.depth = std::max(out.depth, depth);
    if (from.is_leaf(node)) return;
    size_t left = room(), right = room();  // side by side, as XGBoost lays them out
    out.left[here] = static_cast<int32_t>(left);
    out.right[here] = static_cast<int32_t>(right);
    grow(left, decided(static_cast<size_t>(from.left[node])), depth + 1);
    grow(right, decided(static_cast<size_t>(from.right[node])), depth + 1);
  }
};

}  // namespace

std::string_view to_string(UpliftLearner learner) {
  switch (learner) {
    case UpliftLearner::kS: return "s";
    case UpliftLearner::kT: return "t";
    case UpliftLearner::kX: return "x";
    case UpliftLearner::kDr: return "dr";
  }
  return "";
}

Tree decide_feature(const Tree& tree, int32_t feature, float value) {
  Deciding deciding{tree, feature, value, {}};
  size_t root = deciding.room();
  deciding.grow(root, deciding.decided(0), 0);
  return std::move(deciding.out);
}

Result<std::vector<Forest>> fit_effects(const EffectSamples& samples, std::span<const UpliftLearner> learners, uint64_t seed, const std::function<bool()>& stop) {
  std::optional<Outcomes> outcomes;
  std::vector<Forest> out;
  for (UpliftLearner learner : learners) {
    if (!outcomes && (learner == UpliftLearner::kX || learner == UpliftLearner::kDr)) {
      FURROW_ASSIGN(outcomes, cross_fit(samples, seed, stop));
    }
    Result<Forest> forest = learner == UpliftLearner::kS   ? fit_s(samples, seed, stop)
                            : learner == UpliftLearner::kT ? fit_t(samples, seed, stop)
                            : learner == UpliftLearner::kX ? fit_x(samples, *outcomes, seed, stop)
                                                           : fit_dr(samples, *outcomes, seed, stop);
    if (!forest.ok()) return std::move(forest).error();
    out.push_back(*std::move(forest));
  }
  return out;
}

}  // namespace furrow::learn
