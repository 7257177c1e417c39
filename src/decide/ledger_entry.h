// The stored forms of the ledger: one decision with its outcomes, one person, one placement. Private to the room.
//
// Each form opens with a version byte. Decisions are keyed by their id with every bit inverted, so that a forward cursor
// reads the latest first. What was decided stands in the log and is kept here by its position: some 30 bytes a decision instead
// of 600, once more, in every checkpoint and compaction.
#pragma once
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "decide/ledger_view.h"

namespace furrow::decide {

// What recent() filters by, and where the decision is.
struct EntryHeader {
  uint32_t placement = 0;  // PlacementState::index
  std::string_view policy;
  ProfileId profile;
  LogPosition position;
};
// `outcomes`: in log order.
std::string encode_entry(const EntryHeader& header, const std::vector<OutcomeRecord>& outcomes);
Result<EntryHeader> decode_entry_header(std::string_view bytes);
// `record`: the log's at the header's position.
Result<LedgerEntry> decode_entry(std::string_view bytes, std::string_view record);
// Names the forms that this version writes, all three.
std::string ledger_form();

std::string decision_key(DecisionId id);
DecisionId decision_of_key(std::string_view key);
std::string person_key(ProfileId person);

struct OpenDecision {
  DecisionId id;
  Time time;
  bool operator==(const OpenDecision&) const = default;
};
// What one profile has at one placement. A person who was merged has one for each profile, so that a split can part them.
struct PersonPlacement {
  uint32_t placement = 0;
  ProfileId origin;
  PersonSums ai, holdout;
  std::vector<OpenDecision> open;   // the latest kOpenDecisions, oldest first
  std::vector<DecisionId> crossed;  // decisions that an event of another of the person's profiles rewarded by window

  PersonSums& arm(bool held_out) { return held_out ? holdout : ai; }
  void insert(const OpenDecision& decision);  // in order of time, then id
};
// A person as the unit of an experiment: the sums of all their profiles.
struct PersonUnit {
  PersonSums ai, holdout;
  bool mixed() const { return ai.n > 0 && holdout.n > 0; }
};
struct PersonLedger {
  ProfileId moved_to;  // merged into this person; then there is nothing else
  std::vector<PersonPlacement> placements;  // sorted by placement, then origin

  PersonPlacement& at(uint32_t placement, ProfileId origin);  // made when it is new
  PersonUnit unit(uint32_t placement) const;
  bool empty() const { return !moved_to && placements.empty(); }
  size_t memory_bytes() const;
};
std::string encode_person(const PersonLedger& person);
Result<PersonLedger> decode_person(std::string_view bytes);

struct PlacementState {
  uint32_t index = 0;  // by first appearance in the log
  ArmSums ai, holdout;
  uint64_t mixed = 0, anonymous = 0, decisions = 0, outcomes = 0;
  uint64_t model = 0, explore = 0, baseline = 0;
  std::map<std::string, ActionResult, std::less<>> actions;
  bool dirty = false;

  ArmSums& arm(bool held_out) { return held_out ? holdout : ai; }
  PlacementResult result(std::string name) const;
};
std::string encode_placement(const PlacementState& state);
Result<PlacementState> decode_placement(std::string_view bytes);

}  // namespace furrow::decide
