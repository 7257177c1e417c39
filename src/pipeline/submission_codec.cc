#include "pipeline/submission_codec.h"

#include <fmt/format.h>

#include "base/bytes.h"
#include "base/json.h"

namespace furrow::pipeline {
namespace {

constexpr size_t kMaxSourceBytes = 256;

// What is wrong with an event, "" when nothing is.
std::string_view fault_of(const Event& event, Fields& fields) {
  if (event.message_id.empty() || event.message_id.size() > kMaxIdBytes) return "has no message id, or too long a one";
  if (event.user_id.empty() && event.anonymous_id.empty()) return "has no user id and no anonymous id";
  if (event.user_id.size() > kMaxIdBytes || event.anonymous_id.size() > kMaxIdBytes) return "has too long an id";
  if (event.name.size() > kMaxIdBytes || event.source.size() > kMaxSourceBytes) return "has too long a name or source";
  if (event.properties.size() + event.context.size() > kMaxEventBytes) return "is over 32 KB";
  if (!fields.parse(event.properties).ok() || !fields.parse(event.context).ok()) return "has properties or a context that are no JSON object, or too deep a one";
  return {};
}

Error refused(size_t index, std::string_view why) {
  return Error(ErrorCode::kInvalidArgument, fmt::format("record {} {}", index, why));
}

}  // namespace

std::vector<std::string> encode_submission(const Submission& submission, size_t piece_bytes) {
  std::vector<std::string> pieces;
  size_t records = kMaxRecords;
  auto add = [&](const RecordBody& body) {
    if (records >= kMaxRecords || pieces.back().size() >= piece_bytes) {
      pieces.emplace_back();
      records = 0;
    }
    ByteWriter(pieces.back()).bytes(encode_record(body));
    ++records;
  };
  for (const auto& event : submission.events) add(EventRecord{{}, event});
  for (const auto& refusal : submission.refused) add(refusal);
  for (const auto& release : submission.released) add(release);
  return pieces;
}

Result<Submission> decode_submission(std::string_view bytes, Time received_at) {
  Submission submission;
  Fields fields;
  ByteReader in(bytes);
  for (size_t index = 0; !in.at_end(); ++index) {
    if (index == kMaxRecords) return refused(index, fmt::format("is one too many: at most {} a call", kMaxRecords));
    std::string_view one = in.bytes();
    if (!in.ok()) return refused(index, "is cut short");
    auto body = decode_record(one);
    if (!body.ok()) return refused(index, "cannot be read; is the command as new as the server?");
    if (auto* event = std::get_if<EventRecord>(&*body)) {
      if (auto why = fault_of(event->event, fields); !why.empty()) return refused(index, why);
      event->event.received_at = received_at;
      submission.events.push_back(std::move(event->event));
    } else if (auto* bad = std::get_if<QuarantineRecord>(&*body)) {
      submission.refused.push_back(std::move(*bad));
    } else if (auto* release = std::get_if<ReleaseRecord>(&*body)) {
      if (release->result != "replayed" && release->result != "dismissed") return refused(index, "releases with an unknown result");
      submission.released.push_back(std::move(*release));
    } else {
      return refused(index, "is of a kind that only the server writes");
    }
  }
  return submission;
}

}  // namespace furrow::pipeline
