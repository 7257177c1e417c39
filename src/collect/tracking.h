// Segment's tracking API, the part without a network: bodies in, accepted events and refusals out.
//
// Follows Segment's public documents ("HTTP API source", "Spec: common fields"): track, identify, page, screen, group and
// alias calls, alone or in a batch; `messageId` is made when absent; the event's time is corrected for the sender's clock:
//   time = receivedAt - (sentAt - originalTimestamp)      when both are given, else the given timestamp, else receivedAt.
// A batch's context lies under each event's own (top-level keys; the event's win). `integrations` is ignored.
// A fault of one event refuses that event alone, with a stable code, the field and its raw bytes; a body that is not JSON,
// or not an object, fails as a whole. Refusal messages never repeat a value, since values may be personal.
// Beyond the documents: whole numbers are taken as ids (many senders do that), `category` of a page or screen is kept as
// a property, and epoch milliseconds are taken as times.
// Not for: who may send (app/auth_keys.h), de-duplication (app/pipeline.h).
// Limits: event.h's kMaxEventBytes, kMaxIdBytes, kMaxEventNameBytes; properties and context as base/json.h's Fields.
// Threads: a reader is used by one thread at a time and reuses its memory. Cost: under 2 us for an event of 400 bytes.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "event/event.h"

namespace furrow::collect {

enum class TrackingCall { kTrack, kIdentify, kPage, kScreen, kGroup, kAlias, kBatch };

// From the last part of the address: "track" or the browser's "t", …; "batch", "b" and "import" are all kBatch.
std::optional<TrackingCall> parse_tracking_call(std::string_view text);

struct Refusal {
  size_t index = 0;  // place in the batch, 0 for a single call
  Error error;
  std::string raw;
};

struct TrackingReading {
  std::string write_key;  // the body's "writeKey", for senders that cannot set a header
  std::vector<Event> events;
  std::vector<Refusal> refused;
};

class TrackingReader {
 public:
  TrackingReader();
  ~TrackingReader();
  TrackingReader(TrackingReader&&) noexcept;

  // Errors: kInvalidJson, or kInvalidEvent for a batch without its list. `body` keeps its content; its capacity may grow.
  Status read(TrackingCall call, std::string& body, Time received_at, std::string_view source, TrackingReading& out);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// The JSON of a pixel's query ("userId=u&event=Opened&properties.subject=Hello", percent-decoded pairs): dots open objects.
std::string pixel_query_to_json(const std::vector<std::pair<std::string, std::string>>& pairs);

}  // namespace furrow::collect
