// Candidate pairs from shared rare evidence: for each record, the records that share most with it.
//
// A record is a bag of features: the words of its names and texts, the sound of a name, and each other value as a whole. Features in
// more records than a cap are left out; the cap falls with the number of records so that the cost stays bounded. The features that two
// records share are weighed by rarity, and the best few of each record (in other sources, and in its own) become pairs. So a match is
// found whichever of its fields are dirty, as long as two or three rarish features survive.
// Cost: measured in postings read, at most kPostings a call. Memory: about 12 bytes a feature of a record. Threads: two.
// Deterministic.
#pragma once
#include <cstdint>
#include <vector>

#include "identity/linkage_records.h"

namespace furrow::identity {

// Two records, the first the lower; as one number for sorting.
using PairKey = uint64_t;
inline PairKey pair_key(uint32_t a, uint32_t b) { return a < b ? (PairKey{a} << 32) | b : (PairKey{b} << 32) | a; }
inline uint32_t first_of(PairKey pair) { return static_cast<uint32_t>(pair >> 32); }
inline uint32_t second_of(PairKey pair) { return static_cast<uint32_t>(pair); }

// The features of one prepared value; `field` tells which field it stands in.
void add_features(const LinkField& field, size_t index, const LinkValue& value, std::vector<uint64_t>& features);

class NeighbourIndex {
 public:
  static constexpr uint64_t kPostings = 1'500'000'000;
  explicit NeighbourIndex(const LinkRecords& records);
  // Sorted, each once. `across` neighbours in other sources and `within` in its own, for each record.
  std::vector<PairKey> pairs(size_t across, size_t within) const;
  // The records that share most with these features, at most `limit`, best first.
  std::vector<uint32_t> nearest(const std::vector<uint64_t>& features, size_t limit) const;
  uint32_t cap() const { return cap_; }

 private:
  void collect(size_t first, size_t last, size_t across, size_t within, std::vector<PairKey>& out) const;
  const LinkRecords& records_;
  uint32_t cap_ = 0;
  std::vector<uint64_t> keys_;       // sorted features, each once
  std::vector<uint64_t> starts_;     // of each feature's postings
  std::vector<uint32_t> postings_;
  std::vector<uint64_t> bag_starts_; // of each record's features
  std::vector<uint32_t> bags_;       // indices into keys_
};

}  // namespace furrow::identity
