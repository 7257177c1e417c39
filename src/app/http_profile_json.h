// A person in one line, as several routes show them (ProfileSummary of openapi.json).
// Threads: any; reads the live views.
#pragma once
#include <string>

#include "base/json.h"
#include "pipeline/pipeline.h"

namespace furrow::app {

// What people call somebody: the name trait, or first and last name. "" when there is none.
std::string name_of(const profile::Profile& person);
void write_identifiers(JsonWriter& writer, const std::vector<identity::Identifier>& identifiers);
// null while no event had a plausible time.
void seen_field(JsonWriter& writer, std::string_view name, Time time);
// Its members, into an object that is open.
void write_summary_fields(JsonWriter& writer, const pipeline::Pipeline& pipeline, const profile::Profile& person);
void write_profile_summary(JsonWriter& writer, const pipeline::Pipeline& pipeline, const profile::Profile& person);

}  // namespace furrow::app
