// What operators and programs ask first: /healthz, /readyz, /version, /metrics, /openapi.json; and the dashboard's files.
//
// The dashboard is a single page: an address that no route and no file knows gets /index.html, so that links into it
// work; one whose first part has a dot (/favicon.ico) is a file that is not there. /robots.txt turns crawlers away. Files
// whose name holds a hash may be cached for ever, the page itself is asked for anew (ETag, 304). Its
// Content-Security-Policy allows nothing from elsewhere and no script in the page.
// Threads: any.
#pragma once
#include <string_view>

#include "http/router.h"
#include "pipeline/pipeline.h"

namespace furrow::app {

struct OperationsParts {
  const pipeline::Pipeline& pipeline;
  const MetricsRegistry& metrics;
  const std::atomic<bool>& draining;
  std::string_view version;
};
void add_operations_routes(http::Router& router, OperationsParts parts);
void add_dashboard(http::Router& router);

std::string_view openapi_json();  // src/app/openapi.json

}  // namespace furrow::app
