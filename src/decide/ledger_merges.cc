#include "decide/stored_ledger.h"

namespace furrow::decide {

Status StoredLedger::apply_merge(const MergeRecord& merge) {
  FURROW_ASSIGN(ProfileId from, people_.canonical(merge.from));
  FURROW_ASSIGN(ProfileId into, people_.canonical(merge.into));
  if (from == into) return {};
  FURROW_ASSIGN(PersonLedger* leaving, people_.load(from));
  PersonLedger moved = std::move(*leaving);
  *leaving = PersonLedger{};
  leaving->moved_to = into;
  people_.changed(from);
  FURROW_ASSIGN(PersonLedger* staying, people_.load(into));
  // Each placement once: out as two units, in as one.
  auto each = [&](const auto& visit) {
    for (size_t i = 0; i < moved.placements.size(); ++i) {
      if (i == 0 || moved.placements[i].placement != moved.placements[i - 1].placement) visit(state_of(names_[moved.placements[i].placement]));
    }
  };
  each([&](PlacementState& state) {
    count_out(state, moved.unit(state.index));
    count_out(state, staying->unit(state.index));
  });
  for (const PersonPlacement& part : moved.placements) staying->at(part.placement, part.origin) = part;
  each([&](PlacementState& state) { count_in(state, staying->unit(state.index)); });
  people_.changed(into);
  return {};
}

// The outcomes by window between a profile that leaves and one that stays.
Result<std::vector<StoredLedger::Crossing>> StoredLedger::crossings(const SplitRecord& split) {
  std::vector<Crossing> found;
  auto on = [](const std::vector<ProfileId>& side, ProfileId id) { return std::find(side.begin(), side.end(), id) != side.end(); };
  FURROW_ASSIGN(PersonLedger person, people_.peek(split.stays));
  for (const PersonPlacement& at : person.placements) {
    const bool leaves = on(split.leaving, at.origin);
    for (DecisionId id : at.crossed) {
      FURROW_ASSIGN(auto kept, kept_locked(decision_key(id)));
      if (!kept) continue;
      FURROW_ASSIGN(LedgerEntry entry, read(*kept));
      for (const auto& outcome : entry.outcomes) {
        if (!outcome.named && on(leaves ? split.staying : split.leaving, outcome.brought_by())) found.push_back({id, at.origin, outcome});
      }
    }
  }
  return found;
}

Result<std::vector<OutcomeRecord>> StoredLedger::match_split(const SplitRecord& split) {
  std::vector<OutcomeRecord> matched;
  std::unique_lock lock(mutex_);
  FURROW_ASSIGN(auto parted, crossings(split));
  FURROW_ASSIGN(PersonLedger person, people_.peek(split.stays));
  for (const Crossing& crossing : parted) {
    FURROW_ASSIGN(auto kept, kept_locked(decision_key(crossing.decision)));
    FURROW_ASSIGN(EntryHeader header, decode_entry_header(kept->entry));
    const PlacementDeclaration* placement = declared_->find(names_[header.placement]);
    if (!placement) continue;
    const OutcomeRecord& was = crossing.outcome;
    const bool leaves = std::find(split.leaving.begin(), split.leaving.end(), was.brought_by()) != split.leaving.end();
    const auto& side = leaves ? split.leaving : split.staying;
    std::optional<OpenDecision> latest;
    for (const PersonPlacement& at : person.placements) {
      if (at.placement != header.placement || std::find(side.begin(), side.end(), at.origin) == side.end()) continue;
      for (const OpenDecision& d : at.open) {
        if (d.time <= was.time && (!latest || std::pair(d.time, d.id) > std::pair(latest->time, latest->id))) latest = d;
      }
    }
    if (!latest || was.time - latest->time > placement->outcome.within) continue;
    OutcomeRecord now = was;
    now.decision = latest->id;
    now.profile = leaves ? split.leaves : split.stays;
    now.origin = now.profile == was.brought_by() ? ProfileId{} : was.brought_by();
    matched.push_back(std::move(now));
  }
  return matched;
}

Status StoredLedger::take_back(const Crossing& crossing) {
  std::string key = decision_key(crossing.decision);
  FURROW_ASSIGN(auto kept, kept_locked(key));
  if (!kept) return {};
  FURROW_ASSIGN(LedgerEntry entry, read(*kept));
  auto at = std::find(entry.outcomes.begin(), entry.outcomes.end(), crossing.outcome);
  if (at == entry.outcomes.end()) return {};
  entry.outcomes.erase(at);
  const bool converts = entry.outcomes.empty();
  const double reward = crossing.outcome.reward;
  PlacementState& state = state_of(entry.decision.placement);
  --outcomes_;
  --state.outcomes;
  for (const auto& action : entry.decision.actions) {
    ActionResult& result = state.actions[action.id];
    result.conversions -= converts;
    result.value -= reward;
  }
  FURROW_ASSIGN(ProfileId person, people_.canonical(crossing.decided));
  FURROW_ASSIGN(PersonLedger* ledger, people_.load(person));
  PersonPlacement& part = ledger->at(state.index, crossing.decided);
  change_person(state, *ledger, [&] {
    PersonSums& sums = part.arm(entry.decision.holdout);
    sums.y -= converts;
    sums.v -= reward;
  });
  if (std::none_of(entry.outcomes.begin(), entry.outcomes.end(), [&](const auto& o) { return !o.named && o.brought_by() != crossing.decided; })) {
    std::erase(part.crossed, crossing.decision);
  }
  people_.changed(person);
  FURROW_TRY(change_outcomes(std::move(key), std::move(*kept), entry.outcomes));
  return {};
}

// Two people from one: what the leaving profiles have goes with them.
Status StoredLedger::part(const SplitRecord& split) {
  FURROW_ASSIGN(PersonLedger* found, people_.load(split.stays));
  PersonLedger stays = *found, leaves;
  std::set<uint32_t> placements;
  std::vector<PersonPlacement> all = std::exchange(stays.placements, {});
  for (const auto& at : all) placements.insert(at.placement);
  for (uint32_t placement : placements) count_out(state_of(names_[placement]), found->unit(placement));
  for (auto& at : all) {
    bool goes = std::find(split.leaving.begin(), split.leaving.end(), at.origin) != split.leaving.end();
    (goes ? leaves : stays).placements.push_back(std::move(at));
  }
  for (uint32_t placement : placements) {
    count_in(state_of(names_[placement]), stays.unit(placement));
    count_in(state_of(names_[placement]), leaves.unit(placement));
  }
  auto put = [&](ProfileId id, PersonLedger now) -> Status {
    FURROW_ASSIGN(PersonLedger* person, people_.load(id));
    *person = std::move(now);
    people_.changed(id);
    return {};
  };
  FURROW_TRY(put(split.stays, std::move(stays)));
  FURROW_TRY(put(split.leaves, std::move(leaves)));
  for (ProfileId id : split.staying) if (id != split.stays) FURROW_TRY(put(id, {split.stays, {}}));
  for (ProfileId id : split.leaving) if (id != split.leaves) FURROW_TRY(put(id, {split.leaves, {}}));
  return {};
}

Status StoredLedger::apply_split(const SplitRecord& split) {
  if (split.merge.value == 0) return {};  // they were two before
  FURROW_ASSIGN(auto parted, crossings(split));
  FURROW_TRY(part(split));
  for (const Crossing& crossing : parted) FURROW_TRY(take_back(crossing));
  for (const OutcomeRecord& outcome : split.outcomes) FURROW_TRY(apply_outcome(outcome));
  return {};
}

}  // namespace furrow::decide
