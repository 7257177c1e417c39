// The decision engine: placement, person and context in; actions with scores, true propensities and reasons out.
//
// An Engine is an immutable snapshot of the declared placements bound to the models that decide now. `decide` walks:
// placement -> the person's features, read once -> rules -> eligible actions -> scores of all -> choice with exploration ->
// exact SHAP reasons of the chosen -> DecisionRecord.
//   held-out person: the baseline (one action, propensity 1, policy "baseline") when the rules allow it.
//   others: at each rank, with probability 1-e the best remaining action, else one drawn uniformly from those remaining;
//     propensity of a = (1-e)·[a is best] + e/k, k remaining. Policy "explore" when any rank was drawn, else "model".
//   no model bound: every eligible action equally likely, policy "explore", scores 0, no reasons.
//   no eligible action: no actions; the rules say why.
// Best: the highest score x boosts - reward_cost, ties to the earlier declared. The score reported and logged is the
// model's own, so that reasons and score agree.
// Not for: writing the record (the pipeline), or who may ask (the server).
// Threads: decide from any thread at the same time, each with its own DecideScratch. LiveEngine swaps snapshots.
// Cost: below 30 us for 20 actions, 200 trees of depth 4 and 50 features; allocates the record and nothing else once warm.
// Errors: kUnknownPlacement; kInvalidArgument (n out of 1..kMaxRanks, or context not a JSON object); kTooLarge (context
// over kMaxContextBytes).
#pragma once
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "base/result.h"
#include "base/time.h"
#include "decide/placement.h"
#include "event/record.h"

namespace furrow::profile {
class FeatureProgram;
class ProfileView;
}
namespace furrow::predict {
class Scorer;
}

namespace furrow::decide {

inline constexpr size_t kMaxRanks = 100;
inline constexpr size_t kMaxContextBytes = 16 * 1024;
inline constexpr size_t kReasons = 5;  // a chosen action, at most

struct DecideRequest {
  std::string_view placement;
  ProfileId profile;          // canonical; 0 for somebody unknown: every feature takes its default
  std::string_view context;   // a JSON object; "" means {}
  size_t n = 1;               // actions wanted
  Time now;
  ProfileId origin{};         // whose identifier asked, when that was merged into `profile`; else 0
};

// Working memory of one thread, with its source of randomness. Reuse it; it grows to what the largest placement needs.
class DecideScratch {
 public:
  explicit DecideScratch(uint64_t seed);
  ~DecideScratch();
  DecideScratch(DecideScratch&&) noexcept;
  struct State;
  State& state() { return *state_; }

 private:
  std::unique_ptr<State> state_;
};

struct EngineDeclaration {
  std::vector<PlacementDeclaration> placements;
  std::shared_ptr<const profile::FeatureProgram> program;
  std::vector<std::shared_ptr<const predict::Scorer>> scorers;  // of the promoted models, by their names
  std::string holdout_salt;                                     // the workspace's name
};

class Engine {
 public:
  // kModelMismatch when a scorer was not bound to this program.
  static Result<std::shared_ptr<const Engine>> build(EngineDeclaration declaration);
  virtual ~Engine() = default;

  virtual Result<DecisionRecord> decide(const DecideRequest& request, const profile::ProfileView& profiles,
                                        DecideScratch& scratch) const = 0;
  virtual const std::vector<PlacementDeclaration>& placements() const = 0;
  virtual const PlacementDeclaration* find(std::string_view placement) const = 0;
  // The model version that decides at a placement now; "" when none does.
  virtual std::string_view model_version(std::string_view placement) const = 0;
  virtual bool held_out(ProfileId profile, const PlacementDeclaration& placement) const = 0;
  // The promoted models' scorers, for scores shown on a person's page.
  virtual const std::vector<std::shared_ptr<const predict::Scorer>>& scorers() const = 0;
};

// What is said of a placement that nobody declared: its name, and those that are declared, of many the first.
std::string no_such_placement(std::string_view name, const std::vector<PlacementDeclaration>& declared);

// The engine that decides now. Requests keep the snapshot they started with.
class LiveEngine {
 public:
  explicit LiveEngine(std::shared_ptr<const Engine> engine) : engine_(std::move(engine)) {}
  std::shared_ptr<const Engine> get() const {
    std::lock_guard lock(mutex_);
    return engine_;
  }
  void set(std::shared_ptr<const Engine> engine) {
    std::lock_guard lock(mutex_);
    engine_.swap(engine);
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const Engine> engine_;
};

// The reply of POST /v1/decide, appended to `out`:
// {"decisionId","profileId","policy","modelVersion":"name/version","holdout","actions":[{"id","score","propensity","reasons":[…]}],"rules":[…]}
void write_reply(const DecisionRecord& record, std::string& out);
// [{"feature","value","contribution"}]: why an action scored as it did, in one form wherever it is shown. The value is a number, or of
// the input `action` the action's id; null when there was none.
void append_reasons(std::string& out, const DecidedAction& action);

}  // namespace furrow::decide
