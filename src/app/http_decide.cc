#include "app/http_decide.h"

#include <fmt/format.h>
#include <simdjson.h>
#include <sodium.h>

#include <utility>

#include "base/ascii.h"
#include "base/cut_text.h"
#include "event/identifier.h"
#include "http/body.h"

namespace furrow::app {
namespace {

constexpr size_t kMostAtOnce = 16;

// One thread's working memory, warm after the first request.
struct DecideThread {
  simdjson::ondemand::parser parser;
  simdjson::dom::parser validator;
  decide::DecideScratch scratch{[] {
    uint64_t seed;
    randombytes_buf(&seed, sizeof seed);
    return seed;
  }()};
  std::string placement, user_id, anonymous_id;
  std::string_view context;
  int64_t n = 1;
  std::vector<pipeline::DecisionSubmission> decided;  // in this round
};
DecideThread& decide_thread() {
  thread_local DecideThread thread;
  return thread;
}

Status read_text(simdjson::ondemand::value value, std::string_view member, std::string& out) {
  bool null;
  if (!value.is_null().get(null) && null) return {};
  std::string_view text;
  if (value.get_string().get(text)) return http::wrong_member(member, "text");
  if (text.size() > kMaxIdBytes) return http::wrong_member(member, fmt::format("at most {} bytes", kMaxIdBytes));
  out = text;
  return {};
}

// An identifier: text, or a whole number, as tracking takes them; blanks count as absent.
Status read_id(simdjson::ondemand::value value, std::string_view member, std::string& out) {
  simdjson::ondemand::json_type type;
  int64_t number;
  if (value.type().get(type) || type != simdjson::ondemand::json_type::number) {
    FURROW_TRY(read_text(value, member, out));
    if (trimmed(out).empty()) out.clear();
    return out.empty() || is_nameable(out) ? Status() : Status(Error(ErrorCode::kInvalidArgument, fmt::format("{} {}", member, kNotNameable)).in_field(member));
  }
  if (value.get_int64().get(number)) return http::wrong_member(member, "text");
  out = std::to_string(number);
  return {};
}

Status read_member(std::string_view key, simdjson::ondemand::value value, DecideThread& into) {
  if (key == "placement") return read_text(value, key, into.placement);
  if (key == "userId") return read_id(value, key, into.user_id);
  if (key == "anonymousId") return read_id(value, key, into.anonymous_id);
  bool null;
  if (!value.is_null().get(null) && null) return {};
  if (key == "n") {
    if (value.get_int64().get(into.n)) return http::wrong_member("n", "a whole number");
    return {};
  }
  if (key == "context") {
    simdjson::ondemand::object object;
    if (value.get_object().get(object) || object.raw_json().get(into.context)) return http::wrong_member("context", "an object");
    return {};
  }
  return Error(ErrorCode::kInvalidArgument, fmt::format("\"{}\" is not known here; known are placement, userId, anonymousId, context, n", cut_text(key, 64)))
      .in_field(cut_text(key, 64));
}

Status read_body(std::string& body, DecideThread& into) {
  into.placement.clear();
  into.user_id.clear();
  into.anonymous_id.clear();
  into.context = {};
  into.n = 1;
  body.reserve(body.size() + simdjson::SIMDJSON_PADDING);
  // On-Demand does not look into what it skips, so the whole is checked first.
  simdjson::dom::element valid;
  if (auto fault = into.validator.parse(body.data(), body.size(), false).get(valid)) {
    return Error(ErrorCode::kInvalidJson, fmt::format("the body is not JSON: {}", simdjson::error_message(fault)));
  }
  simdjson::ondemand::document document;
  simdjson::ondemand::object object;
  if (into.parser.iterate(body.data(), body.size(), body.capacity()).get(document) || document.get_object().get(object)) {
    return Error(ErrorCode::kInvalidArgument, "the body must be a JSON object");
  }
  for (auto field : object) {
    std::string_view key;
    simdjson::ondemand::value value;
    if (field.unescaped_key().get(key) || field.value().get(value)) return Error(ErrorCode::kInvalidJson, "the body is not JSON");
    FURROW_TRY(read_member(key, value, into));
  }
  if (into.placement.empty()) return Error(ErrorCode::kInvalidArgument, "placement is needed").in_field("placement");
  if (into.user_id.empty() && into.anonymous_id.empty()) {
    return Error(ErrorCode::kInvalidArgument, "userId or anonymousId is needed").in_field("userId");
  }
  if (into.n < 1 || into.n > static_cast<int64_t>(decide::kMaxRanks)) {
    return Error(ErrorCode::kInvalidArgument, fmt::format("n is 1 to {}", decide::kMaxRanks)).in_field("n");
  }
  return {};
}

// The person, and the profile whose identifier found them.
void find_person(const identity::IdentityView& identity, const DecideThread& asked, decide::DecideRequest& request) {
  std::optional<ProfileId> owner;
  if (!asked.user_id.empty()) owner = identity.owner("user_id", asked.user_id);
  if (!owner && !asked.anonymous_id.empty()) owner = identity.owner("anonymous_id", asked.anonymous_id);
  if (!owner) return;
  request.profile = identity.canonical(*owner);
  if (request.profile != *owner) request.origin = *owner;
}

}  // namespace

void DecideMetrics::declare(MetricsRegistry& registry) const {
  registry.add("furrow_decide_decisions_total", "Decisions answered.", decisions);
  registry.add("furrow_decide_refused_total", "Decision requests refused.", refused);
  registry.add("furrow_decide_overloads_total", "Decision requests answered 503.", overloads);
  registry.add("furrow_decide_latency_seconds", "From the complete request to the answer.", latency);
}

void DecideApi::add_routes(http::Router& router) {
  http::Route route;
  route.method = http::Method::kPost;
  route.pattern = "/v1/decide";
  route.access = http::Access::kApiKey;
  route.body_limit = kDecideBodyBytes;
  route.run = [this](http::Request& request, http::Responder respond) { take(request, std::move(respond)); };
  router.add(std::move(route));
  router.add_round_end([this] { flush(); });
}

Result<DecisionRecord> DecideApi::decide(http::Request& request) {
  DecideThread& thread = decide_thread();
  FURROW_TRY(read_body(request.body, thread));
  decide::DecideRequest asked;
  asked.placement = thread.placement;
  find_person(pipeline_.identity(), thread, asked);
  asked.context = thread.context;
  asked.n = static_cast<size_t>(thread.n);
  asked.now = request.received_at;
  auto engine = engine_.get();
  return engine->decide(asked, pipeline_.profiles(), thread.scratch);
}

void DecideApi::take(http::Request& request, http::Responder respond) {
  auto decision = decide(request);
  if (!decision.ok()) {
    metrics_.refused.add();
    return respond(http::Response::error(decision.error()));
  }
  auto& decided = decide_thread().decided;
  if (decided.empty()) decided.reserve(kMostAtOnce);
  decided.push_back(submission(*std::move(decision), request.received_at, std::move(respond)));
  if (decided.size() >= kMostAtOnce) flush();
  else request.answers_with_round = true;
}

void DecideApi::flush() {
  auto& decided = decide_thread().decided;
  if (!decided.empty()) pipeline_.record(std::exchange(decided, {}));
}

pipeline::DecisionSubmission DecideApi::submission(DecisionRecord decision, Time received_at, http::Responder respond) {
  struct Answer {
    http::Response response;
    http::Responder respond;
    Time received_at;
  };
  auto answer = std::make_shared<Answer>(Answer{{}, std::move(respond), received_at});
  answer->response.body.reserve(1024);
  decide::write_reply(decision, answer->response.body);
  return {std::move(decision), [this, answer](const Status& done) {
            if (!done.ok()) {
              metrics_.overloads.add();
              return answer->respond(http::Response::error(done.error()));
            }
            metrics_.decisions.add();
            metrics_.latency.record_us(static_cast<uint64_t>(std::max<int64_t>(0, (clock_.now() - answer->received_at).micros)));
            answer->respond(std::move(answer->response));
          }};
}

}  // namespace furrow::app
