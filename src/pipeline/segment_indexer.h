// SegmentIndexer: keeps the SegmentIndex of a running server current, from the first time that somebody asks for it.
//
// Whoever never tries a rule pays nothing. The first `ready` starts a thread that walks all profiles (about 10 s a million
// people; kUnavailable meanwhile), then follows the events. Values that time alone changes are renewed within kStale, and, as
// far as there is time, when somebody asks.
// Threads: touched from the shard; ready from any. Memory: the index, and 24 bytes a person for the timers.
#pragma once
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "base/time.h"
#include "profile/person_timers.h"
#include "profile/profile_view.h"
#include "profile/segment_index.h"

namespace furrow::pipeline {

inline constexpr Duration kStale = minutes(15);

class SegmentIndexer {
 public:
  // Borrows all.
  SegmentIndexer(const profile::ProfileView& profiles, profile::PersonNumbers& numbers, std::shared_ptr<const profile::FeatureProgram> program, const Clock& clock);
  ~SegmentIndexer();
  // The person's profile changed, or is gone.
  void touched(ProfileId person) {
    if (!active_.load(std::memory_order_relaxed)) return;
    std::lock_guard lock(mutex_);
    touched_.push_back(person);
  }
  // The index, with what was touched before the call unless that takes longer than `patience`. kUnavailable until it is whole.
  Result<const profile::SegmentIndex*> ready(std::chrono::milliseconds patience);
  void stop();  // idempotent

 private:
  void run();
  void put(const profile::Profile& profile, Time now);
  void renew(ProfileId person, Time now);
  void renew_due(Time before, std::chrono::steady_clock::time_point until);

  const profile::ProfileView& profiles_;
  profile::PersonNumbers& numbers_;
  const Clock& clock_;
  std::shared_ptr<const profile::FeatureProgram> program_;
  profile::SegmentIndex index_;
  bool grows_ = false;
  std::atomic<bool> active_{false}, stop_{false};
  std::mutex mutex_;
  std::condition_variable wake_, answered_;
  std::vector<ProfileId> touched_;
  uint64_t asked_ = 0, done_ = 0;  // rounds
  bool whole_ = false;
  profile::PersonTimers timers_;  // the thread's
  std::thread thread_;
};

}  // namespace furrow::pipeline
