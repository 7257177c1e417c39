// How good probabilities over several classes are, with 95 % intervals (percentile bootstrap over rows).
//
// log_loss of the class that came; accuracy of the most probable class; macro_f1, the mean of the classes' F1; auc, the
// mean of the classes' areas one against the rest, ties counted half; ece, how far the probability of the predicted class
// is from how often it is right (15 bins); brier, the sum of squared errors over classes.
// A class without rows has no area and no F1 and is left out of the means.
// Threads: pure. Cost: a sort a class, and draws · rows · classes with draws between 20 and 200.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "learn/class_probabilities.h"
#include "learn/metrics.h"

namespace furrow::learn {

struct ClassMeasures {
  size_t rows = 0, predicted = 0;  // of this class; predicted as it
  double precision = 0, recall = 0, f1 = 0, auc = 0;
};

struct ClassQuality {
  size_t rows = 0;
  Measure log_loss, accuracy, macro_f1, auc, ece, brier;
  std::vector<ClassMeasures> classes;
  std::vector<std::vector<size_t>> confusion;  // [actual][predicted] rows
};

// kInvalidArgument without rows.
Result<ClassQuality> class_quality(const ClassScores& probabilities, const std::vector<uint32_t>& labels, uint64_t seed);

// {"rows":…,"log_loss":{…},…,"classes":[{"class",…}],"confusion":[[…]]}
void write_json(JsonWriter& json, const ClassQuality& quality, const std::vector<std::string>& names);

}  // namespace furrow::learn
