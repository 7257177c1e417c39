// POST /v1/people/link runs the linkage of the workspace's people ({"people":"new"}: of those who came since, by what was learned); GET
// /v1/people/linkage says what was learned and how far those who came since are; GET /v1/reviews lists what it was unsure of; POST
// /v1/reviews/{id}/answer takes a person's answer: {"answer":"same"} or {"answer":"different"}, kept for ever.
// Threads: any; on the pool. A run answers when it is done (minutes on millions of people).
#pragma once
#include "app/live_linkage.h"
#include "app/people_linkage.h"
#include "http/router.h"

namespace furrow::app {

void add_review_routes(http::Router& router, PeopleLinkage& linkage, LiveLinkage& live);
std::string linkage_json(const LinkageReport& report);
std::string linkage_json(const LiveLinkageReport& report);

}  // namespace furrow::app
