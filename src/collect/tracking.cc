#include "collect/tracking.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <map>
#include <utility>

#include "base/json.h"
#include "base/hard_json.h"
#include "collect/tracking_fields.h"

namespace furrow::collect {
namespace {

EventType type_of(TrackingCall call) {
  switch (call) {
    case TrackingCall::kTrack: return EventType::kTrack;
    case TrackingCall::kIdentify: return EventType::kIdentify;
    case TrackingCall::kPage: return EventType::kPage;
    case TrackingCall::kScreen: return EventType::kScreen;
    case TrackingCall::kGroup: return EventType::kGroup;
    default: return EventType::kAlias;
  }
}

}  // namespace

std::optional<TrackingCall> parse_tracking_call(std::string_view text) {
  static constexpr std::pair<std::string_view, TrackingCall> kCalls[] = {
      {"track", TrackingCall::kTrack}, {"t", TrackingCall::kTrack}, {"identify", TrackingCall::kIdentify},
      {"i", TrackingCall::kIdentify},  {"page", TrackingCall::kPage}, {"p", TrackingCall::kPage},
      {"screen", TrackingCall::kScreen}, {"s", TrackingCall::kScreen}, {"group", TrackingCall::kGroup},
      {"g", TrackingCall::kGroup}, {"alias", TrackingCall::kAlias}, {"a", TrackingCall::kAlias},
      {"batch", TrackingCall::kBatch}, {"b", TrackingCall::kBatch}, {"import", TrackingCall::kBatch}};
  for (const auto& [name, call] : kCalls) {
    if (name == text) return call;
  }
  return std::nullopt;
}

struct TrackingReader::Impl {
  simdjson::dom::parser validator;  // the whole body, once: On-Demand alone does not check what it skips
  simdjson::ondemand::parser parser;
  EventFieldsReader fields;

  Status read_batch(simdjson::ondemand::object root, Time received_at, std::string_view source, TrackingReading& out);
  void read_one(simdjson::ondemand::value element, size_t index, const BatchDefaults& defaults, TrackingReading& out);
};

TrackingReader::TrackingReader() : impl_(std::make_unique<Impl>()) {}
TrackingReader::~TrackingReader() = default;
TrackingReader::TrackingReader(TrackingReader&&) noexcept = default;

Status TrackingReader::read(TrackingCall call, std::string& body, Time received_at, std::string_view source,
                            TrackingReading& out) {
  out.write_key.clear();
  out.events.clear();
  out.refused.clear();
  if (body.starts_with("\xEF\xBB\xBF")) body.erase(0, 3);
  body.reserve(body.size() + simdjson::SIMDJSON_PADDING);
  simdjson::dom::element valid;
  auto fault = impl_->validator.parse(body.data(), body.size(), false).get(valid);
  if ((fault == simdjson::NUMBER_ERROR || fault == simdjson::STRING_ERROR) && ease_json(body)) {
    body.reserve(body.size() + simdjson::SIMDJSON_PADDING);
    fault = impl_->validator.parse(body.data(), body.size(), false).get(valid);
  }
  if (fault) {
    return Error(ErrorCode::kInvalidJson, fmt::format("the body is not JSON: {}", simdjson::error_message(fault)));
  }
  if (!valid.is_object()) return Error(ErrorCode::kInvalidEvent, "the body must be a JSON object");
  simdjson::ondemand::document document;
  simdjson::ondemand::object root;
  if (impl_->parser.iterate(body.data(), body.size(), body.capacity()).get(document) || document.get_object().get(root)) {
    return Error(ErrorCode::kInvalidJson, "the body is not JSON");
  }
  if (call == TrackingCall::kBatch) return impl_->read_batch(root, received_at, source, out);
  BatchDefaults defaults;
  defaults.received_at = received_at;
  defaults.source = source;
  defaults.type = type_of(call);
  Event event;
  auto taken = impl_->fields.read(root, body, defaults, event, &out.write_key);
  if (taken.ok()) {
    out.events.push_back(std::move(event));
  } else {
    out.refused.push_back({0, std::move(taken).error(), body});
  }
  return {};
}

Status TrackingReader::Impl::read_batch(simdjson::ondemand::object root, Time received_at, std::string_view source,
                                        TrackingReading& out) {
  // What lies beside the list may come after it, so the list is read in a second walk.
  BatchDefaults defaults;
  defaults.received_at = received_at;
  defaults.source = source;
  bool has_list = false, listed = false;
  Status fault;  // the first; the write key may come after it
  auto fail = [&](Status found) {
    if (fault.ok()) fault = std::move(found);
  };
  for (auto field : root) {
    std::string_view key;
    simdjson::ondemand::value value;
    if (field.unescaped_key().get(key) || field.value().get(value)) break;
    if (key == "batch") {
      if (std::exchange(listed, true)) fail(invalid_event("batch", "the body has \"batch\" twice, and parsers differ in which they take: send one list"));
      simdjson::ondemand::json_type type;
      has_list = !value.type().get(type) && type == simdjson::ondemand::json_type::array;
    } else if (key == "context") {
      simdjson::ondemand::object context;
      if (value.is_null()) continue;
      if (value.get_object().get(context)) {
        fail(invalid_event("context", "the batch's context must be an object"));
        continue;
      }
      std::string_view raw;
      if (!context.raw_json().get(raw)) defaults.context = raw;
    } else if (key == "sentAt") {
      auto sent_at = fields.read_time(value, "sentAt");
      if (sent_at.ok()) defaults.sent_at = *sent_at;
      else fail(sent_at.error());
    } else if (key == "writeKey") {
      std::string_view text;
      if (!value.get_string().get(text)) out.write_key = text;
    }
  }
  FURROW_TRY(fault);
  if (!has_list) return invalid_event("batch", "a batch must have a list of events in \"batch\"");
  simdjson::ondemand::array list;
  if (root.reset().error() || root.find_field_unordered("batch").get_array().get(list)) {
    return invalid_event("batch", "a batch must have a list of events in \"batch\"");
  }
  size_t index = 0;
  for (auto element : list) {
    simdjson::ondemand::value value;
    if (element.get(value)) break;
    read_one(value, index++, defaults, out);
  }
  return {};
}

void TrackingReader::Impl::read_one(simdjson::ondemand::value element, size_t index, const BatchDefaults& defaults,
                                    TrackingReading& out) {
  simdjson::ondemand::object object;
  if (element.get_object().get(object)) {
    std::string_view raw = element.raw_json_token();
    out.refused.push_back({index, invalid_event("", "an event must be a JSON object"), std::string(raw.substr(0, kMaxEventBytes))});
    return;
  }
  std::string_view raw;
  if (object.raw_json().get(raw) || object.reset().error()) {
    out.refused.push_back({index, invalid_event("", "the event cannot be read"), {}});
    return;
  }
  Event& event = out.events.emplace_back();
  auto taken = fields.read(object, raw, defaults, event, nullptr);
  if (taken.ok()) return;
  out.events.pop_back();
  out.refused.push_back({index, std::move(taken).error(), std::string(raw)});
}

namespace {

struct PixelNode {
  std::string text;
  std::map<std::string, PixelNode> children;
};

void write_node(const PixelNode& node, JsonWriter& writer) {
  if (node.children.empty()) {
    writer.text(node.text);
    return;
  }
  writer.begin_object();
  for (const auto& [name, child] : node.children) {
    writer.key(name);
    write_node(child, writer);
  }
  writer.end_object();
}

}  // namespace

std::string pixel_query_to_json(const std::vector<std::pair<std::string, std::string>>& pairs) {
  PixelNode root;
  for (const auto& [path, value] : pairs) {
    PixelNode* node = &root;
    int depth = 0;
    for (size_t from = 0; from <= path.size();) {
      size_t dot = ++depth < 8 ? std::min(path.find('.', from), path.size()) : path.size();
      node = &node->children[path.substr(from, dot - from)];
      from = dot + 1;
    }
    node->text = value;
  }
  if (root.children.empty()) return "{}";
  std::string out;
  JsonWriter writer(out);
  write_node(root, writer);
  return out;
}

}  // namespace furrow::collect
