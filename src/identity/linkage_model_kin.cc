// Kin: pairs that are no match and yet no strangers, two people of one household, two models of one series, who by their phones and addresses alone
// would pass for matches.
#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>

#include "identity/linkage_model.h"

namespace furrow::identity {
namespace {

constexpr double kFewestKin = 10;   // pairs of candidates, to be more than chance
constexpr double kMoreThanChance = 2;  // times; Febrl1 to 4, fake_1000 and Walmart-Amazon show 0.3 to 1.5
constexpr int kRounds = 10;
constexpr double kPseudoKin = 6;    // the weight of what is expected before anything is learned
constexpr double kMostKinBits = 24;  // of one comparison
constexpr double kLeastKinBits = -6;  // kin so much less likely than strangers are not reckoned with, nor told of

}  // namespace

double LinkModel::beside_kin(double kin) { return kin < kLeastKinBits ? 0 : kin > 50 ? kin : std::log2(1 + std::exp2(kin)); }

LinkModel::Naming LinkModel::naming_of(const Levels& levels) const {
  Naming out;
  for (const Telling& telling : telling_) {
    uint8_t level = levels[telling.comparison];
    if (telling.figures || level == 0) continue;
    uint64_t bit = uint64_t{1} << telling.thing;
    out.told |= bit;
    if (level <= telling.apart) out.apart |= bit;
  }
  return out;
}

bool LinkModel::names_apart(const Levels& levels) const { return naming_of(levels).apart != 0; }

bool LinkModel::seem_kin(const Levels& levels) const { return std::popcount(naming_of(levels).apart) > 1; }

double LinkModel::kin_bits(const Levels& levels, bool within) const {
  if (kin_prior_[within] <= kNoKin) return kNoKin;
  double sum = kin_prior_[within];
  for (size_t c = 0; c < levels_.size(); ++c) {
    if (levels[c] != 0) sum += kin_level_bits(c, levels[c]);
  }
  return sum - shared_bits(levels);
}

double LinkModel::kin_level_bits(size_t c, uint8_t level) const {
  return shares_[c].share * std::clamp(std::log2(kin_[c][level] / u_[c][level]), -kMostKinBits, kMostKinBits);
}

// Errors in a name and in a birthday meet in one pair as often as chance has it, or some times as often where some records are careless. Where of
// the pairs that weigh as matches many more differ in both, those are no errors, and from here on kin are reckoned with.
bool LinkModel::find_kin(const LearningPairs& learning) {
  uint64_t all = 0;
  for (const Telling& telling : telling_) all |= telling.figures ? 0 : uint64_t{1} << telling.thing;
  if (std::popcount(all) < 2) return false;
  std::vector<Naming> naming;  // by pattern; nothing told: it does not say
  std::array<std::vector<PatternBits>, 2> worth;
  for (const LinkPattern& pattern : learning.patterns) {
    naming.push_back(naming_of(pattern.levels));
    if (naming.back().told != all) naming.back() = {};
    for (bool within : {false, true}) worth[within].push_back(naming.back().told == 0 ? PatternBits{} : bits_of(pattern.levels, within));
  }
  double none = 0, more = 0;               // pairs that differ in nothing that names them, and in two things
  std::array<double, kMaxComparisons> alone{};  // in this one only
  for (const auto& pair : learning.pairs) {
    const Naming& here = naming[pair.pattern];
    if (here.told == 0) continue;
    double weight = bits(worth[pair.within][pair.pattern], learning.patterns[pair.pattern].levels, records_.codes(pair.a), records_.codes(pair.b), pair.within);
    double match = learning.each / (1 + std::exp2(-weight));
    const int differ = std::popcount(here.apart);
    (differ == 0 ? none : differ > 1 ? more : alone[static_cast<size_t>(std::countr_zero(here.apart))]) += match;
  }
  double by_chance = 0;
  for (size_t i = 0; i < alone.size(); ++i) {
    for (size_t j = i + 1; j < alone.size(); ++j) by_chance += alone[i] * alone[j] / std::max(1.0, none);
  }
  if (more < kFewestKin || more < kMoreThanChance * (by_chance + 1)) return false;
  // At first kin are alike as one person is, but for what names them, which they have as strangers have it.
  kin_ = m_;
  for (const Telling& telling : telling_) kin_[telling.comparison] = u_[telling.comparison];
  for (bool within : {false, true}) kin_prior_[within] = prior_bits_[within];
  return true;
}

// How alike kin are is learned by EM from pairs of which two things that name them differ, as matches and strangers are known already. How alike they
// are in those things themselves is not learned, for careless records of one person would teach it too: there kin are strangers.
void LinkModel::fit_kin(const LearningPairs& learning) {
  for (int round = 0; round < kRounds; ++round) {
    double pairs[2] = {0, 0};
    std::vector<std::vector<double>> seen = no_counts().match;
    for (const LinkPattern& pattern : learning.patterns) {
      const uint64_t apart = naming_of(pattern.levels).apart;
      const bool never = contradicts(pattern.levels);
      for (bool within : {false, true}) {
        if (pattern.count[within] == 0) continue;
        double match = never ? 0 : 1 / (1 + std::exp2(-pattern_bits(pattern.levels, within)));
        double kin = pattern.count[within] * (1 - match) / (1 + std::exp2(-kin_bits(pattern.levels, within)));
        pairs[within] += kin;
        for (size_t c = 0; c < levels_.size(); ++c) {
          if (pattern.levels[c] != 0 && std::popcount(apart & ~thing_[c]) > 1) seen[c][pattern.levels[c]] += kin;
        }
      }
    }
    for (bool within : {false, true}) {
      expected_kin_[within] = pairs[within];
      double share = std::clamp((pairs[within] + 0.5) / (std::max(1.0, pairs_[within]) + 1), 1e-12, 0.9);
      kin_prior_[within] = std::log2(share / (1 - share));
    }
    for (size_t c = 0; c < levels_.size(); ++c) {
      const std::vector<double>& expected = thing_[c] != 0 ? u_[c] : levels_.comparisons()[c].expected;
      double told = std::accumulate(seen[c].begin() + 1, seen[c].end(), kPseudoKin), expects = std::accumulate(expected.begin() + 1, expected.end(), 1e-9);
      for (size_t l = 1; l < kin_[c].size(); ++l) kin_[c][l] = std::max(1e-6, (seen[c][l] + kPseudoKin * expected[l] / expects) / told);
    }
  }
}

}  // namespace furrow::identity
