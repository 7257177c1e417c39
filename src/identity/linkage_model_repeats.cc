// What people of many records do to frequencies: pairs that match though neither record is among the other's nearest, and values that are
// frequent because one person has them often.
#include <algorithm>
#include <bit>
#include <cmath>

#include "identity/linkage_model.h"

namespace furrow::identity {
namespace {

constexpr double kFewestBeyond = 10;  // matches among random pairs, to be more than chance
constexpr int kRepeatRounds = 3;
constexpr double kPseudoEqual = 2;    // pairs of an equal value that do not match, before any is seen

}  // namespace

// Matches among random pairs that were no candidates, as many as the population has. Of each record only the nearest are candidates: where
// dozens are one, most of its matches are not, and taken for strangers they would make agreement look common.
std::vector<LinkPattern> LinkModel::matches_beyond(const std::vector<uint32_t>* person) const {
  std::vector<double> sure;
  for (const LinkPattern& pattern : beyond_.patterns) {
    double p = contradicts(pattern.levels) ? 0 : 1 / (1 + std::exp2(-pattern_bits(pattern.levels, main_ == 1)));
    sure.push_back(p > 0.5 ? p : 0);
  }
  std::vector<LinkPattern> out = beyond_.patterns;
  double found = 0;
  if (person == nullptr) {
    for (size_t i = 0; i < out.size(); ++i) found += out[i].count[main_] *= sure[i];
  } else {
    for (LinkPattern& pattern : out) pattern.count[main_] = 0;
    for (const auto& pair : beyond_.pairs) {
      double p = (*person)[pair.a] == (*person)[pair.b] ? 1 : 0;
      out[pair.pattern].count[main_] += p;
      found += p;
    }
  }
  if (found < kFewestBeyond) return {};
  std::erase_if(out, [&](const LinkPattern& pattern) { return pattern.count[main_] <= 0; });
  for (LinkPattern& pattern : out) pattern.count[main_] *= pairs_[main_] / random_total_;
  return out;
}

size_t LinkModel::repeats_class(uint32_t count) { return count < 8 ? count : std::min<size_t>(kRepeatClasses - 1, 4 + static_cast<size_t>(std::bit_width(count))); }

// Pairs of the main class whose values of a field are equal, by how many records have the value.
std::vector<double> LinkModel::equal_pairs(size_t f) const {
  const LinkField& field = records_.fields()[f];
  std::vector<double> pairs(kRepeatClasses, 0);
  std::vector<double> own(field.values.size(), 0);  // pairs that are none of the main class
  if (main_ == 0) {
    std::vector<uint32_t> here(field.values.size());
    for (const LinkSource& source : records_.sources()) {
      std::fill(here.begin(), here.end(), 0u);
      for (uint32_t record = source.first; record < source.first + source.count; ++record) ++here[records_.code(record, f)];
      for (size_t code = 1; code < here.size(); ++code) own[code] += 0.5 * here[code] * (here[code] - 1.0);
    }
  }
  for (size_t code = 1; code < field.values.size(); ++code) {
    double n = field.counts[code];
    pairs[repeats_class(field.counts[code])] += 0.5 * n * (n - 1) - own[code];
  }
  return pairs;
}

// Of the pairs that share a value, the share that is one person, by how many records have it: a title that two hundred citations of one paper
// have is no common title. It begins with none and grows by what the other evidence makes sure, so that a common name does not vouch for itself.
void LinkModel::learn_repeats(const LearningPairs& learning, const std::vector<uint32_t>* person) {
  std::vector<std::vector<double>> all, shared(levels_.size(), std::vector<double>(kRepeatClasses, 0));
  for (const Comparison& comparison : levels_.comparisons()) all.push_back(comparison.kind == ComparisonKind::kValue ? equal_pairs(comparison.field) : shared[0]);
  auto count = [&](const LearningPairs& pairs, double each, bool only_sure) {
    std::vector<PatternBits> bits_by_pattern;
    std::vector<bool> differ;
    for (const LinkPattern& pattern : pairs.patterns) {
      bits_by_pattern.push_back(bits_of(pattern.levels, main_ == 1));
      differ.push_back(contradicts(pattern.levels));
    }
    for (const auto& pair : pairs.pairs) {
      const PatternBits& pattern = bits_by_pattern[pair.pattern];
      if (pair.within != (main_ == 1) || pattern.equal == 0) continue;
      const Levels& levels = pairs.patterns[pair.pattern].levels;
      bool joined = person != nullptr && (*person)[pair.a] == (*person)[pair.b];
      double share = joined ? 1 : differ[pair.pattern] ? 0 : 1 / (1 + std::exp2(-bits(pattern, levels, records_.codes(pair.a), records_.codes(pair.b), pair.within)));
      if (share == 0 || (only_sure && (person == nullptr ? share <= 0.5 : !joined))) continue;
      for (uint64_t left = pattern.equal; left != 0; left &= left - 1) {
        auto c = static_cast<size_t>(std::countr_zero(left));
        size_t field = levels_.comparisons()[c].field;
        shared[c][repeats_class(records_.fields()[field].counts[records_.code(pair.a, field)])] += share * each;
      }
    }
  };
  bool beyond = !matches_beyond(person).empty();
  repeats_.assign(levels_.size(), std::vector<double>(kRepeatClasses, 0));
  for (int round = 0; round < kRepeatRounds; ++round) {
    for (auto& row : shared) std::fill(row.begin(), row.end(), 0.0);
    count(learning, learning.each, false);
    if (beyond) count(beyond_, pairs_[main_] / random_total_, true);
    for (size_t c = 0; c < levels_.size(); ++c) {
      for (size_t k = 0; k < kRepeatClasses; ++k) repeats_[c][k] = std::min(1.0, shared[c][k] / (all[c][k] + kPseudoEqual));
    }
  }
}

}  // namespace furrow::identity
