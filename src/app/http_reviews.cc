#include "app/http_reviews.h"

#include "app/http_body.h"
#include "app/http_json.h"

namespace furrow::app {
namespace {

Result<std::string> list(PeopleLinkage& linkage, Request& request) {
  FURROW_ASSIGN(size_t limit, limit_of(request));
  FURROW_ASSIGN(auto reviews, linkage.reviews());
  std::string body;
  JsonWriter json(body);
  json.begin_object().field("open", reviews.size()).key("reviews").begin_array();
  for (size_t i = 0; i < std::min(limit, reviews.size()); ++i) write_review(reviews[i], json);
  json.end_array().end_object();
  return body;
}

Result<std::string> answer(PeopleLinkage& linkage, Request& request) {
  FURROW_ASSIGN(auto body, JsonBody::parse(request.body, {"answer"}));
  FURROW_ASSIGN(std::string said, body.text("answer"));
  if (said != "same" && said != "different") return Error(ErrorCode::kInvalidArgument, "answer is same or different").in_field("answer");
  FURROW_ASSIGN(auto changed, linkage.answer(request.parameters.at(0), said == "same", request.actor()));
  std::string out;
  JsonWriter(out).begin_object().field("answer", said).field("profile", changed.stays.to_string()).field("other", changed.leaves.to_string()).end_object();
  return out;
}

Result<std::string> run(PeopleLinkage& linkage, Request&) {
  FURROW_ASSIGN(auto report, linkage.run({}));
  return linkage_json(report);
}

}  // namespace

std::string linkage_json(const LinkageReport& report) {
  std::string out;
  JsonWriter(out).begin_object().field("records", report.records).field("people", report.people).field("candidates", report.candidates)
      .field("links", report.links).field("merged", report.merged).field("keptApart", report.kept_apart).field("reviews", report.reviews)
      .field("seconds", report.seconds).end_object();
  return out;
}

void add_review_routes(Router& router, PeopleLinkage& linkage) {
  auto add = [&](Method method, std::string pattern, Result<std::string> (*run_it)(PeopleLinkage&, Request&)) {
    router.add(dashboard_route(method, std::move(pattern), true, [&linkage, run_it](Request& request) { return run_it(linkage, request); }));
  };
  add(Method::kPost, "/v1/people/link", run);
  add(Method::kGet, "/v1/reviews", list);
  add(Method::kPost, "/v1/reviews/{id}/answer", answer);
}

}  // namespace furrow::app
