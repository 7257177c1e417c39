// Everybody's rows as live linkage compares them. Private to live_linkage.
// Threads: one.
#pragma once
#include <set>
#include <unordered_map>

#include "app/linkage_state.h"
#include "app/people_tables.h"
#include "identity/linkage_choice.h"
#include "pipeline/pipeline.h"

namespace furrow::app {

// A source's row as the graph's cells.
identity::LinkIndex::Cells cells_of(const SourceRow& row);

class LinkageGraph {
 public:
  static Result<std::unique_ptr<LinkageGraph>> open(const std::filesystem::path& file, const pipeline::Pipeline& pipeline);
  identity::LinkIndex& index() { return index_; }
  const identity::LinkPeople& people() const { return people_; }
  ProfileId profile(uint32_t record) const { return ProfileId::parse(index_.id(record)).value_or(ProfileId{}); }
  // Whether the row is there as it is.
  bool knows(const identity::LinkRow& row, ProfileId origin) const;
  Status add(const SourceRow& row);
  // Somebody said that they are two people.
  void hold_apart(ProfileId one, ProfileId other) { apart_.emplace_back(one, other); }
  bool apart(ProfileId one, ProfileId other) const;

 private:
  LinkageGraph(std::unique_ptr<identity::LinkResult> linked, const pipeline::Pipeline& pipeline);
  std::vector<uint32_t> records_of(ProfileId profile) const;
  const pipeline::Pipeline& pipeline_;
  identity::LinkIndex index_;
  identity::LinkPeople people_;
  std::vector<std::pair<ProfileId, uint32_t>> learned_;  // sorted
  std::unordered_map<ProfileId, std::vector<uint32_t>> added_;
  std::vector<std::pair<ProfileId, ProfileId>> apart_;
};

}  // namespace furrow::app
