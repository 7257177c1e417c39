#include "app/live_linkage_graph.h"

#include <algorithm>

#include "identity/linkage_saved.h"

namespace furrow::app {

identity::LinkIndex::Cells cells_of(const SourceRow& row) { return {row.values.begin(), row.values.end()}; }

Result<std::unique_ptr<LinkageGraph>> LinkageGraph::open(const std::filesystem::path& file, const pipeline::Pipeline& pipeline) {
  FURROW_ASSIGN(auto linked, identity::load_linkage(file));
  return std::unique_ptr<LinkageGraph>(new LinkageGraph(std::move(linked), pipeline));
}

LinkageGraph::LinkageGraph(std::unique_ptr<identity::LinkResult> linked, const pipeline::Pipeline& pipeline) : pipeline_(pipeline), index_(std::move(linked)) {
  for (uint32_t record = 0; record < index_.size(); ++record) learned_.emplace_back(profile(record), record);
  std::sort(learned_.begin(), learned_.end());
  for (const auto& [pair, one] : index_.linked().answers) {
    if (!one) apart_.emplace_back(profile(identity::first_of(pair)), profile(identity::second_of(pair)));
  }
  people_.person_of = [this](uint32_t record) { return pipeline_.identity().canonical(profile(record)).value; };
  people_.records_of = [this](uint64_t person) {
    std::vector<ProfileId> members{ProfileId{person}};
    pipeline_.profiles().read(ProfileId{person}, [&](const profile::Profile& whole) {
      for (const auto& share : whole.shares) {
        if (share.id.value != person) members.push_back(share.id);
      }
    });
    std::vector<uint32_t> records;
    for (ProfileId member : members) {
      for (uint32_t record : records_of(member)) records.push_back(record);
    }
    return records;
  };
}

std::vector<uint32_t> LinkageGraph::records_of(ProfileId profile) const {
  std::vector<uint32_t> records;
  for (auto at = std::lower_bound(learned_.begin(), learned_.end(), std::pair(profile, uint32_t{0})); at != learned_.end() && at->first == profile; ++at) {
    records.push_back(at->second);
  }
  if (auto at = added_.find(profile); at != added_.end()) records.insert(records.end(), at->second.begin(), at->second.end());
  return records;
}

bool LinkageGraph::knows(const identity::LinkRow& row, ProfileId origin) const {
  auto records = records_of(origin);
  return std::any_of(records.begin(), records.end(), [&](uint32_t record) { return index_.equal(row, record); });
}

Status LinkageGraph::add(const SourceRow& row) {
  FURROW_ASSIGN(uint32_t record, index_.add(index_.prepare_to_keep(row.source, cells_of(row)), row.origin.to_string()));
  added_[row.origin].push_back(record);
  return {};
}

bool LinkageGraph::apart(ProfileId one, ProfileId other) const {
  const auto& identity = pipeline_.identity();
  auto people_of = [&](ProfileId a, ProfileId b) { return std::minmax({identity.canonical(a), identity.canonical(b)}); };
  auto asked = people_of(one, other);
  return std::any_of(apart_.begin(), apart_.end(), [&](const auto& said) { return people_of(said.first, said.second) == asked; });
}

}  // namespace furrow::app
