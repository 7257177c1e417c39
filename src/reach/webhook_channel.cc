#include "reach/webhook_channel.h"

#include <fmt/format.h>

#include "reach/webhook_signature.h"

namespace furrow::reach {

WebhookChannel::WebhookChannel(const WebhookDeclaration& webhook, std::string secret, const Clock& clock, std::string authorities)
    : batches_(webhook.batch > 1), secret_(std::move(secret)), clock_(clock),
      client_(webhook.url, {webhook.timeout, webhook.allow_private, std::move(authorities)}) {}

SendOutcome WebhookChannel::send(std::span<const OutMessage> messages) {
  std::string body = batches_ ? "[" : messages.front().body;
  std::string id = std::to_string(messages.front().position.value);
  if (batches_) {
    for (const OutMessage& message : messages) body += (body.size() > 1 ? "," : "") + message.body;
    body += "]";
    if (messages.size() > 1) id += fmt::format("-{}", messages.back().position.value);
  }
  const Time now = clock_.now();
  const OutboundClient::Headers headers{{"content-type", batches_ ? "application/cloudevents-batch+json" : "application/cloudevents+json"},
                                        {"webhook-id", id},
                                        {"webhook-timestamp", std::to_string(now.micros / 1'000'000)},
                                        {"webhook-signature", sign_webhook(secret_, id, now, body)}};
  const auto reply = client_.post(headers, std::move(body));
  if (!reply.ok()) return {SendOutcome::Kind::kFailed, 0, reply.error().message(), {}};
  const int status = reply->status;
  if (status >= 200 && status < 300) return {SendOutcome::Kind::kDelivered, status, "", {}};
  const bool refused = status == 400 || status == 413 || status == 415 || status == 422;
  std::string why = status >= 300 && status < 400 ? fmt::format("answered {}: redirects are not followed; declare the new address", status)
                                                  : fmt::format("answered {}", status);
  return {refused ? SendOutcome::Kind::kRefused : SendOutcome::Kind::kFailed, status, std::move(why), reply->retry_after};
}

}  // namespace furrow::reach
