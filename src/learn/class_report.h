// One self-contained HTML page about a model of several classes, in English and Chinese: quality beside the multinomial
// baseline with intervals, warnings, each class, what is taken for what, what moves the scores, lineage. As report.h says.
#pragma once
#include <string>

#include "base/result.h"
#include "learn/class_model.h"

namespace furrow::learn {

// kModelMismatch when the folder's metrics cannot be read.
Result<std::string> class_report_html(const ClassModel& model);

}  // namespace furrow::learn
