// One record against everything that was linked, and against what was added since: who is it, and why, in milliseconds.
//
// Holds a finished linkage (records, model, clusters) and its neighbour index. A record's cells are folded and compared exactly as in the
// batch, and weighed by the same model. Records that come later are added beside it, so that they find each other too.
// Not for learning: what comes later changes no weight and no frequency; link again for that.
// Threads: prepare with an arena of one's own, find and weigh from any, beside no add; prepare_to_keep and add from one.
// Cost: under 5 ms on a million records. Memory: the linkage, 12 bytes a feature of a record, 8 bytes a distinct value; about 1.5 kB a record
// that was added.
#pragma once
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "identity/linkage.h"

namespace furrow::identity {

struct LinkFound {
  uint32_t record = 0;
  double bits = 0;  // log2 of the odds
  std::vector<LinkEvidence> evidence;
};

class LinkIndex {
 public:
  using Cells = std::vector<std::pair<std::string, std::string>>;
  static constexpr size_t kMostAdded = 1'000'000;  // then it is time to link again

  explicit LinkIndex(std::unique_ptr<LinkResult> linked);
  const LinkResult& linked() const { return *linked_; }

  // Cells by column: of the source when it is one of those that were linked, else the field's name, or the column's in any of the files. Others
  // are passed over.
  LinkRow prepare(std::string_view source, const Cells& cells, LinkArena& arena) const;
  LinkRow prepare_to_keep(std::string_view source, const Cells& cells) { return prepare(source, cells, kept_); }
  // The records whose odds are at least `least_bits`, surest first, at most `limit`.
  std::vector<LinkFound> find(const LinkRow& row, size_t limit = 5, double least_bits = 0) const;
  // What the pair counts in a cluster: its bits, cut to ±10 (ClusterOptions::most_bits), where it tells enough.
  double weigh(const LinkRow& row, uint32_t record) const;
  bool equal(const LinkRow& row, uint32_t record) const;  // in source and values

  // Those of linked().records, then those that were added. kTooLarge after kMostAdded.
  Result<uint32_t> add(LinkRow prepared_to_keep, std::string id);
  uint32_t size() const { return base_ + static_cast<uint32_t>(added_.size()); }
  const std::string& id(uint32_t record) const { return record < base_ ? linked_->records.id(record) : added_[record - base_].id; }
  int source_of(uint32_t record) const { return record < base_ ? static_cast<int>(linked_->records.source_of(record)) : added_[record - base_].row.source; }
  bool clean(int source) const { return source >= 0 && linked_->clean[static_cast<size_t>(source)]; }

 private:
  static constexpr size_t kCompared = 64;
  struct Added {
    LinkRow row;
    std::string id;
  };
  uint32_t code_of(size_t field, std::string_view text) const;
  std::vector<uint64_t> features_of(const LinkRow& row) const;
  std::vector<uint32_t> nearest_added(const std::vector<uint64_t>& features) const;
  bool compare(const LinkRow& row, uint32_t record, Levels& levels) const;  // whether they are of one source

  std::unique_ptr<LinkResult> linked_;
  NeighbourIndex neighbours_;
  Comparer comparer_;
  uint32_t base_;
  std::vector<std::vector<uint32_t>> codes_;  // by field: open addressing of its values' codes
  LinkArena kept_;
  std::vector<Added> added_;
  std::unordered_map<uint64_t, std::vector<uint32_t>> added_by_feature_;
};

}  // namespace furrow::identity
