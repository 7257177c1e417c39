// Learning from whole clusters, where people have many records.
#include <cmath>

#include "identity/linkage_model.h"

namespace furrow::identity {

void LinkModel::learn_from_clusters(const LearningPairs& learning, const LearningPairs& taught, const std::vector<uint32_t>& person) {
  // By pattern of the candidates and class: those in one cluster, and of the rest those that match all the same.
  std::vector<LinkPattern> joined = learning.patterns;
  for (LinkPattern& pattern : joined) pattern.count[0] = pattern.count[1] = 0;
  for (const auto& pair : learning.pairs) {
    if (person[pair.a] == person[pair.b]) joined[pair.pattern].count[pair.within] += learning.each;
  }
  Counts counts = no_counts();
  std::vector<std::vector<double>> match_other = counts.match;
  std::vector<Weighed> weighed;
  double matches[2] = {0, 0};
  for (size_t i = 0; i < learning.patterns.size(); ++i) {
    const LinkPattern& pattern = learning.patterns[i];
    for (bool within : {false, true}) {
      if (pattern.count[within] == 0) continue;
      double p = contradicts(pattern.levels) ? 0 : 1 / (1 + std::exp2(-pattern_bits(pattern.levels, within)));
      double rest = std::max(0.0, pattern.count[within] - joined[i].count[within]);
      matches[within] += p * rest;
      if (within != (main_ == 1)) continue;
      weighed.push_back({&pattern.levels, (1 - p) * rest, p * rest, 0});
      for (size_t c = 0; c < levels_.size(); ++c) {
        counts.any[c][pattern.levels[c]] += p * rest;
        counts.other[c][pattern.levels[c]] += (1 - p) * rest;
      }
    }
  }
  // How many match: all pairs of clusters, or where those are too many to be looked at, as many as random pairs show.
  std::vector<LinkPattern> beyond = matches_beyond(&person);
  if (!beyond.empty()) {
    for (LinkPattern& pattern : joined) beyond.push_back(pattern);
  }
  for (const LinkPattern& pattern : beyond) {
    double count = pattern.count[main_];
    if (count == 0) continue;
    matches[main_] += count;
    for (size_t c = 0; c < levels_.size(); ++c) counts.any[c][pattern.levels[c]] += count;
    weighed.push_back({&pattern.levels, 0, count, 0});
  }
  for (const LinkPattern& pattern : taught.patterns) {
    for (bool within : {false, true}) {
      double count = pattern.count[within];
      if (count == 0 || other_model(pattern.levels) || (knows_kin() && seem_kin(pattern.levels))) continue;
      bool counted = !beyond.empty() && within == (main_ == 1);
      if (!counted) matches[within] += count;
      auto& match = within == (main_ == 1) ? counts.match : match_other;
      for (size_t c = 0; c < levels_.size(); ++c) match[c][pattern.levels[c]] += count;
      if (within != (main_ == 1)) continue;
      for (size_t c = 0; c < levels_.size() && !counted; ++c) counts.any[c][pattern.levels[c]] += count;
      weighed.push_back({&pattern.levels, 0, counted ? 0 : count, count});
    }
  }
  set_priors(matches);
  learn_main_class(counts);
  learn_other_class(match_other);
  for (size_t c = 0; c < levels_.size(); ++c) {
    for (size_t l = 1; l < m_[c].size(); ++l) set_bits(c, l);
  }
  learn_dependence(weighed);
  learn_repeats(learning, &person);
  if (knows_kin() || find_kin(learning)) fit_kin(learning);
}

}  // namespace furrow::identity
