#include "profile/profile.h"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <tuple>

#include "event/plausible_time.h"

namespace furrow::profile {
namespace {

constexpr uint8_t kProfileForm = 3;

bool later(const Trait& a, const Trait& b) { return std::pair(a.time, a.position) > std::pair(b.time, b.position); }
bool outranks(const Trait& a, const Trait& b) {
  auto rank = [](const Trait& trait) { return std::tuple(trait.empty() ? 0 : static_cast<int>(trait.trust), trait.time, trait.position); };
  return rank(a) > rank(b);
}
bool same_teller(const Trait& a, const Trait& b) { return a.origin == b.origin && a.source == b.source; }

using NamedTrait = std::pair<std::string, Trait>;

auto find_trait(std::vector<NamedTrait>& traits, std::string_view name) {
  return std::lower_bound(traits.begin(), traits.end(), name, [](const NamedTrait& t, std::string_view n) { return t.first < n; });
}
// The first that is not before the name, origin and source.
template <class Traits>
auto find_shadowed(Traits& shadowed, std::string_view name, ProfileId origin, std::string_view source) {
  return std::lower_bound(shadowed.begin(), shadowed.end(), std::tuple(name, origin, source), [](const NamedTrait& t, const auto& wanted) {
    return std::tuple(std::string_view(t.first), t.second.origin, std::string_view(t.second.source)) < wanted;
  });
}
template <class Traits>
auto shadowed_of(Traits& shadowed, std::string_view name) {
  auto first = find_shadowed(shadowed, name, ProfileId{}, {});
  auto last = std::find_if(first, shadowed.end(), [&](const NamedTrait& t) { return t.first != name; });
  return std::pair(first, last);
}

// Keeps the best kMaxTellers that one profile has of a trait. True when one had to go.
bool bound_tellers(const Trait& winner, std::string_view name, ProfileId origin, std::vector<NamedTrait>& shadowed) {
  auto first = find_shadowed(shadowed, name, origin, {}), last = first;
  size_t tellers = winner.origin == origin ? 1 : 0;
  auto worst = first;
  for (; last != shadowed.end() && last->first == name && last->second.origin == origin; ++last) {
    ++tellers;
    if (outranks(worst->second, last->second)) worst = last;
  }
  if (tellers <= kMaxTellers) return false;
  shadowed.erase(worst);
  return true;
}

void take_traits(const Event& event, LogPosition position, ProfileId origin, Trust trust, const Fields& fields, Profile& profile) {
  const std::string_view prefix = event.type == EventType::kGroup ? "group." : "";
  auto put = [&](std::string_view path, const Value& value) {
    Trait trait{{}, event.time, event.source, position, origin, trust};
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
    out.u8(static_cast<uint8_t>(trait.trust));
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
    trait.trust = static_cast<Trust>(std::clamp<uint8_t>(in.u8(), 1, 3));
  }
}

size_t heap_bytes(const std::string& text) { return text.capacity() > 15 ? text.capacity() + 1 : 0; }

size_t trait_bytes(const std::vector<NamedTrait>& traits) {
  size_t total = traits.capacity() * sizeof(NamedTrait);
  for (const auto& [name, trait] : traits) total += heap_bytes(name) + heap_bytes(trait.value) + heap_bytes(trait.source);
  return total;
}

size_t share_bytes(const std::vector<Share>& shares) {
  size_t total = shares.capacity() * sizeof(Share);
  for (const Share& share : shares) total += share.latest.capacity() * sizeof(LogPosition);
  return total;
}

// Of a profile or a share.
template <class Seen>
void see(Seen& seen, Time first, Time last) {
  bool before = seen.last_seen.micros != 0;
  seen.first_seen = before ? std::min(seen.first_seen, first) : first;
  seen.last_seen = std::max(seen.last_seen, last);
}
template <class Seen>
void count_event(Seen& seen, const Event& event, LogPosition position) {
  if (plausible_time(event)) see(seen, event.time, event.time);
  ++seen.events;
  if (seen.latest.size() == kTimelinePositions) seen.latest.erase(seen.latest.begin());
  seen.latest.push_back(position);
}
void add_latest(const std::vector<LogPosition>& more, std::vector<LogPosition>& latest) {
  std::vector<LogPosition> both;
  std::merge(latest.begin(), latest.end(), more.begin(), more.end(), std::back_inserter(both));
  if (both.size() > kTimelinePositions) both.erase(both.begin(), both.end() - kTimelinePositions);
  latest = std::move(both);
}

Share share_of(Profile&& profile) {
  return {profile.id, profile.first_seen, profile.last_seen, profile.events, profile.traits_left_out, profile.unread, std::move(profile.latest)};
}
std::vector<Share> shares_of(Profile&& profile) {
  if (!profile.shares.empty()) return std::move(profile.shares);
  return {share_of(std::move(profile))};
}
Share& share_for(Profile& profile, ProfileId origin) {
  auto at = std::find_if(profile.shares.begin(), profile.shares.end(), [&](const Share& s) { return s.id == origin; });
  if (at != profile.shares.end()) return *at;
  profile.shares.push_back({.id = origin, .first_seen = {}, .last_seen = {}, .latest = {}});
  return profile.shares.back();
}
// The profile's own share first, the totals from all, and no shares when its own is the only one.
void settle(Profile& profile, std::vector<Share> shares) {
  auto own = std::find_if(shares.begin(), shares.end(), [&](const Share& s) { return s.id == profile.id; });
  if (own == shares.end()) own = shares.insert(shares.begin(), Share{.id = profile.id, .first_seen = {}, .last_seen = {}, .latest = {}});
  std::rotate(shares.begin(), own, own + 1);
  profile.first_seen = profile.last_seen = {};
  profile.events = profile.traits_left_out = profile.unread = 0;
  profile.latest.clear();
  for (const Share& share : shares) {
    if (share.last_seen.micros != 0) see(profile, share.first_seen, share.last_seen);
    profile.events += share.events;
    profile.traits_left_out += share.traits_left_out;
    profile.unread += share.unread;
    add_latest(share.latest, profile.latest);
  }
  profile.shares = shares.size() > 1 ? std::move(shares) : std::vector<Share>();
}

void encode_positions(const std::vector<LogPosition>& positions, ByteWriter& out) {
  out.varint(positions.size());
  uint64_t before = 0;
  for (LogPosition position : positions) {
    out.varint(position.value - before);
    before = position.value;
  }
}
void decode_positions(ByteReader& in, std::vector<LogPosition>& positions) {
  uint64_t position = 0;
  for (uint64_t n = in.varint(); n > 0 && in.ok(); --n) positions.push_back({position += in.varint()});
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
  const ProfileId origin = trait.origin;
  if (same_teller(winner, trait)) {
    if (!later(trait, winner)) return;
    winner = std::move(trait);
  } else {
    auto beside = find_shadowed(shadowed, name, origin, trait.source);
    if (beside == shadowed.end() || beside->first != name || !same_teller(beside->second, trait)) {
      shadowed.emplace(beside, std::string(name), std::move(trait));
    } else if (later(trait, beside->second)) {
      beside->second = std::move(trait);
    } else {
      return;
    }
  }
  auto [first, last] = shadowed_of(shadowed, name);
  auto best = std::max_element(first, last, [](const NamedTrait& a, const NamedTrait& b) { return outranks(b.second, a.second); });
  if (best != last && outranks(best->second, winner)) {
    Trait loser = std::exchange(winner, std::move(best->second));
    shadowed.erase(best);
    auto place = find_shadowed(shadowed, name, loser.origin, loser.source);
    shadowed.emplace(place, std::string(name), std::move(loser));
  }
  if (bound_tellers(winner, name, origin, shadowed)) ++traits_left_out;
}

std::vector<const Trait*> Profile::alternatives(std::string_view name) const {
  auto [first, last] = shadowed_of(shadowed, name);
  std::vector<const Trait*> out;
  for (auto at = first; at != last; ++at) out.push_back(&at->second);
  std::sort(out.begin(), out.end(), [](const Trait* a, const Trait* b) { return outranks(*a, *b); });
  return out;
}

size_t Profile::bytes() const {
  return sizeof(Profile) + trait_bytes(traits) + trait_bytes(shadowed) + journal.bytes() + latest.capacity() * sizeof(LogPosition) +
         share_bytes(shares);
}

void apply_event(const FeatureProgram& program, const Event& event, LogPosition position, ProfileId origin, Profile& profile, ApplyScratch& scratch,
                 Trust trust) {
  count_event(profile, event, position);
  Share* share = nullptr;
  if (!profile.shares.empty()) {
    share = &share_for(profile, origin);
    count_event(*share, event, position);
  }
  const bool has_traits = event.type == EventType::kIdentify || event.type == EventType::kGroup;
  const bool wanted = program.wants(event.label());
  if (!has_traits && !wanted) return;
  if (!scratch.fields.parse(event.properties)) {
    ++profile.unread;
    if (share) ++share->unread;
    return;
  }
  if (has_traits) {
    const uint64_t before = profile.traits_left_out;
    take_traits(event, position, origin, trust, scratch.fields, profile);
    if (share) share->traits_left_out += profile.traits_left_out - before;
  }
  if (wanted && program.extract(event.label(), scratch.fields, event.time, position, scratch.entry)) {
    profile.journal.add(program, scratch.entry, origin);
    // A faulty clock in the future must not age what happened before it.
    profile.journal.advance(program, std::min(event.time, event.received_at));
  }
}

void absorb(Profile&& from, Profile& into) {
  for (auto* traits : {&from.traits, &from.shadowed}) {
    for (auto& [name, trait] : *traits) into.put_trait(name, std::move(trait));
  }
  into.journal.merge(std::move(from.journal));
  std::vector<Share> shares = into.shares.empty() ? std::vector<Share>() : std::move(into.shares);
  if (shares.empty()) shares.push_back(share_of(std::move(into)));
  for (Share& share : shares_of(std::move(from))) shares.push_back(std::move(share));
  settle(into, std::move(shares));
}

Profile take_out(Profile& profile, ProfileId leaves, const std::vector<ProfileId>& leaving) {
  auto goes = [&](ProfileId origin) { return std::find(leaving.begin(), leaving.end(), origin) != leaving.end(); };
  Profile out;
  out.id = leaves;
  std::vector<NamedTrait> all = std::exchange(profile.traits, {});
  std::move(profile.shadowed.begin(), profile.shadowed.end(), std::back_inserter(all));
  profile.shadowed.clear();
  for (auto& [name, trait] : all) (goes(trait.origin) ? out : profile).put_trait(name, std::move(trait));
  out.journal = profile.journal.take_out(goes);
  std::vector<Share> staying = shares_of(std::move(profile)), going;
  for (size_t i = 0; i < staying.size();) {
    if (!goes(staying[i].id)) {
      ++i;
      continue;
    }
    going.push_back(std::move(staying[i]));
    staying.erase(staying.begin() + static_cast<ptrdiff_t>(i));
  }
  settle(profile, std::move(staying));
  settle(out, std::move(going));
  return out;
}

void encode(const Profile& profile, ByteWriter& out) {
  out.u8(kProfileForm);
  out.u64(profile.id.value);
  out.i64(profile.first_seen.micros);
  out.i64(profile.last_seen.micros);
  out.varint(profile.events);
  out.varint(profile.traits_left_out);
  out.varint(profile.unread);
  encode_traits(profile.traits, out);
  encode_traits(profile.shadowed, out);
  encode_positions(profile.latest, out);
  out.varint(profile.shares.size());
  for (const Share& share : profile.shares) {
    out.u64(share.id.value);
    out.i64(share.first_seen.micros);
    out.i64(share.last_seen.micros);
    out.varint(share.events);
    out.varint(share.traits_left_out);
    out.varint(share.unread);
    encode_positions(share.latest, out);
  }
  profile.journal.encode(out);
}

Result<Profile> decode_profile(std::string_view bytes) {
  const Error torn(ErrorCode::kStorageCorrupt, "a stored profile does not decode; rebuild the views from the log");
  ByteReader in(bytes);
  if (in.u8() != kProfileForm) return torn;
  Profile profile;
  profile.id.value = in.u64();
  profile.first_seen.micros = in.i64();
  profile.last_seen.micros = in.i64();
  profile.events = in.varint();
  profile.traits_left_out = in.varint();
  profile.unread = in.varint();
  decode_traits(in, profile.traits);
  decode_traits(in, profile.shadowed);
  decode_positions(in, profile.latest);
  for (uint64_t n = in.varint(); n > 0 && in.ok(); --n) {
    auto& share = profile.shares.emplace_back();
    share.id.value = in.u64();
    share.first_seen.micros = in.i64();
    share.last_seen.micros = in.i64();
    share.events = in.varint();
    share.traits_left_out = in.varint();
    share.unread = in.varint();
    decode_positions(in, share.latest);
  }
  if (!in.ok()) return torn;
  FURROW_ASSIGN(profile.journal, Journal::decode(in));
  if (!in.at_end() || !in.ok()) return torn;
  return profile;
}

}  // namespace furrow::profile
