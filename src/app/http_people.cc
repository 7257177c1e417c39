#include "app/http_people.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "app/http_features.h"
#include "app/http_json.h"
#include "app/http_people_changes.h"
#include "app/http_profile_json.h"
#include "http/encoding.h"
#include "predict/scorer.h"
#include "profile/profile.h"

namespace furrow::app {
namespace {

using profile::FeatureDefinition;

void write_feature_value(JsonWriter& writer, const FeatureDefinition& feature, const profile::FeatureValue& value) {
  writer.begin_object().field("name", feature.name).key("value");
  if (value.missing) {
    writer.null();
  } else if (!value.text.empty()) {
    writer.text(value.text);
  } else {
    writer.number(value.number);
  }
  write_feature_definition(writer, feature);
  writer.end_object();
}

// A value of a trait, and who told it when.
void write_told(JsonWriter& writer, const profile::Trait& trait) {
  writer.key("value").raw(trait.value.empty() ? "null" : trait.value);
  time_field(writer, "time", trait.time);
  writer.field("source", trait.source).field("trust", profile::to_string(trait.trust)).field("eventPosition", trait.position.value);
}
std::string_view why_not(const profile::Trait& other, const profile::Trait& winner) {
  if (other.empty()) return "empty";
  if (!winner.empty() && other.trust < winner.trust) return "less_trusted";
  return other.value == winner.value ? "same" : "older";
}

Result<uint64_t> before_of(const http::Request& request) {
  auto text = http::query_value(request.query, "before");
  if (!text) return UINT64_MAX;
  uint64_t position = 0;
  auto [end, fault] = std::from_chars(text->data(), text->data() + text->size(), position);
  if (fault != std::errc() || end != text->data() + text->size()) {
    return Error(ErrorCode::kInvalidArgument, "before is the `next` of the page before").in_field("before");
  }
  return position;
}

bool starts_with_folded(std::string_view text, std::string_view prefix) {
  if (text.size() < prefix.size()) return false;
  return std::equal(prefix.begin(), prefix.end(), text.begin(), [](char a, char b) {
    return std::tolower(static_cast<unsigned char>(a)) == std::tolower(static_cast<unsigned char>(b));
  });
}

Error nobody() { return Error(ErrorCode::kNotFound, "there is nobody of this id or identifier"); }

}  // namespace

void PeopleApi::add_routes(http::Router& router) {
  auto add = [&](std::string pattern, Result<std::string> (PeopleApi::*answer)(http::Request&) const) {
    router.add(http::dashboard_route(http::Method::kGet, std::move(pattern), true, [this, answer](http::Request& request) { return (this->*answer)(request); }));
  };
  add("/v1/profiles?search&limit&cursor", &PeopleApi::list);
  add("/v1/profiles/{id}", &PeopleApi::person);
  add("/v1/profiles/{id}/events?limit&before", &PeopleApi::timeline);
  add("/v1/profiles/{id}/features/{name}/events", &PeopleApi::feature_events);
}

Result<ProfileId> PeopleApi::find(const std::string& address) const {
  auto profile = profile_of(pipeline_.identity(), address);
  if (!profile.ok() && profile.error().code() == ErrorCode::kNotFound) return nobody();
  if (!profile.ok()) return std::move(profile).error().in_field("id");
  return pipeline_.identity().canonical(*profile);
}

Result<std::string> PeopleApi::list(http::Request& request) const {
  FURROW_ASSIGN(size_t limit, http::limit_of(request));
  std::string search = http::query_value(request.query, "search").value_or("");
  std::vector<ProfileId> direct;
  if (!search.empty()) {
    if (auto id = ProfileId::parse(search); id.ok()) direct.push_back(pipeline_.identity().canonical(*id));
    if (auto found = find(search); found.ok()) direct.push_back(*found);
    for (std::string_view kind : {"user_id", "email", "phone", "anonymous_id"}) {
      if (auto found = pipeline_.identity().find(kind, search)) direct.push_back(*found);
    }
  }
  struct Seen {
    Time last_seen;
    ProfileId id;
  };
  std::vector<Seen> people;
  for (ProfileId id : direct) {
    bool twice = std::any_of(people.begin(), people.end(), [&](const Seen& seen) { return seen.id == id; });
    if (!twice) pipeline_.profiles().read(id, [&](const profile::Profile& person) { people.push_back({person.last_seen, id}); });
  }
  if (people.empty()) {
    size_t looked_at = 0;
    FURROW_TRY(pipeline_.profiles().for_each([&](const profile::Profile& person) {
      if (search.empty() || starts_with_folded(name_of(person), search)) people.push_back({person.last_seen, person.id});
      return ++looked_at < kListScan;
    }));
  }
  auto newer = [](const Seen& a, const Seen& b) { return a.last_seen != b.last_seen ? a.last_seen > b.last_seen : a.id < b.id; };
  std::sort(people.begin(), people.end(), newer);
  // The cursor names the last person shown, whose place is found again by time and id.
  if (auto cursor = http::query_value(request.query, "cursor")) {
    size_t split = cursor->find('_');
    int64_t micros = 0;
    std::from_chars(cursor->data(), cursor->data() + std::min(split, cursor->size()), micros);
    auto id = ProfileId::parse(split == std::string::npos ? "" : std::string_view(*cursor).substr(split + 1));
    if (!id.ok()) return Error(ErrorCode::kInvalidArgument, "cursor is the `next` of the page before").in_field("cursor");
    people.erase(people.begin(), std::upper_bound(people.begin(), people.end(), Seen{{micros}, *id}, newer));
  }
  std::string body;
  JsonWriter writer(body);
  writer.begin_object().key("profiles").begin_array();
  for (size_t i = 0; i < std::min(limit, people.size()); ++i) {
    pipeline_.profiles().read(people[i].id, [&](const profile::Profile& person) { write_profile_summary(writer, pipeline_, person); });
  }
  writer.end_array();
  bool more = people.size() > limit;
  field_or_null(writer, "next", more ? fmt::format("{}_{}", people[limit - 1].last_seen.micros, people[limit - 1].id.to_string()) : "");
  writer.end_object();
  return body;
}

void PeopleApi::write_scores(JsonWriter& writer, ProfileId id) const {
  const auto& program = pipeline_.profiles().program();
  std::vector<double> values(program.size());
  std::vector<std::string> texts(program.size());
  pipeline_.profiles().read(id, [&](const profile::Profile& person) { profile::AsOfReader(program, person.journal).evaluate(clock_.now(), values, texts); });
  writer.key("scores").begin_array();
  std::vector<float> row;
  learn::Model::Scratch scratch;
  for (const auto& scorer : engine_.get()->scorers()) {
    double score = scorer->score_person(values, texts, row);
    writer.begin_object().field("model", scorer->name()).field("version", scorer->version()).field("score", score).key("reasons").begin_array();
    const auto& inputs = scorer->model().inputs();
    for (const auto& reason : scorer->model().reasons(row.data(), decide::kReasons, scratch)) {
      double value = NAN;
      for (const auto& input : scorer->feature_inputs()) {
        if (input.input == reason.input) value = values[input.feature];
      }
      writer.begin_object().field("feature", inputs[reason.input].name).field("value", value).field("contribution", reason.contribution).end_object();
    }
    writer.end_array().end_object();
  }
  writer.end_array();
}

// How far the person's last visit got, by the intent model.
void PeopleApi::write_intent(JsonWriter& writer, ProfileId id) const {
  std::vector<LogPosition> positions;
  pipeline_.profiles().read(id, [&](const profile::Profile& person) { positions = person.latest; });
  std::vector<Event> events;
  for (LogPosition position : positions) {
    if (auto event = read_event(position); event.ok()) events.push_back(*std::move(event));
  }
  writer.key("intent");
  const auto stage = intent_.stage_of(events);
  if (!stage) {
    writer.null();
    return;
  }
  writer.begin_object().field("stage", predict::kStages[stage->score.stage]).field("model", stage->serves);
  time_field(writer, "visitStart", stage->visit_start);
  time_field(writer, "visitEnd", stage->visit_end);
  writer.key("probabilities").begin_object();
  for (size_t s = 0; s < 3 && stage->score.stage != 3; ++s) writer.field(predict::kStages[s], stage->score.probability[s]);
  writer.end_object().end_object();
}

// The merges that made the person, each of which can be undone.
void PeopleApi::write_merges(JsonWriter& writer, ProfileId id) const {
  writer.key("merges").begin_array();
  for (const auto& merged : pipeline_.identity().merges_of(id)) {
    auto bytes = pipeline_.log().read(merged.merge);
    auto record = bytes.ok() ? decode_record(*bytes) : Result<RecordBody>(bytes.error());
    const auto* merge = record.ok() ? std::get_if<MergeRecord>(&*record) : nullptr;
    if (merge == nullptr) continue;
    writer.begin_object().field("merge", std::to_string(merged.merge.value)).field("from", merged.from.to_string());
    writer.field("into", merge->into.to_string()).field("rule", merge->rule);
    time_field(writer, "time", merge->time);
    field_or_null(writer, "actor", merge->actor);
    writer.end_object();
  }
  writer.end_array();
}

Result<std::string> PeopleApi::person(http::Request& request) const {
  FURROW_ASSIGN(ProfileId id, find(request.parameters.at(0)));
  FURROW_ASSIGN(auto decisions, pipeline_.ledger().of_person(id, 10));
  FURROW_ASSIGN(const auto segments, pipeline_.segments().of(id));
  auto engine = engine_.get();
  std::string body;
  JsonWriter writer(body);
  const auto& program = pipeline_.profiles().program();
  bool known = pipeline_.profiles().read(id, [&](const profile::Profile& person) {
    writer.begin_object().field("id", id.to_string());
    write_identifiers(writer, pipeline_.identity().identifiers_of(id));
    field_or_null(writer, "name", name_of(person));
    writer.key("traits").begin_array();
    for (const auto& [name, trait] : person.traits) {
      writer.begin_object().field("name", name);
      write_told(writer, trait);
      writer.key("alternatives").begin_array();
      for (const profile::Trait* other : person.alternatives(name)) {
        writer.begin_object();
        write_told(writer, *other);
        writer.field("why", why_not(*other, trait)).end_object();
      }
      writer.end_array().end_object();
    }
    writer.end_array().key("features").begin_array();
    auto values = program.read(person.journal, clock_.now());
    for (size_t i = 0; i < values.size(); ++i) write_feature_value(writer, program.definitions()[i], values[i]);
    writer.end_array();
    seen_field(writer, "firstSeen", person.first_seen);
    seen_field(writer, "lastSeen", person.last_seen);
    writer.field("events", person.events).key("absorbed").begin_array();
    for (size_t i = 1; i < person.shares.size(); ++i) writer.text(person.shares[i].id.to_string());
    writer.end_array();
  });
  if (!known) return nobody();
  write_merges(writer, id);
  writer.key("holdout").begin_object();
  for (const auto& placement : engine->placements()) writer.field(placement.name, engine->held_out(id, placement));
  writer.end_object();
  writer.key("segments").begin_array();
  for (const auto& membership : segments) {
    const bool declared = std::any_of(segments_.begin(), segments_.end(), [&](const auto& segment) { return segment.name == membership.segment; });
    if (!declared) continue;
    writer.begin_object().field("name", membership.segment);
    time_field(writer, "since", membership.since);
    writer.end_object();
  }
  writer.end_array();
  write_scores(writer, id);
  write_intent(writer, id);
  writer.key("decisions").begin_array();
  for (const auto& entry : decisions) write_decision_summary(writer, entry);
  writer.end_array().end_object();
  return body;
}

Result<Event> PeopleApi::read_event(LogPosition position) const {
  FURROW_ASSIGN(std::string bytes, pipeline_.log().read(position));
  FURROW_ASSIGN(RecordBody record, decode_record(bytes));
  auto* event = std::get_if<EventRecord>(&record);
  if (event == nullptr) return Error(ErrorCode::kInternal, "a profile points at a record that is no event");
  return std::move(event->event);
}

Result<std::string> PeopleApi::timeline(http::Request& request) const {
  FURROW_ASSIGN(ProfileId id, find(request.parameters.at(0)));
  FURROW_ASSIGN(size_t limit, http::limit_of(request));
  FURROW_ASSIGN(uint64_t before, before_of(request));
  std::vector<LogPosition> positions;
  bool known = pipeline_.profiles().read(id, [&](const profile::Profile& person) { positions = person.latest; });
  if (!known) return nobody();
  FURROW_ASSIGN(const auto changes, pipeline_.segments().changes(id));
  // The view is a moment ahead of the log, where the records are read.
  for (LogPosition position : changes) {
    if (position <= pipeline_.durable()) positions.push_back(position);
  }
  std::sort(positions.begin(), positions.end(), std::greater<>());
  std::erase_if(positions, [&](LogPosition position) { return position.value >= before; });
  std::string body;
  JsonWriter writer(body);
  writer.begin_object().key("events").begin_array();
  for (size_t i = 0; i < std::min(limit, positions.size()); ++i) {
    FURROW_ASSIGN(std::string bytes, pipeline_.log().read(positions[i]));
    FURROW_ASSIGN(RecordBody record, decode_record(bytes));
    if (const auto* event = std::get_if<EventRecord>(&record)) write_timeline_event(writer, positions[i], event->event);
    else if (const auto* segment = std::get_if<SegmentRecord>(&record)) write_segment_change(writer, positions[i], *segment);
    else return Error(ErrorCode::kInternal, "a profile points at a record that is no event");
  }
  writer.end_array();
  field_or_null(writer, "next", positions.size() > limit ? std::to_string(positions[limit - 1].value) : "");
  writer.end_object();
  return body;
}

Result<std::string> PeopleApi::feature_events(http::Request& request) const {
  FURROW_ASSIGN(ProfileId id, find(request.parameters.at(0)));
  const auto& program = pipeline_.profiles().program();
  auto index = program.index_of(request.parameters.at(1));
  if (!index) return Error(ErrorCode::kNotFound, "there is no feature of this name");
  profile::Contribution behind;
  std::vector<profile::FeatureValue> values;
  bool known = pipeline_.profiles().read(id, [&](const profile::Profile& person) {
    Time now = clock_.now();
    behind = program.contributing(person.journal, *index, now, 200);
    values = program.read(person.journal, now);
  });
  if (!known) return nobody();
  std::string body;
  JsonWriter writer(body);
  writer.begin_object().key("feature");
  write_feature_value(writer, program.definitions()[*index], values[*index]);
  writer.key("events").begin_array();
  for (LogPosition position : behind.positions) {
    FURROW_ASSIGN(Event event, read_event(position));
    write_timeline_event(writer, position, event);
  }
  writer.end_array().field("more", behind.more + behind.folded).end_object();
  return body;
}

}  // namespace furrow::app
