// What is to be predicted: the target column as labels. Part of trainer.h's contract.
#pragma once
#include <string>
#include <vector>

#include "learn/boosting.h"
#include "learn/dataset.h"

namespace furrow::learn {

struct Target {
  Task task = Task::kBinary;
  std::string positive;
  std::vector<uint32_t> rows;   // with a target
  std::vector<float> labels;    // one each
};

// Reads the target, choosing task and positive class as trainer.h says. kInvalidArgument names the column.
Result<Target> read_target(const Dataset& data, const std::string& column, const std::string& positive);

}  // namespace furrow::learn
