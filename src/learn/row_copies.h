// Rows that are there several times: files joined twice, exports put together, rows drawn again to balance a label.
//
// Such rows fall on both sides of a fold, where they are known by heart: a file there three times over showed an AUC of 0.96 for 0.77.
// But customers also come to be alike in every column by chance. Copies are taken for there when
//   - kCopyShare or more of the rows repeat another one in every input, and
//   - there are kBeyondChance times as many pairs of equal rows as there would be were the inputs independent, of kMostAlike rows a set or less on average
//     (more are the few combinations of a coarse table), and
//   - equal rows differ in their labels at most kCopyContradictions times as often as two of the rows that have an equal one, drawn at random, do: rows
//     alike by chance differ nearly as often as these (of Bank's equal rows without `duration` 0.85 times, of CoIL's 0.89; of copies never).
// Columns that only name or count the rows do not count: a copy has another row number.
// Threads: pure. Cost: a hash a cell, a sort of the rows. Two rows that differ are taken for equal once in 2^64.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "learn/dataset.h"

namespace furrow::learn {

inline constexpr double kCopyShare = 0.02, kBeyondChance = 10, kMostAlike = 20, kCopyContradictions = 0.5;

struct RowCopies {
  bool found = false;
  double share = 0;             // of the rows: those that an earlier one is equal to
  double contradicted = 0;      // of these: those with another label than the first
  std::vector<uint32_t> set_of; // when found, of each row the place in `rows` of the first that is equal to it; else empty
};

// `labels`: one a row of `rows`, of any target; `ignored`: columns that are no input.
RowCopies find_row_copies(const Dataset& data, const std::vector<uint32_t>& rows, const std::vector<float>& labels, const std::vector<std::string>& ignored);

}  // namespace furrow::learn
