// How alike two short strings are: the measures that comparison levels are cut from.
//
// All work on bytes, so texts come here as ASCII (linkage_text.h folds them). Strings longer than 64 bytes are compared by
// their first 64. Cost: a few dozen nanoseconds for names (bit-parallel). Threads: any.
#pragma once
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

namespace furrow::identity {

// std::popcount in place: for any x86-64 the compiler would call a function for it.
constexpr int count_bits(uint64_t bits) {
  bits -= bits >> 1 & 0x5555555555555555;
  bits = (bits & 0x3333333333333333) + (bits >> 2 & 0x3333333333333333);
  bits = (bits + (bits >> 4)) & 0x0f0f0f0f0f0f0f0f;
  return static_cast<int>(bits * 0x0101010101010101 >> 56);
}

// Which letters (a to z) and digits a text holds, and how often, to tell in a few instructions that two texts are not alike.
struct CharacterBag {
  static constexpr int kLetters = 26, kKinds = 36;
  uint64_t first = 0;  // a bit each: what occurs, letters before digits
  uint64_t again = 0;  // what occurs twice, then the letters that occur three times
  uint8_t kinds = 0;   // bits of `first`
  uint8_t others = 0;  // bytes that have no bit, at most 255
};
CharacterBag bag_of(std::string_view text);
// At least as many as two texts have in common.
inline int most_in_common(const CharacterBag& a, const CharacterBag& b) {
  return count_bits(a.first & b.first) + count_bits(a.again & b.again) + std::min(a.others, b.others);
}
// At least the Jaro-Winkler similarity of two texts with so many bytes in common, and at most the edit distance.
double most_alike(int in_common, std::string_view a, std::string_view b);
inline int fewest_edits(int in_common, std::string_view a, std::string_view b) {
  return static_cast<int>(std::min<size_t>(64, std::max(a.size(), b.size()))) - in_common;
}

// Jaro-Winkler similarity in [0, 1] (Winkler 1990: prefix of at most four, scale 0.1).
double jaro_winkler(std::string_view a, std::string_view b);

// Optimal string alignment distance: insertions, deletions, substitutions and swaps of two neighbours
// (bit-parallel, Hyyrö 2003).
int edit_distance(std::string_view a, std::string_view b);
// Whether it is 1; faster where both have one length.
bool one_edit_apart(std::string_view a, std::string_view b);

// Russell's Soundex of an ASCII word, first letter and three digits packed; 0 when it has no letter.
uint32_t soundex(std::string_view word);

// The lexicographically least rotation (Booth 1980): equal for "wangxiaoming" and "xiaomingwang".
std::string least_rotation(std::string_view text);

}  // namespace furrow::identity
