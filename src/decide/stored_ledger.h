// The ledger as it is kept: in three files, by what it does. Private to the room.
//
//   ledger_view.cc     decisions, outcomes and checkpoints
//   ledger_merges.cc   merges and splits
//   ledger_reading.cc  what readers ask
#pragma once
#include <algorithm>
#include <deque>
#include <map>
#include <mutex>
#include <set>
#include <shared_mutex>

#include "decide/ledger_entry.h"
#include "decide/ledger_people.h"
#include "decide/ledger_view.h"
#include "event/frozen_map.h"

namespace furrow::decide {

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

std::shared_ptr<const Declared> declared_of(std::vector<PlacementDeclaration> placements);

// A decision as the ledger has it.
struct Kept {
  std::string entry;   // what the store gets
  std::string record;  // the decision's, until the log has it; then ""
};
// By inverted id: the latest first, like the store.
using Entries = std::map<std::string, Kept, std::less<>>;

inline constexpr std::string_view kFormKey = "form";

class StoredLedger final : public LedgerView {
 public:
  struct Spaces { store::Space form, decisions, people, states; };

  StoredLedger(std::vector<PlacementDeclaration> placements, store::KvStore& kv, const store::LogStore& log, Spaces spaces, size_t cache_bytes)
      : kv_(kv), log_(log), spaces_(spaces), declared_(declared_of(std::move(placements))), people_(kv, spaces.people, cache_bytes) {}

  // What an earlier version wrote goes: the log says it all again. The form goes first, and only a checkpoint brings it back: who is killed
  // in between finds at the next opening, too, that something is missing.
  Status leave_other_forms() {
    FURROW_ASSIGN(auto form, kv_.get(spaces_.form, kFormKey));
    needs_rebuild_ = form != ledger_form();
    if (!needs_rebuild_) return {};
    for (store::Space space : {spaces_.form, spaces_.decisions, spaces_.people, spaces_.states}) FURROW_TRY(kv_.clear(space));
    return {};
  }
  bool needs_rebuild() const override { return needs_rebuild_; }

  Status load_placements() {
    auto cursor = kv_.scan(spaces_.states, "", "");
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
    if (auto* decision = std::get_if<DecisionRecord>(&record.body)) return locked([&] { return apply_decision(*decision, record); });
    if (auto* outcome = std::get_if<OutcomeRecord>(&record.body)) return locked([&] { return apply_outcome(*outcome); });
    if (auto* merge = std::get_if<MergeRecord>(&record.body)) return locked([&] { return apply_merge(*merge); });
    if (auto* split = std::get_if<SplitRecord>(&record.body)) return locked([&] { return apply_split(*split); });
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
    auto cursor = kv_.scan(spaces_.decisions, "", "");
    for (; cursor->valid(); cursor->next()) {
      if (!fresh_.contains(cursor->key()) && !written_.contains(cursor->key())) add(cursor->key(), cursor->value());
    }
    FURROW_TRY(cursor->status());
    for (const auto& [key, kept] : written_) {
      if (!fresh_.contains(key)) add(key, kept.entry);
    }
    for (const auto& [key, kept] : fresh_) add(key, kept.entry);
    FURROW_TRY(people_.digest(digest));
    for (const auto& [name, state] : states_) digest.add("placement " + name + encode_placement(state));
    return digest;
  }

  Result<std::vector<OutcomeRecord>> match_outcomes(const EventRecord& record, LogPosition position) override;
  Result<std::vector<OutcomeRecord>> match_split(const SplitRecord& split) override;

  void declare(std::vector<PlacementDeclaration> placements) override {
    auto declared = declared_of(std::move(placements));
    std::unique_lock lock(mutex_);
    declared_ = std::move(declared);
  }

  Result<std::optional<LedgerEntry>> find(DecisionId id) const override {
    FURROW_ASSIGN(auto kept, this->kept(decision_key(id)));
    if (!kept) return std::optional<LedgerEntry>();
    FURROW_ASSIGN(LedgerEntry entry, read(*kept));
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
  // An outcome by window that a split parts from its decision.
  struct Crossing {
    DecisionId decision;
    ProfileId decided;  // the profile of the decision
    OutcomeRecord outcome;
  };
  template <class Change>
  Status locked(const Change& change) {
    std::unique_lock lock(mutex_);
    return change();
  }

  Status apply_decision(const DecisionRecord& decision, const Record& record);
  Status apply_outcome(const OutcomeRecord& outcome);
  Status apply_merge(const MergeRecord& merge);
  Status apply_split(const SplitRecord& split);
  Status part(const SplitRecord& split);
  Result<std::vector<Crossing>> crossings(const SplitRecord& split);
  Status change_outcomes(std::string key, Kept kept, const std::vector<OutcomeRecord>& outcomes);
  Status take_back(const Crossing& crossing);
  Status match_window(const EventRecord& record, LogPosition position, std::vector<OutcomeRecord>& matched);

  // A person's sums into the placement's, or out of them.
  static void count_in(PlacementState& state, const PersonUnit& unit) {
    state.ai.add(unit.ai);
    state.holdout.add(unit.holdout);
    state.mixed += unit.mixed();
    state.dirty = true;
  }
  static void count_out(PlacementState& state, const PersonUnit& unit) {
    state.ai.remove(unit.ai);
    state.holdout.remove(unit.holdout);
    state.mixed -= unit.mixed();
  }
  // Changes one person's sums, and the arm's with them.
  template <class Change>
  void change_person(PlacementState& state, PersonLedger& person, const Change& change) {
    count_out(state, person.unit(state.index));
    change();
    count_in(state, person.unit(state.index));
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

  Entries::iterator store_entry(std::string key, Kept kept) {
    fresh_bytes_ += key.size() + kept.entry.size() + sizeof(Entries::value_type);
    return fresh_.insert_or_assign(std::move(key), std::move(kept)).first;
  }
  // Lets go of the records that the log holds by now.
  void forget_logged() {
    const LogPosition last = log_.last();
    for (Unlogged* entries : {&unlogged_written_, &unlogged_fresh_}) {
      for (; !entries->empty() && entries->front().first <= last; entries->pop_front()) std::string().swap(entries->front().second->second.record);
    }
  }

  // Under the lock, or from the owning thread.
  Result<std::optional<Kept>> kept_locked(std::string_view key) const {
    for (const Entries* entries : {&fresh_, &written_}) {
      if (auto found = entries->find(key); found != entries->end()) return std::optional(found->second);
    }
    FURROW_ASSIGN(auto entry, kv_.get(spaces_.decisions, key));
    return entry ? std::optional(Kept{std::move(*entry), ""}) : std::nullopt;
  }
  Result<std::optional<Kept>> kept(std::string_view key) const {
    std::shared_lock lock(mutex_);
    return kept_locked(key);
  }
  // The whole of it; needs no lock.
  Result<LedgerEntry> read(const Kept& kept) const {
    if (!kept.record.empty()) return decode_entry(kept.entry, kept.record);
    FURROW_ASSIGN(EntryHeader header, decode_entry_header(kept.entry));
    FURROW_ASSIGN(std::string record, log_.read(header.position));
    return decode_entry(kept.entry, record);
  }
  Result<std::vector<std::pair<std::string, Kept>>> chunk_after(const std::string& key) const;

  store::KvStore& kv_;
  const store::LogStore& log_;
  const Spaces spaces_;
  mutable std::shared_mutex mutex_;
  std::shared_ptr<const Declared> declared_;
  std::map<std::string, PlacementState, std::less<>> states_;
  std::vector<std::string> names_;  // by PlacementState::index
  Entries fresh_, written_;
  using Unlogged = std::deque<std::pair<LogPosition, Entries::iterator>>;
  Unlogged unlogged_fresh_, unlogged_written_;  // entries with their record
  size_t fresh_bytes_ = 0;
  LedgerPeople people_;
  uint64_t decisions_ = 0, outcomes_ = 0;
  bool needs_rebuild_ = false;  // the owning thread's
};

}  // namespace furrow::decide
