#include "decide/ledger_entry.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <iterator>

#include "decide/policies.h"

namespace furrow::decide {
namespace {

constexpr uint8_t kVersion = 1, kEntryVersion = 2, kPersonVersion = 2;

Error corrupt(std::string_view what) {
  return Error(ErrorCode::kStorageCorrupt,
               fmt::format("the ledger holds a damaged {}; remove the views folder: it is rebuilt from the log", what));
}

uint8_t policy_code(std::string_view policy) {
  for (uint8_t i = 0; i < std::size(kPolicies); ++i) {
    if (kPolicies[i] == policy) return i;
  }
  return 0xff;  // a policy of a later version: kept in the record, not filterable
}

void put(ByteWriter& out, DecisionId id) {
  for (uint8_t byte : id.bytes) out.u8(byte);
}
DecisionId get_id(ByteReader& in) {
  DecisionId id;
  for (uint8_t& byte : id.bytes) byte = in.u8();
  return id;
}

void put(ByteWriter& out, const PersonSums& sums) {
  out.varint(sums.n);
  out.varint(sums.y);
  out.f64(sums.v);
}
PersonSums get_person_sums(ByteReader& in) {
  PersonSums sums;
  sums.n = in.varint();
  sums.y = in.varint();
  sums.v = in.f64();
  return sums;
}

void put(ByteWriter& out, const ArmSums& s) {
  for (uint64_t count : {s.people, s.converted, s.n, s.y, s.nn, s.ny, s.yy}) out.varint(count);
  for (double value : {s.v, s.nv, s.vv}) out.f64(value);
}
ArmSums get_arm_sums(ByteReader& in) {
  ArmSums s;
  for (uint64_t* count : {&s.people, &s.converted, &s.n, &s.y, &s.nn, &s.ny, &s.yy}) *count = in.varint();
  for (double* value : {&s.v, &s.nv, &s.vv}) *value = in.f64();
  return s;
}

EntryHeader read_header(ByteReader& in) {
  EntryHeader header;
  header.placement = static_cast<uint32_t>(in.varint());
  uint8_t policy = in.u8();
  if (policy < std::size(kPolicies)) header.policy = kPolicies[policy];
  header.profile.value = in.u64();
  header.position.value = in.varint();
  return header;
}

template <class Body>
Result<Body> decode_as(std::string_view bytes, std::string_view what) {
  FURROW_ASSIGN(RecordBody body, decode_record(bytes));
  if (auto* record = std::get_if<Body>(&body)) return std::move(*record);
  return corrupt(what);
}

}  // namespace

std::string encode_entry(const EntryHeader& header, const std::vector<OutcomeRecord>& outcomes) {
  std::string bytes;
  ByteWriter out(bytes);
  out.u8(kEntryVersion);
  out.varint(header.placement);
  out.u8(policy_code(header.policy));
  out.u64(header.profile.value);
  out.varint(header.position.value);
  out.varint(outcomes.size());
  for (const auto& outcome : outcomes) out.bytes(encode_record(outcome));
  return bytes;
}

Result<EntryHeader> decode_entry_header(std::string_view bytes) {
  ByteReader in(bytes);
  if (in.u8() != kEntryVersion) return corrupt("decision");
  EntryHeader header = read_header(in);
  if (!in.ok()) return corrupt("decision");
  return header;
}

Result<LedgerEntry> decode_entry(std::string_view bytes, std::string_view record) {
  ByteReader in(bytes);
  if (in.u8() != kEntryVersion) return corrupt("decision");
  read_header(in);
  LedgerEntry entry;
  FURROW_ASSIGN(entry.decision, decode_as<DecisionRecord>(record, "decision"));
  uint64_t count = in.varint();
  for (uint64_t i = 0; i < count && in.ok(); ++i) {
    std::string_view outcome = in.bytes();
    if (!in.ok()) break;
    FURROW_ASSIGN(OutcomeRecord rewarded, decode_as<OutcomeRecord>(outcome, "outcome"));
    entry.outcomes.push_back(std::move(rewarded));
  }
  if (!in.ok() || !in.at_end()) return corrupt("decision");
  return entry;
}

std::string ledger_form() { return {kVersion, kEntryVersion, kPersonVersion}; }

std::string decision_key(DecisionId id) {
  std::string key(id.bytes.size(), '\0');
  for (size_t i = 0; i < key.size(); ++i) key[i] = static_cast<char>(~id.bytes[i]);
  return key;
}
DecisionId decision_of_key(std::string_view key) {
  DecisionId id;
  for (size_t i = 0; i < id.bytes.size() && i < key.size(); ++i) id.bytes[i] = static_cast<uint8_t>(~key[i]);
  return id;
}
std::string person_key(ProfileId person) {
  std::string key;
  ByteWriter(key).u64(person.value);
  return key;
}

void PersonPlacement::insert(const OpenDecision& decision) {
  auto later = [](const OpenDecision& a, const OpenDecision& b) { return std::pair(a.time, a.id) < std::pair(b.time, b.id); };
  open.insert(std::upper_bound(open.begin(), open.end(), decision, later), decision);
  if (open.size() > kOpenDecisions) open.erase(open.begin());
}

PersonPlacement& PersonLedger::at(uint32_t placement, ProfileId origin) {
  const auto wanted = std::pair(placement, origin);
  auto at = std::find_if(placements.begin(), placements.end(), [&](const auto& p) { return std::pair(p.placement, p.origin) >= wanted; });
  if (at != placements.end() && std::pair(at->placement, at->origin) == wanted) return *at;
  auto made = placements.insert(at, PersonPlacement{});
  made->placement = placement;
  made->origin = origin;
  return *made;
}
PersonUnit PersonLedger::unit(uint32_t placement) const {
  PersonUnit unit;
  for (const auto& p : placements) {
    if (p.placement != placement) continue;
    unit.ai = {unit.ai.n + p.ai.n, unit.ai.y + p.ai.y, unit.ai.v + p.ai.v};
    unit.holdout = {unit.holdout.n + p.holdout.n, unit.holdout.y + p.holdout.y, unit.holdout.v + p.holdout.v};
  }
  return unit;
}
size_t PersonLedger::memory_bytes() const {
  size_t bytes = sizeof *this + placements.capacity() * sizeof(PersonPlacement);
  for (const auto& p : placements) bytes += p.open.capacity() * sizeof(OpenDecision) + p.crossed.capacity() * sizeof(DecisionId);
  return bytes;
}

std::string encode_person(const PersonLedger& person) {
  std::string bytes;
  ByteWriter out(bytes);
  out.u8(kPersonVersion);
  out.u64(person.moved_to.value);
  out.varint(person.placements.size());
  for (const auto& p : person.placements) {
    out.varint(p.placement);
    out.u64(p.origin.value);
    put(out, p.ai);
    put(out, p.holdout);
    out.varint(p.open.size());
    for (const auto& decision : p.open) {
      put(out, decision.id);
      out.i64(decision.time.micros);
    }
    out.varint(p.crossed.size());
    for (const auto& decision : p.crossed) put(out, decision);
  }
  return bytes;
}

Result<PersonLedger> decode_person(std::string_view bytes) {
  ByteReader in(bytes);
  if (in.u8() != kPersonVersion) return corrupt("person");
  PersonLedger person;
  person.moved_to.value = in.u64();
  uint64_t count = in.varint();
  for (uint64_t i = 0; i < count && in.ok(); ++i) {
    PersonPlacement p;
    p.placement = static_cast<uint32_t>(in.varint());
    p.origin.value = in.u64();
    p.ai = get_person_sums(in);
    p.holdout = get_person_sums(in);
    uint64_t open = in.varint();
    for (uint64_t j = 0; j < open && in.ok(); ++j) {
      DecisionId id = get_id(in);
      p.open.push_back({id, Time{in.i64()}});
    }
    uint64_t crossed = in.varint();
    for (uint64_t j = 0; j < crossed && in.ok(); ++j) p.crossed.push_back(get_id(in));
    person.placements.push_back(std::move(p));
  }
  if (!in.ok() || !in.at_end()) return corrupt("person");
  return person;
}

PlacementResult PlacementState::result(std::string name) const {
  PlacementResult r;
  r.placement = std::move(name);
  r.ai = ai, r.holdout = holdout;
  r.mixed = mixed, r.anonymous = anonymous, r.decisions = decisions, r.outcomes = outcomes;
  r.model = model, r.explore = explore, r.baseline = baseline;
  for (const auto& [id, action] : actions) r.actions.push_back(action);
  return r;
}

std::string encode_placement(const PlacementState& s) {
  std::string bytes;
  ByteWriter out(bytes);
  out.u8(kVersion);
  out.varint(s.index);
  put(out, s.ai);
  put(out, s.holdout);
  for (uint64_t n : {s.mixed, s.anonymous, s.decisions, s.outcomes, s.model, s.explore, s.baseline}) out.varint(n);
  out.varint(s.actions.size());
  for (const auto& [id, action] : s.actions) {
    out.bytes(id);
    out.varint(action.decisions);
    out.varint(action.conversions);
    out.f64(action.value);
  }
  return bytes;
}

Result<PlacementState> decode_placement(std::string_view bytes) {
  ByteReader in(bytes);
  if (in.u8() != kVersion) return corrupt("placement");
  PlacementState s;
  s.index = static_cast<uint32_t>(in.varint());
  s.ai = get_arm_sums(in);
  s.holdout = get_arm_sums(in);
  for (uint64_t* n : {&s.mixed, &s.anonymous, &s.decisions, &s.outcomes, &s.model, &s.explore, &s.baseline}) *n = in.varint();
  uint64_t count = in.varint();
  for (uint64_t i = 0; i < count && in.ok(); ++i) {
    ActionResult action;
    action.action = in.bytes();
    action.decisions = in.varint();
    action.conversions = in.varint();
    action.value = in.f64();
    s.actions.emplace(action.action, action);
  }
  if (!in.ok() || !in.at_end()) return corrupt("placement");
  return s;
}

}  // namespace furrow::decide
