#include "decide/stored_ledger.h"

namespace furrow::decide {
namespace {
constexpr size_t kScanChunk = 256;
}  // namespace

// The next entries after `key` in the order of keys, each in its newest form.
Result<std::vector<std::pair<std::string, Kept>>> StoredLedger::chunk_after(const std::string& key) const {
  Entries chunk;
  std::shared_lock lock(mutex_);
  for (const Entries* entries : {&fresh_, &written_}) {
    auto at = entries->upper_bound(key);
    for (size_t i = 0; i < kScanChunk && at != entries->end(); ++i, ++at) chunk.insert(*at);  // the newer form stays
  }
  auto cursor = kv_.scan(spaces_.decisions, key + '\0', "");
  for (size_t i = 0; i < kScanChunk && cursor->valid(); ++i, cursor->next()) {
    chunk.emplace(cursor->key(), Kept{std::string(cursor->value()), ""});
  }
  FURROW_TRY(cursor->status());
  std::vector<std::pair<std::string, Kept>> list;
  for (auto& entry : chunk) {
    if (list.size() == kScanChunk) break;
    list.emplace_back(entry.first, std::move(entry.second));
  }
  return list;
}

Result<std::vector<LedgerEntry>> StoredLedger::recent(const LedgerFilter& filter, size_t limit,
                                                      std::optional<DecisionId> before) const {
  std::vector<LedgerEntry> found;
  std::optional<uint32_t> placement;
  if (!filter.placement.empty()) {
    std::shared_lock lock(mutex_);
    auto state = states_.find(filter.placement);
    if (state == states_.end()) return found;
    placement = state->second.index;
  }
  std::string key = before ? decision_key(*before) : std::string();
  for (size_t looked = 0; looked < kScanLimit && found.size() < limit;) {
    FURROW_ASSIGN(auto chunk, chunk_after(key));
    if (chunk.empty()) break;
    for (const auto& [id, kept] : chunk) {
      if (found.size() == limit) break;
      FURROW_ASSIGN(EntryHeader header, decode_entry_header(kept.entry));
      if (placement && header.placement != *placement) continue;
      if (!filter.policy.empty() && header.policy != filter.policy) continue;
      if (filter.profile && header.profile != filter.profile) continue;
      FURROW_ASSIGN(LedgerEntry entry, read(kept));
      found.push_back(std::move(entry));
    }
    looked += chunk.size();
    key = chunk.back().first;
  }
  return found;
}

Result<std::vector<LedgerEntry>> StoredLedger::of_person(ProfileId person, size_t limit) const {
  std::vector<OpenDecision> decisions;
  {
    std::shared_lock lock(mutex_);
    FURROW_ASSIGN(ProfileId id, people_.peek_canonical(person));
    FURROW_ASSIGN(PersonLedger ledger, people_.peek(id));
    for (const auto& at : ledger.placements) decisions.insert(decisions.end(), at.open.begin(), at.open.end());
  }
  std::sort(decisions.begin(), decisions.end(),
            [](const auto& a, const auto& b) { return std::pair(a.time, a.id) > std::pair(b.time, b.id); });
  if (decisions.size() > limit) decisions.resize(limit);
  std::vector<LedgerEntry> entries;
  for (const auto& decision : decisions) {
    FURROW_ASSIGN(auto entry, find(decision.id));
    if (entry) entries.push_back(std::move(*entry));
  }
  return entries;
}

}  // namespace furrow::decide
