#include "identity/linkage_model.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "base/ids.h"
#include "identity/linkage_halves.h"
#include "identity/linkage_strings.h"

namespace furrow::identity {
namespace {

constexpr size_t kFewPatterns = 2'000, kFewPairs = 10'000;  // no work for a second thread
constexpr int kSteps = 40, kFurtherSteps = 10;
constexpr double kPseudoMatches = 6;  // the weight of what is expected before anything is learned
constexpr double kMostDifferent = 0.08;  // share of matches whose identifying fields differ
constexpr uint8_t kSameFigures = 4;  // figures_level
constexpr double kMostBits = 24;      // of one comparison
constexpr double kOtherPseudo = 40;   // matches of the main class that count when the other class learns
constexpr size_t kComparedNames = 32; // beside one value; past them every spelling counts as a person
constexpr double kLeastAlone = 0.02;  // see alone_
constexpr double kSureBits = 7;       // a pair that is sure to match without the comparison that learns from it

// Two spellings that can be of one person: another order or script, a word in common, a slip.
bool may_be_one_name(const LinkValue& a, const LinkValue& b) {
  if (a.order_key == b.order_key || a.sorted_key == b.sorted_key || jaro_winkler(a.latin, b.latin) > 0.85) return true;
  for (uint32_t i = 0; i < a.token_count; ++i) {
    for (uint32_t j = 0; j < b.token_count; ++j) {
      if (a.tokens[i].id == b.tokens[j].id) return true;
    }
  }
  return false;
}

}  // namespace

LinkModel::LinkModel(const LinkRecords& records, const LevelSet& levels) : records_(records), levels_(levels) {
  for (const LinkSource& source : records.sources()) {
    double n = source.count;
    pairs_[1] += n * (n - 1) / 2;
    for (const LinkSource& other : records.sources()) {
      if (&other != &source) pairs_[0] += n * other.count / 2;
    }
  }
  main_ = records.sources().size() > 1 ? 0 : 1;
  scale_.assign(levels.size() + 1, 1.0);
  std::vector<FieldShare> shares = evidence_shares(records);
  for (const Comparison& comparison : levels.comparisons()) {
    const size_t number = shares_.size();
    shares_.push_back(shares[comparison.field]);
    thing_.push_back(0);
    if (records.fields()[comparison.field].identifying) {
      size_t thing = 0;
      while (thing < number && (shares_[number].group < 0 || shares_[thing].group != shares_[number].group)) ++thing;
      telling_.push_back({number, comparison.kind == ComparisonKind::kFigures, comparison.apart, thing});
      thing_[number] = uint64_t{1} << thing;
    }
    m_.push_back(comparison.expected);
    u_.emplace_back(comparison.levels.size(), 0.0);
    for (auto& bits : bits_) bits.emplace_back(comparison.levels.size(), 0.0);
  }
  other_m_ = kin_ = m_;
  repeats_.assign(levels.size(), std::vector<double>(kRepeatClasses, 0));
  count_holders();
}

// Of each value that several records have: how many of them tell who they are, and how many different people those are.
struct LinkModel::Holders {
  std::vector<uint32_t> named, people;
  double more = 0, others = 0;  // people and records past the first of a value, over all values
};

LinkModel::Holders LinkModel::holders_of(size_t f, size_t who) const {
  const LinkField &field = records_.fields()[f], &telling = records_.fields()[who];
  std::vector<std::pair<uint32_t, uint32_t>> seen;  // codes of the value, and of who
  for (uint32_t record = 0; record < records_.size(); ++record) {
    uint32_t code = records_.code(record, f), person = records_.code(record, who);
    if (code != 0 && person != 0 && field.counts[code] >= 3 && !telling.values[person].titled) seen.emplace_back(code, person);
  }
  std::sort(seen.begin(), seen.end());
  Holders out{std::vector<uint32_t>(field.values.size(), 0), std::vector<uint32_t>(field.values.size(), 0)};
  std::vector<const LinkValue*> names;
  for (size_t i = 0; i < seen.size(); ++i) {
    auto [code, person] = seen[i];
    if (i == 0 || code != seen[i - 1].first) names.clear();
    out.others += out.named[code]++ > 0;
    if (i > 0 && seen[i] == seen[i - 1]) continue;
    const LinkValue& name = telling.values[person];
    auto known = [&](const LinkValue* other) { return may_be_one_name(*other, name); };
    if (names.size() < kComparedNames && std::any_of(names.begin(), names.end(), known)) continue;
    names.push_back(&name);
    out.more += out.people[code]++ > 0;
  }
  return out;
}

// How many other people have a value: by the different names that stand beside it. Of records without a name, as many as the others show.
void LinkModel::count_holders() {
  const auto& fields = records_.fields();
  elsewhere_.resize(fields.size());
  for (const LinkField& field : fields) alone_.push_back(field.kind == FieldKind::kName || field.kind == FieldKind::kNumber ? 0.5 : 0.25);
  size_t name = 0;
  while (name < fields.size() && !(fields[name].identifying && fields[name].kind == FieldKind::kName)) ++name;
  if (name == fields.size()) return;
  for (size_t f = 0; f < fields.size(); ++f) {
    const LinkField& field = fields[f];
    if (field.kind != FieldKind::kEmail && field.kind != FieldKind::kPhone && field.kind != FieldKind::kIdentifier) continue;
    Holders found = holders_of(f, name);
    if (found.others < 100) continue;  // too few to say
    double each = found.more / found.others;
    alone_[f] = std::clamp(each, kLeastAlone, alone_[f]);
    elsewhere_[f].assign(field.values.size(), 0);
    for (size_t code = 1; code < field.values.size(); ++code) {
      double count = field.counts[code], unnamed = count - found.named[code];
      double people = std::max(1.0, found.people[code] + each * (found.people[code] == 0 ? unnamed - 1 : unnamed));
      elsewhere_[f][code] = static_cast<float>(std::max(0.0, std::min(count - 2, (people - 1) * count / people)));
    }
  }
}

double LinkModel::pattern_bits(const Levels& levels, bool within) const {
  double sum = prior_bits_[within];
  for (size_t c = 0; c < levels_.size(); ++c) sum += bits_[within][c][levels[c]];
  return sum - shared_bits(levels) - beside_kin(kin_bits(levels, within));
}

bool LinkModel::names_told(const Levels& levels) const {
  return std::any_of(telling_.begin(), telling_.end(), [&](const Telling& telling) { return levels[telling.comparison] != 0; });
}

// Whether what names a person (a name, a birthday, a title) is told and nowhere agrees. Such pairs never teach what matches look like:
// without this, a file of families and no duplicates would teach that relatives are matches. They teach u instead.
bool LinkModel::contradicts(const Levels& levels) const {
  bool differs = false;
  for (const Telling& telling : telling_) {
    uint8_t level = levels[telling.comparison];
    if (level == 0) continue;
    if (telling.figures) {
      if (level >= kSameFigures) return false;  // a model's number, whatever the words beside it
      continue;
    }
    if (level > telling.apart) return false;
    differs = true;
  }
  return differs;
}

// Whether the numbers in a title are all others: models of one series, volumes of one work. Joined by mistake they would teach that numbers do
// not matter.
bool LinkModel::other_model(const Levels& levels) const {
  for (size_t c = 0; c < levels_.size(); ++c) {
    const Comparison& comparison = levels_.comparisons()[c];
    if (comparison.kind == ComparisonKind::kFigures && levels[c] == 1 && records_.fields()[comparison.field].identifying) return true;
  }
  return false;
}

// By class, what each pattern weighs; 0 where no pair has it.
std::array<std::vector<double>, 2> LinkModel::bits_of_patterns(const LearningPairs& learning) const {
  std::array<std::vector<double>, 2> bits;
  for (auto& of_class : bits) of_class.assign(learning.patterns.size(), 0);
  in_halves(learning.patterns.size(), [&](size_t, size_t first, size_t last) {
    for (size_t i = first; i < last; ++i) {
      for (bool within : {false, true}) {
        if (learning.patterns[i].count[within] != 0) bits[within][i] = pattern_bits(learning.patterns[i].levels, within);
      }
    }
  }, kFewPatterns);
  return bits;
}

// The patterns of pairs that no other candidate of either record beats.
std::vector<LinkPattern> LinkModel::best_patterns(const LearningPairs& learning, const std::array<std::vector<double>, 2>& bits) const {
  std::vector<float> best[2], value_of[2];
  for (bool within : {false, true}) value_of[within].assign(bits[within].begin(), bits[within].end());
  in_halves(learning.pairs.size(), [&](size_t half, size_t first, size_t last) {
    best[half].assign(records_.size() * 2, -1e9f);
    for (size_t i = first; i < last; ++i) {
      const auto& pair = learning.pairs[i];
      float value = value_of[pair.within][pair.pattern];
      for (uint32_t record : {pair.a, pair.b}) best[half][record * 2 + pair.within] = std::max(best[half][record * 2 + pair.within], value);
    }
  }, kFewPairs);
  for (size_t i = 0; i < best[0].size(); ++i) best[0][i] = std::max(best[0][i], best[1][i]);
  std::vector<std::array<uint32_t, 2>> count[2];
  in_halves(learning.pairs.size(), [&](size_t half, size_t first, size_t last) {
    count[half].assign(learning.patterns.size(), {0, 0});
    for (size_t i = first; i < last; ++i) {
      const auto& pair = learning.pairs[i];
      float value = value_of[pair.within][pair.pattern];
      if (value >= best[0][pair.a * 2 + pair.within] && value >= best[0][pair.b * 2 + pair.within]) ++count[half][pair.pattern][pair.within];
    }
  }, kFewPairs);
  std::vector<LinkPattern> out = learning.patterns;
  for (size_t i = 0; i < out.size(); ++i) {
    for (bool within : {false, true}) out[i].count[within] = learning.each * (count[0][i][within] + count[1][i][within]);
  }
  return out;
}

void LinkModel::step(const LearningPairs& learning, bool only_best) {
  std::array<std::vector<double>, 2> bits = bits_of_patterns(learning);
  for (bool within : {false, true}) {
    for (double& one : bits[within]) one -= prior_bits_[within];
  }
  std::vector<LinkPattern> best = !only_best && many_match() ? learning.patterns : best_patterns(learning, bits);
  Counts counts = no_counts();
  std::vector<std::vector<double>> match_other = counts.match;
  double matches[2] = {0, 0};
  for (size_t i = 0; i < learning.patterns.size(); ++i) {
    const LinkPattern& pattern = learning.patterns[i];
    bool apart = contradicts(pattern.levels);
    for (bool within : {false, true}) {
      if (pattern.count[within] == 0) continue;
      bool main = within == (main_ == 1);
      if (apart) {
        for (size_t c = 0; c < levels_.size() && main; ++c) counts.other[c][pattern.levels[c]] += pattern.count[within];
        continue;
      }
      double p = 1 / (1 + std::exp2(-bits[within][i] - prior_bits_[within]));
      double yes = p * best[i].count[within], no = (1 - p) * pattern.count[within];
      matches[within] += only_best ? yes : p * pattern.count[within];
      if (!main) {
        if (p == 0) continue;
        double sum = bits[within][i] + prior_bits_[within];
        for (size_t c = 0; c < levels_.size(); ++c) {
          if (sum - bits_[within][c][pattern.levels[c]] > kSureBits) match_other[c][pattern.levels[c]] += pattern.count[within];
        }
        continue;
      }
      for (size_t c = 0; c < levels_.size(); ++c) {
        counts.match[c][pattern.levels[c]] += yes;
        counts.any[c][pattern.levels[c]] += pattern.count[within] - no;
        counts.other[c][pattern.levels[c]] += no;
      }
    }
  }
  for (const LinkPattern& pattern : matches_beyond(nullptr)) {
    matches[main_] += pattern.count[main_];
    for (size_t c = 0; c < levels_.size(); ++c) counts.any[c][pattern.levels[c]] += pattern.count[main_];
  }
  set_priors(matches);
  learn_main_class(counts);
  learn_other_class(match_other);
  for (size_t c = 0; c < levels_.size(); ++c) {
    for (size_t l = 1; l < m_[c].size(); ++l) set_bits(c, l);
  }
}

LinkModel::Counts LinkModel::no_counts() const {
  Counts counts;
  for (const auto& levels : m_) counts.match.emplace_back(levels.size(), 0.0);
  counts.any = counts.other = counts.match;
  return counts;
}

void LinkModel::set_priors(const double (&matches)[2]) {
  for (bool within : {false, true}) {
    expected_matches_[within] = matches[within];
    double all = std::max(1.0, pairs_[within]);
    double share = std::clamp((matches[within] + 0.5) / (all + 1), 1e-12, 0.9);
    prior_bits_[within] = std::log2(share / (1 - share));
  }
}

// What names a person or thing seldom differs among matches, whatever the pairs seem to say: those of a family, a series or a shop's models
// are alike in all else. `match` by level; what it sums to with `more`.
double LinkModel::hold_differences(size_t c, std::vector<double>& match, double more) const {
  const Comparison& comparison = levels_.comparisons()[c];
  double told = more, differ = match[1];
  for (size_t l = 1; l < match.size(); ++l) told += match[l];
  if (!records_.fields()[comparison.field].identifying || differ <= kMostDifferent * told) return told;
  double held = kMostDifferent / (1 - kMostDifferent) * (told - differ);
  match[1] = held;
  return told - differ + held;
}

void LinkModel::learn_main_class(Counts& counts) {
  double all = std::max(1.0, pairs_[main_]);
  for (size_t c = 0; c < levels_.size(); ++c) {
    double none = counts.other[c][0] / all;
    double told = hold_differences(c, counts.match[c], kPseudoMatches);
    double told_pairs = std::max(1e-9, 1 - none), told_share = std::max(1e-3, random_told_[c] / std::max(1.0, random_total_));
    for (size_t l = 1; l < m_[c].size(); ++l) {
      m_[c][l] = (counts.match[c][l] + kPseudoMatches * levels_.comparisons()[c].expected[l]) / told;
      bool counted = l == levels_.comparisons()[c].exact || (levels_.comparisons()[c].cells_from > 0 && l >= levels_.comparisons()[c].cells_from);
      double floor = counted ? 0.5 / all : 0.3 / std::max(1.0, random_told_[c]);
      double sampled = random_[c][l] - counts.any[c][l] / (all * told_share);
      u_[c][l] = std::max({floor, sampled, counts.other[c][l] / (all * told_pairs)});
    }
  }
}

void LinkModel::set_bits(size_t c, size_t level) {
  bits_[main_][c][level] = shares_[c].share * std::clamp(std::log2(m_[c][level] / u_[c][level]), -kMostBits, kMostBits);
  bits_[1 - main_][c][level] = shares_[c].share * std::clamp(std::log2(other_m_[c][level] / u_[c][level]), -kMostBits, kMostBits);
}

// The two classes differ where sources do: the orders of one person need not come from one device, though a ticket names its order's.
// Each comparison learns from pairs that all others are sure of, so that what it believes cannot prove itself.
void LinkModel::learn_other_class(std::vector<std::vector<double>>& match) {
  for (size_t c = 0; c < levels_.size(); ++c) {
    double told = hold_differences(c, match[c], kOtherPseudo);
    for (size_t l = 1; l < m_[c].size(); ++l) other_m_[c][l] = (match[c][l] + kOtherPseudo * m_[c][l]) / told;
  }
}

void LinkModel::fit(const LearningPairs& learning) {
  edges_.clear();
  for (bool within : {false, true}) {
    double all = std::max(1.0, pairs_[within]);
    double share = std::min(0.5, 0.3 * static_cast<double>(records_.size()) / all);
    prior_bits_[within] = std::log2(share / (1 - share));
  }
  for (size_t c = 0; c < levels_.size(); ++c) {
    for (size_t l = 1; l < m_[c].size(); ++l) {
      m_[c][l] = std::max(1e-6, levels_.comparisons()[c].expected[l]);
      u_[c][l] = std::max(0.3 / std::max(1.0, random_told_[c]), random_[c][l]);
      other_m_[c][l] = m_[c][l];
      set_bits(c, l);
    }
  }
  for (int i = 0; i < kSteps; ++i) step(learning, true);
  learn_dependence(learning);
  for (int i = 0; i < 5; ++i) step(learning, false);
  if (many_match()) {
    for (int i = 0; i < kFurtherSteps; ++i) step(learning, false);
    learn_dependence(learning);
    for (int i = 0; i < kFurtherSteps; ++i) step(learning, false);
  }
  learn_repeats(learning, nullptr);
  if (find_kin(learning)) {
    fit_kin(learning);
    learn_repeats(learning, nullptr);
  }
  for (bool within : {false, true}) met_[within] = levels_met(learning, within);
}

std::vector<std::vector<bool>> LinkModel::levels_met(const LearningPairs& learning, bool within) const {
  std::vector<std::vector<bool>> met;
  for (const auto& levels : m_) met.emplace_back(levels.size(), false);
  for (const auto* patterns : {&learning.patterns, &random_patterns_}) {
    for (const LinkPattern& pattern : *patterns) {
      for (size_t c = 0; c < met.size() && pattern.count[within] > 0; ++c) met[c][pattern.levels[c]] = true;
    }
  }
  return met;
}

void LinkModel::forget_unmet(Levels& levels, bool within) const {
  for (size_t c = 0; c < levels_.size(); ++c) {
    const Comparison& comparison = levels_.comparisons()[c];
    bool cell = comparison.cells_from > 0 && levels[c] >= comparison.cells_from;
    if (cell && !met_[within].empty() && !met_[within][c][levels[c]]) levels[c] = 0;
  }
}

double LinkModel::level_bits(size_t c, uint8_t level, uint32_t code_a, uint32_t code_b, bool within) const {
  const Comparison& comparison = levels_.comparisons()[c];
  if (level == 0) return 0;
  if (level != comparison.exact || comparison.kind != ComparisonKind::kValue || code_a != code_b) return bits_[within][c][level];
  const LinkField& field = records_.fields()[comparison.field];
  double all = std::max<double>(2, static_cast<double>(records_.size() - field.counts[0]));
  const std::vector<float>& elsewhere = elsewhere_[comparison.field];
  double others = 0;
  if (code_a != kUnseenCode && !elsewhere.empty()) {
    others = static_cast<double>(elsewhere[code_a]);
  } else if (code_a != kUnseenCode && field.counts[code_a] > 2) {
    others = (field.counts[code_a] - 2.0) * (1 - repeats_[c][repeats_class(field.counts[code_a])]);
  }
  double m = within == (main_ == 1) ? m_[c][level] : other_m_[c][level];
  return shares_[c].share * std::clamp(std::log2(m * all / (others + alone_[comparison.field])), -kMostBits, kMostBits);
}

bool LinkModel::learn_scales(const std::vector<LabelledPair>& labelled) {
  constexpr double kLabelPrior = 4, kFewest = 5;
  double matches = static_cast<double>(std::count_if(labelled.begin(), labelled.end(), [](const LabelledPair& l) { return l.match; }));
  if (matches < kFewest || static_cast<double>(labelled.size()) - matches < kFewest) return false;
  size_t width = levels_.size() + 2;  // the comparisons, the dependence, a constant
  std::vector<std::vector<double>> rows;
  std::vector<double> score;
  for (const LabelledPair& pair : labelled) {
    std::vector<double> row(width, 0);
    for (size_t c = 0; c < levels_.size(); ++c) {
      size_t field = levels_.comparisons()[c].field;
      row[c] = level_bits(c, pair.levels[c], pair.codes_a[field], pair.codes_b[field], pair.within);
    }
    row[width - 2] = -shared_bits(pair.levels);
    row[width - 1] = 1;
    double sum = prior_bits_[pair.within];
    for (size_t i = 0; i + 1 < width; ++i) sum += row[i];
    PatternBits pattern = bits_of(pair.levels, pair.within);
    sum -= beside_kin(sum - pattern.bits + pattern.kin);
    rows.push_back(std::move(row));
    score.push_back(sum);
  }
  std::vector<double> change(width, 0);
  constexpr double kLog2 = 0.6931471805599453;
  for (int round = 0; round < 100; ++round) {
    for (size_t i = 0; i < width; ++i) {  // one Newton step a coordinate
      double spread = i + 1 == width ? 0.1 : 10;  // bits that one unit of the coordinate moves a score by
      double slope = -kLabelPrior * spread * change[i], bend = kLabelPrior * spread;
      for (size_t r = 0; r < rows.size(); ++r) {
        double p = 1 / (1 + std::exp2(-score[r])), x = rows[r][i] * kLog2;
        slope += ((labelled[r].match ? 1 : 0) - p) * x;
        bend += p * (1 - p) * x * x;
      }
      double step = slope / bend;
      if (i + 1 < width) step = std::max(step, -1 - change[i]);  // evidence never turns around
      change[i] += step;
      for (size_t r = 0; r < rows.size(); ++r) score[r] += step * rows[r][i];
    }
  }
  for (size_t i = 0; i + 1 < width; ++i) scale_[i] = 1 + change[i];
  for (double& prior : prior_bits_) prior += change[width - 1];
  return true;
}

LinkModel::PatternBits LinkModel::bits_of(const Levels& levels, bool within) const {
  double shared = scale_.back() * shared_bits(levels);
  PatternBits out{prior_bits_[within] - shared, kin_prior_[within] - shared, 0};
  const auto& m = within == (main_ == 1) ? m_ : other_m_;
  for (size_t c = 0; c < levels_.size(); ++c) {
    const Comparison& comparison = levels_.comparisons()[c];
    uint8_t level = levels[c];
    if (level == 0) continue;
    bool equal = level == comparison.exact && comparison.kind == ComparisonKind::kValue;
    if (equal) out.equal |= uint64_t{1} << c;
    else out.bits += scale_[c] * bits_[within][c][level];
    if (knows_kin()) out.kin += scale_[c] * shares_[c].share * std::log2(kin_[c][level] / (equal ? m[c][level] : u_[c][level]));
  }
  return out;
}

double LinkModel::bits(const PatternBits& pattern, const Levels& levels, const uint32_t* codes_a, const uint32_t* codes_b, bool within) const {
  double sum = 0;
  for (uint64_t left = pattern.equal; left != 0; left &= left - 1) {
    auto c = static_cast<size_t>(std::countr_zero(left));
    size_t field = levels_.comparisons()[c].field;
    sum += scale_[c] * level_bits(c, levels[c], codes_a[field], codes_b[field], within);
  }
  return pattern.bits + sum - beside_kin(pattern.kin + sum);
}

double LinkModel::bits(const Levels& levels, const uint32_t* codes_a, const uint32_t* codes_b, bool within) const {
  return bits(bits_of(levels, within), levels, codes_a, codes_b, within);
}

std::vector<LinkEvidence> LinkModel::explain(const Levels& levels, const uint32_t* codes_a, const uint32_t* codes_b, bool within) const {
  std::vector<LinkEvidence> out{{"prior", within ? "two records of one source" : "two records of two sources", prior_bits_[within]}};
  for (size_t c = 0; c < levels_.size(); ++c) {
    if (levels[c] == 0) continue;
    const Comparison& comparison = levels_.comparisons()[c];
    out.push_back({comparison.name, comparison.levels[levels[c]], scale_[c] * level_bits(c, levels[c], codes_a[comparison.field], codes_b[comparison.field], within)});
  }
  double shared = -scale_.back() * shared_bits(levels);
  if (shared != 0) out.push_back({"counted once", "evidence that goes together", shared});
  PatternBits pattern = bits_of(levels, within);
  double sum = pattern.kin - pattern.bits;
  for (const LinkEvidence& evidence : out) sum += evidence.bits;
  if (double kin = beside_kin(sum); kin > 0) out.push_back({"kin", "others of one household or series are as alike", -kin});
  return out;
}

std::vector<LinkWeights> LinkModel::weights() const {
  std::vector<LinkWeights> out;
  for (size_t c = 0; c < levels_.size(); ++c) {
    const Comparison& comparison = levels_.comparisons()[c];
    out.push_back({comparison.name, std::string(to_string(records_.fields()[comparison.field].kind)), comparison.levels, m_[c], u_[c], bits_[main_][c]});
  }
  return out;
}

}  // namespace furrow::identity
