// From scored pairs to people: clusters that refuse chains.
//
// Within each set of records that the accepted pairs connect, clusters are joined by average linkage: the two whose pairs have the
// highest mean weight first, while that mean stays over the threshold. Pairs that were no candidates are scored too, so one strong
// link does not join two groups that contradict each other. Two records of a source declared clean never share a person.
// Cost: sets of up to kWholeSet records look at all their pairs; larger ones at a sample of kSampledLinks pairs a join.
// Threads: one. Deterministic.
#pragma once
#include <cstdint>
#include <functional>
#include <vector>

namespace furrow::identity {

struct ScoredPair {
  uint32_t a = 0, b = 0;  // a < b
  float bits = 0;         // log2 of the odds of a match
};

struct ClusterOptions {
  static constexpr size_t kWholeSet = 160;
  static constexpr size_t kSampledLinks = 64;
  double threshold_bits = 0;
  double most_bits = 10;                        // a single pair's weight is cut to this on both sides
  std::vector<bool> clean;                      // by source
  std::function<size_t(uint32_t)> source_of;
  std::function<double(uint32_t, uint32_t)> score;  // bits of any pair
  std::function<int(uint32_t, uint32_t)> answer;    // 1 always one person, -1 never, 0 not answered; may be empty
};

// A label for each record: the lowest record of its cluster.
std::vector<uint32_t> cluster_pairs(size_t records, const std::vector<ScoredPair>& accepted, const ClusterOptions& options);

}  // namespace furrow::identity
