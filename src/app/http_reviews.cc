#include "app/http_reviews.h"

#include "app/http_json.h"
#include "http/body.h"

namespace furrow::app {
namespace {

Result<std::string> list(PeopleLinkage& linkage, http::Request& request) {
  FURROW_ASSIGN(size_t limit, http::limit_of(request));
  FURROW_ASSIGN(auto reviews, linkage.reviews());
  std::string body;
  JsonWriter json(body);
  json.begin_object().field("open", reviews.size()).key("reviews").begin_array();
  for (size_t i = 0; i < std::min(limit, reviews.size()); ++i) write_review(reviews[i], json);
  json.end_array().end_object();
  return body;
}

Result<std::string> answer(PeopleLinkage& linkage, http::Request& request) {
  FURROW_ASSIGN(auto body, http::JsonBody::parse(request.body, {"answer"}));
  FURROW_ASSIGN(std::string said, body.text("answer"));
  if (said != "same" && said != "different") return Error(ErrorCode::kInvalidArgument, "answer is same or different").in_field("answer");
  FURROW_ASSIGN(auto changed, linkage.answer(request.parameters.at(0), said == "same", request.actor()));
  std::string out;
  JsonWriter(out).begin_object().field("answer", said).field("profile", changed.stays.to_string()).field("other", changed.leaves.to_string()).end_object();
  return out;
}

Result<std::string> run(PeopleLinkage& linkage, LiveLinkage& live, http::Request& request) {
  std::string people = "all";
  if (!request.body.empty()) {
    FURROW_ASSIGN(auto body, http::JsonBody::parse(request.body, {"people"}));
    FURROW_ASSIGN(auto said, body.text_if_any("people"));
    people = said.value_or(people);
  }
  if (people == "new") {
    FURROW_ASSIGN(auto report, live.catch_up());
    return linkage_json(report);
  }
  if (people != "all") return Error(ErrorCode::kInvalidArgument, "people is all or new").in_field("people");
  FURROW_ASSIGN(auto report, linkage.run({}));
  return linkage_json(report);
}

Result<std::string> state(LiveLinkage& live, http::Request&) {
  FURROW_ASSIGN(auto status, live.status());
  std::string out;
  JsonWriter json(out);
  json.begin_object().field("learned", status.has_value());
  if (status) {
    const LiveState& state = status->state;
    json.field("version", state.version);
    time_field(json, "learnedAt", state.learned_at);
    json.field("records", state.records);
    field_or_null(json, "lastAt", state.last_at.micros == 0 ? "" : format_time(state.last_at));
    json.field("lookedAt", state.looked_at).field("merged", state.linked).field("keptApart", state.kept_apart).field("reviews", state.asked);
    json.field("behind", status->behind).field("usualMs", status->usual_ms).field("slowestMs", status->slowest_ms).field("full", status->full);
  }
  json.end_object();
  return out;
}

}  // namespace

std::string linkage_json(const LinkageReport& report) {
  std::string out;
  JsonWriter(out).begin_object().field("records", report.records).field("people", report.people).field("candidates", report.candidates)
      .field("links", report.links).field("merged", report.merged).field("keptApart", report.kept_apart).field("reviews", report.reviews)
      .field("seconds", report.seconds).end_object();
  return out;
}

std::string linkage_json(const LiveLinkageReport& report) {
  std::string out;
  JsonWriter(out).begin_object().field("lookedAt", report.looked_at).field("merged", report.merged).field("keptApart", report.kept_apart)
      .field("reviews", report.reviews).field("seconds", report.seconds).end_object();
  return out;
}

void add_review_routes(http::Router& router, PeopleLinkage& linkage, LiveLinkage& live) {
  auto add = [&](http::Method method, std::string pattern, std::function<Result<std::string>(http::Request&)> run_it) {
    router.add(http::dashboard_route(method, std::move(pattern), true, std::move(run_it)));
  };
  add(http::Method::kPost, "/v1/people/link", [&](http::Request& request) { return run(linkage, live, request); });
  add(http::Method::kGet, "/v1/people/linkage", [&](http::Request& request) { return state(live, request); });
  add(http::Method::kGet, "/v1/reviews?limit", [&](http::Request& request) { return list(linkage, request); });
  add(http::Method::kPost, "/v1/reviews/{id}/answer", [&](http::Request& request) { return answer(linkage, request); });
}

}  // namespace furrow::app
