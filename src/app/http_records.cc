#include "app/http_records.h"

#include "app/submission_codec.h"
#include "base/json.h"

namespace furrow::app {
namespace {

void take(Pipeline& pipeline, Request& request, Responder respond) {
  if (request.field(Field::kContentType) != kRecordsType) {
    return respond(Response::error(Error(ErrorCode::kUnsupportedMedia, "records come as " + std::string(kRecordsType))));
  }
  auto submission = decode_submission(request.body, request.received_at);
  if (!submission.ok()) return respond(Response::error(submission.error()));
  size_t quarantined = submission->refused.size(), released = submission->released.size();
  // A std::function must be copyable, so what answers is shared.
  auto answer = std::make_shared<Responder>(std::move(respond));
  auto taken = pipeline.submit(*std::move(submission), [answer, quarantined, released](const Acknowledgement& done) {
    if (!done.status.ok()) return (*answer)(Response::error(done.status.error()));
    std::string body;
    JsonWriter(body).begin_object().field("accepted", done.accepted).field("duplicates", done.duplicates).field("quarantined", quarantined)
        .field("released", released).end_object();
    (*answer)(Response::json(std::move(body)));
  });
  if (!taken.ok()) (*answer)(Response::error(taken.error()));
}

}  // namespace

void add_records_route(Router& router, Pipeline& pipeline) {
  Route route;
  route.method = Method::kPost;
  route.pattern = "/v1/records";
  route.access = Access::kApiKey;
  route.body_limit = kMaxRecordsBytes;
  route.slow = true;
  route.run = [&pipeline](Request& request, Responder respond) { take(pipeline, request, std::move(respond)); };
  router.add(std::move(route));
}

}  // namespace furrow::app
