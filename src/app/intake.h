// Where a command's facts go: into this process's pipeline, or through the server that has the data directory.
//
// A value of two functions, so that importing and replaying are written once. `submit` and its callback behave as
// Pipeline::submit; `scan` as Pipeline::scan. What they close over must outlive the value. Threads: as Pipeline's.
#pragma once
#include <functional>

#include "app/lake.h"
#include "pipeline/pipeline.h"

namespace furrow::app {

struct Intake {
  std::function<Status(pipeline::Submission, std::function<void(const pipeline::Acknowledgement&)>)> submit;
  RecordScan scan;
};

Intake intake_of(pipeline::Pipeline& pipeline);
// Submits and waits for the callback.
pipeline::Acknowledgement submit_and_wait(const Intake& intake, pipeline::Submission submission);

}  // namespace furrow::app
