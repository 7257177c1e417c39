// Webhooks for the dashboard and for programs: what each hears, how its deliveries stand, what could not be delivered.
// A URL's path may hold a secret: only its origin is shown. Threads: any; all of it runs on the pool.
#pragma once
#include "app/http_router.h"
#include "app/segment_webhooks.h"

namespace furrow::app {

class WebhooksApi {
 public:
  WebhooksApi(const Workspace& workspace, SegmentWebhooks& webhooks, const Pipeline& pipeline) : workspace_(workspace), webhooks_(webhooks), pipeline_(pipeline) {}
  void add_routes(Router& router);

 private:
  Result<std::string> list(Request& request) const;
  Result<std::string> dead(Request& request) const;
  Result<std::string> resend(Request& request) const;
  Result<std::string> test(Request& request) const;
  Status write(class furrow::JsonWriter& writer, const reach::WebhookDeclaration& webhook) const;

  const Workspace& workspace_;
  SegmentWebhooks& webhooks_;
  const Pipeline& pipeline_;
};

}  // namespace furrow::app
