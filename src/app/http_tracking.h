// Events in over HTTP: Segment's tracking API in front of the pipeline.
//
// Routes: POST /v1/{track,identify,page,screen,group,alias,batch,import}, the browser's one-letter forms, and the pixel.
// A 200 leaves only from the pipeline's callback, when the events are on disk. Refused events go to the quarantine with
// their raw bytes (at most kQuarantineRawBytes of a body that could not be read at all); what comes without a right key
// is counted and kept nowhere. The pixel always answers its image, as Segment's does, once the outcome is known.
// Threads: any.
#pragma once
#include "app/auth_gate.h"
#include "app/http_router.h"
#include "app/pipeline.h"
#include "base/metrics.h"
#include "collect/tracking.h"

namespace furrow::app {

inline constexpr size_t kSingleBodyBytes = 512 * 1024;   // of one call: over kMaxEventBytes, so that it can be quarantined
inline constexpr size_t kQuarantineRawBytes = 512 * 1024;
inline constexpr std::string_view kLiveSource = "live";

struct TrackingMetrics {
  Counter requests, refused_events, unreadable_bodies, wrong_keys, overloads;
  Histogram latency;  // from the complete request to the durable answer
  void declare(MetricsRegistry& registry) const;
};

class TrackingApi {
 public:
  TrackingApi(Pipeline& pipeline, AuthGate& gate, const Clock& clock, TrackingMetrics& metrics)
      : pipeline_(pipeline), gate_(gate), clock_(clock), metrics_(metrics) {}
  void add_routes(Router& router);

 private:
  void take(collect::TrackingCall call, Request& request, Responder respond);
  void take_pixel(Request& request, Responder respond);
  void refuse_body(const Error& error, Request& request, Responder respond);
  void submit(Submission submission, Time received_at, Response response, Responder respond);

  Pipeline& pipeline_;
  AuthGate& gate_;
  const Clock& clock_;
  TrackingMetrics& metrics_;
};

}  // namespace furrow::app
