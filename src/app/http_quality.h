// GET /v1/quality: how good the data is, what is wrong, how much it matters, and whether it is ready to learn from.
//
// Counted over the log by govern's monitor, caught up with the tail when asked: the first time reads the whole log, later times
// what is new. Threads: any (one lock; a reader waits for the one that catches up); on the pool.
#pragma once
#include <mutex>

#include "app/lake.h"
#include "app/workspace.h"
#include "govern/quality.h"
#include "http/router.h"
#include "pipeline/pipeline.h"

namespace furrow::app {

// What the workspace's features and models ask of the data.
govern::QualityQuestion quality_question(const Workspace& workspace);

class QualityApi {
 public:
  QualityApi(const Workspace& workspace, const pipeline::Pipeline& pipeline) : pipeline_(pipeline), question_(quality_question(workspace)) {}
  void add_routes(http::Router& router);

 private:
  Result<std::string> quality(http::Request& request);
  const pipeline::Pipeline& pipeline_;
  const govern::QualityQuestion question_;
  std::mutex mutex_;
  govern::QualityMonitor monitor_;
};

}  // namespace furrow::app
