// What sets a group of people apart, in a few plain words of English and Chinese: "high spend, recently active" and
// "高消费·近期活跃".
//
// Each trait is one column whose mean in the group lies off everybody's by at least kTraitEffect standard deviations (in
// the scale that grouping used), or one level much more common in the group. Names are the strongest traits, as many as
// make every name different. Words for money, frequency, recency, income, age and tenure are known by the columns' names.
// A caller who knows better words for its columns gives them.
// Threads: pure functions.
#pragma once
#include <string>
#include <unordered_map>
#include <vector>

#include "learn/cluster_space.h"

namespace furrow::predict {

inline constexpr double kTraitEffect = 0.3;
inline constexpr double kFaintEffect = 0.1;  // of a group without traits: "somewhat …"

// What a high and a low mean of a column of numbers is called, and the column itself, where a few values of it stand for kinds.
struct ColumnWords {
  std::string high_en, high_zh, low_en, low_zh;
  std::string name_en, name_zh;
};
using WordsByColumn = std::unordered_map<std::string, ColumnWords>;

struct Trait {
  std::string column;
  std::string en, zh;
  double effect = 0;  // standard deviations off everybody
};

struct SegmentName {
  std::string en, zh;
  std::vector<Trait> traits;  // strongest first
};

// labels: 0 to groups - 1, one a row.
std::vector<SegmentName> name_segments(const learn::ClusterSpace& space, const std::vector<uint32_t>& labels, size_t groups, const WordsByColumn& words = {});

}  // namespace furrow::predict
