#include "app/http_records.h"

#include "base/json.h"
#include "pipeline/submission_codec.h"

namespace furrow::app {
namespace {

void take(pipeline::Pipeline& pipeline, http::Request& request, http::Responder respond) {
  if (request.field(http::Field::kContentType) != pipeline::kRecordsType) {
    return respond(http::Response::error(Error(ErrorCode::kUnsupportedMedia, "records come as " + std::string(pipeline::kRecordsType))));
  }
  auto submission = pipeline::decode_submission(request.body, request.received_at);
  if (!submission.ok()) return respond(http::Response::error(submission.error()));
  size_t quarantined = submission->refused.size(), released = submission->released.size();
  // A std::function must be copyable, so what answers is shared.
  auto answer = std::make_shared<http::Responder>(std::move(respond));
  auto taken = pipeline.submit(*std::move(submission), [answer, quarantined, released](const pipeline::Acknowledgement& done) {
    if (!done.status.ok()) return (*answer)(http::Response::error(done.status.error()));
    std::string body;
    JsonWriter(body).begin_object().field("accepted", done.accepted).field("duplicates", done.duplicates).field("quarantined", quarantined)
        .field("released", released).end_object();
    (*answer)(http::Response::json(std::move(body)));
  });
  if (!taken.ok()) (*answer)(http::Response::error(taken.error()));
}

}  // namespace

void add_records_route(http::Router& router, pipeline::Pipeline& pipeline) {
  http::Route route;
  route.method = http::Method::kPost;
  route.pattern = "/v1/records";
  route.access = http::Access::kApiKey;
  route.body_limit = pipeline::kMaxRecordsBytes;
  route.slow = true;
  route.run = [&pipeline](http::Request& request, http::Responder respond) { take(pipeline, request, std::move(respond)); };
  router.add(std::move(route));
}

}  // namespace furrow::app
