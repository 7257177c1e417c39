// Governance of events, of files and of the tracking API: traits and properties in standard form, faults mended or set aside.
//
// The same rules and the same cell engine as `furrow clean`. Of a file, learn from its first rows what each field holds and
// how it is written, and observe all its rows for what only their history shows (clocks, shared devices, bots); then apply to
// each row in the same order. Of the tracking API nothing is learnt: a field's name says what it is, and only meanings whose
// single cells tell their form are touched.
// A changed event says in its context what was changed: {"governed":[{"field":"phone","was":"138 0000 0000","rule":
// "standardize.phone"}, …]}; so every change can be explained and undone. An event that is set aside is not changed.
// Idempotent. Events that would grow over kMaxEventBytes stay as they are. Threads: one each; share_of_standard from the same.
// Cost: about 0.3 µs a field, and a rewriting of the JSON (2 µs) where something changes. Memory: behaviour.h's with history.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "collect/cell_gate.h"
#include "collect/event_gate.h"
#include "event/event.h"
#include "govern/behaviour.h"
#include "govern/cell_standardizer.h"
#include "govern/event_rules.h"

namespace furrow::govern {

inline constexpr size_t kLearnedEvents = 5'000;

// One field's cells: of those that had a value, how many were in standard form before, and are after.
struct FieldShare {
  Meaning meaning = Meaning::kFreeText;
  uint64_t values = 0, standard_before = 0, standard_after = 0, changed = 0, invalid = 0;
};
struct GovernedShare {
  uint64_t events = 0, changed = 0, set_aside = 0;
  std::map<std::string, FieldShare> fields;                        // those with a standard form (has_standard_form)
  std::map<std::string, uint64_t, std::less<>> rules;              // how often each changed or judged something
  double before() const { return share(&FieldShare::standard_before); }
  double after() const { return share(&FieldShare::standard_after); }
  void add(const GovernedShare& other);

 private:
  double share(uint64_t FieldShare::*standard) const;  // 1 when there is nothing to judge
};

class EventGovernor {
 public:
  EventGovernor(EventRules rules, Time now);
  EventGovernor(EventGovernor&&) noexcept;
  ~EventGovernor();

  // Of files, before the first `apply`: `learn` the first kLearnedEvents, `observe` all when the rules want history.
  void learn(const Event& event);
  void observe(const Event& event);
  void settle();

  // Nothing when the event may go on, changed or not; else a rule of all_rules() and its sentence.
  // `mapped`: what was mended before the event was made (cell_governor.h); noted and counted with the rest.
  std::optional<collect::SetAside> apply(Event& event, std::span<const collect::CellChange> mapped = {});
  const GovernedShare& share() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace furrow::govern
