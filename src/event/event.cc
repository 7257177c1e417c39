#include "event/event.h"

#include <fmt/format.h>

#include <array>

#include "base/cut_text.h"

namespace furrow {
namespace {

constexpr std::array<std::string_view, 6> kTypeNames{"track", "identify", "page", "screen", "group", "alias"};
constexpr std::array<std::string_view, 6> kLabels{"", "$identify", "$page", "$screen", "$group", "$alias"};

size_t type_index(EventType type) { return static_cast<size_t>(type) - 1; }

}  // namespace

std::string_view to_string(EventType type) { return kTypeNames[type_index(type)]; }

Result<EventType> parse_event_type(std::string_view text) {
  for (size_t i = 0; i < kTypeNames.size(); ++i) {
    if (kTypeNames[i] == text) return static_cast<EventType>(i + 1);
  }
  return Error(ErrorCode::kInvalidEvent,
               fmt::format("\"{}\" is not an event type: track, identify, page, screen, group or alias", cut_text(text, 64)))
      .in_field("type");
}

std::string_view Event::label() const { return type == EventType::kTrack ? std::string_view(name) : kLabels[type_index(type)]; }

void encode(const Event& event, ByteWriter& out) {
  out.u8(static_cast<uint8_t>(event.type));
  out.bytes(event.message_id);
  out.bytes(event.user_id);
  out.bytes(event.anonymous_id);
  out.bytes(event.name);
  out.i64(event.time.micros);
  out.i64(event.received_at.micros);
  out.bytes(event.source);
  out.bytes(event.properties);
  out.bytes(event.context);
}

Result<Event> decode_event(ByteReader& in) {
  Event event;
  uint8_t type = in.u8();
  event.message_id = in.bytes();
  event.user_id = in.bytes();
  event.anonymous_id = in.bytes();
  event.name = in.bytes();
  event.time.micros = in.i64();
  event.received_at.micros = in.i64();
  event.source = in.bytes();
  event.properties = in.bytes();
  event.context = in.bytes();
  if (!in.ok()) return Error(ErrorCode::kStorageCorrupt, "a stored event ends before its last field");
  if (type < 1 || type > kTypeNames.size()) {
    return Error(ErrorCode::kStorageCorrupt, fmt::format("a stored event has type {}, which this version does not know", type));
  }
  event.type = static_cast<EventType>(type);
  return event;
}

}  // namespace furrow
