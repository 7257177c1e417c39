// Which rows are held out when: the folds of cross-validation.
//
// random: stratified by label, shuffled by seed. By group: all rows of a group in one fold, groups dealt by size.
// Copies: all rows of a set in one fold, sets dealt as one row each, of which one row drawn by seed is held out: what is there several times is judged
// once. By time: the rows in order of time are cut into folds + 1 blocks of equal size (rows of one time stay together); fold f
// holds out block f + 1 and trains on all blocks before it, so the past never sees the future; the first block is never
// held out. Rows without a time are never used for training or held out.
// Threads: pure.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace furrow::learn {

struct Fold {
  std::vector<uint32_t> train, held_out;
};

std::vector<Fold> random_folds(const std::vector<float>& labels, bool stratify, int folds, uint64_t seed);
// `set_of`: of each row a number that equal rows share, such as the first one's place.
std::vector<Fold> copy_folds(const std::vector<uint32_t>& set_of, const std::vector<float>& labels, bool stratify, int folds, uint64_t seed);
std::vector<Fold> group_folds(const std::vector<std::string>& groups, int folds, uint64_t seed);
std::vector<Fold> time_folds(const std::vector<double>& times, int folds);

}  // namespace furrow::learn
