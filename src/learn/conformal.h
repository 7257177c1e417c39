// How far off a predicted number may be: intervals whose coverage needs no assumption on the errors' shape.
//
// Split-conformal prediction (Vovk, Gammerman, Shafer 2005) on signed errors of held-out rows, by parts of the predictions
// (Mondrian): rows are grouped by predicted value, so that an interval is wide where the errors are. On rows drawn like the
// held-out ones, an interval of level L holds the outcome with probability at least L in each part; drift breaks that.
// Parts hold kPartRows rows or more, at most kParts of them. Of each, at most kKept errors are kept, evenly through the order.
// Threads: immutable. Errors: parse, kModelMismatch.
#pragma once
#include <cstddef>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"

namespace furrow::learn {

struct PredictionInterval {
  double low = 0, high = 0;
};

class ConformalIntervals {
 public:
  static constexpr size_t kParts = 10, kPartRows = 100, kKept = 1000;

  static ConformalIntervals fit(const std::vector<double>& predictions, const std::vector<float>& outcomes);
  // `level` in (0, 1). A level beyond what the rows can tell gives the largest errors seen.
  PredictionInterval at(double prediction, double level) const;
  bool empty() const { return parts_.empty(); }
  void write(JsonWriter& json) const;
  static Result<ConformalIntervals> parse(std::string_view json);

 private:
  struct Part {
    double from = 0;             // the least prediction of the part; of the first, any
    size_t rows = 0;             // errors it was made of
    std::vector<double> errors;  // outcome - prediction, rising
  };
  std::vector<Part> parts_;
};

}  // namespace furrow::learn
