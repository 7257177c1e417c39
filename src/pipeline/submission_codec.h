// A Submission as bytes, as POST /v1/records takes it: each record of event/record.h after its length (a varint).
//
// Events come as EventRecords whose person is left open (the pipeline decides whose they are). Decoding trusts nothing:
// another kind of record, more than kMaxRecords, an event over the tracking API's limits, without ids or with properties
// that are no JSON object is kInvalidArgument naming the record's index, and nothing of the whole is taken.
// Threads: pure functions.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/pipeline.h"

namespace furrow::pipeline {

inline constexpr std::string_view kRecordsType = "application/x-furrow-records";
inline constexpr size_t kMaxRecords = 10'000;
inline constexpr size_t kMaxRecordsBytes = size_t{64} << 20;
inline constexpr size_t kPieceBytes = size_t{4} << 20;

// In pieces, each a body of its own: a new one begins after `piece_bytes` or kMaxRecords. Releases come last, so that
// what is cut short between two pieces can be sent again: its events are duplicates then, and what it released stays open.
std::vector<std::string> encode_submission(const Submission& submission, size_t piece_bytes = kPieceBytes);
// `received_at` is when the events came, by the clock of who decodes.
Result<Submission> decode_submission(std::string_view bytes, Time received_at);

}  // namespace furrow::pipeline
