// Inside of tracking.cc: one event's fields, read with simdjson On-Demand from a body already known to be valid JSON.
// Threads: one.
#pragma once
#include <simdjson.h>

#include <optional>
#include <string>
#include <string_view>

#include "base/json.h"
#include "event/event.h"

namespace furrow::collect {

// What surrounds an event: the batch's context and clock, or nothing for a single call.
struct BatchDefaults {
  Time received_at;
  std::string_view source;
  std::string_view context;         // JSON object, "" for none
  std::optional<Time> sent_at;
  std::optional<EventType> type;    // fixed by the address of a single call
};

// kInvalidEvent in `field`.
Error invalid_event(std::string_view field, std::string message);

class EventFieldsReader {
 public:
  // `raw` is the event's own text. `write_key`, when given, receives the body's writeKey.
  Status read(simdjson::ondemand::object object, std::string_view raw, const BatchDefaults& defaults, Event& event,
              std::string* write_key);
  // ISO 8601 text or epoch milliseconds; nothing for null.
  Result<std::optional<Time>> read_time(simdjson::ondemand::value value, std::string_view field);

 private:
  struct Found;
  Status read_field(std::string_view key, simdjson::ondemand::value value, Found& found, Event& event);
  Status finish(const Found& found, const BatchDefaults& defaults, Event& event);
  Status check_object(std::string_view json, std::string_view field);
  Fields exact_;  // judges objects near the limits
};

}  // namespace furrow::collect
