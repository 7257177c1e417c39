// Events in over HTTP: Segment's tracking API in front of the pipeline.
//
// Routes: POST /v1/{track,identify,page,screen,group,alias,batch,import}, the browser's one-letter forms, and the pixel.
// A 200 leaves only from the pipeline's callback, when the events are on disk. Refused events go to the quarantine with
// their raw bytes (at most kQuarantineRawBytes of a body that could not be read at all); what comes without a right key
// is counted and kept nowhere. The pixel always answers its image, as Segment's does, once the outcome is known.
// With rules of governance (workspace.yaml's `govern`) each event is brought into standard form before it goes on; one that is set
// aside goes to the quarantine as a message of its own, and its sender is told of success: sending it again would not help.
// Threads: any.
#pragma once
#include <memory>
#include <mutex>
#include <vector>

#include "app/auth_gate.h"
#include "base/metrics.h"
#include "collect/tracking.h"
#include "govern/event_governor.h"
#include "http/router.h"
#include "pipeline/pipeline.h"

namespace furrow::app {

inline constexpr size_t kSingleBodyBytes = 512 * 1024;   // of one call: over kMaxEventBytes, so that it can be quarantined
inline constexpr size_t kQuarantineRawBytes = 512 * 1024;
inline constexpr std::string_view kLiveSource = "live";

struct TrackingMetrics {
  Counter requests, refused_events, set_aside_events, unreadable_bodies, wrong_keys, overloads;
  Histogram latency;  // from the complete request to the durable answer
  void declare(MetricsRegistry& registry) const;
};

class TrackingApi {
 public:
  // `rules` may be null: no governance. They must outlive the API.
  TrackingApi(pipeline::Pipeline& pipeline, AuthGate& gate, const Clock& clock, TrackingMetrics& metrics, const govern::EventRules* rules = nullptr)
      : pipeline_(pipeline), gate_(gate), clock_(clock), metrics_(metrics), rules_(rules) {}
  void add_routes(http::Router& router);

 private:
  void take(collect::TrackingCall call, http::Request& request, http::Responder respond);
  void take_pixel(http::Request& request, http::Responder respond);
  void refuse_body(const Error& error, http::Request& request, http::Responder respond);
  void govern_events(std::vector<Event>& events, pipeline::Submission& submission);
  void submit(pipeline::Submission submission, Time received_at, http::Response response, http::Responder respond);

  pipeline::Pipeline& pipeline_;
  AuthGate& gate_;
  const Clock& clock_;
  TrackingMetrics& metrics_;
  const govern::EventRules* rules_;
  // One for each request at a time: they remember what they have seen.
  std::mutex governors_mutex_;
  std::vector<std::unique_ptr<govern::EventGovernor>> governors_;
};

// An event as the message that would bring it again.
std::string segment_message(const Event& event);

}  // namespace furrow::app
