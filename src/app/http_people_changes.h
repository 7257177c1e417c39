// POST /v1/people/merge and /v1/people/split: a person says that two people are one, or that a merge was none.
//
// People are addressed as in http_people.h. The answer comes when the change is on disk and in every view. Who asked is in
// the record. Threads: any; on the pool, since an address is looked up in the store.
#pragma once
#include "http/router.h"
#include "pipeline/pipeline.h"

namespace furrow::app {

// A profile id or an identifier such as user_id:42, to the profile that it names (merges not followed). kInvalidArgument for
// what is no address, kNotFound for nobody.
Result<ProfileId> profile_of(const identity::IdentityView& identity, std::string_view address);

// What a person asks for, by address or by a merge's position (one of the two is "").
Result<pipeline::PeopleChange> asked_merge(const identity::IdentityView& identity, std::string_view from, std::string_view into, Time now, std::string actor);
Result<pipeline::PeopleChange> asked_split(const pipeline::Pipeline& pipeline, std::string_view profile, std::string_view merge, Time now, std::string actor);

void add_people_change_routes(http::Router& router, pipeline::Pipeline& pipeline, const Clock& clock);

}  // namespace furrow::app
