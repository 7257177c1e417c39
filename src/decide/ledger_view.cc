#include "decide/ledger_view.h"

#include <fmt/format.h>

#include <cmath>

#include "base/json.h"
#include "decide/policies.h"
#include "decide/stored_ledger.h"

namespace furrow::decide {
namespace {

// The decision that the event names, if it names one.
std::optional<DecisionId> named_decision(const Event& event) {
  if (event.type != EventType::kTrack || event.context.find("\"decisionId\"") == std::string::npos) return {};
  Fields context;
  if (!context.parse(event.context).ok()) return {};
  Value id = context.get("decisionId");
  if (!id.is_text()) return {};
  auto parsed = DecisionId::parse(id.text());
  if (!parsed) return {};
  return *parsed;
}

double reward_of(const Event& event, const PlacementDeclaration* placement) {
  if (!placement || placement->outcome.value.empty()) return 1;
  Fields properties;
  if (!properties.parse(event.properties).ok()) return 0;
  double value = properties.get(placement->outcome.value).as_number();
  return std::isfinite(value) ? value : 0;  // a conversion whose value nobody stated
}

}  // namespace

std::shared_ptr<const Declared> declared_of(std::vector<PlacementDeclaration> placements) {
  auto declared = std::make_shared<Declared>();
  for (const auto& p : placements) declared->outcome_events.insert(p.outcome.event);
  declared->placements = std::move(placements);
  return declared;
}

class StoredLedger::Frozen final : public Gathering {
 public:
  Frozen(StoredLedger& ledger, std::vector<std::pair<std::string, std::string>> states, Entries dropped)
      : ledger_(ledger), entries_(ledger.written_), states_(std::move(states)), dropped_(std::move(dropped)) {}
  // Without the lock: the decisions stand still, and of the people only what readers do not look at changes.
  bool gather(store::Batch& batch, size_t entries) override {
    if (entries_.walk(entries, [&](const std::string& key, const Kept& kept) { batch.put(ledger_.spaces_.decisions, key, kept.entry); })) return true;
    if (ledger_.people_.gather(batch, entries)) return true;
    for (auto& [name, state] : states_) batch.put(ledger_.spaces_.states, std::move(name), std::move(state));
    batch.put(ledger_.spaces_.form, std::string(kFormKey), ledger_form());
    return false;
  }

 private:
  StoredLedger& ledger_;
  FrozenMap<Entries> entries_;
  std::vector<std::pair<std::string, std::string>> states_;
  Entries dropped_;
};

std::unique_ptr<Gathering> StoredLedger::freeze() {
  std::unique_lock lock(mutex_);
  // What was fresh is readable from here until that batch is surely written.
  Entries dropped = std::exchange(written_, std::exchange(fresh_, {}));
  unlogged_written_ = std::exchange(unlogged_fresh_, {});
  fresh_bytes_ = 0;
  needs_rebuild_ = false;
  people_.freeze();
  std::vector<std::pair<std::string, std::string>> states;
  for (auto& [name, state] : states_) {
    if (state.dirty) states.emplace_back(name, encode_placement(state));
    state.dirty = false;
  }
  return std::make_unique<Frozen>(*this, std::move(states), std::move(dropped));
}

Status StoredLedger::apply_decision(const DecisionRecord& decision, const Record& record) {
  PlacementState& state = state_of(decision.placement);
  ++decisions_;
  ++state.decisions;
  state.model += decision.policy == "model";
  state.explore += decision.policy == kExplorePolicy;
  state.baseline += decision.policy == kBaselinePolicy;
  for (const auto& action : decision.actions) {
    ActionResult& result = state.actions[action.id];
    result.action = action.id;
    ++result.decisions;
  }
  forget_logged();
  Kept kept{encode_entry({state.index, decision.policy, decision.profile, record.position}, {}), encode_record(record.body)};
  unlogged_fresh_.emplace_back(record.position, store_entry(decision_key(decision.id), std::move(kept)));
  if (!decision.profile) {
    ++state.anonymous;
    return {};
  }
  FURROW_ASSIGN(ProfileId person, people_.canonical(decision.brought_by()));
  FURROW_ASSIGN(PersonLedger* ledger, people_.load(person));
  PersonPlacement& at = ledger->at(state.index, decision.brought_by());
  change_person(state, *ledger, [&] { ++at.arm(decision.holdout).n; });
  at.insert({decision.id, decision.time});
  people_.changed(person);
  return {};
}

Status StoredLedger::apply_outcome(const OutcomeRecord& outcome) {
  std::string key = decision_key(outcome.decision);
  FURROW_ASSIGN(auto kept, kept_locked(key));
  if (!kept) {
    return Error(ErrorCode::kStorageCorrupt, fmt::format("an outcome rewards decision {}, which the ledger does not hold; "
                                                         "remove the views folder: it is rebuilt from the log",
                                                         outcome.decision.to_string()));
  }
  FURROW_ASSIGN(LedgerEntry entry, read(*kept));
  PlacementState& state = state_of(entry.decision.placement);
  bool converts = entry.outcomes.empty();
  ++outcomes_;
  ++state.outcomes;
  for (const auto& action : entry.decision.actions) {
    ActionResult& result = state.actions[action.id];
    result.conversions += converts;
    result.value += outcome.reward;
  }
  if (entry.decision.profile) {
    FURROW_ASSIGN(ProfileId person, people_.canonical(entry.decision.brought_by()));
    FURROW_ASSIGN(PersonLedger* ledger, people_.load(person));
    PersonPlacement& at = ledger->at(state.index, entry.decision.brought_by());
    change_person(state, *ledger, [&] {
      PersonSums& sums = at.arm(entry.decision.holdout);
      sums.y += converts;
      sums.v += outcome.reward;
    });
    bool crosses = !outcome.named && outcome.brought_by() != entry.decision.brought_by();
    if (crosses && std::find(at.crossed.begin(), at.crossed.end(), outcome.decision) == at.crossed.end()) at.crossed.push_back(outcome.decision);
    people_.changed(person);
  }
  entry.outcomes.push_back(outcome);
  return change_outcomes(std::move(key), std::move(*kept), entry.outcomes);
}

Status StoredLedger::change_outcomes(std::string key, Kept kept, const std::vector<OutcomeRecord>& outcomes) {
  FURROW_ASSIGN(EntryHeader header, decode_entry_header(kept.entry));
  kept.entry = encode_entry(header, outcomes);
  store_entry(std::move(key), std::move(kept));
  return {};
}

Result<std::vector<OutcomeRecord>> StoredLedger::match_outcomes(const EventRecord& record, LogPosition position) {
  std::vector<OutcomeRecord> matched;
  auto named = named_decision(record.event);
  std::unique_lock lock(mutex_);  // the people's cache moves
  bool declared = declared_->outcome_events.contains(record.event.label());
  if (!named && !declared) return matched;
  if (named) {
    FURROW_ASSIGN(auto kept, kept_locked(decision_key(*named)));
    if (kept) {
      FURROW_ASSIGN(EntryHeader header, decode_entry_header(kept->entry));
      const PlacementDeclaration* placement = declared_->find(names_[header.placement]);
      matched.push_back({*named, record.profile, record.event.time, std::string(record.event.label()), position,
                         reward_of(record.event, placement), true, record.origin});
    }
  }
  if (declared) FURROW_TRY(match_window(record, position, matched));
  return matched;
}

Status StoredLedger::match_window(const EventRecord& record, LogPosition position, std::vector<OutcomeRecord>& matched) {
  std::string named_placement;
  if (!matched.empty()) {
    FURROW_ASSIGN(auto kept, kept_locked(decision_key(matched[0].decision)));
    FURROW_ASSIGN(EntryHeader header, decode_entry_header(kept->entry));
    named_placement = names_[header.placement];
  }
  FURROW_ASSIGN(ProfileId person, people_.canonical(record.profile));
  FURROW_ASSIGN(PersonLedger* ledger, people_.load(person));
  // A merged person has several parts at a placement, side by side.
  for (auto at = ledger->placements.begin(); at != ledger->placements.end();) {
    const uint32_t index = at->placement;
    std::optional<OpenDecision> latest;
    for (; at != ledger->placements.end() && at->placement == index; ++at) {
      auto own = std::find_if(at->open.rbegin(), at->open.rend(), [&](const auto& d) { return d.time <= record.event.time; });
      if (own != at->open.rend() && (!latest || std::pair(own->time, own->id) > std::pair(latest->time, latest->id))) latest = *own;
    }
    const std::string& name = names_[index];
    const PlacementDeclaration* placement = declared_->find(name);
    if (!placement || placement->outcome.event != record.event.label() || name == named_placement) continue;
    if (!latest || record.event.time - latest->time > placement->outcome.within) continue;
    matched.push_back({latest->id, record.profile, record.event.time, std::string(record.event.label()), position,
                       reward_of(record.event, placement), false, record.origin});
  }
  return {};
}

Result<std::unique_ptr<LedgerView>> LedgerView::open(std::vector<PlacementDeclaration> placements, store::KvStore& kv, const store::LogStore& log,
                                                     size_t cache_bytes) {
  StoredLedger::Spaces spaces;
  FURROW_ASSIGN(spaces.form, kv.space("ledger_form"));
  FURROW_ASSIGN(spaces.decisions, kv.space("decisions"));
  FURROW_ASSIGN(spaces.people, kv.space("ledger_people"));
  FURROW_ASSIGN(spaces.states, kv.space("ledger_placements"));
  auto ledger = std::make_unique<StoredLedger>(std::move(placements), kv, log, spaces, cache_bytes);
  FURROW_TRY(ledger->leave_other_forms());
  FURROW_TRY(ledger->load_placements());
  return std::unique_ptr<LedgerView>(std::move(ledger));
}

}  // namespace furrow::decide
