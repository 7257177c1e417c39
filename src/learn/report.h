// One self-contained HTML page about a model, in English and Chinese (a switch on the page; English without scripts), for
// the person who is to rely on it and for the one who checks: quality beside the baseline with intervals, warnings,
// calibration, lift, thresholds, what moves the score and how, parts of the rows, lineage.
// Everything is read from the model's folder; nothing is fetched, nothing runs but the switch. Names from the data are
// escaped. Prints well on paper; readable from 360 pixels of width.
// kModelMismatch when the folder's metrics cannot be read. Threads: pure.
#pragma once
#include <string>

#include "base/result.h"
#include "learn/model.h"

namespace furrow::learn {

// What a success brings and a call costs, in one money: the page then shows what calling earns. 0: not said.
struct ReportMoney {
  double benefit = 0, cost = 0;
};
Result<std::string> model_report_html(const Model& model, const ReportMoney& money = {});

}  // namespace furrow::learn
