// One new record against everything that was linked: who is it, and why, in milliseconds.
//
// Holds a finished linkage (records, model, clusters) and its neighbour index. A record's cells are folded and compared exactly as in the
// batch, and weighed by the same model. Not for learning: what comes later changes no weight; link again for that.
// Threads: find from any. Cost: under 5 ms on a million records. Memory: the linkage and about 12 bytes a feature of a record.
#pragma once
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "identity/linkage.h"

namespace furrow::identity {

struct LinkFound {
  uint32_t record = 0, person = 0;  // of the linkage
  double bits = 0;                  // log2 of the odds
  std::vector<LinkEvidence> evidence;
};

class LinkIndex {
 public:
  explicit LinkIndex(std::unique_ptr<LinkResult> linked);
  const LinkResult& linked() const { return *linked_; }
  // Cells by field name (as in linked().records.fields(), or the column's name in any of the files); others are passed over.
  // The records whose odds are at least `least_bits`, surest first, at most `limit`.
  std::vector<LinkFound> find(const std::vector<std::pair<std::string, std::string>>& cells, size_t limit = 5, double least_bits = 0) const;

 private:
  static constexpr size_t kCompared = 64;
  std::unique_ptr<LinkResult> linked_;
  NeighbourIndex neighbours_;
};

}  // namespace furrow::identity
