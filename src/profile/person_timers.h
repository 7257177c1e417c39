// PersonTimers: one instant a person, by dense number, at which to look at them again. Setting a later one than is set keeps
// the earlier: whoever is looked at too early is set again. Threads: a value of one thread.
// Memory: 8 bytes a person and 16 a timer. Cost: a heap operation.
#pragma once
#include <cstdint>
#include <optional>
#include <queue>
#include <vector>

#include "base/time.h"

namespace furrow::profile {

class PersonTimers {
 public:
  void set(uint32_t person, Time at) {
    if (due_.size() <= person) due_.resize(person + 1, kNone);
    if (due_[person] <= at) return;
    due_[person] = at;
    timers_.push({at, person});
  }
  void clear(uint32_t person) {
    if (person < due_.size()) due_[person] = kNone;
  }
  // Somebody whose instant is `now` or before, whose timer is gone with that.
  std::optional<uint32_t> take(Time now) {
    while (!timers_.empty() && timers_.top().at <= now) {
      const Timer timer = timers_.top();
      timers_.pop();
      if (due_[timer.person] != timer.at) continue;  // an earlier one took its place, or it was cleared
      due_[timer.person] = kNone;
      return timer.person;
    }
    return {};
  }
  // No later than the next instant.
  std::optional<Time> next() const { return timers_.empty() ? std::nullopt : std::optional(timers_.top().at); }

 private:
  static constexpr Time kNone{INT64_MAX};
  struct Timer {
    Time at;
    uint32_t person;
    bool operator>(const Timer& other) const { return at > other.at; }
  };
  std::vector<Time> due_;
  std::priority_queue<Timer, std::vector<Timer>, std::greater<>> timers_;
};

}  // namespace furrow::profile
