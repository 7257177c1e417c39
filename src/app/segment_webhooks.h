// Entries into and exits from segments reach the webhooks that the segments name: one delivery a webhook, fed from the log.
//
// A message is a CloudEvents 1.0 event:
//   {"specversion":"1.0","id":"POSITION","source":"/v1/segments/NAME","type":"furrow.segment.entered" or "….exited","subject":PROFILE,"time":…,
//    "datacontenttype":"application/json","data":{"segment","entered","profileId","cause","identifiers":{"user_id":["x1"],…}}}
// `id` is the position of the change in the log: the same whenever it is sent. Identifiers are those of the person as of sending, of the kinds
// that the webhook declares. A webhook that is new hears of what is recorded from then on.
// Threads: one a webhook; the rest from any. Limits: reach/delivery.h.
#pragma once
#include <memory>
#include <vector>

#include "app/workspace.h"
#include "pipeline/pipeline.h"
#include "reach/delivery.h"
#include "reach/webhook_channel.h"

namespace furrow::app {

class SegmentMessages final : public reach::MessageSource {
 public:
  // Borrows all.
  SegmentMessages(const pipeline::Pipeline& pipeline, const reach::WebhookDeclaration& webhook, const std::vector<reach::SegmentReaction>& reactions)
      : pipeline_(pipeline), webhook_(webhook), reactions_(reactions) {}
  Status read(LogPosition after, size_t most, std::vector<reach::OutMessage>& into, LogPosition& reached) override;
  Result<std::optional<reach::OutMessage>> at(LogPosition position) override;

 private:
  bool wanted(const SegmentRecord& change) const;
  reach::OutMessage message(LogPosition position, const SegmentRecord& change) const;

  const pipeline::Pipeline& pipeline_;
  const reach::WebhookDeclaration& webhook_;
  const std::vector<reach::SegmentReaction>& reactions_;
};

class SegmentWebhooks {
 public:
  // Opens webhooks.sqlite of the data directory and starts delivering. Borrows all; `workspace` must not change.
  static Result<std::unique_ptr<SegmentWebhooks>> start(const Workspace& workspace, const std::filesystem::path& data_dir, const pipeline::Pipeline& pipeline,
                                                        const Clock& clock, const Logger& logger);
  ~SegmentWebhooks() { stop(); }
  void stop();  // idempotent
  // kNotFound for a name that is not declared.
  Result<reach::DeliveryState> state(std::string_view webhook) const;
  Result<std::vector<reach::DeadLetter>> dead(std::string_view webhook, size_t limit) const;
  Result<uint64_t> dead_count(std::string_view webhook) const;
  Result<uint64_t> resend(std::string_view webhook);
  // Sends a message of type furrow.webhook.test now, once, and says what became of it.
  Result<reach::SendOutcome> test(std::string_view webhook) const;

 private:
  SegmentWebhooks(const Workspace& workspace, const Clock& clock) : workspace_(workspace), clock_(clock) {}
  Result<size_t> index(std::string_view webhook) const;

  const Workspace& workspace_;
  const Clock& clock_;
  std::unique_ptr<reach::DeliveryStore> store_;
  std::vector<std::string> secrets_;                          // by webhook of the workspace
  std::vector<std::unique_ptr<reach::Delivery>> deliveries_;  // likewise
};

}  // namespace furrow::app
