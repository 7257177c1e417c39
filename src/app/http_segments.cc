#include "app/http_segments.h"

#include <fmt/format.h>

#include <algorithm>

#include "app/http_json.h"
#include "app/http_profile_json.h"
#include "http/body.h"
#include "http/encoding.h"
#include "pipeline/segment_indexer.h"

namespace furrow::app {
namespace {

constexpr std::chrono::milliseconds kIndexPatience{60};
constexpr int64_t kMaxExamples = 50, kExamples = 10;
constexpr size_t kTraitValues = 20;

double ratio(uint64_t part, uint64_t whole) { return whole > 0 ? static_cast<double>(part) / static_cast<double>(whole) : 0.0; }

// The numbers of `count` members, spread evenly over the set: neither the oldest nor the newest alone.
std::vector<uint32_t> spread(const Roaring& people, size_t count) {
  const uint64_t size = people.cardinality();
  std::vector<uint32_t> out;
  for (size_t i = 0; i < std::min<uint64_t>(count, size); ++i) {
    uint32_t person = 0;
    if (people.select(static_cast<uint32_t>(i * size / std::min<uint64_t>(count, size)), &person)) out.push_back(person);
  }
  return out;
}

void write_reads(JsonWriter& writer, const Expression& rule) {
  constexpr std::string_view kTraits = "traits.";
  writer.key("reads").begin_object();
  for (bool features : {true, false}) {
    writer.key(features ? "features" : "traits").begin_array();
    for (const std::string& name : rule.names()) {
      if (name.starts_with(kTraits) != features) writer.text(features ? std::string_view(name) : std::string_view(name).substr(kTraits.size()));
    }
    writer.end_array();
  }
  writer.end_object();
}

// "+8613800000000" or "-5": no formula, and whoever takes the file in must find the telephone as it is.
bool is_signed_number(std::string_view value) {
  return value.size() > 1 && (value[0] == '+' || value[0] == '-') && value.find_first_not_of("0123456789", 1) == std::string_view::npos;
}

// A cell of CSV (RFC 4180). One that a spreadsheet would take for a formula is made a text.
std::string cell(std::string value) {
  if (!value.empty() && std::string_view("=+-@\t\r").find(value[0]) != std::string_view::npos && !is_signed_number(value)) value.insert(0, 1, '\'');
  if (value.find_first_of(",\"\r\n") == std::string::npos) return value;
  std::string quoted = "\"";
  for (char c : value) quoted.append(c == '"' ? 2 : 1, c);
  return quoted + '"';
}

std::string day_text(int64_t day) {
  const CivilDate date = civil_from_days(day);
  return fmt::format("{:04}-{:02}-{:02}", date.year, date.month, date.day);
}

}  // namespace

void SegmentsApi::add_routes(http::Router& router) {
  auto add = [&](http::Method method, std::string pattern, Result<std::string> (SegmentsApi::*answer)(http::Request&) const) {
    router.add(http::dashboard_route(method, std::move(pattern), true, [this, answer](http::Request& request) { return (this->*answer)(request); }));
  };
  add(http::Method::kGet, "/v1/segments", &SegmentsApi::list);
  add(http::Method::kGet, "/v1/segments/{name}?limit", &SegmentsApi::one);
  add(http::Method::kPost, "/v1/segments/preview", &SegmentsApi::preview);
  add(http::Method::kGet, "/v1/traits", &SegmentsApi::traits);
  http::Route csv = http::dashboard_route(http::Method::kGet, "/v1/segments/{name}/members.csv", true, {});
  csv.run = [this](http::Request& request, http::Responder respond) {
    auto rows = members_csv(request);
    if (!rows.ok()) return respond(http::Response::error(rows.error()));
    http::Response response;
    response.content_type = "text/csv; charset=utf-8";
    response.body = *std::move(rows);
    response.fields.emplace_back("Content-Disposition", "attachment; filename=\"members.csv\"");
    respond(std::move(response));
  };
  router.add(std::move(csv));
}

Result<const profile::SegmentDefinition*> SegmentsApi::declared(const http::Request& request) const {
  const std::string& name = request.parameters.at(0);
  for (const Definition& segment : workspace_.segments) {
    if (segment.name == name) return &segment;
  }
  return Error(ErrorCode::kNotFound, "there is no segment of this name");
}

void SegmentsApi::write_segment(JsonWriter& writer, const Definition& segment) const {
  const uint64_t size = pipeline_.segments().size(segment.name);
  const auto days = pipeline_.segments().days(segment.name);
  const auto today = days.find(workspace_.timezone.local_day(clock_.now()));
  const profile::SegmentDay none, &counts = today == days.end() ? none : today->second;
  writer.begin_object().field("name", segment.name).field("rule", segment.where);
  field_or_null(writer, "description", segment.description);
  field_or_null(writer, "descriptionZh", segment.description_zh);
  field_or_null(writer, "owner", segment.owner);
  writer.field("size", size).field("share", ratio(size, pipeline_.profiles().size()));
  writer.field("enteredToday", counts.entered).field("leftToday", counts.left).field("mergedToday", counts.merged);
  field_or_null(writer, "file", segment.file);
  writer.end_object();
}

Result<std::string> SegmentsApi::list(http::Request&) const {
  std::string body;
  JsonWriter writer(body);
  writer.begin_object();
  time_field(writer, "asOf", clock_.now());
  writer.field("people", pipeline_.profiles().size()).field("live", pipeline_.segments_settled()).key("segments").begin_array();
  for (const Definition& segment : workspace_.segments) write_segment(writer, segment);
  writer.end_array().end_object();
  return body;
}

void SegmentsApi::write_history(JsonWriter& writer, const Definition& segment) const {
  writer.key("history").begin_array();
  for (const auto& [day, counts] : pipeline_.segments().days(segment.name)) {
    writer.begin_object().field("day", day_text(day)).field("entered", counts.entered).field("left", counts.left).field("merged", counts.merged).field("size", counts.size).end_object();
  }
  writer.end_array();
}

Status SegmentsApi::write_members(JsonWriter& writer, const Definition& segment, size_t limit) const {
  writer.key("members").begin_array();
  for (uint32_t number : spread(pipeline_.segments().members(segment.name), limit)) {
    const ProfileId id = pipeline_.segments().numbers().id(number);
    FURROW_ASSIGN(const auto memberships, pipeline_.segments().of(id));
    const auto own = std::find_if(memberships.begin(), memberships.end(), [&](const auto& m) { return m.segment == segment.name; });
    if (own == memberships.end()) continue;  // left meanwhile
    pipeline_.profiles().read(id, [&](const profile::Profile& person) {
      writer.begin_object();
      write_summary_fields(writer, pipeline_, person);
      time_field(writer, "since", own->since);
      writer.end_object();
    });
  }
  writer.end_array();
  return {};
}

void SegmentsApi::write_overlap(JsonWriter& writer, const Roaring& people, const Definition* except) const {
  struct Other {
    const Definition* segment;
    uint64_t size, both;
  };
  std::vector<Other> others;
  for (const Definition& segment : workspace_.segments) {
    if (&segment == except) continue;
    const Roaring members = pipeline_.segments().members(segment.name);
    others.push_back({&segment, members.cardinality(), members.and_cardinality(people)});
  }
  std::stable_sort(others.begin(), others.end(), [](const Other& a, const Other& b) { return a.both > b.both; });
  const uint64_t size = people.cardinality(), everybody = pipeline_.profiles().size();
  writer.key("overlap").begin_array();
  for (const Other& other : others) {
    const double share = ratio(other.both, size), expected = ratio(other.size, everybody);
    writer.begin_object().field("name", other.segment->name).field("size", other.size).field("both", other.both).field("share", share);
    expected > 0 && size > 0 ? writer.field("lift", share / expected) : writer.key("lift").null();
    writer.end_object();
  }
  writer.end_array();
}

Result<std::string> SegmentsApi::one(http::Request& request) const {
  FURROW_ASSIGN(const Definition* segment, declared(request));
  FURROW_ASSIGN(const size_t limit, http::limit_of(request));
  FURROW_ASSIGN(const auto rule, Expression::parse(segment->where));
  std::string body;
  JsonWriter writer(body);
  writer.begin_object().key("segment");
  write_segment(writer, *segment);
  write_reads(writer, rule);
  FURROW_TRY(write_members(writer, *segment, limit));
  write_overlap(writer, pipeline_.segments().members(segment->name), segment);
  write_history(writer, *segment);
  writer.end_object();
  return body;
}

Result<std::string> SegmentsApi::preview(http::Request& request) const {
  const auto began = std::chrono::steady_clock::now();
  FURROW_ASSIGN(auto body, http::JsonBody::parse(request.body, {"rule", "declare", "limit"}));
  FURROW_ASSIGN(const std::string text, body.text("rule"));
  FURROW_ASSIGN(const auto limit, body.integer_if_any("limit"));
  if (limit && (*limit < 0 || *limit > kMaxExamples)) return Error(ErrorCode::kInvalidArgument, fmt::format("limit is 0 to {}", kMaxExamples)).in_field("limit");
  auto rule = Expression::parse(text);
  if (!rule) return Error(ErrorCode::kInvalidArgument, rule.error().message()).in_field("rule");
  FURROW_ASSIGN(const std::string declaration, body.object_if_any("declare"));
  std::shared_ptr<const TriedFeatures::Counted> tried;
  if (!declaration.empty()) {
    FURROW_ASSIGN(tried, tried_.get(declaration, kIndexPatience));
  }
  auto operands = TriedFeatures::bind(*rule, *workspace_.program, tried.get());
  if (!operands) return Error(ErrorCode::kInvalidArgument, operands.error().message()).in_field("rule");
  FURROW_ASSIGN(const profile::SegmentIndex* index, pipeline_.segment_index().ready(kIndexPatience));
  FURROW_ASSIGN(const Roaring people, index->match(*rule, *operands, tried ? tried->index.get() : nullptr));
  std::string out;
  JsonWriter writer(out);
  writer.begin_object().field("rule", text);
  time_field(writer, "asOf", tried ? tried->as_of : clock_.now());
  writer.field("people", index->people()).field("size", people.cardinality()).field("share", ratio(people.cardinality(), index->people()));
  write_reads(writer, *rule);
  writer.key("examples").begin_array();
  for (uint32_t number : spread(people, static_cast<size_t>(limit.value_or(kExamples)))) {
    pipeline_.profiles().read(pipeline_.segments().numbers().id(number), [&](const profile::Profile& person) {
      write_profile_summary(writer, pipeline_, person);
    });
  }
  writer.end_array();
  write_overlap(writer, people, nullptr);
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - began;
  writer.field("tookMs", took.count()).end_object();
  return out;
}

Result<std::string> SegmentsApi::traits(http::Request&) const {
  FURROW_ASSIGN(const profile::SegmentIndex* index, pipeline_.segment_index().ready(kIndexPatience));
  std::string body;
  JsonWriter writer(body);
  writer.begin_object().field("people", index->people()).key("traits").begin_array();
  for (const auto& trait : index->traits(kTraitValues)) {
    writer.begin_object().field("name", trait.name).field("people", trait.people).field("distinct", trait.distinct).key("values").begin_array();
    for (const auto& [value, people] : trait.values) writer.begin_object().key("value").raw(value).field("people", people).end_object();
    writer.end_array().end_object();
  }
  writer.end_array().end_object();
  return body;
}

Result<std::string> SegmentsApi::members_csv(const http::Request& request) const {
  FURROW_ASSIGN(const Definition* segment, declared(request));
  std::string rows = "profile_id,since";
  for (const auto& rule : workspace_.identity.identifiers) rows += "," + cell(rule.kind);
  rows += "\r\n";
  for (uint32_t number : pipeline_.segments().members(segment->name)) {
    const ProfileId id = pipeline_.segments().numbers().id(number);
    FURROW_ASSIGN(const auto memberships, pipeline_.segments().of(id));
    const auto own = std::find_if(memberships.begin(), memberships.end(), [&](const auto& m) { return m.segment == segment->name; });
    if (own == memberships.end()) continue;
    rows += id.to_string() + "," + format_time(own->since);
    const auto identifiers = pipeline_.identity().identifiers_of(id);
    for (const auto& rule : workspace_.identity.identifiers) {
      std::string values;
      for (const auto& identifier : identifiers) {
        if (identifier.kind == rule.kind) values += (values.empty() ? "" : " ") + identifier.value;
      }
      rows += "," + cell(std::move(values));
    }
    rows += "\r\n";
  }
  return rows;
}

}  // namespace furrow::app
