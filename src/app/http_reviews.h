// POST /v1/people/link runs the linkage of the workspace's people; GET /v1/reviews lists what it was unsure of; POST
// /v1/reviews/{id}/answer takes a person's answer: {"answer":"same"} or {"answer":"different"}, kept for ever.
// Threads: any; on the pool. A run answers when it is done (minutes on millions of people).
#pragma once
#include "app/http_router.h"
#include "app/people_linkage.h"

namespace furrow::app {

void add_review_routes(Router& router, PeopleLinkage& linkage);
std::string linkage_json(const LinkageReport& report);

}  // namespace furrow::app
