#include "app/segment_webhooks.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "app/webhook_secrets.h"
#include "base/json.h"
#include "event/record_kind.h"

namespace furrow::app {
namespace {

constexpr uint64_t kRecordsAtOnce = 50'000;  // looked at between two looks at whether to stop

bool holds(const std::vector<std::string>& names, std::string_view name) { return std::find(names.begin(), names.end(), name) != names.end(); }

}  // namespace

bool SegmentMessages::wanted(const SegmentRecord& change) const {
  if (!webhook_.causes.empty() && !holds(webhook_.causes, change.cause)) return false;
  return std::any_of(reactions_.begin(), reactions_.end(), [&](const reach::SegmentReaction& reaction) {
    return reaction.segment == change.segment && holds(change.entered ? reaction.on_enter : reaction.on_exit, webhook_.name);
  });
}

reach::OutMessage SegmentMessages::message(LogPosition position, const SegmentRecord& change) const {
  std::map<std::string, std::vector<std::string>> identifiers;
  for (const auto& identifier : pipeline_.identity().identifiers_of(pipeline_.identity().canonical(change.profile))) {
    if (holds(webhook_.identifiers, identifier.kind)) identifiers[identifier.kind].push_back(identifier.value);
  }
  reach::OutMessage out{position, ""};
  JsonWriter writer(out.body);
  writer.begin_object().field("specversion", "1.0").field("id", std::to_string(position.value)).field("source", "/v1/segments/" + change.segment);
  writer.field("type", change.entered ? "furrow.segment.entered" : "furrow.segment.exited").field("subject", change.profile.to_string());
  writer.field("time", format_time(change.time)).field("datacontenttype", "application/json");
  writer.key("data").begin_object().field("segment", change.segment).field("entered", change.entered).field("profileId", change.profile.to_string());
  writer.field("cause", change.cause).key("identifiers").begin_object();
  for (const auto& [kind, values] : identifiers) {
    writer.key(kind).begin_array();
    for (const std::string& value : values) writer.text(value);
    writer.end_array();
  }
  writer.end_object().end_object().end_object();
  return out;
}

Status SegmentMessages::read(LogPosition after, size_t most, std::vector<reach::OutMessage>& into, LogPosition& reached) {
  reached = after;
  const LogPosition end{std::min(pipeline_.durable().value, after.value + kRecordsAtOnce)};
  if (end <= after) return {};
  Status failed;
  FURROW_TRY(pipeline_.log().scan({after.value + 1}, [&](LogPosition position, std::string_view bytes) {
    if (position > end || into.size() >= most) return false;
    if (is_record<SegmentRecord>(bytes)) {
      auto body = decode_record(bytes);
      if (!body) {
        failed = body.error();
        return false;
      }
      const auto& change = std::get<SegmentRecord>(*body);
      if (wanted(change)) into.push_back(message(position, change));
    }
    reached = position;
    return true;
  }));
  return failed;
}

Result<std::optional<reach::OutMessage>> SegmentMessages::at(LogPosition position) {
  FURROW_ASSIGN(const std::string bytes, pipeline_.log().read(position));
  FURROW_ASSIGN(const auto body, decode_record(bytes));
  const auto* change = std::get_if<SegmentRecord>(&body);
  return change ? std::optional(message(position, *change)) : std::nullopt;
}

Result<std::unique_ptr<SegmentWebhooks>> SegmentWebhooks::start(const Workspace& workspace, const std::filesystem::path& data_dir, const pipeline::Pipeline& pipeline,
                                                                const Clock& clock, const Logger& logger) {
  std::unique_ptr<SegmentWebhooks> made(new SegmentWebhooks(workspace, clock));
  if (workspace.webhooks.empty()) return made;
  std::vector<std::string> names;
  for (const auto& webhook : workspace.webhooks) names.push_back(webhook.name);
  FURROW_ASSIGN(auto secrets, ensure_webhook_secrets(workspace.root, names));
  FURROW_ASSIGN(made->store_, reach::DeliveryStore::open(data_dir / "webhooks.sqlite"));
  for (const auto& webhook : workspace.webhooks) {
    made->secrets_.push_back(secrets[webhook.name]);
    FURROW_ASSIGN(auto delivery, reach::Delivery::open(webhook.name, std::make_unique<SegmentMessages>(pipeline, webhook, workspace.reactions),
                                                       std::make_unique<reach::WebhookChannel>(webhook, secrets[webhook.name], clock), *made->store_,
                                                       {webhook.batch, webhook.give_up_after}, pipeline.opened_at(), clock, logger));
    made->deliveries_.push_back(std::move(delivery));
  }
  for (const auto& delivery : made->deliveries_) delivery->start();
  return made;
}

void SegmentWebhooks::stop() {
  for (const auto& delivery : deliveries_) delivery->stop();
}

Result<size_t> SegmentWebhooks::index(std::string_view name) const {
  for (size_t i = 0; i < workspace_.webhooks.size(); ++i) {
    if (workspace_.webhooks[i].name == name) return i;
  }
  return Error(ErrorCode::kNotFound, "there is no webhook of this name");
}

Result<reach::DeliveryState> SegmentWebhooks::state(std::string_view webhook) const {
  FURROW_ASSIGN(const size_t i, index(webhook));
  return deliveries_[i]->state();
}
Result<std::vector<reach::DeadLetter>> SegmentWebhooks::dead(std::string_view webhook, size_t limit) const {
  FURROW_TRY(index(webhook));
  return store_->dead(webhook, limit);
}
Result<uint64_t> SegmentWebhooks::dead_count(std::string_view webhook) const {
  FURROW_TRY(index(webhook));
  return store_->dead_count(webhook);
}
Result<uint64_t> SegmentWebhooks::resend(std::string_view webhook) {
  FURROW_TRY(index(webhook));
  return store_->resend(webhook);
}

Result<reach::SendOutcome> SegmentWebhooks::test(std::string_view webhook) const {
  FURROW_ASSIGN(const size_t i, index(webhook));
  reach::OutMessage message;
  JsonWriter(message.body).begin_object().field("specversion", "1.0").field("id", fmt::format("test-{}", clock_.now().micros)).field("source", "/v1/webhooks")
      .field("type", "furrow.webhook.test").field("time", format_time(clock_.now())).end_object();
  return reach::WebhookChannel(workspace_.webhooks[i], secrets_[i], clock_).send({&message, 1});
}

}  // namespace furrow::app
