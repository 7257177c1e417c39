#include "event/record.h"

#include <fmt/format.h>

#include <bit>
#include <cmath>

namespace furrow {
namespace {

// The kind byte is the place in RecordBody plus one: never reorder that variant, only add to its end.
constexpr uint8_t kVersion = 1, kExtended = 2;

// What a record says beyond its first form comes after it, in form 2; a record without it keeps the first form.
template <class Record>
bool is_extended(const Record&) { return false; }
bool is_extended(const EventRecord& r) { return bool(r.origin); }
bool is_extended(const MergeRecord& r) { return r.from_origin || r.into_origin || !r.actor.empty(); }
bool is_extended(const DecisionRecord& r) { return bool(r.origin); }
bool is_extended(const OutcomeRecord& r) { return r.named || r.origin; }

template <class Record>
void write_extension(ByteWriter&, const Record&) {}
template <class Record>
bool read_extension(ByteReader&, Record&) { return false; }
void write_extension(ByteWriter& out, const EventRecord& r) { out.u64(r.origin.value); }
bool read_extension(ByteReader& in, EventRecord& r) {
  r.origin.value = in.u64();
  return true;
}
void write_extension(ByteWriter& out, const MergeRecord& r) {
  out.u64(r.from_origin.value);
  out.u64(r.into_origin.value);
  out.bytes(r.actor);
}
bool read_extension(ByteReader& in, MergeRecord& r) {
  r.from_origin.value = in.u64();
  r.into_origin.value = in.u64();
  r.actor = in.bytes();
  return true;
}
void write_extension(ByteWriter& out, const DecisionRecord& r) { out.u64(r.origin.value); }
bool read_extension(ByteReader& in, DecisionRecord& r) {
  r.origin.value = in.u64();
  return true;
}
void write_extension(ByteWriter& out, const OutcomeRecord& r) {
  out.u8(r.named ? 1 : 0);
  out.u64(r.origin.value);
}
bool read_extension(ByteReader& in, OutcomeRecord& r) {
  r.named = in.u8() != 0;
  r.origin.value = in.u64();
  return true;
}

// A count no larger than the bytes that are left can hold, so that damage cannot ask for gigabytes.
size_t read_count(ByteReader& in, size_t least_bytes_each) {
  uint64_t n = in.varint();
  return n > in.remaining() / least_bytes_each ? SIZE_MAX : static_cast<size_t>(n);
}

void write_decision_id(ByteWriter& out, const DecisionId& id) {
  out.bytes({reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size()});
}
bool read_decision_id(ByteReader& in, DecisionId& id) {
  std::string_view bytes = in.bytes();
  if (bytes.size() != id.bytes.size()) return false;
  std::memcpy(id.bytes.data(), bytes.data(), bytes.size());
  return true;
}

void write(ByteWriter& out, const EventRecord& r) {
  out.u64(r.profile.value);
  encode(r.event, out);
}
bool read(ByteReader& in, EventRecord& r) {
  r.profile.value = in.u64();
  auto event = decode_event(in);
  if (!event.ok()) return false;
  r.event = std::move(event).value();
  return true;
}

void write(ByteWriter& out, const MergeRecord& r) {
  out.u64(r.from.value);
  out.u64(r.into.value);
  out.i64(r.time.micros);
  out.bytes(r.rule);
}
bool read(ByteReader& in, MergeRecord& r) {
  r.from.value = in.u64();
  r.into.value = in.u64();
  r.time.micros = in.i64();
  r.rule = in.bytes();
  return true;
}

void write(ByteWriter& out, const DecidedAction& a) {
  out.bytes(a.id);
  out.f64(a.score);
  out.f64(a.propensity);
  out.varint(a.reasons.size());
  for (const Reason& reason : a.reasons) {
    out.bytes(reason.feature);
    out.f64(reason.value);
    out.f64(reason.contribution);
  }
}
bool read(ByteReader& in, DecidedAction& a) {
  a.id = in.bytes();
  a.score = in.f64();
  a.propensity = in.f64();
  size_t n = read_count(in, 17);
  if (n == SIZE_MAX) return false;
  a.reasons.resize(n);
  for (Reason& reason : a.reasons) {
    reason.feature = in.bytes();
    reason.value = in.f64();
    reason.contribution = in.f64();
  }
  return true;
}

void write(ByteWriter& out, const FiredRule& r) {
  out.bytes(r.rule);
  out.bytes(r.effect);
  out.varint(r.actions.size());
  for (const auto& action : r.actions) out.bytes(action);
}
bool read(ByteReader& in, FiredRule& r) {
  r.rule = in.bytes();
  r.effect = in.bytes();
  size_t n = read_count(in, 1);
  if (n == SIZE_MAX) return false;
  r.actions.resize(n);
  for (auto& action : r.actions) action = in.bytes();
  return true;
}

void write(ByteWriter& out, const DecisionRecord& r) {
  write_decision_id(out, r.id);
  out.u64(r.profile.value);
  out.i64(r.time.micros);
  out.bytes(r.placement);
  out.bytes(r.policy);
  out.bytes(r.model);
  out.bytes(r.model_version);
  out.u8(r.holdout ? 1 : 0);
  out.f64(r.exploration);
  out.bytes(r.context);
  out.varint(r.actions.size());
  for (const auto& action : r.actions) write(out, action);
  out.varint(r.candidates.size());
  for (const auto& [id, score] : r.candidates) {
    out.bytes(id);
    out.f64(score);
  }
  out.varint(r.rules.size());
  for (const auto& rule : r.rules) write(out, rule);
  out.varint(r.features.size());
  for (float feature : r.features) out.f32(feature);
}
bool read(ByteReader& in, DecisionRecord& r) {
  if (!read_decision_id(in, r.id)) return false;
  r.profile.value = in.u64();
  r.time.micros = in.i64();
  r.placement = in.bytes();
  r.policy = in.bytes();
  r.model = in.bytes();
  r.model_version = in.bytes();
  r.holdout = in.u8() != 0;
  r.exploration = in.f64();
  r.context = in.bytes();
  size_t n = read_count(in, 18);
  if (n == SIZE_MAX) return false;
  r.actions.resize(n);
  for (auto& action : r.actions) {
    if (!read(in, action)) return false;
  }
  if ((n = read_count(in, 9)) == SIZE_MAX) return false;
  r.candidates.resize(n);
  for (auto& [id, score] : r.candidates) {
    id = in.bytes();
    score = in.f64();
  }
  if ((n = read_count(in, 3)) == SIZE_MAX) return false;
  r.rules.resize(n);
  for (auto& rule : r.rules) {
    if (!read(in, rule)) return false;
  }
  if ((n = read_count(in, 4)) == SIZE_MAX) return false;
  r.features.resize(n);
  for (float& feature : r.features) feature = in.f32();
  return true;
}

void write(ByteWriter& out, const OutcomeRecord& r) {
  write_decision_id(out, r.decision);
  out.u64(r.profile.value);
  out.i64(r.time.micros);
  out.bytes(r.event);
  out.u64(r.event_position.value);
  out.f64(r.reward);
}
bool read(ByteReader& in, OutcomeRecord& r) {
  if (!read_decision_id(in, r.decision)) return false;
  r.profile.value = in.u64();
  r.time.micros = in.i64();
  r.event = in.bytes();
  r.event_position.value = in.u64();
  r.reward = in.f64();
  return true;
}

void write(ByteWriter& out, const QuarantineRecord& r) {
  out.i64(r.time.micros);
  out.bytes(r.source);
  out.bytes(r.code);
  out.bytes(r.message);
  out.bytes(r.field);
  out.bytes(r.file);
  out.varint(r.line);
  out.bytes(r.raw);
}
bool read(ByteReader& in, QuarantineRecord& r) {
  r.time.micros = in.i64();
  r.source = in.bytes();
  r.code = in.bytes();
  r.message = in.bytes();
  r.field = in.bytes();
  r.file = in.bytes();
  r.line = in.varint();
  r.raw = in.bytes();
  return true;
}

void write(ByteWriter& out, const ReleaseRecord& r) {
  out.u64(r.quarantined.value);
  out.i64(r.time.micros);
  out.bytes(r.result);
}
bool read(ByteReader& in, ReleaseRecord& r) {
  r.quarantined.value = in.u64();
  r.time.micros = in.i64();
  r.result = in.bytes();
  return true;
}

void write(ByteWriter& out, const ModelRecord& r) {
  out.i64(r.time.micros);
  out.bytes(r.model);
  out.bytes(r.version);
  out.bytes(r.action);
  out.bytes(r.actor);
}
bool read(ByteReader& in, ModelRecord& r) {
  r.time.micros = in.i64();
  r.model = in.bytes();
  r.version = in.bytes();
  r.action = in.bytes();
  r.actor = in.bytes();
  return true;
}

void write(ByteWriter& out, const std::vector<ProfileId>& profiles) {
  out.varint(profiles.size());
  for (ProfileId profile : profiles) out.u64(profile.value);
}
bool read(ByteReader& in, std::vector<ProfileId>& profiles) {
  size_t n = read_count(in, 8);
  if (n == SIZE_MAX) return false;
  profiles.resize(n);
  for (ProfileId& profile : profiles) profile.value = in.u64();
  return true;
}

void write(ByteWriter& out, const SplitRecord& r) {
  out.u64(r.merge.value);
  out.i64(r.time.micros);
  out.bytes(r.rule);
  out.bytes(r.actor);
  out.u64(r.stays.value);
  out.u64(r.leaves.value);
  write(out, r.staying);
  write(out, r.leaving);
  out.varint(r.outcomes.size());
  for (const auto& outcome : r.outcomes) {
    write(out, outcome);
    write_extension(out, outcome);
  }
}
bool read(ByteReader& in, SplitRecord& r) {
  r.merge.value = in.u64();
  r.time.micros = in.i64();
  r.rule = in.bytes();
  r.actor = in.bytes();
  r.stays.value = in.u64();
  r.leaves.value = in.u64();
  if (!read(in, r.staying) || !read(in, r.leaving)) return false;
  size_t n = read_count(in, 50);
  if (n == SIZE_MAX) return false;
  r.outcomes.resize(n);
  for (auto& outcome : r.outcomes) {
    if (!read(in, outcome) || !read_extension(in, outcome)) return false;
  }
  return true;
}

void write(ByteWriter& out, const SegmentRecord& r) {
  out.u64(r.profile.value);
  out.i64(r.time.micros);
  out.bytes(r.segment);
  out.u8(r.entered ? 1 : 0);
  out.bytes(r.cause);
  out.u64(r.event_position.value);
}
bool read(ByteReader& in, SegmentRecord& r) {
  r.profile.value = in.u64();
  r.time.micros = in.i64();
  r.segment = in.bytes();
  r.entered = in.u8() != 0;
  r.cause = in.bytes();
  r.event_position.value = in.u64();
  return true;
}

template <class Record>
bool read_form(ByteReader& in, Record& record, bool extended) {
  return read(in, record) && (!extended || read_extension(in, record));
}

template <size_t kind = 0>
bool read_kind(size_t wanted, ByteReader& in, RecordBody& body, bool extended) {
  if constexpr (kind < std::variant_size_v<RecordBody>) {
    return wanted == kind ? read_form(in, body.emplace<kind>(), extended) : read_kind<kind + 1>(wanted, in, body, extended);
  } else {
    return false;
  }
}

template <class Real>
bool same(Real a, Real b) { return a == b || (std::isnan(a) && std::isnan(b)); }

}  // namespace

bool Reason::operator==(const Reason& other) const {
  return feature == other.feature && same(value, other.value) && same(contribution, other.contribution);
}

bool DecisionRecord::operator==(const DecisionRecord& o) const {
  return id == o.id && profile == o.profile && time == o.time && placement == o.placement && policy == o.policy &&
         model == o.model && model_version == o.model_version && holdout == o.holdout && exploration == o.exploration &&
         context == o.context && actions == o.actions && candidates == o.candidates && rules == o.rules &&
         origin == o.origin && std::equal(features.begin(), features.end(), o.features.begin(), o.features.end(), same<float>);
}

std::string encode_record(const RecordBody& body) {
  std::string bytes;
  if (const auto* event = std::get_if<EventRecord>(&body)) {
    const Event& e = event->event;
    bytes.reserve(64 + e.message_id.size() + e.user_id.size() + e.anonymous_id.size() + e.name.size() + e.source.size() +
                  e.properties.size() + e.context.size());
  } else if (const auto* decision = std::get_if<DecisionRecord>(&body)) {
    bytes.reserve(256 + decision->context.size() + 16 * decision->candidates.size() + 256 * decision->actions.size() + 4 * decision->features.size());
  }
  ByteWriter out(bytes);
  out.u8(static_cast<uint8_t>(body.index() + 1));
  std::visit([&](const auto& record) {
    bool extended = is_extended(record);
    out.u8(extended ? kExtended : kVersion);
    write(out, record);
    if (extended) write_extension(out, record);
  }, body);
  return bytes;
}

Result<RecordBody> decode_record(std::string_view bytes) {
  ByteReader in(bytes);
  uint8_t kind = in.u8(), version = in.u8();
  if (!in.ok() || kind < 1 || kind > std::variant_size_v<RecordBody>) {
    return Error(ErrorCode::kStorageCorrupt, fmt::format("a record of kind {} ({} bytes) is none that this version knows", kind, bytes.size()));
  }
  if (version != kVersion && version != kExtended) {
    return Error(ErrorCode::kStorageCorrupt,
                 fmt::format("a record of kind {} has form {}; this version reads forms to {}: use the version that wrote it", kind, version, kExtended));
  }
  RecordBody body;
  if (!read_kind(kind - 1u, in, body, version == kExtended) || !in.ok() || !in.at_end()) {
    return Error(ErrorCode::kStorageCorrupt, fmt::format("a record of kind {} ({} bytes) does not hold what its form says", kind, bytes.size()));
  }
  return body;
}

}  // namespace furrow
