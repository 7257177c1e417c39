// Journal: the compact record of one person's events that the declared features need, sorted by event time.
//
// One entry an event that at least one feature selects: when, where in the log, which selectors matched (a bit each) and
// the values the features aggregate. Windowed features are computed from it when read (program.h), which makes live,
// batch and as-of values the same code and the same number. Entries older than every window are folded into lifetime
// accumulators when no feature can tell the difference, so a profile's bytes are bounded.
// Journals of two profiles merge by time; each entry keeps the profile it came in under, so that a merge can be undone.
// Threads: a value; no sharing.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/ids.h"
#include "base/time.h"

namespace furrow::profile {
class FeatureProgram;
}
