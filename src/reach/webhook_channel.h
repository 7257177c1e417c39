// A webhook as a channel of deliveries: signed messages by HTTP POST.
//
// One message a request: the body is the message (a CloudEvents 1.0 event, application/cloudevents+json); in batches a JSON array of them
// (application/cloudevents-batch+json). webhook-id is the same whenever the same messages are sent, for receivers that count once.
// What an answer means: 2xx delivered; 400, 413, 415, 422 refused for what it says; anything else, and no answer, failed (a wrong address, a
// missing right or a receiver that is down may be mended, and then the message is still wanted). Redirects are not followed.
// Threads: send from one, cancel from any.
#pragma once
#include "reach/delivery.h"
#include "reach/webhook.h"

namespace furrow::reach {

class WebhookChannel final : public Channel {
 public:
  // `secret`: the bytes that sign (webhook_signature.h). `authorities` as OutboundOptions'.
  WebhookChannel(const WebhookDeclaration& webhook, std::string secret, const Clock& clock, std::string authorities = {});
  SendOutcome send(std::span<const OutMessage> messages) override;
  void cancel() override { client_.cancel(); }

 private:
  const bool batches_;
  const std::string secret_;
  const Clock& clock_;
  OutboundClient client_;
};

}  // namespace furrow::reach
