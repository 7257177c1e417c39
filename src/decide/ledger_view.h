// The ledger: every decision with the outcomes that rewarded it, and what each arm of each placement has earned.
//
// An event rewards a decision when its context.decisionId names it (at any time), or when it is the placement's declared
// outcome event within the window after the decision: then the person's latest decision of that placement at or before
// the event's time takes it. An event rewards a decision at most once. A decision's first outcome is its conversion; the
// rewards of all its outcomes add up. `match_outcomes` proposes; only the OutcomeRecord that comes back through `apply`
// counts, so recovery and rebuild need no declarations and give the same ledger.
// People are the unit of randomisation, so sums are kept per person, placement and arm, and their squares per arm
// (ArmSums). A merge adds a person's sums arm by arm; somebody with decisions in both arms counts once in each (`mixed`).
// What each profile brought is kept apart, so a split gives two units again; an outcome by window whose event was one's
// and whose decision was the other's is taken back, and the event rewards its own person's decision, if it has one.
// Threads: apply, match_outcomes, checkpoint, needs_rebuild and digest from the owning thread; find, recent, of_person, results and declare from
// any thread.
// Memory: at most `cache_bytes` of people plus what changed since the last checkpoint (pending_bytes(): checkpoint when
// it grows large). Stored: spaces "decisions", "ledger_people", "ledger_placements" and "ledger_form". What was decided is not stored again: it is
// read from the log, so a checkpoint must not be written before the log holds its records.
// Limits: a profile's kOpenDecisions latest decisions a placement can be rewarded by window; all by decisionId.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "decide/arm_sums.h"
#include "decide/placement.h"
#include "event/record.h"
#include "event/view.h"
#include "store/kv.h"
#include "store/log.h"

namespace furrow::decide {

inline constexpr size_t kOpenDecisions = 16;

struct LedgerEntry {
  DecisionRecord decision;
  std::vector<OutcomeRecord> outcomes;  // in log order
};

struct LedgerFilter {
  std::string placement;  // "": any
  std::string policy;     // of policies.h; "": any
  ProfileId profile;      // 0: any; a person's own decisions come from of_person
};

// What one action has earned, over every decision that showed it.
struct ActionResult {
  std::string action;
  uint64_t decisions = 0, conversions = 0;
  double value = 0;
};

struct PlacementResult {
  std::string placement;
  ArmSums ai, holdout;          // people known; requests without a person are only in `anonymous`
  uint64_t mixed = 0;           // people with decisions in both arms, by merges
  uint64_t anonymous = 0;       // decisions without a person
  uint64_t decisions = 0, outcomes = 0;
  uint64_t model = 0, explore = 0, baseline = 0;  // decisions by policy
  std::vector<ActionResult> actions;              // sorted by action
};

class LedgerView : public View {
 public:
  // `log`: whose records are applied; it outlives the view.
  static Result<std::unique_ptr<LedgerView>> open(std::vector<PlacementDeclaration> placements, store::KvStore& kv, const store::LogStore& log,
                                                  size_t cache_bytes = size_t{64} << 20);

  // The outcomes that this event (about to stand at `position`) brings, to append and apply after it. Changes nothing.
  virtual Result<std::vector<OutcomeRecord>> match_outcomes(const EventRecord& event, LogPosition position) = 0;
  // What the split's `outcomes` must be: the events that it parts from the decision they rewarded, matched anew. Changes nothing.
  virtual Result<std::vector<OutcomeRecord>> match_split(const SplitRecord& split) = 0;
  // New declarations, for matching only.
  virtual void declare(std::vector<PlacementDeclaration> placements) = 0;

  // True until a checkpoint when there is none of this version: what an earlier one wrote is gone, and the log must be applied from its first record.
  virtual bool needs_rebuild() const = 0;
  virtual Result<std::optional<LedgerEntry>> find(DecisionId id) const = 0;
  // The latest first, those before `before` when it is given. Looks at no more than kScanLimit decisions.
  virtual Result<std::vector<LedgerEntry>> recent(const LedgerFilter& filter, size_t limit,
                                                  std::optional<DecisionId> before = {}) const = 0;
  // The person's latest decisions, the latest first (at most kOpenDecisions a placement). Give the canonical id.
  virtual Result<std::vector<LedgerEntry>> of_person(ProfileId person, size_t limit) const = 0;
  virtual std::vector<PlacementResult> results() const = 0;  // sorted by placement
  virtual std::optional<PlacementResult> result(std::string_view placement) const = 0;
  virtual uint64_t decisions() const = 0;
  virtual uint64_t outcomes() const = 0;
  virtual size_t pending_bytes() const = 0;

  static constexpr size_t kScanLimit = 100'000;
};

}  // namespace furrow::decide
