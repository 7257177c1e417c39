// POST /v1/records: facts of a command that runs beside the server (an import, a replay), as submission_codec.h writes them.
//
// They enter the pipeline as the command itself would have put them there: durable before the 200, de-duplicated by
// message id. Bearer api key. 503 with Retry-After while the queue or the disk is full: nothing was taken then.
// Threads: any; decoding runs on the pool.
#pragma once
#include "http/router.h"
#include "pipeline/pipeline.h"

namespace furrow::app {

void add_records_route(http::Router& router, pipeline::Pipeline& pipeline);

}  // namespace furrow::app
