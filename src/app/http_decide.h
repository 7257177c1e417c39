// POST /v1/decide: the engine in front of the ledger.
//
// Walk: strict body -> person by identity -> Engine::decide on the connection's own thread -> records of all requests that
// had arrived together into the pipeline at once -> replies from its callbacks, when the records are with the operating
// system. Somebody not known yet is decided for as a new person (profileId is null); their outcomes join by
// context.decisionId.
// Threads: any; each I/O thread has its own scratch.
#pragma once
#include "app/http_router.h"
#include "app/pipeline.h"
#include "base/metrics.h"
#include "decide/engine.h"

namespace furrow::app {

inline constexpr size_t kDecideBodyBytes = 64 * 1024;

struct DecideMetrics {
  Counter decisions, refused, overloads;
  Histogram latency;  // from the complete request to the answer
  void declare(MetricsRegistry& registry) const;
};

class DecideApi {
 public:
  DecideApi(Pipeline& pipeline, const decide::LiveEngine& engine, const Clock& clock, DecideMetrics& metrics)
      : pipeline_(pipeline), engine_(engine), clock_(clock), metrics_(metrics) {}
  void add_routes(Router& router);

 private:
  void take(Request& request, Responder respond);
  Result<DecisionRecord> decide(Request& request);
  DecisionSubmission submission(DecisionRecord decision, Time received_at, Responder respond);
  void flush();

  Pipeline& pipeline_;
  const decide::LiveEngine& engine_;
  const Clock& clock_;
  DecideMetrics& metrics_;
};

}  // namespace furrow::app
