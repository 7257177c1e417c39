// Segment messages as any client may send them: whatever comes in is refused or becomes events that hold the rules and
// survive their own binary form.
#include <cstdint>
#include <cstdlib>

#include "base/json.h"
#include "collect/tracking.h"
#include "event/record.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace furrow;
  if (size == 0) return 0;
  auto call = static_cast<collect::TrackingCall>(data[0] % 7);
  std::string body(reinterpret_cast<const char*>(data) + 1, size - 1);
  collect::TrackingReader reader;
  collect::TrackingReading reading;
  if (!reader.read(call, body, *parse_time("2026-03-01"), "live", reading).ok()) return 0;
  for (const Event& event : reading.events) {
    if (event.message_id.empty() || (event.user_id.empty() && event.anonymous_id.empty())) std::abort();
    if (event.user_id.size() > kMaxIdBytes || event.name.size() > kMaxIdBytes) std::abort();
    Fields fields;
    if (!event.properties.empty() && !fields.parse(event.properties).ok() && event.properties.front() != '{') std::abort();
    auto back = decode_record(encode_record(EventRecord{ProfileId{1}, event}));
    if (!back.ok() || !(std::get<EventRecord>(*back).event == event)) std::abort();
  }
  return 0;
}
