// LiveSegments: notices who enters or leaves a declared segment, and says so in records of the log.
//
// After each event the rules that it can have touched are evaluated on the person as of now; each person has one timer for the
// instant at which time alone may change an answer (SegmentRules::next_change); and after a start everybody is looked at once,
// since rules may have changed and time has passed. What changed becomes SegmentRecords, which are applied to the views like
// any record: membership itself is the SegmentView's, a function of the log alone.
//
// Threads: the shard's; `Sweep` has a thread of its own, which evaluates and lets the shard decide.
// Cost: an event that touches no rule costs a look-up; else a read of the features that the rules name (2 µs with 25).
// Memory: 16 bytes a person and 16 a timer, while segments are declared; nothing otherwise.
// Limits: a timer fires at most kTimerDelay late while the shard keeps up.
#pragma once
#include <atomic>
#include <functional>
#include <thread>
#include <vector>

#include "base/time.h"
#include "event/record.h"
#include "profile/person_timers.h"
#include "profile/profile_view.h"
#include "profile/segment_rules.h"
#include "profile/segment_view.h"

namespace furrow::pipeline {

inline constexpr Duration kTimerDelay = seconds(1);

// What the sweep found about one person.
struct SegmentLook {
  ProfileId person;
  std::vector<bool> belongs;  // by declared segment
  std::optional<Time> next_change;
};
using SegmentLooks = std::vector<SegmentLook>;

class LiveSegments {
 public:
  using Emit = std::function<Status(RecordBody)>;
  // Borrows all. `rules` may be empty: then nothing is ever done.
  LiveSegments(const profile::SegmentRules& rules, const profile::ProfileView& profiles, const profile::SegmentView& view, const Clock& clock);

  // After the event (and the merges before it) was applied to the views.
  Status after_event(ProfileId person, std::string_view label, LogPosition event, bool merged, const Emit& emit);
  // After a merge was applied: `from` belongs to nothing any more.
  void merged_away(ProfileId from);
  // Looks at those whose time has come, `most` at a time. False when nobody is left.
  Result<bool> keep_time(size_t most, const Emit& emit);
  Status look(const SegmentLooks& looks, const Emit& emit);
  // When the next timer is due; nothing when there is none.
  std::optional<Time> next_due() const { return timers_.next(); }
  // Evaluates everybody named anew, whatever is known of them.
  Status reconsider(ProfileId person, std::string_view cause, LogPosition event, const Emit& emit);

 private:
  uint32_t number(ProfileId person);
  bool belongs(uint32_t person, size_t segment) const { return bits_[person * words_ + segment / 64] >> (segment % 64) & 1; }
  void set(uint32_t person, size_t segment, bool belongs);
  void grow(uint32_t person);
  Status evaluate(ProfileId id, uint32_t person, std::span<const size_t> segments, std::string_view cause, LogPosition event, const Emit& emit);

  const profile::SegmentRules& rules_;
  const profile::ProfileView& profiles_;
  const profile::SegmentView& view_;
  const Clock& clock_;
  const size_t words_;
  std::vector<size_t> all_;
  std::vector<uint64_t> bits_;   // words_ a person
  std::vector<bool> seen_;       // since the start
  profile::PersonTimers timers_;
};

// Looks at everybody once, beside the shard, which is given what was found in portions. `post` gives false to try again.
class SegmentSweep {
 public:
  SegmentSweep(const profile::SegmentRules& rules, const profile::ProfileView& profiles, const Clock& clock, std::function<bool(SegmentLooks)> post);
  ~SegmentSweep();
  bool done() const { return done_.load(); }
  void stop();  // idempotent

 private:
  bool hand_over(SegmentLooks& looks);
  std::function<bool(SegmentLooks)> post_;
  std::atomic<bool> done_{false}, stop_{false};
  std::thread thread_;
};

}  // namespace furrow::pipeline
