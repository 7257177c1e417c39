// The server of a workspace: what `furrow serve` runs. The wiring diagram of the live loop.
//
//   HttpServer -> Router (rates, keys, sessions) -> APIs -> Pipeline (durable log, views) and LiveEngine (placements, models)
// Opening: lock and recover the data directory, load the promoted models, open the catalog, listen. Draining (stop): take
// no more connections, finish requests in flight, finish the pipeline's queue, checkpoint.
// A model promoted over HTTP decides from the next request on; one promoted on the command line within seconds.
// Threads: open and stop from one; everything inside has its own.
#pragma once
#include <memory>
#include <string>

#include "app/workspace.h"
#include "http/server.h"
#include "pipeline/pipeline.h"

namespace furrow::app {

struct ServerOptions {
  http::HttpOptions http;
  pipeline::PipelineOptions pipeline;          // data_dir: the workspace's own when empty
  double requests_per_second_of_client = 100'000;  // an address
  double requests_per_second_of_key = 100'000;
  Duration drain_grace = seconds(10);
  Duration lake_interval = seconds(30);
};

class Server {
 public:
  static Result<std::unique_ptr<Server>> open(Workspace workspace, ServerOptions options, const Clock& clock, const Logger& logger);
  virtual ~Server() = default;
  virtual std::string address() const = 0;
  virtual uint16_t port() const = 0;
  virtual pipeline::Pipeline& pipeline() = 0;
  // What a newcomer must type to become the administrator; "" when there is one.
  virtual std::string setup_code() const = 0;
  // "METHOD /path" of every route, for checking openapi.json against.
  virtual std::vector<std::string> routes() const = 0;
  virtual Status stop() = 0;
};

}  // namespace furrow::app
