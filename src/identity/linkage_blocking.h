// Blocking rules chosen from the data: pairs that agree on a key, such as (sound of surname, birth date).
//
// A rule is one predicate of a field (the value, its sound, its beginning, year and month of a date) or two of two fields. What a rule
// costs is measured: the pairs it would give, counted on a sample of its keys. What it is worth is measured on matches that are already
// likely: how many it would find that few chosen rules find, so that a match whose one field is spoiled is still found by another
// rule. Rules are taken by worth for cost until the budget is spent or nothing more is won (weighted set cover).
// Cost: one pass over the records a rule with some worth. Memory: 16 bytes a record and 8 a pair. Threads: two. Deterministic.
#pragma once
#include <string>
#include <vector>

#include "identity/linkage_cluster.h"
#include "identity/linkage_neighbours.h"

namespace furrow::identity {

struct BlockingRule {
  std::string name;        // "surname sound and date_of_birth"
  double estimated_pairs = 0;
  double matches_found = 0;  // share of the likely matches
};

struct Blocks {
  std::vector<BlockingRule> rules;
  std::vector<PairKey> pairs;  // sorted, each once
};

// `likely`: pairs that are matches as far as is known. At most about `budget` pairs come back.
Blocks block(const LinkRecords& records, const std::vector<ScoredPair>& likely, size_t budget);

}  // namespace furrow::identity
