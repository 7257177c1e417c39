// People in groups: a table of customers, one row each, to numbered segments with names, sizes, centres and stability.
//
// The space, the number of groups and their steadiness are learn/'s (cluster_space.h, cluster_choice.h, cluster_grouping.h);
// here they get the words of marketing and numbers that last. Segments are numbered from 1 by size, or, with the numbers of
// an earlier run at hand, so that people keep theirs as far as the groups are the same: new groups are paired with old ones
// by the heaviest overlap (Hungarian method), and a group that is new gets a number that was never used.
// Not for transactions: build_rfm (rfm.h) makes the table. Errors: kInvalidArgument for a k below 1 or above the limit,
// kInvalidFile for a table without rows. Threads: pure functions. Memory: the table, and 4 bytes a row and encoded column.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "learn/cluster_choice.h"
#include "predict/segment_names.h"
#include "table/table.h"

namespace furrow::predict {

inline constexpr size_t kMostSegments = 1000;

struct SegmentationOptions {
  std::optional<size_t> k;           // chosen from the data when absent
  learn::GroupingMethod method = learn::GroupingMethod::kMeans;
  std::vector<std::string> ignored;  // columns not to group by, such as the id's
  bool at_least_two = false;         // groups even of a continuum (recency, frequency, money)
  uint64_t seed = 1;
  WordsByColumn words;               // for names, where the caller knows better ones
};

struct CentreValue {
  std::string column;
  bool is_level = false;
  double mean = 0, median = 0;  // numbers, in the column's own unit (days before the newest for times)
  std::string level;            // the most common level, and its share
  double share = 0;
};

struct Segment {
  uint32_t number = 0;
  SegmentName name;
  size_t size = 0;
  double share = 0;
  double stability = 1;  // mean Jaccard share kept over resamples: above 0.75 steady, below 0.5 dissolved (Hennig)
  std::vector<CentreValue> centre;
};

struct MapPoint {
  float x, y;
  uint32_t segment;
};

struct Segmentation {
  std::vector<uint32_t> numbers;  // a row's segment
  std::vector<Segment> segments;  // by number
  learn::Choice choice;           // k as asked where options.k was given
  bool k_given = false;
  learn::GroupingMethod method = learn::GroupingMethod::kMeans;
  learn::Steadiness steadiness;
  double silhouette = 0;          // on a sample
  std::vector<std::string> columns;            // grouped by
  std::vector<learn::LeftOut> left_out;
  size_t empty_rows = 0;          // rows without a value in any of the columns
  std::vector<std::string> notes;  // what a reader must know, in sentences
  std::vector<MapPoint> map;      // a sample of rows on the two principal axes
  double map_variance[2] = {0, 0};  // share of variance of each axis
  std::string map_axes[2];        // the columns that weigh most on it
};

Result<Segmentation> segment_people(const table::Table& people, const SegmentationOptions& options);

// Renumbers by an earlier run: `earlier` gives each id's number then, `ids` the rows' ids. Returns how many groups kept one.
size_t keep_numbers(Segmentation& segmentation, const std::vector<std::string>& ids, const std::unordered_map<std::string, uint32_t>& earlier);

}  // namespace furrow::predict
