#include "app/http_tracking.h"

#include "base/json.h"
#include "http/encoding.h"

namespace furrow::app {
namespace {

using collect::TrackingCall;

// The smallest transparent GIF.
constexpr std::string_view kGif(
    "GIF89a\1\0\1\0\x80\0\0\0\0\0\xff\xff\xff!\xf9\4\1\0\0\0\0,\0\0\0\0\1\0\1\0\0\2\1D\0;", 43);

http::Response gif() {
  http::Response response;
  response.content_type = "image/gif";
  response.static_body = kGif;
  return response;
}

http::Response with_cors(http::Response response) {
  response.fields.emplace_back("Access-Control-Allow-Origin", "*");
  return response;
}

QuarantineRecord quarantined(const Error& error, std::string_view raw, const http::Request& request) {
  QuarantineRecord record;
  record.time = request.received_at;
  record.file = request.path;  // says which call it was, for replay
  record.source = kLiveSource;
  record.code = error_info(error.code()).name;
  record.message = error.message();
  record.field = error.field();
  record.raw = raw.substr(0, kQuarantineRawBytes);
  return record;
}

http::Response batch_reply(size_t accepted, const std::vector<collect::Refusal>& refused) {
  std::string body;
  JsonWriter writer(body);
  writer.begin_object().field("success", true);
  if (!refused.empty()) {
    writer.field("accepted", accepted).key("refused").begin_array();
    for (const auto& refusal : refused) {
      writer.begin_object().field("index", refusal.index).field("code", error_info(refusal.error.code()).name);
      writer.field("message", refusal.error.message()).field("field", refusal.error.field()).end_object();
    }
    writer.end_array();
  }
  writer.end_object();
  return http::Response::json(std::move(body));
}

struct ThreadReader {
  collect::TrackingReader reader;
  collect::TrackingReading reading;
};
ThreadReader& thread_reader() {
  thread_local ThreadReader reader;
  return reader;
}

}  // namespace

std::string segment_message(const Event& event) {
  std::string body;
  JsonWriter json(body);
  json.begin_object().field("type", to_string(event.type)).field("messageId", event.message_id);
  if (!event.user_id.empty()) json.field("userId", event.user_id);
  if (!event.anonymous_id.empty()) json.field("anonymousId", event.anonymous_id);
  const bool traits = event.type == EventType::kIdentify || event.type == EventType::kGroup;
  switch (event.type) {
    case EventType::kTrack: json.field("event", event.name); break;
    case EventType::kPage:
    case EventType::kScreen: json.field("name", event.name); break;
    case EventType::kGroup: json.field("groupId", event.name); break;
    case EventType::kAlias: json.field("previousId", event.name); break;
    case EventType::kIdentify: break;
  }
  json.field("timestamp", format_time(event.time));
  json.key(traits ? "traits" : "properties").raw(event.properties.empty() ? "{}" : event.properties);
  json.key("context").raw(event.context.empty() ? "{}" : event.context).end_object();
  return body;
}

void TrackingMetrics::declare(MetricsRegistry& registry) const {
  registry.add("furrow_tracking_requests_total", "Tracking requests with a right key.", requests);
  registry.add("furrow_tracking_refused_events_total", "Events refused by the tracking rules.", refused_events);
  registry.add("furrow_tracking_set_aside_events_total", "Events set aside by governance.", set_aside_events);
  registry.add("furrow_tracking_unreadable_bodies_total", "Bodies that are not JSON.", unreadable_bodies);
  registry.add("furrow_tracking_wrong_keys_total", "Tracking requests with no or a wrong key.", wrong_keys);
  registry.add("furrow_tracking_overloads_total", "Tracking requests answered 503.", overloads);
  registry.add("furrow_tracking_latency_seconds", "From the complete request to the durable answer.", latency);
}

void TrackingApi::add_routes(http::Router& router) {
  for (std::string name : {"track", "t", "identify", "i", "page", "p", "screen", "s", "group", "g", "alias", "a", "batch", "b", "import"}) {
    TrackingCall call = *collect::parse_tracking_call(name);
    http::Route route;
    route.method = http::Method::kPost;
    route.pattern = "/v1/" + name;
    route.access = http::Access::kTracking;
    route.body_limit = call == TrackingCall::kBatch ? kMaxBatchBytes : kSingleBodyBytes;
    route.run = [this, call](http::Request& request, http::Responder respond) { take(call, request, std::move(respond)); };
    router.add(std::move(route));
  }
  http::Route metrics;
  metrics.method = http::Method::kPost;
  metrics.pattern = "/v1/m";
  metrics.access = http::Access::kTracking;
  metrics.run = [](http::Request&, http::Responder respond) { respond(with_cors(http::Response::json("{\"success\":true}"))); };
  router.add(std::move(metrics));
  http::Route pixel;
  pixel.pattern = "/v1/pixel/{type}?data";
  pixel.access = http::Access::kTracking;
  pixel.run = [this](http::Request& request, http::Responder respond) { take_pixel(request, std::move(respond)); };
  router.add(std::move(pixel));
}

void TrackingApi::take(TrackingCall call, http::Request& request, http::Responder respond) {
  std::string_view authorization = request.field(http::Field::kAuthorization);
  if (!authorization.empty()) {
    auto admitted = gate_.admit_write_key(authorization, {}, request.received_at);
    if (!admitted.ok()) {
      metrics_.wrong_keys.add();
      return respond(with_cors(http::Response::error(admitted.error())));
    }
  }
  auto& [reader, reading] = thread_reader();
  auto read = reader.read(call, request.body, request.received_at, kLiveSource, reading);
  if (!read.ok() && read.error().code() == ErrorCode::kInvalidJson) metrics_.unreadable_bodies.add();
  if (authorization.empty()) {
    // Without a header the key must be in the body; of one that is not JSON nobody knows whether it is.
    auto admitted = gate_.admit_write_key({}, reading.write_key, request.received_at);
    if (!admitted.ok()) {
      metrics_.wrong_keys.add();
      bool unreadable = !read.ok() && read.error().code() == ErrorCode::kInvalidJson;
      return respond(with_cors(http::Response::error(unreadable ? read.error() : admitted.error())));
    }
  }
  metrics_.requests.add();
  if (!read.ok()) return refuse_body(read.error(), request, std::move(respond));

  pipeline::Submission submission;
  submission.refused.reserve(reading.refused.size());
  for (const auto& refusal : reading.refused) {
    submission.refused.push_back(quarantined(refusal.error, refusal.raw, request));
  }
  metrics_.refused_events.add(reading.refused.size());
  bool refused_alone = call != TrackingCall::kBatch && !reading.refused.empty();
  http::Response response = refused_alone ? http::Response::error(reading.refused.front().error) : batch_reply(reading.events.size(), reading.refused);
  govern_events(reading.events, submission);
  submit(std::move(submission), request.received_at, with_cors(std::move(response)), std::move(respond));
}

void TrackingApi::govern_events(std::vector<Event>& events, pipeline::Submission& submission) {
  if (!rules_) {
    submission.events = std::move(events);
    return;
  }
  std::unique_ptr<govern::EventGovernor> governor;
  {
    std::lock_guard lock(governors_mutex_);
    if (!governors_.empty()) {
      governor = std::move(governors_.back());
      governors_.pop_back();
    }
  }
  if (!governor) governor = std::make_unique<govern::EventGovernor>(*rules_, clock_.now());
  for (Event& event : events) {
    auto why = governor->apply(event);
    if (!why) {
      submission.events.push_back(std::move(event));
      continue;
    }
    metrics_.set_aside_events.add();
    submission.refused.push_back({event.received_at, std::string(kLiveSource), std::move(why->code), std::move(why->message), std::move(why->field),
                                  "/v1/batch", 0, segment_message(event)});
  }
  events.clear();
  std::lock_guard lock(governors_mutex_);
  governors_.push_back(std::move(governor));
}

void TrackingApi::refuse_body(const Error& error, http::Request& request, http::Responder respond) {
  pipeline::Submission submission;
  submission.refused.push_back(quarantined(error, request.body, request));
  submit(std::move(submission), request.received_at, with_cors(http::Response::error(error)), std::move(respond));
}

void TrackingApi::submit(pipeline::Submission submission, Time received_at, http::Response response, http::Responder respond) {
  if (submission.events.empty() && submission.refused.empty()) return respond(std::move(response));
  // A std::function must be copyable, so what answers is shared.
  struct Answer {
    http::Response response;
    http::Responder respond;
    Time received_at;
  };
  auto answer = std::make_shared<Answer>(Answer{std::move(response), std::move(respond), received_at});
  auto taken = pipeline_.submit(std::move(submission), [this, answer](const pipeline::Acknowledgement& done) {
    if (!done.status.ok()) {
      metrics_.overloads.add();
      return answer->respond(with_cors(http::Response::error(done.status.error())));
    }
    metrics_.latency.record_us(static_cast<uint64_t>(std::max<int64_t>(0, (clock_.now() - answer->received_at).micros)));
    answer->respond(std::move(answer->response));
  });
  if (!taken.ok()) {
    metrics_.overloads.add();
    answer->respond(with_cors(http::Response::error(taken.error())));
  }
}

void TrackingApi::take_pixel(http::Request& request, http::Responder respond) {
  auto call = collect::parse_tracking_call(request.parameters.at(0));
  if (!call || *call == TrackingCall::kBatch || request.parameters[0].size() == 1) {
    return respond(http::Response::error(Error(ErrorCode::kNotFound, "a pixel is track, identify, page, screen, group or alias")));
  }
  auto pairs = http::parse_query(request.query);
  std::string body;
  for (const auto& [name, value] : pairs) {
    if (name == "data") body = http::base64_decode(value).value_or(value);
  }
  if (body.empty()) body = collect::pixel_query_to_json(pairs);
  auto& [reader, reading] = thread_reader();
  auto read = reader.read(*call, body, request.received_at, kLiveSource, reading);
  if (!gate_.admit_write_key({}, reading.write_key, request.received_at).ok()) {
    metrics_.wrong_keys.add();
    return respond(gif());
  }
  metrics_.requests.add();
  pipeline::Submission submission;
  if (!read.ok()) submission.refused.push_back(quarantined(read.error(), body, request));
  for (const auto& refusal : reading.refused) submission.refused.push_back(quarantined(refusal.error, refusal.raw, request));
  metrics_.refused_events.add(submission.refused.size());
  govern_events(reading.events, submission);
  // An image must load whatever happened, so an overload is only counted.
  auto answer = std::make_shared<http::Responder>(std::move(respond));
  auto taken = pipeline_.submit(std::move(submission), [this, answer](const pipeline::Acknowledgement& done) {
    if (!done.status.ok()) metrics_.overloads.add();
    (*answer)(gif());
  });
  if (!taken.ok()) {
    metrics_.overloads.add();
    (*answer)(gif());
  }
}

}  // namespace furrow::app
