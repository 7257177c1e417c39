// Whether a training's options fit the data, before anything is learnt: columns that are named and not there, weights, classes of too few rows.
// Errors: kInvalidArgument with the column. Threads: pure functions.
#pragma once
#include <vector>

#include "learn/target.h"
#include "learn/trainer.h"

namespace furrow::learn {

Status check_columns(const Dataset& data, const TrainOptions& options);
Status check_target(const Target& target, const TrainOptions& options);
// One a row of the target, with a mean of 1, as penalties expect; none where no column is named.
Result<std::vector<float>> read_weights(const Dataset& data, const TrainOptions& options, const Target& target);

}  // namespace furrow::learn
