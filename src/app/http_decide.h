// POST /v1/decide: the engine in front of the ledger.
//
// Walk: strict body -> person by identity -> Engine::decide on the connection's own thread -> records of all requests that
// had arrived together into the pipeline at once -> replies from its callbacks, when the records are with the operating
// system. Somebody not known yet is decided for as a new person (profileId is null); their outcomes join by
// context.decisionId.
// Threads: any; each I/O thread has its own scratch.
#pragma once
#include "base/metrics.h"
#include "decide/engine.h"
#include "http/router.h"
#include "pipeline/pipeline.h"

namespace furrow::app {

inline constexpr size_t kDecideBodyBytes = 64 * 1024;

struct DecideMetrics {
  Counter decisions, refused, overloads;
  Histogram latency;  // from the complete request to the answer
  void declare(MetricsRegistry& registry) const;
};

class DecideApi {
 public:
  DecideApi(pipeline::Pipeline& pipeline, const decide::LiveEngine& engine, const Clock& clock, DecideMetrics& metrics)
      : pipeline_(pipeline), engine_(engine), clock_(clock), metrics_(metrics) {}
  void add_routes(http::Router& router);

 private:
  void take(http::Request& request, http::Responder respond);
  Result<DecisionRecord> decide(http::Request& request);
  pipeline::DecisionSubmission submission(DecisionRecord decision, Time received_at, http::Responder respond);
  void flush();

  pipeline::Pipeline& pipeline_;
  const decide::LiveEngine& engine_;
  const Clock& clock_;
  DecideMetrics& metrics_;
};

}  // namespace furrow::app
