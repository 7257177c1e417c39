// Whether an event's time can be true: not before kEarliestTime, where clocks stand that lost their battery (1970, 1980), and
// at most kClockAhead after the event was received. What an implausible event says still counts; when it says that it
// happened does not move when a person was seen. Threads: pure.
#pragma once
#include "event/event.h"

namespace furrow {

inline constexpr Time kEarliestTime{631'152'000'000'000};  // 1990-01-01
inline constexpr Duration kClockAhead = days(1);

inline bool plausible_time(const Event& event) { return event.time >= kEarliestTime && event.time <= event.received_at + kClockAhead; }

}  // namespace furrow
