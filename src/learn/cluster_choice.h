// How many groups are there? Chosen from the data, with the evidence kept; one may be the answer.
//
// 1. Groups with gaps. A grouping has gaps when between every two groups there is a valley: the rows of both, projected on
//    the line between their centres, fail Hartigan's dip test at 5 % (cluster_dip.h; ties spread evenly first), and more
//    clearly than groups cut out of one normal population of the same covariance do (for rows few beside columns any cut
//    shows a valley); and its prediction strength (Tibshirani and Walther 2005: half the rows predict the other half's
//    pairs) is at least 0.8. The largest k of which that is so is chosen; or a larger one whose silhouette is the highest of
//    all, at least 0.5 and above chance (as in 2), with a strength of 0.6: few rows do not show valleys.
// 2. Without gaps, a continuum may still have directions worth cutting: k qualifies when its silhouette is above what single
//    populations (normal and uniform, with the data's covariance and levels) show, and its prediction strength is at least
//    0.8. The largest such k up to kContinuumGroups is chosen.
// Neither takes a grouping of which two groups differ in one column of levels alone (nine tenths of the squared distance of
// their centres): a coin flipped for everybody would double whatever groups there are.
// 3. Else one group. `at_least_two` (when the caller wants groups anyway, as with buyers by recency, frequency and spend)
//    takes the largest k up to kContinuumGroups with prediction strength of 0.8, else the strongest.
// Mixtures: the number of bells with the smallest BIC, which may be one; looked for until three more bells make it no smaller.
// The draws and samples have seeds of their own: the same rows give the same choice. A sample of kChoiceRows rows is used. Threads: may start its own. Cost: about a second.
#pragma once
#include <string_view>
#include <vector>

#include "learn/cluster_grouping.h"
#include "learn/cluster_space.h"

namespace furrow::learn {

inline constexpr size_t kChoiceRows = 4000;
inline constexpr size_t kMostGroups = 12;
inline constexpr size_t kContinuumGroups = 8;

enum class ChoiceBasis { kGaps, kContinuum, kOneGroup, kWanted, kBic };
std::string_view to_string(ChoiceBasis basis);  // "gaps", "continuum", "one_group", "wanted", "bic"

struct KEvidence {
  size_t k = 0;
  double silhouette = 0;
  double chance_silhouette = 0;    // what one population shows: mean and three deviations
  double prediction_strength = 0;  // mean over splits of the weakest group's
  double valley_p = 1;             // the largest p-value of a valley between two groups
  bool one_level_column = false;   // two of the groups differ in one column of levels alone: never chosen by 1 or 2
  double bic = 0;                  // mixtures only
};

struct Choice {
  size_t k = 1;
  ChoiceBasis basis = ChoiceBasis::kOneGroup;
  std::vector<KEvidence> evidence;  // k = 2 (1 for mixtures) … as far as looked at
};

struct ChoiceOptions {
  GroupingMethod method = GroupingMethod::kMeans;  // medoids: chosen as for means, in the same space
  bool at_least_two = false;
};
Choice choose_group_count(const ClusterSpace& space, const ChoiceOptions& options);

// The p-value of a valley between groups a and b: rows projected on the line between the groups' means, the larger group
// cut to the part nearest the other, at most twice as many rows (an interval of one population is one population).
double valley_p_value(const Points& points, const std::vector<uint32_t>& labels, uint32_t a, uint32_t b);

}  // namespace furrow::learn
