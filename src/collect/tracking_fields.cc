#include "collect/tracking_fields.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/ids.h"
#include "event/identifier.h"

namespace furrow::collect {
namespace {

using simdjson::ondemand::json_type;

const Time kFirstTime{days_from_civil(1900, 1, 1) * 86'400'000'000};
const Time kLastTime{days_from_civil(10000, 1, 1) * 86'400'000'000 - 1};

// Depth and an upper bound of the leaves, without parsing: colons outside strings.
struct JsonShape {
  int depth = 0;
  size_t colons = 0;
};
JsonShape shape_of(std::string_view json) {
  JsonShape shape;
  int depth = 0;
  for (size_t i = 0; i < json.size(); ++i) {
    switch (json[i]) {
      case '"':
        for (++i; i < json.size() && json[i] != '"'; ++i) {
          if (json[i] == '\\') ++i;
        }
        break;
      case ':': ++shape.colons; break;
      case '{': case '[': shape.depth = std::max(shape.depth, ++depth); break;
      case '}': case ']': --depth; break;
      default: break;
    }
  }
  return shape;
}

// Nobody is called that, and all who were would be one person.
bool is_blank(std::string_view text) { return text.find_first_not_of(" \t\r\n") == std::string_view::npos; }

// An identifier: text, or a whole number as senders of database keys write it. Null and blanks count as absent.
Status read_id(simdjson::ondemand::value value, std::string_view field, std::string& out) {
  json_type type;
  if (value.type().get(type)) return invalid_event(field, fmt::format("{} cannot be read", field));
  if (type == json_type::null) return {};
  std::string_view text;
  if (type == json_type::string && !value.get_string().get(text)) {
    if (text.size() > kMaxIdBytes) {
      return invalid_event(field, fmt::format("{} has {} bytes; at most {} are taken", field, text.size(), kMaxIdBytes));
    }
    if (is_blank(text)) return {};
    if (!is_nameable(text)) return invalid_event(field, fmt::format("{} {}", field, kNotNameable));
    out = text;
    return {};
  }
  int64_t number;
  if (type == json_type::number && !value.get_int64().get(number)) {
    out = std::to_string(number);
    return {};
  }
  return invalid_event(field, fmt::format("{} must be text or a whole number", field));
}

Status read_name(simdjson::ondemand::value value, std::string_view field, std::string& out) {
  json_type type;
  if (value.type().get(type)) return invalid_event(field, fmt::format("{} cannot be read", field));
  if (type == json_type::null) return {};
  std::string_view text;
  if (value.get_string().get(text)) return invalid_event(field, fmt::format("{} must be text", field));
  if (text.size() > kMaxEventNameBytes) {
    return invalid_event(field, fmt::format("{} has {} bytes; at most {} are taken", field, text.size(), kMaxEventNameBytes));
  }
  if (is_blank(text)) return {};
  out = text;
  return {};
}

Status read_object(simdjson::ondemand::value value, std::string_view field, std::string_view& out) {
  json_type type;
  if (value.type().get(type)) return invalid_event(field, fmt::format("{} cannot be read", field));
  if (type == json_type::null) return {};
  simdjson::ondemand::object object;
  if (value.get_object().get(object) || object.raw_json().get(out)) {
    return invalid_event(field, fmt::format("{} must be an object", field));
  }
  while (!out.empty() && out.back() != '}') out.remove_suffix(1);  // raw_json may reach over trailing blanks
  return {};
}

// The members of `own`, then those of `base` whose keys `own` lacks. Both are valid objects.
std::string merge_objects(std::string_view own, std::string_view base) {
  simdjson::dom::parser own_parser, base_parser;
  simdjson::dom::object own_object, base_object;
  if (own_parser.parse(own.data(), own.size()).get(own_object)) return std::string(base);
  if (base_parser.parse(base.data(), base.size()).get(base_object)) return std::string(own);
  std::string out;
  JsonWriter writer(out);
  writer.begin_object();
  for (auto [key, value] : own_object) writer.key(key).raw(simdjson::minify(value));
  for (auto [key, value] : base_object) {
    simdjson::dom::element present;
    if (own_object.at_key(key).get(present)) writer.key(key).raw(simdjson::minify(value));
  }
  writer.end_object();
  return out;
}

std::string with_category(std::string_view properties, std::string_view category) {
  std::string base;
  JsonWriter(base).begin_object().field("category", category).end_object();
  return properties.empty() ? base : merge_objects(properties, base);
}

}  // namespace

Error invalid_event(std::string_view field, std::string message) {
  return Error(ErrorCode::kInvalidEvent, std::move(message)).in_field(field);
}

struct EventFieldsReader::Found {
  std::string_view type, properties, traits, context;
  std::string name, event, group_id, previous_id, category;
  std::optional<Time> timestamp, original_timestamp, sent_at;
};

Result<std::optional<Time>> EventFieldsReader::read_time(simdjson::ondemand::value value, std::string_view field) {
  json_type type;
  if (value.type().get(type)) return invalid_event(field, fmt::format("{} cannot be read", field));
  if (type == json_type::null) return std::optional<Time>();
  std::string_view text;
  std::string digits;
  if (type == json_type::number) {
    int64_t number;
    double fraction;
    if (!value.get_int64().get(number)) digits = std::to_string(number);
    else if (!value.get_double().get(fraction) && std::fabs(fraction) < 1e15) digits = std::to_string(static_cast<int64_t>(std::floor(fraction)));
    text = digits;
  } else if (value.get_string().get(text)) {
    return invalid_event(field, fmt::format("{} must be a time: ISO 8601 such as 2026-03-01T09:30:00.000Z", field));
  }
  auto time = parse_time(text);
  if (!time.ok()) {
    return invalid_event(field, fmt::format("{} is not a time: use ISO 8601 such as 2026-03-01T09:30:00.000Z", field));
  }
  return std::optional<Time>(*time);
}

Status EventFieldsReader::read_field(std::string_view key, simdjson::ondemand::value value, Found& found, Event& event) {
  switch (key.size()) {
    case 4:
      if (key == "type" && value.get_string().get(found.type)) return invalid_event("type", "type must be text");
      if (key == "name") return read_name(value, "name", found.name);
      break;
    case 5:
      if (key == "event") return read_name(value, "event", found.event);
      break;
    case 6:
      if (key == "userId") return read_id(value, "userId", event.user_id);
      if (key == "traits") return read_object(value, "traits", found.traits);
      if (key == "sentAt") {
        FURROW_ASSIGN(found.sent_at, read_time(value, "sentAt"));
      }
      break;
    case 7:
      if (key == "context") return read_object(value, "context", found.context);
      if (key == "groupId") return read_id(value, "groupId", found.group_id);
      break;
    case 8:
      if (key == "category") return read_name(value, "category", found.category);
      break;
    case 9:
      if (key == "messageId") return read_id(value, "messageId", event.message_id);
      if (key == "timestamp") {
        FURROW_ASSIGN(found.timestamp, read_time(value, "timestamp"));
      }
      break;
    case 10:
      if (key == "properties") return read_object(value, "properties", found.properties);
      if (key == "previousId") return read_id(value, "previousId", found.previous_id);
      break;
    case 11:
      if (key == "anonymousId") return read_id(value, "anonymousId", event.anonymous_id);
      break;
    case 17:
      if (key == "originalTimestamp") {
        FURROW_ASSIGN(found.original_timestamp, read_time(value, "originalTimestamp"));
      }
      break;
    default: break;
  }
  return {};
}

Status EventFieldsReader::read(simdjson::ondemand::object object, std::string_view raw, const BatchDefaults& defaults,
                               Event& event, std::string* write_key) {
  // Faults wait until the walk is over: the write key may come last, and without it nothing is answered.
  Status fault;
  if (raw.size() > kMaxEventBytes) {
    fault = Error(ErrorCode::kTooLarge, fmt::format("the event has {} bytes; at most {} are taken", raw.size(), kMaxEventBytes));
    if (write_key == nullptr) return fault;
  }
  Found found;
  for (auto field : object) {
    std::string_view key;
    simdjson::ondemand::value value;
    if (field.unescaped_key().get(key) || field.value().get(value)) return invalid_event("", "the event cannot be read");
    if (write_key != nullptr && key == "writeKey") {
      std::string_view text;
      if (!value.get_string().get(text)) *write_key = text;
      continue;
    }
    if (!fault.ok()) continue;
    fault = read_field(key, value, found, event);
    if (!fault.ok() && write_key == nullptr) return fault;
  }
  FURROW_TRY(fault);
  return finish(found, defaults, event);
}

Status EventFieldsReader::finish(const Found& found, const BatchDefaults& defaults, Event& event) {
  if (defaults.type) {
    event.type = *defaults.type;
  } else {
    if (found.type.empty()) return invalid_event("type", "type is missing: track, identify, page, screen, group or alias");
    auto type = parse_event_type(found.type);
    if (!type.ok()) return invalid_event("type", "type must be track, identify, page, screen, group or alias");
    event.type = *type;
  }
  if (event.user_id.empty() && event.anonymous_id.empty()) {
    return invalid_event("userId", "userId or anonymousId is needed");
  }
  bool has_traits = event.type == EventType::kIdentify || event.type == EventType::kGroup;
  std::string_view properties = has_traits ? found.traits : found.properties;
  FURROW_TRY(check_object(properties, has_traits ? "traits" : "properties"));
  FURROW_TRY(check_object(found.context, "context"));
  switch (event.type) {
    case EventType::kTrack:
      if (found.event.empty()) return invalid_event("event", "a track call needs the name of its event");
      event.name = found.event;
      break;
    case EventType::kGroup:
      if (found.group_id.empty()) return invalid_event("groupId", "a group call needs groupId");
      event.name = found.group_id;
      break;
    case EventType::kAlias:
      if (found.previous_id.empty()) return invalid_event("previousId", "an alias call needs previousId");
      event.name = found.previous_id;
      break;
    case EventType::kPage: case EventType::kScreen: event.name = found.name; break;
    case EventType::kIdentify: break;
  }
  bool paged = event.type == EventType::kPage || event.type == EventType::kScreen;
  event.properties = paged && !found.category.empty() ? with_category(properties, found.category) : std::string(properties);
  if (found.context.empty()) {
    event.context = defaults.context;
  } else {
    event.context = defaults.context.empty() ? std::string(found.context) : merge_objects(found.context, defaults.context);
  }
  event.received_at = defaults.received_at;
  event.source = defaults.source;
  std::optional<Time> original = found.original_timestamp ? found.original_timestamp : found.timestamp;
  std::optional<Time> sent = found.sent_at ? found.sent_at : defaults.sent_at;
  event.time = !original ? defaults.received_at : sent ? defaults.received_at - (*sent - *original) : *original;
  if (event.time < kFirstTime || event.time > kLastTime) {
    return invalid_event("timestamp", "timestamp and sentAt put the event outside the years 1900 to 9999");
  }
  if (event.message_id.empty()) {
    event.message_id = "furrow-" + DecisionId::make(defaults.received_at.milliseconds()).to_string().substr(2);
  }
  return {};
}

Status EventFieldsReader::check_object(std::string_view json, std::string_view field) {
  JsonShape shape = shape_of(json);
  if (shape.depth <= 16 && shape.colons <= 512) return {};
  auto parsed = exact_.parse(json);
  if (!parsed.ok()) return invalid_event(field, fmt::format("{}: {}", field, parsed.error().message()));
  return {};
}

}  // namespace furrow::collect
