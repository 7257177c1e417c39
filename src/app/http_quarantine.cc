#include "app/http_quarantine.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "app/http_json.h"
#include "collect/tracking.h"
#include "http/body.h"
#include "http/encoding.h"

namespace furrow::app {
namespace {

void write_record(JsonWriter& writer, LogPosition position, const QuarantineRecord& record) {
  writer.begin_object().field("position", position.value);
  time_field(writer, "time", record.time);
  writer.field("source", record.source).field("code", record.code).field("message", record.message);
  field_or_null(writer, "field", record.field);
  field_or_null(writer, "file", record.file);
  record.line > 0 ? writer.field("line", record.line) : writer.key("line").null();
  writer.field("raw", std::string_view(record.raw).substr(0, 64 * 1024)).end_object();
}

}  // namespace

void QuarantineApi::add_routes(http::Router& router) {
  router.add(http::dashboard_route(http::Method::kGet, "/v1/quarantine?code&source&limit&before", true, [this](http::Request& request) { return list(request); }));
  router.add(http::dashboard_route(http::Method::kGet, "/v1/quarantine/{position}", true, [this](http::Request& request) { return one(request); }));
  router.add(http::dashboard_route(http::Method::kPost, "/v1/quarantine/replay", true, [this](http::Request& request) { return release(request, true); }));
  router.add(http::dashboard_route(http::Method::kPost, "/v1/quarantine/dismiss", true, [this](http::Request& request) { return release(request, false); }));
  router.add(http::dashboard_route(http::Method::kGet, "/v1/sources", true, [this](http::Request& request) { return list_sources(request); }));
}

Result<QuarantineRecord> QuarantineApi::read(LogPosition position) const {
  FURROW_ASSIGN(std::string bytes, pipeline_.log().read(position));
  FURROW_ASSIGN(RecordBody body, decode_record(bytes));
  auto* record = std::get_if<QuarantineRecord>(&body);
  if (record == nullptr) return Error(ErrorCode::kNotFound, fmt::format("{} is not the position of a quarantined record", position.value));
  return std::move(*record);
}

Result<std::vector<collect::QuarantineEntry>> QuarantineApi::open(const collect::QuarantineFilter& filter, size_t limit) const {
  FURROW_ASSIGN(auto entries, pipeline_.quarantine().list(filter, limit));
  // The view is a moment ahead of the log, where the records are read.
  LogPosition durable = pipeline_.durable();
  std::erase_if(entries, [&](const collect::QuarantineEntry& entry) { return entry.position > durable; });
  return entries;
}

Result<std::string> QuarantineApi::list(http::Request& request) const {
  FURROW_ASSIGN(size_t limit, http::limit_of(request));
  collect::QuarantineFilter filter;
  filter.code = http::query_value(request.query, "code").value_or("");
  filter.source = http::query_value(request.query, "source").value_or("");
  if (auto before = http::query_value(request.query, "before")) {
    auto [end, fault] = std::from_chars(before->data(), before->data() + before->size(), filter.before.value);
    if (fault != std::errc() || end != before->data() + before->size() || filter.before.value == 0) {
      return Error(ErrorCode::kInvalidArgument, "before is the `next` of the page before").in_field("before");
    }
  }
  FURROW_ASSIGN(auto entries, open(filter, limit + 1));
  uint64_t total = 0;
  std::string body;
  JsonWriter writer(body);
  writer.begin_object().key("byCode").begin_array();
  for (const auto& [code, count] : pipeline_.quarantine().by_code()) {
    if (count == 0) continue;
    writer.begin_object().field("code", code).field("count", count).end_object();
    total += count;
  }
  writer.end_array().field("open", total).key("records").begin_array();
  size_t shown = std::min(limit, entries.size());
  for (size_t i = 0; i < shown; ++i) {
    FURROW_ASSIGN(auto record, read(entries[i].position));
    write_record(writer, entries[i].position, record);
  }
  writer.end_array();
  field_or_null(writer, "next", entries.size() > shown ? std::to_string(entries[shown - 1].position.value) : "");
  writer.end_object();
  return body;
}

Result<std::string> QuarantineApi::one(http::Request& request) const {
  const std::string& text = request.parameters.at(0);
  LogPosition position;
  auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), position.value);
  if (fault != std::errc() || end != text.data() + text.size()) {
    return Error(ErrorCode::kInvalidArgument, "position is a whole number, as the list gives it").in_field("position");
  }
  FURROW_ASSIGN(bool is_open, pipeline_.quarantine().is_open(position));
  if (!is_open || position > pipeline_.durable()) {
    return Error(ErrorCode::kNotFound, fmt::format("{} is not the position of an open record", text)).in_field("position");
  }
  FURROW_ASSIGN(auto record, read(position));
  std::string body;
  JsonWriter writer(body);
  write_record(writer, position, record);
  return body;
}

Result<std::string> QuarantineApi::list_sources(http::Request&) const {
  FURROW_ASSIGN(auto tallies, tally_.sources());
  auto quarantined = pipeline_.quarantine().by_source();
  auto declared = sources_;
  for (const auto& [name, tally] : tallies) {
    bool known = std::any_of(declared.begin(), declared.end(), [&](const auto& source) { return source.first == name; });
    if (!known) declared.emplace_back(name, "");
  }
  std::string body;
  JsonWriter writer(body);
  writer.begin_object().key("sources").begin_array();
  for (const auto& [name, format] : declared) {
    const pipeline::SourceTally& tally = tallies[name];
    writer.begin_object().field("name", name).field("format", format).field("events", tally.events).field("quarantined", quarantined[name]);
    field_or_null(writer, "lastTime", tally.last_time.micros != 0 ? format_time(tally.last_time) : "");
    writer.end_object();
  }
  writer.end_array().end_object();
  return body;
}

Result<std::vector<LogPosition>> QuarantineApi::selected(http::Request& request) const {
  FURROW_ASSIGN(auto body, http::JsonBody::parse(request.body, {"positions", "code"}));
  FURROW_ASSIGN(auto positions, body.integers_if_any("positions"));
  FURROW_ASSIGN(auto code, body.text_if_any("code"));
  if (positions.has_value() == code.has_value()) {
    return Error(ErrorCode::kInvalidArgument, "give either positions or a code").in_field("positions");
  }
  std::vector<LogPosition> chosen;
  if (code) {
    FURROW_ASSIGN(auto entries, open({*code, {}, {}}, kReplayBatch));
    for (const auto& entry : entries) chosen.push_back(entry.position);
    return chosen;
  }
  if (positions->size() > kReplayBatch) {
    return Error(ErrorCode::kInvalidArgument, fmt::format("at most {} positions a call", kReplayBatch)).in_field("positions");
  }
  for (int64_t position : *positions) {
    LogPosition wanted{static_cast<uint64_t>(position)};
    FURROW_ASSIGN(bool is_open, pipeline_.quarantine().is_open(wanted));
    if (!is_open) return Error(ErrorCode::kNotFound, fmt::format("{} is not the position of an open record", position)).in_field("positions");
    chosen.push_back(wanted);
  }
  return chosen;
}

Result<std::string> QuarantineApi::release(http::Request& request, bool replay) const {
  FURROW_ASSIGN(auto positions, selected(request));
  pipeline::Submission submission;
  std::string refused;
  JsonWriter refusals(refused);
  refusals.begin_array();
  for (LogPosition position : positions) {
    if (replay) {
      FURROW_ASSIGN(auto record, read(position));
      auto event = reread_(record);
      if (!event.ok()) {
        refusals.begin_object().field("position", position.value).field("code", error_info(event.error().code()).name);
        refusals.field("message", event.error().message()).end_object();
        continue;
      }
      submission.events.push_back(*std::move(event));
    }
    submission.released.push_back({position, clock_.now(), replay ? "replayed" : "dismissed"});
  }
  refusals.end_array();
  size_t released = submission.released.size();
  if (released > 0) {
    auto done = pipeline_.submit_and_wait(std::move(submission));
    if (!done.status.ok()) return done.status.error();
  }
  std::string body;
  JsonWriter(body).begin_object().field("released", released).key("refused").raw(refused).end_object();
  return body;
}

Result<Event> reread_tracking(const QuarantineRecord& record) {
  collect::TrackingReader reader;
  collect::TrackingReading reading;
  // The address it came to says which call it was; what came in a batch has its own type and is judged as a batch of one.
  auto call = collect::parse_tracking_call(std::string_view(record.file).substr(record.file.rfind('/') + 1));
  bool alone = call && *call != collect::TrackingCall::kBatch;
  std::string body = alone ? record.raw : "{\"batch\":[" + record.raw + "]}";
  FURROW_TRY(reader.read(alone ? *call : collect::TrackingCall::kBatch, body, record.time, record.source, reading));
  if (reading.events.size() + reading.refused.size() != 1) return Error(ErrorCode::kInvalidEvent, "the raw bytes are not one event");
  if (!reading.refused.empty()) return std::move(reading.refused.front().error);
  return std::move(reading.events.front());
}

}  // namespace furrow::app
