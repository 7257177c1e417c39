// Comparison levels: how two records agree on each piece of evidence, as a small number a comparison.
//
// A comparison belongs to a field; a text field has a second one for the words with digits in it (model numbers, versions).
// Level 0 means that one of the two does not tell; 1 is different; then closer and closer. A field with few common values has
// a level for every pair of them, so that the data can teach that 男 is M or that two names mean one journal. Two name
// fields whose values stand in each other's place are told by one level of the first, and the second then says nothing.
// Cost: about 10 ns an equal value, 50 to 100 ns an unequal one, less when the pair of values was compared before.
// Threads: one Comparer each; LevelSet is immutable.
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "identity/linkage_records.h"

namespace furrow::identity {

inline constexpr size_t kMaxComparisons = 48;
using Levels = std::array<uint8_t, kMaxComparisons>;

enum class ComparisonKind : uint8_t { kValue, kFigures };

struct Comparison {
  size_t field = 0;
  ComparisonKind kind = ComparisonKind::kValue;
  std::string name;
  std::vector<std::string> levels;    // what each says, by level
  std::vector<double> expected;       // shares among matches before anything is learned; [0] unused
  uint8_t exact = 0;                  // the level of equal values; 0 when there is none
  uint8_t apart = 1;                  // levels to here mean that the values are not the same thing
  size_t cells_from = 0;              // kValue of a field with common values: the first cell's level; 0 when none
};

class LevelSet {
 public:
  explicit LevelSet(const LinkRecords& records);
  const std::vector<Comparison>& comparisons() const { return comparisons_; }
  size_t size() const { return comparisons_.size(); }
  // Pairs of comparisons (of name fields) whose values may have been swapped.
  const std::vector<std::pair<size_t, size_t>>& swaps() const { return swaps_; }

 private:
  std::vector<Comparison> comparisons_;
  std::vector<std::pair<size_t, size_t>> swaps_;
};

// The soft TF-IDF cosine of two token lists in [0, 1]: equal tokens, and those one slip apart (Cohen, Ravikumar and
// Fienberg 2003).
double soft_cosine(const LinkValue& a, const LinkValue& b);

class Comparer {
 public:
  enum class Memory : uint8_t { kPairs, kNone };  // of pairs of values that were compared before
  Comparer(const LinkRecords& records, const LevelSet& levels, Memory memory = Memory::kPairs);
  void compare(uint32_t a, uint32_t b, Levels& out);
  // With a row that is none of the records, or of two such: the same levels that two records of the same values have.
  void compare(const LinkRow& a, uint32_t b, Levels& out) const;
  void compare(const LinkRow& a, const LinkRow& b, Levels& out) const;

 private:
  struct Known { uint64_t key = ~uint64_t{0}; uint8_t level = 0; };
  uint8_t level(const Comparison& comparison, const LinkValue& a, const LinkValue& b) const;
  uint8_t coded_level(size_t index, uint32_t a, uint32_t b);
  template <class ValueA, class ValueB>
  void find_swaps(ValueA&& value_of_a, ValueB&& value_of_b, Levels& out) const;
  template <class ValueB>
  void compare_row(const LinkRow& a, int source_b, ValueB&& value_of_b, const uint32_t* codes_b, Levels& out) const;
  const LinkRecords& records_;
  const LevelSet& levels_;
  std::vector<std::vector<Known>> known_;  // by comparison
};

}  // namespace furrow::identity
