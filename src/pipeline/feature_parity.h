// Do the live features equal the batch? For a sample of people: the values of the stored, live profile beside the values
// computed anew from every event of the log by History, which is what trains models.
//
// Both are as of just after the newest event, so that nothing is left out and no clock matters. Values are the same bits
// where the aggregate promises exactness (aggregate_table.h), else within 1e-6 relative.
// The batch also tells how the features were spread among the same people in the weeks before.
// Reads a data directory beside a running server, or a stopped one. Memory: the journals of all people (history.h).
// Errors: as verify.
#pragma once
#include <stop_token>
#include <string>
#include <vector>

#include "base/result.h"
#include "pipeline/declarations.h"
#include "pipeline/feature_survey.h"

namespace furrow::pipeline {

struct ParityReport {
  struct Feature {
    std::string name;
    uint64_t values = 0, different = 0;
    double largest_difference = 0;
    std::string example;  // a profile whose value differs
    std::vector<ValueSpread> weeks;  // at each of `instants`, from the batch: exact however long ago
  };
  uint64_t records = 0, people = 0, values = 0, different = 0;
  Time as_of;
  std::vector<Time> instants;  // survey_instants(as_of)
  std::vector<Feature> features;
};

// `sample` people, chosen by their id; all when it is 0. kInterrupted soon after `stop` is asked for.
Result<ParityReport> measure_parity(const Declarations& declared, const std::string& data_dir, size_t sample, std::stop_token stop = {});

}  // namespace furrow::pipeline
