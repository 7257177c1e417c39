// The Fellegi-Sunter model: how many bits each agreement and disagreement is worth.
//
// m, the share of matches at a level, is learned by EM without labels over the whole product of records: pairs that are no candidates
// count as non-matches. u, the share of non-matches, comes from random pairs (less the matches among them), for rare levels from the
// candidates, for equal values from the frequencies of values. Each class of pairs (across sources, within one) has its own prior, and its
// own m as far as it has matches to learn from. Equal values are worth what their own frequency says (term-frequency adjustment), a number or
// address as often as other people have it: the records of one person do not make it common. Evidence that goes together
// among non-matches (town and postcode, title and authors) is not counted twice: along a tree of the strongest dependences the excess of
// joint over independent agreement is taken off.
//
// Pairs are of three kinds, not two: one person, strangers, and kin, which are two of one household (or two models of one series): alike in
// phone and address as one person is, in name and birthday as strangers are. What kin look like is learned from pairs whose names and
// birthdays differ, and evidence that kin share too speaks for one person only as far as it outweighs them.
// Fellegi and Sunter 1969; Winkler 1988; Chow and Liu 1968. Deterministic for a seed.
// Threads: fit uses two; the fitted model is immutable.
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "identity/linkage_compare.h"
#include "identity/linkage_neighbours.h"
#include "identity/linkage_wholes.h"

namespace furrow::identity {

struct LinkEvidence {
  std::string comparison, level;
  double bits = 0;
};

// One comparison of a fitted model, for people.
struct LinkWeights {
  std::string name, kind;
  std::vector<std::string> levels;
  std::vector<double> m, u, bits;  // by level; [0] is "not told"
};

struct LinkPattern {
  Levels levels{};
  double count[2] = {0, 0};  // across sources, within one
};

// Compared candidates: what a model learns from.
struct LearningPairs {
  struct Pair {
    uint32_t a = 0, b = 0, pattern = 0;
    bool within = false;
  };
  std::vector<LinkPattern> patterns;
  std::vector<Pair> pairs;
  double each = 1;  // candidates that one pair stands for
};

// A pair whose truth a person told.
struct LabelledPair {
  Levels levels{};
  const uint32_t *codes_a = nullptr, *codes_b = nullptr;
  bool within = false, match = true;
};

class LinkModel {
 public:
  LinkModel(const LinkRecords& records, const LevelSet& levels);
  // Random pairs of the population for u. `candidates` ascend: what is one of them is told from what is beyond them.
  void sample_u(uint64_t seed, const std::vector<PairKey>& candidates);
  // m is learned from pairs that are the best of both their records, as matches are, so that pairs that are merely alike cannot
  // pass for a second kind of match; the priors from all. Where records turn out to have two matches or more each, from all too: the best of
  // ten are more alike than matches are.
  void fit(const LearningPairs& learning);

  // Where clusters hold more than two records, the best pairs are the most alike of each and teach too little difference: learns anew from
  // `taught`, the pairs of two in one cluster whether they look alike or not. `person`: by record, what it was joined into.
  void learn_from_clusters(const LearningPairs& learning, const LearningPairs& taught, const std::vector<uint32_t>& person);

  // How far each comparison is to be trusted, and the prior, from labels: logistic regression on the weights, drawn to 1 (and the prior
  // to what was estimated) by as much as kLabelPrior labels. False when labels of both kinds are fewer than 5 each.
  bool learn_scales(const std::vector<LabelledPair>& labelled);

  // What was learned, for a model of the same records; read is false when it is of others.
  void write(ByteWriter& out) const;
  bool read(ByteReader& in);

  // log2 of the odds that two records are one person. `codes_*` are their rows of codes; equal kUnseenCodes of a comparison at its level of
  // equal values are one value that nobody else has.
  double bits(const Levels& levels, const uint32_t* codes_a, const uint32_t* codes_b, bool within) const;
  // What all pairs of a pattern have in common, for one person and for kin, each against strangers, and the comparisons whose values are equal,
  // to be weighed by their own frequency.
  struct PatternBits {
    double bits = 0, kin = kNoKin;
    uint64_t equal = 0;
  };
  PatternBits bits_of(const Levels& levels, bool within) const;
  double bits(const PatternBits& pattern, const Levels& levels, const uint32_t* codes_a, const uint32_t* codes_b, bool within) const;
  // The prior, each comparison that tells something, and what is taken off for dependence and for kin; they add up to `bits`.
  std::vector<LinkEvidence> explain(const Levels& levels, const uint32_t* codes_a, const uint32_t* codes_b, bool within) const;
  // For a pair that is none of the learned: two common values that no pair of its kind was seen with say nothing. Where one source writes
  // male and the other M, no pair of theirs has male twice, and nothing was learned of such a pair.
  void forget_unmet(Levels& levels, bool within) const;
  double prior_bits(bool within) const { return prior_bits_[within]; }
  // Whether both records tell something that names a person or thing: a name, a birthday, a title.
  bool names_told(const Levels& levels) const;
  // Whether one of what both tell differs.
  bool names_apart(const Levels& levels) const;
  double expected_matches(bool within) const { return expected_matches_[within]; }
  std::vector<LinkWeights> weights() const;
  double random_pairs() const { return random_total_; }
  // Pairs of candidates that are kin, not one person; 0 where too few were seen to learn from.
  double expected_kin(bool within) const { return expected_kin_[within]; }

 private:
  static constexpr double kNoKin = -1e9;  // bits
  struct Edge {
    size_t parent = 0, child = 0;
    std::vector<double> excess;  // bits to take off, by level of the parent and of the child
  };
  void random_patterns(size_t pairs, uint64_t seed, std::vector<std::vector<double>>& counts);
  std::vector<std::vector<bool>> met_[2];            // by class, comparison and level
  std::vector<std::vector<bool>> levels_met(const LearningPairs& learning, bool within) const;  // by comparison
  struct Holders;
  Holders holders_of(size_t field, size_t name) const;
  void count_holders();
  void set_bits(size_t c, size_t level);
  void learn_other_class(std::vector<std::vector<double>>& match);
  double hold_differences(size_t c, std::vector<double>& match, double more) const;
  double pattern_bits(const Levels& levels, bool within) const;  // log2 odds of one person against all else
  double kin_bits(const Levels& levels, bool within) const;      // log2 odds of kin against strangers
  double kin_level_bits(size_t c, uint8_t level) const;
  static double beside_kin(double kin);  // bits that evidence for one person loses to kin of these odds
  bool knows_kin() const { return kin_prior_[0] > kNoKin || kin_prior_[1] > kNoKin; }
  // What names a person or thing, a bit each: what is told, and what of it differs. Columns that tell one thing over are one.
  struct Naming {
    uint64_t told = 0, apart = 0;
  };
  Naming naming_of(const Levels& levels) const;
  bool seem_kin(const Levels& levels) const;  // two such things differ
  bool find_kin(const LearningPairs& learning);
  void fit_kin(const LearningPairs& learning);
  bool contradicts(const Levels& levels) const;
  bool other_model(const Levels& levels) const;
  void step(const LearningPairs& learning, bool only_best);
  std::array<std::vector<double>, 2> bits_of_patterns(const LearningPairs& learning) const;  // by class
  std::vector<LinkPattern> best_patterns(const LearningPairs& learning, const std::array<std::vector<double>, 2>& bits) const;
  // Of a pattern: the pairs of the main class that are none, all that match, and those that teach what matches look like.
  struct Weighed {
    const Levels* levels = nullptr;
    double other = 0, any = 0, match = 0;
  };
  struct Counts {
    std::vector<std::vector<double>> match, any, other;  // by comparison and level
  };
  bool many_match() const { return expected_matches_[main_] >= static_cast<double>(records_.size()); }
  std::vector<LinkPattern> matches_beyond(const std::vector<uint32_t>* person) const;
  static constexpr size_t kRepeatClasses = 24;  // of how many records have a value: 1, 2 … 7, 8 to 15, 16 to 31 …
  static size_t repeats_class(uint32_t count);
  std::vector<double> equal_pairs(size_t field) const;
  void learn_repeats(const LearningPairs& learning, const std::vector<uint32_t>* person);
  void learn_dependence(const std::vector<Weighed>& patterns);
  void learn_dependence(const LearningPairs& learning);
  void set_priors(const double (&matches)[2]);
  void learn_main_class(Counts& counts);
  Counts no_counts() const;
  double level_bits(size_t c, uint8_t level, uint32_t code_a, uint32_t code_b, bool within) const;
  double shared_bits(const Levels& levels) const;  // to take off for dependence

  const LinkRecords& records_;
  const LevelSet& levels_;
  std::vector<std::vector<double>> m_, u_, random_;  // m of the main class
  std::vector<std::vector<double>> other_m_;         // of the other one
  std::vector<std::vector<double>> bits_[2];         // by class: across, within
  std::vector<std::vector<double>> kin_;             // shares of kin by comparison and level
  std::vector<uint64_t> thing_;                      // by comparison: the bit of what it names (Naming); 0: it names nothing
  double kin_prior_[2] = {kNoKin, kNoKin}, expected_kin_[2] = {0, 0};
  std::vector<double> alone_;                        // by field: records of others to expect of a value that only one person is seen with
  std::vector<std::vector<float>> elsewhere_;        // by field and code: records of other people with the value; empty: not known
  std::vector<double> random_told_;
  std::vector<FieldShare> shares_;  // by comparison
  struct Telling {  // a comparison of what names a person or thing
    size_t comparison = 0;
    bool figures = false;
    uint8_t apart = 1;
    size_t thing = 0;  // the first comparison that tells the same
  };
  std::vector<Telling> telling_;
  std::vector<double> scale_;  // of each comparison, and last of the dependence; 1 without labels
  std::vector<Edge> edges_;
  std::vector<std::vector<double>> repeats_;         // by comparison and repeats_class: of pairs that share a value, those of one person
  std::vector<LinkPattern> random_patterns_;
  LearningPairs beyond_;  // random pairs that were no candidates and do not contradict each other
  double random_total_ = 0;
  double pairs_[2] = {0, 0}, matches_[2] = {0, 0}, prior_bits_[2] = {0, 0}, expected_matches_[2] = {0, 0};
  size_t main_ = 0;  // the class that teaches: across sources, or within the only one
};

// Compares the pairs; of more than `most`, those of a share of the records.
LearningPairs compare_for_learning(const LinkRecords& records, const LevelSet& levels, const std::vector<PairKey>& pairs, size_t most);
// Of pairs that were compared already, those of a share of the records.
LearningPairs share_of(const LearningPairs& compared, size_t most);

}  // namespace furrow::identity
