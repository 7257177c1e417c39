#include "app/http_webhooks.h"

#include "app/http_json.h"

namespace furrow::app {
namespace {

void time_or_null(JsonWriter& writer, std::string_view name, const std::optional<Time>& time) {
  time ? writer.field(name, format_time(*time)) : writer.key(name).null();
}

void names(JsonWriter& writer, std::string_view key, const std::vector<reach::SegmentReaction>& reactions, std::vector<std::string> reach::SegmentReaction::*hears,
           std::string_view webhook) {
  writer.key(key).begin_array();
  for (const auto& reaction : reactions) {
    const auto& those = reaction.*hears;
    if (std::find(those.begin(), those.end(), webhook) != those.end()) writer.text(reaction.segment);
  }
  writer.end_array();
}

}  // namespace

void WebhooksApi::add_routes(http::Router& router) {
  auto add = [&](http::Method method, std::string pattern, auto answer) {
    router.add(http::dashboard_route(method, std::move(pattern), true, [this, answer](http::Request& request) { return (this->*answer)(request); }));
  };
  add(http::Method::kGet, "/v1/webhooks", &WebhooksApi::list);
  add(http::Method::kGet, "/v1/webhooks/{name}/dead?limit", &WebhooksApi::dead);
  add(http::Method::kPost, "/v1/webhooks/{name}/resend", &WebhooksApi::resend);
  add(http::Method::kPost, "/v1/webhooks/{name}/test", &WebhooksApi::test);
}

Status WebhooksApi::write(JsonWriter& writer, const reach::WebhookDeclaration& webhook) const {
  FURROW_ASSIGN(const auto state, webhooks_.state(webhook.name));
  FURROW_ASSIGN(const uint64_t dead, webhooks_.dead_count(webhook.name));
  writer.begin_object().field("name", webhook.name).field("origin", webhook.url.origin());
  field_or_null(writer, "description", webhook.description);
  field_or_null(writer, "descriptionZh", webhook.description_zh);
  names(writer, "onEnter", workspace_.reactions, &reach::SegmentReaction::on_enter, webhook.name);
  names(writer, "onExit", workspace_.reactions, &reach::SegmentReaction::on_exit, webhook.name);
  writer.field("delivered", state.cursor.delivered);
  time_or_null(writer, "deliveredAt", state.cursor.delivered_at);
  time_or_null(writer, "failingSince", state.cursor.failing_since);
  field_or_null(writer, "why", state.why);
  time_or_null(writer, "nextAttempt", state.next_attempt);
  writer.field("attempts", state.attempts).field("dead", dead).field("dropped", state.cursor.dropped);
  field_or_null(writer, "file", webhook.file);
  writer.end_object();
  return {};
}

Result<std::string> WebhooksApi::list(http::Request&) const {
  std::string body;
  JsonWriter writer(body);
  writer.begin_object().key("webhooks").begin_array();
  for (const auto& webhook : workspace_.webhooks) FURROW_TRY(write(writer, webhook));
  writer.end_array().end_object();
  return body;
}

Result<std::string> WebhooksApi::dead(http::Request& request) const {
  FURROW_ASSIGN(const size_t limit, http::limit_of(request));
  FURROW_ASSIGN(const auto letters, webhooks_.dead(request.parameters.at(0), limit));
  std::string body;
  JsonWriter writer(body);
  writer.begin_object().key("dead").begin_array();
  for (const auto& letter : letters) {
    writer.begin_object().field("position", std::to_string(letter.position.value));
    time_field(writer, "time", letter.time);
    letter.status > 0 ? writer.field("status", letter.status) : writer.key("status").null();
    writer.field("why", letter.why).field("again", letter.again);
    const auto bytes = pipeline_.log().read(letter.position);
    const auto record = bytes.ok() ? decode_record(*bytes) : Result<RecordBody>(bytes.error());
    const auto* change = record.ok() ? std::get_if<SegmentRecord>(&*record) : nullptr;
    field_or_null(writer, "segment", change ? change->segment : std::string());
    change ? writer.field("entered", change->entered) : writer.key("entered").null();
    field_or_null(writer, "profileId", change ? change->profile.to_string() : std::string());
    writer.end_object();
  }
  writer.end_array().end_object();
  return body;
}

Result<std::string> WebhooksApi::resend(http::Request& request) const {
  FURROW_ASSIGN(const uint64_t count, webhooks_.resend(request.parameters.at(0)));
  std::string body;
  JsonWriter(body).begin_object().field("resending", count).end_object();
  return body;
}

Result<std::string> WebhooksApi::test(http::Request& request) const {
  FURROW_ASSIGN(const auto outcome, webhooks_.test(request.parameters.at(0)));
  std::string body;
  JsonWriter writer(body);
  writer.begin_object().field("delivered", outcome.kind == reach::SendOutcome::Kind::kDelivered);
  outcome.status > 0 ? writer.field("status", outcome.status) : writer.key("status").null();
  field_or_null(writer, "why", outcome.why);
  writer.end_object();
  return body;
}

}  // namespace furrow::app
