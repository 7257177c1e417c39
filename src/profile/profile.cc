#include "profile/profile.h"

#include <algorithm>
#include <charconv>

#include "event/plausible_time.h"

namespace furrow::profile {
namespace {

constexpr uint8_t kForm = 1;

bool later(const Trait& a, const Trait& b) { return std::pair(a.time, a.position) > std::pair(b.time, b.position); }

using NamedTrait = std::pair<std::string, Trait>;

auto find_trait(std::vector<NamedTrait>& traits, std::string_view name) {
  return std::lower_bound(traits.begin(), traits.end(), name, [](const NamedTrait& t, std::string_view n) { return t.first < n; });
}
auto find_shadowed(std::vector<NamedTrait>& shadowed, std::string_view name, ProfileId origin) {
  return std::lower_bound(shadowed.begin(), shadowed.end(), std::pair(name, origin), [](const NamedTrait& t, const auto& wanted) {
    return std::pair(std::string_view(t.first), t.second.origin) < wanted;
  });
}

void take_traits(const Event& event, LogPosition position, const Fields& fields, Profile& profile) {
  const std::string_view prefix = event.type == EventType::kGroup ? "group." : "";
  auto put = [&](std::string_view path, const Value& value) {
    Trait trait{{}, event.time, event.source, position, profile.id};
    JsonWriter(trait.value).value(value);
    if (trait.value.size() > kMaxTraitBytes || path.empty()) {
      ++profile.traits_left_out;
      return;
    }
    std::string name(prefix);
    name += path;
    profile.put_trait(name, std::move(trait));
  };
  if (event.type == EventType::kGroup && !event.name.empty()) put("id", Value(std::string_view(event.name)));
  for (const auto& [path, value] : fields.all()) put(path, value);
}

void encode_traits(const std::vector<NamedTrait>& traits, ByteWriter& out) {
  out.varint(traits.size());
  for (const auto& [name, trait] : traits) {
    out.bytes(name);
    out.bytes(trait.value);
    out.i64(trait.time.micros);
    out.bytes(trait.source);
    out.varint(trait.position.value);
    out.u64(trait.origin.value);
  }
}
void decode_traits(ByteReader& in, std::vector<NamedTrait>& traits) {
  for (uint64_t n = in.varint(); n > 0 && in.ok(); --n) {
    auto& [name, trait] = traits.emplace_back();
    name = in.bytes();
    trait.value = in.bytes();
    trait.time.micros = in.i64();
    trait.source = in.bytes();
    trait.position.value = in.varint();
    trait.origin.value = in.u64();
  }
}

size_t heap_bytes(const std::string& text) { return text.capacity() > 15 ? text.capacity() + 1 : 0; }

size_t trait_bytes(const std::vector<NamedTrait>& traits) {
  size_t total = traits.capacity() * sizeof(NamedTrait);
  for (const auto& [name, trait] : traits) total += heap_bytes(name) + heap_bytes(trait.value) + heap_bytes(trait.source);
  return total;
}

}  // namespace

const Trait* Profile::trait(std::string_view name) const {
  auto at = std::lower_bound(traits.begin(), traits.end(), name, [](const NamedTrait& t, std::string_view n) { return t.first < n; });
  return at != traits.end() && at->first == name ? &at->second : nullptr;
}

Value Profile::trait_value(std::string_view name, std::string& storage) const {
  const Trait* found = trait(name);
  if (!found || found->value.empty()) return {};
  const std::string& json = found->value;
  if (json == "true" || json == "false") return Value(json == "true");
  if (json[0] != '"') {
    double number = 0;
    auto [end, error] = std::from_chars(json.data(), json.data() + json.size(), number);
    return error == std::errc() ? Value(number) : Value();
  }
  if (json.find('\\') == std::string::npos) return Value(std::string_view(json).substr(1, json.size() - 2));
  Fields fields;
  if (!fields.parse("{\"v\":" + json + "}")) return {};
  storage = fields.get("v").text();
  return Value(std::string_view(storage));
}

void Profile::put_trait(std::string_view name, Trait trait) {
  auto at = find_trait(traits, name);
  if (at == traits.end() || at->first != name) {
    if (traits.size() == kMaxTraits) {
      ++traits_left_out;
      return;
    }
    traits.emplace(at, std::string(name), std::move(trait));
    return;
  }
  Trait& winner = at->second;
  bool wins = later(trait, winner);
  if (winner.origin == trait.origin) {
    if (wins) winner = std::move(trait);
    return;
  }
  if (wins) {
    std::swap(trait, winner);
    auto own = find_shadowed(shadowed, name, winner.origin);
    if (own != shadowed.end() && own->first == name && own->second.origin == winner.origin) shadowed.erase(own);
  }
  auto beside = find_shadowed(shadowed, name, trait.origin);
  if (beside == shadowed.end() || beside->first != name || beside->second.origin != trait.origin) {
    shadowed.emplace(beside, std::string(name), std::move(trait));
  } else if (later(trait, beside->second)) {
    beside->second = std::move(trait);
  }
}

size_t Profile::bytes() const {
  return sizeof(Profile) + trait_bytes(traits) + trait_bytes(shadowed) + journal.bytes() + latest.capacity() * sizeof(LogPosition) +
         absorbed.capacity() * sizeof(AbsorbedProfile);
}

static void see(Profile& profile, Time first, Time last) {
  bool before = profile.last_seen.micros != 0;
  profile.first_seen = before ? std::min(profile.first_seen, first) : first;
  profile.last_seen = std::max(profile.last_seen, last);
}

void apply_event(const FeatureProgram& program, const Event& event, LogPosition position, Profile& profile, ApplyScratch& scratch) {
  if (plausible_time(event)) see(profile, event.time, event.time);
  ++profile.events;
  if (profile.latest.size() == kTimelinePositions) profile.latest.erase(profile.latest.begin());
  profile.latest.push_back(position);

  const bool has_traits = event.type == EventType::kIdentify || event.type == EventType::kGroup;
  const bool wanted = program.wants(event.label());
  if (!has_traits && !wanted) return;
  if (!scratch.fields.parse(event.properties)) {
    ++profile.unread;
    return;
  }
  if (has_traits) take_traits(event, position, scratch.fields, profile);
  if (wanted && program.extract(event.label(), scratch.fields, event.time, position, scratch.entry)) {
    profile.journal.add(program, scratch.entry, profile.id);
    // A faulty clock in the future must not age what happened before it.
    profile.journal.advance(program, std::min(event.time, event.received_at));
  }
}

void absorb(Profile&& from, Profile& into) {
  for (auto* traits : {&from.traits, &from.shadowed}) {
    for (auto& [name, trait] : *traits) into.put_trait(name, std::move(trait));
  }
  into.journal.merge(std::move(from.journal));
  into.absorbed.push_back({from.id, from.first_seen, from.last_seen, from.events});
  into.absorbed.insert(into.absorbed.end(), from.absorbed.begin(), from.absorbed.end());
  if (from.last_seen.micros != 0) see(into, from.first_seen, from.last_seen);
  into.events += from.events;
  into.traits_left_out += from.traits_left_out;
  into.unread += from.unread;
  std::vector<LogPosition> both;
  std::merge(into.latest.begin(), into.latest.end(), from.latest.begin(), from.latest.end(), std::back_inserter(both));
  if (both.size() > kTimelinePositions) both.erase(both.begin(), both.end() - kTimelinePositions);
  into.latest = std::move(both);
}

void encode(const Profile& profile, ByteWriter& out) {
  out.u8(kForm);
  out.u64(profile.id.value);
  out.i64(profile.first_seen.micros);
  out.i64(profile.last_seen.micros);
  out.varint(profile.events);
  out.varint(profile.traits_left_out);
  out.varint(profile.unread);
  encode_traits(profile.traits, out);
  encode_traits(profile.shadowed, out);
  out.varint(profile.latest.size());
  uint64_t before = 0;
  for (LogPosition position : profile.latest) {
    out.varint(position.value - before);
    before = position.value;
  }
  out.varint(profile.absorbed.size());
  for (const AbsorbedProfile& absorbed : profile.absorbed) {
    out.u64(absorbed.id.value);
    out.i64(absorbed.first_seen.micros);
    out.i64(absorbed.last_seen.micros);
    out.varint(absorbed.events);
  }
  profile.journal.encode(out);
}

Result<Profile> decode_profile(std::string_view bytes) {
  const Error torn(ErrorCode::kStorageCorrupt, "a stored profile does not decode; rebuild the views from the log");
  ByteReader in(bytes);
  if (in.u8() != kForm) return torn;
  Profile profile;
  profile.id.value = in.u64();
  profile.first_seen.micros = in.i64();
  profile.last_seen.micros = in.i64();
  profile.events = in.varint();
  profile.traits_left_out = in.varint();
  profile.unread = in.varint();
  decode_traits(in, profile.traits);
  decode_traits(in, profile.shadowed);
  uint64_t position = 0;
  for (uint64_t n = in.varint(); n > 0 && in.ok(); --n) profile.latest.push_back({position += in.varint()});
  for (uint64_t n = in.varint(); n > 0 && in.ok(); --n) {
    auto& absorbed = profile.absorbed.emplace_back();
    absorbed.id.value = in.u64();
    absorbed.first_seen.micros = in.i64();
    absorbed.last_seen.micros = in.i64();
    absorbed.events = in.varint();
  }
  if (!in.ok()) return torn;
  FURROW_ASSIGN(profile.journal, Journal::decode(in));
  if (!in.at_end() || !in.ok()) return torn;
  return profile;
}

}  // namespace furrow::profile
