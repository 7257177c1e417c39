#include "app/http_profile_json.h"

#include "app/http_json.h"

namespace furrow::app {

std::string name_of(const profile::Profile& person) {
  auto text = [&](std::string_view trait) {
    std::string storage;
    Value value = person.trait_value(trait, storage);
    return value.is_text() ? std::string(value.text()) : std::string();
  };
  for (std::string_view trait : {"name", "fullName", "full_name"}) {
    if (auto name = text(trait); !name.empty()) return name;
  }
  std::string first = text("firstName").empty() ? text("first_name") : text("firstName");
  std::string last = text("lastName").empty() ? text("last_name") : text("lastName");
  return first.empty() || last.empty() ? first + last : first + " " + last;
}

void write_identifiers(JsonWriter& writer, const std::vector<identity::Identifier>& identifiers) {
  writer.key("identifiers").begin_array();
  for (const auto& identifier : identifiers) {
    writer.begin_object().field("kind", identifier.kind).field("value", identifier.value).end_object();
  }
  writer.end_array();
}

void seen_field(JsonWriter& writer, std::string_view name, Time time) {
  field_or_null(writer, name, time.micros != 0 ? format_time(time) : std::string());
}

void write_summary_fields(JsonWriter& writer, const pipeline::Pipeline& pipeline, const profile::Profile& person) {
  writer.field("id", person.id.to_string());
  write_identifiers(writer, pipeline.identity().identifiers_of(person.id));
  field_or_null(writer, "name", name_of(person));
  seen_field(writer, "lastSeen", person.last_seen);
  writer.field("events", person.events);
}

void write_profile_summary(JsonWriter& writer, const pipeline::Pipeline& pipeline, const profile::Profile& person) {
  writer.begin_object();
  write_summary_fields(writer, pipeline, person);
  writer.end_object();
}

}  // namespace furrow::app
