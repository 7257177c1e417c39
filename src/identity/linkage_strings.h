// How alike two short strings are: the measures that comparison levels are cut from.
//
// All work on bytes, so texts come here as ASCII (linkage_text.h folds them). Strings longer than 64 bytes are compared by
// their first 64. Cost: a few dozen nanoseconds for names (bit-parallel). Threads: any.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace furrow::identity {

// Jaro-Winkler similarity in [0, 1] (Winkler 1990: prefix of at most four, scale 0.1).
double jaro_winkler(std::string_view a, std::string_view b);

// Optimal string alignment distance: insertions, deletions, substitutions and swaps of two neighbours
// (bit-parallel, Hyyrö 2003).
int edit_distance(std::string_view a, std::string_view b);

// Russell's Soundex of an ASCII word, first letter and three digits packed; 0 when it has no letter.
uint32_t soundex(std::string_view word);

// The lexicographically least rotation (Booth 1980): equal for "wangxiaoming" and "xiaomingwang".
std::string least_rotation(std::string_view text);

}  // namespace furrow::identity
