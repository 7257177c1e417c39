// One form for the three ways to group rows: k-means, k-medoids, Gaussian mixtures; and how steady a grouping is.
//
// Threads: pure functions that may start threads of their own. The same seed gives the same groups.
#pragma once
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "learn/cluster_kmeans.h"
#include "learn/cluster_mixture.h"

namespace furrow::learn {

enum class GroupingMethod { kMeans, kMedoids, kMixture };
std::string_view to_string(GroupingMethod method);                    // "kmeans", "kmedoids", "mixture"
Result<GroupingMethod> parse_grouping_method(std::string_view text);  // kInvalidArgument

struct Grouping {
  GroupingMethod method = GroupingMethod::kMeans;
  size_t k = 0;
  std::vector<uint32_t> labels;
  std::vector<float> centres;  // k × columns; medoids and means alike
  std::shared_ptr<const Mixture> mixture;
};

// May return fewer groups than k where the rows have fewer different places. starts 0: the method's own.
Grouping group_rows(const Points& points, size_t k, GroupingMethod method, uint64_t seed, size_t starts = 0);
std::vector<uint32_t> assign_rows(const Grouping& grouping, const Points& points);
// Group numbers in an order that does not depend on the seed: by size, largest first, then by centre.
void order_by_size(Grouping& grouping);

struct Steadiness {
  std::vector<double> jaccard;    // a group: mean Jaccard share kept over bootstrap resamples (Hennig 2007)
  double bootstrap_rand = 1;      // mean adjusted Rand over the same
  double seeds_rand = 1;          // smallest adjusted Rand of the grouping with those of other seeds
  size_t resamples = 0, seeds = 0;
};
// Of `grouping`, which is of all `points`. Above kSteadyRows rows resamples are drawn from a sample of that many.
inline constexpr size_t kSteadyRows = 5000;
Steadiness steadiness(const Points& points, const Grouping& grouping, uint64_t seed);

}  // namespace furrow::learn
