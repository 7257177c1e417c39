// What a margin costs against its label: log loss of log-odds (label 0 or 1), or the squared error of a number.
// Threads: pure. Without overflow at either end.
#pragma once
#include <algorithm>
#include <cmath>

#include "learn/boosting.h"

namespace furrow::learn {

inline double margin_loss(Task task, double margin, double label) {
  if (task == Task::kRegression) return (margin - label) * (margin - label);
  return std::max(margin, 0.0) - margin * label + std::log1p(std::exp(-std::abs(margin)));
}

}  // namespace furrow::learn
