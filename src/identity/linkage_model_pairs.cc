// Pairs compared and counted by pattern: the candidates that weights are learnt from, and random ones, which show what strangers have in common.
#include <algorithm>
#include <cstring>

#include "base/ids.h"
#include "base/random.h"
#include "identity/linkage_copies.h"
#include "identity/linkage_halves.h"
#include "identity/linkage_model.h"

namespace furrow::identity {
namespace {

constexpr size_t kRandomPairs = 200'000;

class PatternCounter {
 public:
  explicit PatternCounter(size_t comparisons) : size_(comparisons), slots_(1024, 0) {}
  // The number of the pattern.
  uint32_t add(const Levels& levels, bool within, double count) {
    if (patterns_.size() * 2 >= slots_.size()) grow();
    uint32_t& slot = slot_of(levels);
    if (slot == 0) {
      patterns_.emplace_back();
      patterns_.back().levels = levels;
      slot = static_cast<uint32_t>(patterns_.size());
    }
    patterns_[slot - 1].count[within] += count;
    return slot - 1;
  }
  // The numbers here of the patterns there.
  std::vector<uint32_t> add(const PatternCounter& other) {
    std::vector<uint32_t> moved;
    for (const LinkPattern& pattern : other.patterns_) {
      uint32_t number = add(pattern.levels, false, pattern.count[0]);
      patterns_[number].count[1] += pattern.count[1];
      moved.push_back(number);
    }
    return moved;
  }
  std::vector<LinkPattern> take() { return std::move(patterns_); }

 private:
  // Where the number of a pattern stands, from 1; 0 when it is new.
  uint32_t& slot_of(const Levels& levels) {
    uint64_t hash = hash64({reinterpret_cast<const char*>(levels.data()), size_});
    for (size_t i = hash & (slots_.size() - 1);; i = (i + 1) & (slots_.size() - 1)) {
      uint32_t& slot = slots_[i];
      if (slot == 0 || std::memcmp(patterns_[slot - 1].levels.data(), levels.data(), size_) == 0) return slot;
    }
  }
  void grow() {
    slots_.assign(slots_.size() * 2, 0);
    for (uint32_t i = 0; i < patterns_.size(); ++i) slot_of(patterns_[i].levels) = i + 1;
  }
  size_t size_;
  std::vector<uint32_t> slots_;
  std::vector<LinkPattern> patterns_;
};

}  // namespace

LearningPairs compare_for_learning(const LinkRecords& records, const LevelSet& levels, const std::vector<PairKey>& pairs, size_t most) {
  uint64_t step = std::max<uint64_t>(1, (pairs.size() + most - 1) / std::max<size_t>(1, most));
  struct Part {
    PatternCounter counter;
    std::vector<LearningPairs::Pair> pairs;
  };
  auto work = [&](size_t first, size_t last, Part& part) {
    Comparer comparer(records, levels);
    Levels found{};
    for (size_t i = first; i < last; ++i) {
      uint32_t a = first_of(pairs[i]), b = second_of(pairs[i]);
      if (step > 1 && mix64(a) % step != 0) continue;
      comparer.compare(a, b, found);
      bool within = records.source_of(a) == records.source_of(b);
      part.pairs.push_back({a, b, part.counter.add(found, within, static_cast<double>(step)), within});
    }
  };
  Part one{PatternCounter(levels.size()), {}}, two{PatternCounter(levels.size()), {}};
  if (step == 1) one.pairs.reserve(pairs.size()), two.pairs.reserve(pairs.size() / 2 + 1);
  in_halves(pairs.size(), [&](size_t half, size_t first, size_t last) { work(first, last, half == 0 ? one : two); });
  std::vector<uint32_t> moved = one.counter.add(two.counter);
  for (LearningPairs::Pair& pair : two.pairs) pair.pattern = moved[pair.pattern];
  one.pairs.insert(one.pairs.end(), two.pairs.begin(), two.pairs.end());
  return {one.counter.take(), std::move(one.pairs), static_cast<double>(step)};
}

LearningPairs share_of(const LearningPairs& compared, size_t most) {
  uint64_t step = std::max<uint64_t>(1, (compared.pairs.size() + most - 1) / std::max<size_t>(1, most));
  LearningPairs out{{}, {}, compared.each * static_cast<double>(step)};
  std::vector<uint32_t> moved(compared.patterns.size(), ~0u);
  for (LearningPairs::Pair pair : compared.pairs) {
    if (step > 1 && mix64(pair.a) % step != 0) continue;
    uint32_t& number = moved[pair.pattern];
    if (number == ~0u) {
      number = static_cast<uint32_t>(out.patterns.size());
      out.patterns.push_back({compared.patterns[pair.pattern].levels, {0, 0}});
    }
    pair.pattern = number;
    out.patterns[number].count[pair.within] += out.each;
    out.pairs.push_back(pair);
  }
  return out;
}

void LinkModel::sample_u(uint64_t seed, const std::vector<PairKey>& candidates) {
  size_t n = records_.size();
  std::vector<std::vector<uint32_t>> groups = copies_of_rows(records_, kComparedCopies);
  std::vector<uint32_t> copies(groups.empty() ? 0 : n, 0);  // by record: the number of its group
  for (uint32_t g = 0; g < groups.size(); ++g) {
    for (uint32_t record : groups[g]) copies[record] = g + 1;
  }
  struct Part {
    PatternCounter counter, beyond;
    std::vector<LearningPairs::Pair> pairs;
  };
  // Pairs of the kind that is sought, and no copies of one row, which are no strangers, be there ever so many.
  auto counts = [&](uint32_t a, uint32_t b) {
    return a != b && (records_.source_of(a) == records_.source_of(b)) == (main_ == 1) && (copies.empty() || copies[a] == 0 || copies[a] != copies[b]);
  };
  auto work = [&](uint64_t number) {
    Part part{PatternCounter(levels_.size()), PatternCounter(levels_.size()), {}};
    Comparer comparer(records_, levels_, Comparer::Memory::kNone);  // of strangers hardly two have the same names
    Levels found{};
    auto take = [&](uint32_t a, uint32_t b) {
      comparer.compare(a, b, found);
      part.counter.add(found, main_ == 1, 1);
      if (contradicts(found) || std::binary_search(candidates.begin(), candidates.end(), pair_key(a, b))) return;
      part.pairs.push_back({a, b, part.beyond.add(found, main_ == 1, 1), main_ == 1});
    };
    if (pairs_[main_] <= kRandomPairs) {  // all there are, each once
      for (auto a = static_cast<uint32_t>(number); a < n; a += 2) {
        for (uint32_t b = a + 1; b < n; ++b) {
          if (counts(a, b)) take(a, b);
        }
      }
      return part;
    }
    Random random(mix64(seed) + number);
    for (size_t taken = 0, tries = 0; taken < kRandomPairs / 2 && tries < 4 * kRandomPairs; ++tries) {
      auto a = static_cast<uint32_t>(random.below(n)), b = static_cast<uint32_t>(random.below(n));
      if (!counts(a, b)) continue;
      take(std::min(a, b), std::max(a, b));
      ++taken;
    }
    return part;
  };
  Part one{PatternCounter(levels_.size()), PatternCounter(levels_.size()), {}}, two = one;
  if (n >= 2 && pairs_[main_] >= 1) {
    in_halves(2, [&](size_t half, size_t, size_t) { (half == 0 ? one : two) = work(half); });
    one.counter.add(two.counter);
    std::vector<uint32_t> moved = one.beyond.add(two.beyond);
    for (LearningPairs::Pair& pair : two.pairs) pair.pattern = moved[pair.pattern];
    one.pairs.insert(one.pairs.end(), two.pairs.begin(), two.pairs.end());
  }
  random_patterns_ = one.counter.take();
  beyond_ = {one.beyond.take(), std::move(one.pairs), 1};
  for (const Comparison& comparison : levels_.comparisons()) random_.emplace_back(comparison.levels.size(), 0.0);
  for (const LinkPattern& pattern : random_patterns_) {
    double count = pattern.count[0] + pattern.count[1];
    random_total_ += count;
    for (size_t c = 0; c < levels_.size(); ++c) random_[c][pattern.levels[c]] += count;
  }
  for (size_t c = 0; c < levels_.size(); ++c) {
    const Comparison& comparison = levels_.comparisons()[c];
    const LinkField& field = records_.fields()[comparison.field];
    double told = std::max(1.0, random_total_ - random_[c][0]);
    random_told_.push_back(told);
    random_[c][0] = 0;
    for (double& share : random_[c]) share /= told;
    // Equal values and pairs of common values: from the frequencies, which no sample beats.
    if (comparison.kind != ComparisonKind::kValue) continue;
    double all = std::max<double>(2, static_cast<double>(records_.size() - field.counts[0])), equal = 0;
    std::vector<double> share(field.common_count + 1);
    for (size_t code = 1; code < field.values.size(); ++code) {
      double count = field.counts[code];
      if (comparison.cells_from > 0 && field.common[code] != 0) {
        share[field.common[code]] += count / all;
      } else {
        equal += count / all * (count - 1) / (all - 1);
      }
    }
    random_[c][comparison.exact] = equal;
    for (size_t i = 1; i <= field.common_count && comparison.cells_from > 0; ++i) {
      for (size_t j = 1; j <= field.common_count; ++j) random_[c][comparison.cells_from + (i - 1) * field.common_count + j - 1] = share[i] * share[j];
    }
  }
}

}  // namespace furrow::identity
