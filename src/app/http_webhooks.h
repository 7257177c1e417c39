// Webhooks for the dashboard and for programs: what each hears, how its deliveries stand, what could not be delivered.
// A URL's path may hold a secret: only its origin is shown. Threads: any; all of it runs on the pool.
#pragma once
#include "app/segment_webhooks.h"
#include "http/router.h"

namespace furrow::app {

class WebhooksApi {
 public:
  WebhooksApi(const Workspace& workspace, SegmentWebhooks& webhooks, const pipeline::Pipeline& pipeline) : workspace_(workspace), webhooks_(webhooks), pipeline_(pipeline) {}
  void add_routes(http::Router& router);

 private:
  Result<std::string> list(http::Request& request) const;
  Result<std::string> dead(http::Request& request) const;
  Result<std::string> resend(http::Request& request) const;
  Result<std::string> test(http::Request& request) const;
  Status write(class furrow::JsonWriter& writer, const reach::WebhookDeclaration& webhook) const;

  const Workspace& workspace_;
  SegmentWebhooks& webhooks_;
  const pipeline::Pipeline& pipeline_;
};

}  // namespace furrow::app
