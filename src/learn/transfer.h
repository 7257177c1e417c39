// What must hold, and what is said, when training begins from a general model (TrainOptions::general).
// Threads: pure.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "learn/guards.h"
#include "learn/trainer.h"

namespace furrow::learn {

// It must predict a target of the same task from columns that are there and may be used: kInvalidArgument.
Status check_general(const Model& general, const Dataset& data, Task task, const TrainOptions& options, const std::vector<std::string>& ignored);
// Rows that it learnt from flatter whatever begins from it: a warning when more than kSeenShare of `rows` are such.
inline constexpr double kSeenShare = 0.05;
Status warn_of_rows_seen(const Model& general, const Dataset& data, const std::vector<uint32_t>& rows, std::vector<Warning>& warnings);

}  // namespace furrow::learn
