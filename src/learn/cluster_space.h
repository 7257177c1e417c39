// From columns people know to a space in which distance means unlike: what clustering runs on.
//
// Numbers: heavy-tailed ones (money, counts: found from the data) by their logarithm, signed when there are negatives;
// then centred on the median, divided by the spread of the middle 99 %, cut at ±kCut. Times: days before the column's newest.
// Text and two-valued numbers: one 0/1 column a level (the kKeptLevels most frequent; the rest are one), weighted so that a
// column of levels adds half the expected squared distance of a number column: a split on levels explains all of their
// variance, and at full weight levels would drown numbers. Missing numbers stand at the median, missing levels at the mean.
// Left out, each with a reason: one value or none, mostly missing, ids, text where levels hardly repeat, and columns that
// say the same as an earlier one.
// Not for supervised learning: encoding.h. Threads: values. Cost: a sort of up to 200,000 values a column.
#pragma once
#include <string>
#include <vector>

#include "base/result.h"
#include "learn/cluster_points.h"
#include "learn/dataset.h"
#include "learn/encoding.h"

namespace furrow::learn {

inline constexpr size_t kKeptLevels = 20;
inline constexpr float kCut = 5;

enum class SpaceScale { kPlain, kLog, kSignedLog, kLevels };

struct SpaceColumn {
  std::string name;
  SpaceScale scale = SpaceScale::kPlain;
  bool time = false;             // days before `newest`
  double newest = 0;             // seconds since 1970
  double unit = 1;               // of the logarithm: log(1 + x / unit), or log(x) when unit is 0
  double centre = 0, spread = 1; // after the logarithm; of two-valued numbers, centre is the first value
  std::vector<std::string> levels;  // kLevels; "" last for all others, when there are any
  std::vector<double> shares;       // kLevels: share of each level among rows that have one
  double weight = 1;                // kLevels: of each 0/1 column
  std::vector<int32_t> place_of_code;  // kLevels of text: level code of the dataset -> place, -1 absent
  size_t source = 0;             // the column of the dataset
  size_t first = 0, outputs = 1; // places in the space
  double missing_share = 0;
};

struct ClusterSpace {
  std::vector<SpaceColumn> columns;
  std::vector<LeftOut> left_out;
  Points points;
  size_t empty_rows = 0;  // rows without a single value
};

// `ignored`: names left out without a reason given. Never fails: a space may have no columns.
ClusterSpace cluster_space(const Dataset& data, const std::vector<std::string>& ignored);

// The value of a row in the column's own unit (days for times): NaN when missing, the level's place for kLevels.
double space_value(const Dataset& data, const SpaceColumn& column, size_t row);

// The chosen rows with ties spread evenly over their surroundings (numbers half way to the nearest other value, levels by
// half a step), so that a test of unimodality does not take a whole number or a level for a population.
Points spread_ties(const ClusterSpace& space, const std::vector<uint32_t>& rows, uint64_t seed);

}  // namespace furrow::learn
