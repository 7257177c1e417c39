#include "app/http_people_changes.h"

#include <charconv>

#include "app/http_json.h"
#include "http/body.h"

namespace furrow::app {
namespace {

std::string merged_json(const pipeline::PeopleChanged& changed) {
  std::string body;
  JsonWriter(body).begin_object().field("merge", std::to_string(changed.merge.value)).field("profile", changed.stays.to_string())
      .field("from", changed.leaves.to_string()).end_object();
  return body;
}
std::string split_json(const pipeline::PeopleChanged& changed) {
  std::string body;
  JsonWriter(body).begin_object().field("split", std::to_string(changed.position.value)).field("merge", std::to_string(changed.merge.value))
      .field("profile", changed.leaves.to_string()).field("from", changed.stays.to_string()).end_object();
  return body;
}

Result<pipeline::PeopleChange> read_merge(pipeline::Pipeline& pipeline, http::Request& request, const Clock& clock) {
  FURROW_ASSIGN(auto body, http::JsonBody::parse(request.body, {"from", "into"}));
  FURROW_ASSIGN(std::string from, body.text("from"));
  FURROW_ASSIGN(std::string into, body.text("into"));
  return asked_merge(pipeline.identity(), from, into, clock.now(), request.actor());
}

Result<pipeline::PeopleChange> read_split(pipeline::Pipeline& pipeline, http::Request& request, const Clock& clock) {
  FURROW_ASSIGN(auto body, http::JsonBody::parse(request.body, {"merge", "profile"}));
  FURROW_ASSIGN(auto merge, body.text_if_any("merge"));
  FURROW_ASSIGN(auto profile, body.text_if_any("profile"));
  return asked_split(pipeline, profile.value_or(""), merge.value_or(""), clock.now(), request.actor());
}

using Asked = Result<pipeline::PeopleChange> (*)(pipeline::Pipeline&, http::Request&, const Clock&);

http::Route change_route(std::string pattern, Asked asked, std::string (*answer)(const pipeline::PeopleChanged&), pipeline::Pipeline& pipeline, const Clock& clock) {
  http::Route route;
  route.method = http::Method::kPost;
  route.pattern = std::move(pattern);
  route.access = http::Access::kDashboard;
  route.slow = true;
  route.run = [asked, answer, &pipeline, &clock](http::Request& request, http::Responder respond) {
    auto change = asked(pipeline, request, clock);
    if (!change.ok()) return respond(http::Response::error(change.error()));
    auto shared = std::make_shared<http::Responder>(std::move(respond));
    Status taken = pipeline.change(*std::move(change), [shared, answer](const Result<pipeline::PeopleChanged>& done) {
      (*shared)(done.ok() ? http::Response::json(answer(*done)) : http::Response::error(done.error()));
    });
    if (!taken.ok()) (*shared)(http::Response::error(taken.error()));
  };
  return route;
}

}  // namespace

Result<ProfileId> profile_of(const identity::IdentityView& identity, std::string_view address) {
  size_t colon = address.find(':');
  if (colon != std::string_view::npos) {
    auto found = identity.owner(address.substr(0, colon), address.substr(colon + 1));
    if (!found) return Error(ErrorCode::kNotFound, "there is nobody of this identifier");
    return *found;
  }
  auto id = ProfileId::parse(address);
  if (!id.ok()) return Error(ErrorCode::kInvalidArgument, "use a profile id (p_…) or an identifier such as user_id:42");
  return *id;
}

Result<pipeline::PeopleChange> asked_merge(const identity::IdentityView& identity, std::string_view from, std::string_view into, Time now, std::string actor) {
  MergeRecord merge;
  auto one = profile_of(identity, from), other = profile_of(identity, into);
  if (!one.ok()) return std::move(one).error().in_field("from");
  if (!other.ok()) return std::move(other).error().in_field("into");
  merge.from = *one;
  merge.into = *other;
  merge.time = now;
  merge.rule = "person";
  merge.actor = std::move(actor);
  return pipeline::PeopleChange(std::move(merge));
}

Result<pipeline::PeopleChange> asked_split(const pipeline::Pipeline& pipeline, std::string_view profile, std::string_view merge, Time now, std::string actor) {
  if (merge.empty() == profile.empty()) {
    return Error(ErrorCode::kInvalidArgument, "give `merge` (as a person's `merges` say it) or `profile` (the one that was merged away)").in_field("merge");
  }
  SplitRecord split;
  if (!merge.empty()) {
    uint64_t position = 0;
    auto [end, fault] = std::from_chars(merge.data(), merge.data() + merge.size(), position);
    if (fault != std::errc() || end != merge.data() + merge.size() || position == 0) {
      return Error(ErrorCode::kInvalidArgument, "merge is a number, as a person's `merges` say it").in_field("merge");
    }
    auto bytes = pipeline.log().read({position});
    auto record = bytes.ok() ? decode_record(*bytes) : Result<RecordBody>(bytes.error());
    const auto* made = record.ok() ? std::get_if<MergeRecord>(&*record) : nullptr;
    if (!made) return Error(ErrorCode::kNotFound, "there is no such merge").in_field("merge");
    split.merge = {position};
    // Either side may have left meanwhile; the link is where its own profile is.
    split.stays = made->from_link();
  } else {
    FURROW_ASSIGN(split.leaves, profile_of(pipeline.identity(), profile));
    split.stays = split.leaves;
  }
  split.time = now;
  split.rule = "person";
  split.actor = std::move(actor);
  return pipeline::PeopleChange(std::move(split));
}

void add_people_change_routes(http::Router& router, pipeline::Pipeline& pipeline, const Clock& clock) {
  router.add(change_route("/v1/people/merge", read_merge, merged_json, pipeline, clock));
  router.add(change_route("/v1/people/split", read_split, split_json, pipeline, clock));
}

}  // namespace furrow::app
