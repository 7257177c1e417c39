// Evidence that two comparisons give twice: how much more often their levels meet than they would apart, along the tree of the
// strongest dependences (Chow and Liu 1968).
#include <algorithm>
#include <cmath>

#include "identity/linkage_model.h"

namespace furrow::identity {
namespace {

// Counts of level pairs of two comparisons.
struct JointCounts {
  size_t width = 0;
  std::vector<double> other, match, any, random;  // `match` of best pairs, `any` of all
  JointCounts(size_t height, size_t wide) : width(wide), other(height * wide), match(height * wide), any(height * wide), random(height * wide) {}
};

double excess_of(double seen, double expected) {
  constexpr double kPrior = 2;
  return std::log2((seen + kPrior) / (expected + kPrior));
}

}  // namespace

void LinkModel::learn_dependence(const LearningPairs& learning) {
  std::array<std::vector<double>, 2> both = bits_of_patterns(learning);
  std::vector<LinkPattern> best = many_match() ? learning.patterns : best_patterns(learning, both);
  std::vector<Weighed> patterns;
  for (size_t p = 0; p < learning.patterns.size(); ++p) {
    const LinkPattern& pattern = learning.patterns[p];
    double probability = contradicts(pattern.levels) ? 0 : 1 / (1 + std::exp2(-both[main_][p])), count = pattern.count[main_];
    patterns.push_back({&pattern.levels, (1 - probability) * count, probability * count, probability * best[p].count[main_]});
  }
  std::vector<LinkPattern> beyond = matches_beyond(nullptr);
  for (const LinkPattern& pattern : beyond) patterns.push_back({&pattern.levels, 0, pattern.count[main_], 0});
  learn_dependence(patterns);
}

void LinkModel::learn_dependence(const std::vector<Weighed>& patterns) {
  edges_.clear();
  struct Possible { double worth; Edge edge; };
  std::vector<Possible> possible;
  double all = std::max(1.0, pairs_[main_]);
  for (size_t i = 0; i < levels_.size(); ++i) {
    for (size_t j = i + 1; j < levels_.size(); ++j) {
      if (shares_[i].group >= 0 && shares_[i].group == shares_[j].group) continue;  // counted once already
      size_t wide = m_[j].size();
      double share = std::min(shares_[i].share, shares_[j].share);  // of what is told over, each way pays its part
      JointCounts counts(m_[i].size(), wide);
      double matches = 0, told = 0;
      for (const Weighed& pattern : patterns) {
        const Levels& levels = *pattern.levels;
        size_t cell = levels[i] * wide + levels[j];
        counts.other[cell] += pattern.other;
        if (levels[i] == 0 || levels[j] == 0) continue;
        counts.any[cell] += pattern.any;
        counts.match[cell] += pattern.match;
        matches += pattern.match;
      }
      for (const LinkPattern& pattern : random_patterns_) {
        if (pattern.levels[i] == 0 || pattern.levels[j] == 0) continue;
        counts.random[pattern.levels[i] * wide + pattern.levels[j]] += pattern.count[main_];
        told += pattern.count[main_];
      }
      Possible next{0, {i, j, std::vector<double>(counts.other.size(), 0)}};
      double share_told = told / std::max(1.0, random_total_);
      for (size_t x = 1; x < m_[i].size(); ++x) {
        for (size_t y = 1; y < wide; ++y) {
          size_t cell = x * wide + y;
          double product = u_[i][x] * u_[j][y], in_random = product * told, in_all = product * all * share_told;
          double excess = in_random >= 20 ? excess_of(std::max(0.0, counts.random[cell] - counts.any[cell] * random_total_ / all), in_random) : std::max(0.0, excess_of(counts.other[cell], in_all));
          next.worth += counts.other[cell] * std::abs(excess);
          next.edge.excess[cell] = share * (excess - excess_of(counts.match[cell], m_[i][x] * m_[j][y] * matches));
        }
      }
      possible.push_back(std::move(next));
    }
  }
  std::stable_sort(possible.begin(), possible.end(), [](const Possible& x, const Possible& y) { return x.worth > y.worth; });
  std::vector<size_t> tree(levels_.size());
  for (size_t c = 0; c < tree.size(); ++c) tree[c] = c;
  for (Possible& next : possible) {
    size_t from = tree[next.edge.parent], into = tree[next.edge.child];
    if (from == into || next.worth <= 0) continue;
    for (size_t& t : tree) {
      if (t == from) t = into;
    }
    edges_.push_back(std::move(next.edge));
  }
}

double LinkModel::shared_bits(const Levels& levels) const {
  double sum = 0;
  for (const Edge& edge : edges_) sum += edge.excess[levels[edge.parent] * m_[edge.child].size() + levels[edge.child]];
  return sum;
}

}  // namespace furrow::identity
