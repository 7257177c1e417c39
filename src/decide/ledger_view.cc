#include "decide/ledger_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <mutex>
#include <set>
#include <shared_mutex>
#include <unordered_map>

#include "base/json.h"
#include "decide/ledger_entry.h"
#include "decide/ledger_people.h"
#include "event/frozen_map.h"

namespace furrow::decide {
namespace {

constexpr size_t kScanChunk = 256;

// Declarations by what matching asks.
struct Declared {
  std::vector<PlacementDeclaration> placements;
  std::set<std::string, std::less<>> outcome_events;
  const PlacementDeclaration* find(std::string_view name) const {
    for (const auto& p : placements) {
      if (p.name == name) return &p;
    }
    return nullptr;
  }
};

std::shared_ptr<const Declared> declared_of(std::vector<PlacementDeclaration> placements) {
  auto declared = std::make_shared<Declared>();
  for (const auto& p : placements) declared->outcome_events.insert(p.outcome.event);
  declared->placements = std::move(placements);
  return declared;
}

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

// Encoded entries by inverted id: the latest first, like the store.
using Entries = std::map<std::string, std::string, std::less<>>;

class StoredLedger final : public LedgerView {
 public:
  StoredLedger(std::vector<PlacementDeclaration> placements, store::KvStore& kv, store::Space decisions,
               store::Space people, store::Space states, size_t cache_bytes)
      : kv_(kv), decisions_space_(decisions), states_space_(states), declared_(declared_of(std::move(placements))),
        people_(kv, people, cache_bytes) {}

  Status load_placements() {
    auto cursor = kv_.scan(states_space_, "", "");
    for (; cursor->valid(); cursor->next()) {
      FURROW_ASSIGN(PlacementState state, decode_placement(cursor->value()));
      if (names_.size() <= state.index) names_.resize(state.index + 1);
      names_[state.index] = std::string(cursor->key());
      decisions_ += state.decisions;
      outcomes_ += state.outcomes;
      states_.emplace(cursor->key(), std::move(state));
    }
    return cursor->status();
  }

  std::string_view name() const override { return "ledger"; }

  Status apply(const Record& record) override {
    if (auto* decision = std::get_if<DecisionRecord>(&record.body)) return locked([&] { return apply_decision(*decision, record.body); });
    if (auto* outcome = std::get_if<OutcomeRecord>(&record.body)) return locked([&] { return apply_outcome(*outcome); });
    if (auto* merge = std::get_if<MergeRecord>(&record.body)) return locked([&] { return apply_merge(*merge); });
    return {};
  }

  std::unique_ptr<Gathering> freeze() override;

  Result<Digest> digest() override {
    std::shared_lock lock(mutex_);
    Digest digest;
    auto add = [&](std::string_view key, std::string_view value) {
      std::string entry = "decision ";
      entry.append(key).append(value);
      digest.add(entry);
    };
    auto cursor = kv_.scan(decisions_space_, "", "");
    for (; cursor->valid(); cursor->next()) {
      if (!fresh_.contains(cursor->key()) && !written_.contains(cursor->key())) add(cursor->key(), cursor->value());
    }
    FURROW_TRY(cursor->status());
    for (const auto& [key, value] : written_) {
      if (!fresh_.contains(key)) add(key, value);
    }
    for (const auto& [key, value] : fresh_) add(key, value);
    FURROW_TRY(people_.digest(digest));
    for (const auto& [name, state] : states_) digest.add("placement " + name + encode_placement(state));
    return digest;
  }

  Result<std::vector<OutcomeRecord>> match_outcomes(const EventRecord& record, LogPosition position) override;

  void declare(std::vector<PlacementDeclaration> placements) override {
    auto declared = declared_of(std::move(placements));
    std::unique_lock lock(mutex_);
    declared_ = std::move(declared);
  }

  Result<std::optional<LedgerEntry>> find(DecisionId id) const override {
    FURROW_ASSIGN(auto bytes, entry_bytes(decision_key(id)));
    if (!bytes) return std::optional<LedgerEntry>();
    FURROW_ASSIGN(LedgerEntry entry, decode_entry(*bytes));
    return std::optional(std::move(entry));
  }

  Result<std::vector<LedgerEntry>> recent(const LedgerFilter& filter, size_t limit,
                                          std::optional<DecisionId> before) const override;
  Result<std::vector<LedgerEntry>> of_person(ProfileId person, size_t limit) const override;

  std::vector<PlacementResult> results() const override {
    std::shared_lock lock(mutex_);
    std::vector<PlacementResult> list;
    for (const auto& [name, state] : states_) list.push_back(state.result(name));
    return list;
  }
  std::optional<PlacementResult> result(std::string_view placement) const override {
    std::shared_lock lock(mutex_);
    auto found = states_.find(placement);
    if (found == states_.end()) return {};
    return found->second.result(found->first);
  }
  uint64_t decisions() const override {
    std::shared_lock lock(mutex_);
    return decisions_;
  }
  uint64_t outcomes() const override {
    std::shared_lock lock(mutex_);
    return outcomes_;
  }
  size_t pending_bytes() const override {
    std::shared_lock lock(mutex_);
    return fresh_bytes_;
  }

 private:
  class Frozen;
  template <class Change>
  Status locked(const Change& change) {
    std::unique_lock lock(mutex_);
    return change();
  }

  Status apply_decision(const DecisionRecord& decision, const RecordBody& body);
  Status apply_outcome(const OutcomeRecord& outcome);
  Status apply_merge(const MergeRecord& merge);
  Status match_window(const EventRecord& record, LogPosition position, std::vector<OutcomeRecord>& matched);

  // Changes one person's sums, and the arm's with them.
  template <class Change>
  void change_person(PlacementState& state, PersonPlacement& person, const Change& change) {
    state.ai.remove(person.ai);
    state.holdout.remove(person.holdout);
    state.mixed -= person.mixed();
    change();
    state.ai.add(person.ai);
    state.holdout.add(person.holdout);
    state.mixed += person.mixed();
    state.dirty = true;
  }

  PlacementState& state_of(std::string_view placement) {
    auto found = states_.find(placement);
    if (found == states_.end()) {
      found = states_.emplace(placement, PlacementState{}).first;
      found->second.index = static_cast<uint32_t>(names_.size());
      names_.emplace_back(placement);
    }
    found->second.dirty = true;
    return found->second;
  }

  void store_entry(std::string key, std::string bytes) {
    fresh_bytes_ += key.size() + bytes.size() + sizeof(Entries::value_type);
    fresh_.insert_or_assign(std::move(key), std::move(bytes));
  }

  // Under the lock, or from the owning thread.
  Result<std::optional<std::string>> entry_bytes_locked(std::string_view key) const {
    for (const Entries* entries : {&fresh_, &written_}) {
      if (auto found = entries->find(key); found != entries->end()) return std::optional(found->second);
    }
    return kv_.get(decisions_space_, key);
  }
  Result<std::optional<std::string>> entry_bytes(std::string_view key) const {
    std::shared_lock lock(mutex_);
    return entry_bytes_locked(key);
  }
  Result<std::vector<std::pair<std::string, std::string>>> chunk_after(const std::string& key) const;

  store::KvStore& kv_;
  store::Space decisions_space_, states_space_;
  mutable std::shared_mutex mutex_;
  std::shared_ptr<const Declared> declared_;
  std::map<std::string, PlacementState, std::less<>> states_;
  std::vector<std::string> names_;  // by PlacementState::index
  Entries fresh_, written_;
  size_t fresh_bytes_ = 0;
  LedgerPeople people_;
  uint64_t decisions_ = 0, outcomes_ = 0;
};

class StoredLedger::Frozen final : public Gathering {
 public:
  Frozen(StoredLedger& ledger, std::vector<std::pair<std::string, std::string>> states, Entries dropped)
      : ledger_(ledger), entries_(ledger.written_), states_(std::move(states)), dropped_(std::move(dropped)) {}
  // Without the lock: the decisions stand still, and of the people only what readers do not look at changes.
  bool gather(store::Batch& batch, size_t entries) override {
    if (entries_.walk(entries, [&](const std::string& key, const std::string& bytes) { batch.put(ledger_.decisions_space_, key, bytes); })) return true;
    if (ledger_.people_.gather(batch, entries)) return true;
    for (auto& [name, state] : states_) batch.put(ledger_.states_space_, std::move(name), std::move(state));
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
  fresh_bytes_ = 0;
  people_.freeze();
  std::vector<std::pair<std::string, std::string>> states;
  for (auto& [name, state] : states_) {
    if (state.dirty) states.emplace_back(name, encode_placement(state));
    state.dirty = false;
  }
  return std::make_unique<Frozen>(*this, std::move(states), std::move(dropped));
}

Status StoredLedger::apply_decision(const DecisionRecord& decision, const RecordBody& body) {
  PlacementState& state = state_of(decision.placement);
  ++decisions_;
  ++state.decisions;
  state.model += decision.policy == "model";
  state.explore += decision.policy == "explore";
  state.baseline += decision.policy == "baseline";
  for (const auto& action : decision.actions) {
    ActionResult& result = state.actions[action.id];
    result.action = action.id;
    ++result.decisions;
  }
  store_entry(decision_key(decision.id), encode_new_entry(state.index, decision, body));
  if (!decision.profile) {
    ++state.anonymous;
    return {};
  }
  FURROW_ASSIGN(ProfileId person, people_.canonical(decision.profile));
  FURROW_ASSIGN(PersonLedger* ledger, people_.load(person));
  PersonPlacement& at = ledger->at(state.index);
  change_person(state, at, [&] { ++at.arm(decision.holdout).n; });
  at.insert({decision.id, decision.time});
  people_.changed(person);
  return {};
}

Status StoredLedger::apply_outcome(const OutcomeRecord& outcome) {
  std::string key = decision_key(outcome.decision);
  FURROW_ASSIGN(auto bytes, entry_bytes_locked(key));
  if (!bytes) {
    return Error(ErrorCode::kStorageCorrupt, fmt::format("an outcome rewards decision {}, which the ledger does not hold; "
                                                         "remove the views folder: it is rebuilt from the log",
                                                         outcome.decision.to_string()));
  }
  FURROW_ASSIGN(LedgerEntry entry, decode_entry(*bytes));
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
    FURROW_ASSIGN(ProfileId person, people_.canonical(entry.decision.profile));
    FURROW_ASSIGN(PersonLedger* ledger, people_.load(person));
    PersonPlacement& at = ledger->at(state.index);
    change_person(state, at, [&] {
      PersonSums& sums = at.arm(entry.decision.holdout);
      sums.y += converts;
      sums.v += outcome.reward;
    });
    people_.changed(person);
  }
  entry.outcomes.push_back(outcome);
  store_entry(std::move(key), encode_entry(state.index, entry));
  return {};
}

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
  for (PersonPlacement& part : moved.placements) {
    PlacementState& state = state_of(names_[part.placement]);
    PersonPlacement& at = staying->at(part.placement);
    change_person(state, part, [&] {
      at.open.reserve(kOpenDecisions + 1);
      // Removed here and added below, so that the two become one unit in the squares.
      PersonSums ai = std::exchange(part.ai, {}), holdout = std::exchange(part.holdout, {});
      change_person(state, at, [&] {
        at.ai = {at.ai.n + ai.n, at.ai.y + ai.y, at.ai.v + ai.v};
        at.holdout = {at.holdout.n + holdout.n, at.holdout.y + holdout.y, at.holdout.v + holdout.v};
      });
    });
    for (const auto& decision : part.open) at.insert(decision);
  }
  people_.changed(into);
  return {};
}

Result<std::vector<OutcomeRecord>> StoredLedger::match_outcomes(const EventRecord& record, LogPosition position) {
  std::vector<OutcomeRecord> matched;
  auto named = named_decision(record.event);
  std::unique_lock lock(mutex_);  // the people's cache moves
  bool declared = declared_->outcome_events.contains(record.event.label());
  if (!named && !declared) return matched;
  if (named) {
    FURROW_ASSIGN(auto bytes, entry_bytes_locked(decision_key(*named)));
    if (bytes) {
      FURROW_ASSIGN(EntryHeader header, decode_entry_header(*bytes));
      const PlacementDeclaration* placement = declared_->find(names_[header.placement]);
      matched.push_back({*named, record.profile, record.event.time, std::string(record.event.label()), position,
                         reward_of(record.event, placement)});
    }
  }
  if (declared) FURROW_TRY(match_window(record, position, matched));
  return matched;
}

Status StoredLedger::match_window(const EventRecord& record, LogPosition position, std::vector<OutcomeRecord>& matched) {
  std::string named_placement;
  if (!matched.empty()) {
    FURROW_ASSIGN(auto bytes, entry_bytes_locked(decision_key(matched[0].decision)));
    FURROW_ASSIGN(EntryHeader header, decode_entry_header(*bytes));
    named_placement = names_[header.placement];
  }
  FURROW_ASSIGN(ProfileId person, people_.canonical(record.profile));
  FURROW_ASSIGN(PersonLedger* ledger, people_.load(person));
  for (const PersonPlacement& at : ledger->placements) {
    const std::string& name = names_[at.placement];
    const PlacementDeclaration* placement = declared_->find(name);
    if (!placement || placement->outcome.event != record.event.label() || name == named_placement) continue;
    auto latest = std::find_if(at.open.rbegin(), at.open.rend(), [&](const auto& d) { return d.time <= record.event.time; });
    if (latest == at.open.rend() || record.event.time - latest->time > placement->outcome.within) continue;
    matched.push_back({latest->id, record.profile, record.event.time, std::string(record.event.label()), position,
                       reward_of(record.event, placement)});
  }
  return {};
}

// The next entries after `key` in the order of keys, each in its newest form.
Result<std::vector<std::pair<std::string, std::string>>> StoredLedger::chunk_after(const std::string& key) const {
  Entries chunk;
  std::shared_lock lock(mutex_);
  for (const Entries* entries : {&fresh_, &written_}) {
    auto at = entries->upper_bound(key);
    for (size_t i = 0; i < kScanChunk && at != entries->end(); ++i, ++at) chunk.insert(*at);  // the newer form stays
  }
  auto cursor = kv_.scan(decisions_space_, key + '\0', "");
  for (size_t i = 0; i < kScanChunk && cursor->valid(); ++i, cursor->next()) {
    chunk.emplace(cursor->key(), cursor->value());
  }
  FURROW_TRY(cursor->status());
  std::vector<std::pair<std::string, std::string>> list;
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
    for (const auto& [id, bytes] : chunk) {
      if (found.size() == limit) break;
      FURROW_ASSIGN(EntryHeader header, decode_entry_header(bytes));
      if (placement && header.placement != *placement) continue;
      if (!filter.policy.empty() && header.policy != filter.policy) continue;
      if (filter.profile && header.profile != filter.profile) continue;
      FURROW_ASSIGN(LedgerEntry entry, decode_entry(bytes));
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

}  // namespace

Result<std::unique_ptr<LedgerView>> LedgerView::open(std::vector<PlacementDeclaration> placements, store::KvStore& kv,
                                                     size_t cache_bytes) {
  FURROW_ASSIGN(store::Space decisions, kv.space("decisions"));
  FURROW_ASSIGN(store::Space people, kv.space("ledger_people"));
  FURROW_ASSIGN(store::Space states, kv.space("ledger_placements"));
  auto ledger = std::make_unique<StoredLedger>(std::move(placements), kv, decisions, people, states, cache_bytes);
  FURROW_TRY(ledger->load_placements());
  return std::unique_ptr<LedgerView>(std::move(ledger));
}

}  // namespace furrow::decide
