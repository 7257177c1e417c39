// Event: an immutable fact in Segment's tracking vocabulary, after acceptance (clock corrected, ids checked).
// Values own their text. Limits are the tracking API's and hold for imports too.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "base/time.h"

namespace furrow {

inline constexpr size_t kMaxEventBytes = 32 * 1024;
inline constexpr size_t kMaxBatchBytes = 4 * 1024 * 1024;
inline constexpr size_t kMaxIdBytes = 512;       // userId, anonymousId, messageId
inline constexpr size_t kMaxEventNameBytes = 256;

enum class EventType : uint8_t { kTrack = 1, kIdentify, kPage, kScreen, kGroup, kAlias };
std::string_view to_string(EventType type);  // "track" …
Result<EventType> parse_event_type(std::string_view text);

struct Event {
  EventType type = EventType::kTrack;
  std::string message_id;    // de-duplicates; never empty after acceptance
  std::string user_id;       // at least one of user_id and anonymous_id
  std::string anonymous_id;
  std::string name;          // track: the event; page, screen: the name; group: groupId; alias: previousId
  Time time;                 // when it happened, by the corrected clock
  Time received_at;
  std::string source;        // the declared source: "live", "crm", …
  std::string properties;    // a JSON object: properties, or traits for identify and group; "" means {}
  std::string context;       // a JSON object; "" means {}

  // What features, rules and outcomes select by: the name of a track, else "$identify", "$page", "$screen", "$group", "$alias".
  std::string_view label() const;
  bool operator==(const Event&) const = default;
};

void encode(const Event& event, ByteWriter& out);
Result<Event> decode_event(ByteReader& in);

}  // namespace furrow
