// A model as one self-contained page, in English and Chinese: quality beside the baseline, calibration as a chart,
// what moves the score, thresholds, lineage. No script, no outside address. Threads: pure.
#pragma once
#include <string>

#include "base/result.h"
#include "learn/model.h"

namespace furrow::learn {

Result<std::string> model_report_html(const Model& model);

}  // namespace furrow::learn
