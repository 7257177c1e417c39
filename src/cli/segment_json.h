// The description of a segmentation as JSON: what --describe FILE and --json hold, and what a workspace keeps of a run.
#pragma once
#include <string>

#include "predict/rfm.h"
#include "predict/segmentation.h"

namespace furrow::cli {

struct SegmentRun {
  std::string data, out;
  size_t rows = 0;
  uint64_t seed = 1;
  size_t kept_numbers = 0;  // with --previous
  bool previous = false;
  const predict::RfmTable* rfm = nullptr;
};

// One object: rows, k, why this k and the evidence, stability, each segment with names, size, centre and traits, the columns
// left out and why, and a sample of rows on the principal axes.
std::string segment_json(const predict::Segmentation& segmentation, const SegmentRun& run);

}  // namespace furrow::cli
