// GET /v1/overview: the loop at a glance. Counts come from the live views, rates from Activity, lift from measure.
// Threads: any. It runs on the pool, since the count of events comes from the log's tail.
#pragma once
#include "app/activity.h"
#include "app/http_decide.h"
#include "app/http_tracking.h"
#include "app/workspace.h"
#include "http/router.h"
#include "pipeline/log_tally.h"

namespace furrow::app {

struct OverviewParts {
  const Workspace& workspace;
  const pipeline::Pipeline& pipeline;
  pipeline::LogTally& tally;
  const decide::LiveEngine& engine;
  const Activity& activity;  // 0: events, 1: decisions
  const DecideMetrics& decide;
  const TrackingMetrics& tracking;
  const Clock& clock;
};
void add_overview_route(http::Router& router, OverviewParts parts);

}  // namespace furrow::app
