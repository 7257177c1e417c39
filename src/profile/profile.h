// Profile: everything kept about one person, and how a record changes it. No storage here (profile_view.h).
//
// Traits come from the leaves of identify traits, by dotted path ("address.city"), and of group traits under "group."
// (the group's id is "group.id"). A source's latest word (by event time, then by place in the log) is its word. Of several sources the one
// that is trusted more wins (source_trust.h), then the latest; null wins over nobody. What did not win is kept aside with its source and
// time, so that every value can say why it is the one, and a merge can be undone.
// Limits: kMaxTraits names a profile, kMaxTraitBytes a value, kMaxTellers sources of a trait and profile that came in; what is over (the
// least trusted, oldest) is left out and counted. Threads: a value.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/ids.h"
#include "base/json.h"
#include "base/result.h"
#include "base/time.h"
#include "event/event.h"
#include "profile/journal.h"
#include "profile/program.h"
#include "profile/source_trust.h"

namespace furrow::profile {

inline constexpr size_t kTimelinePositions = 256;
inline constexpr size_t kMaxTraits = 512;
inline constexpr size_t kMaxTraitBytes = 8192;
inline constexpr size_t kMaxTellers = 4;

struct Trait {
  std::string value;  // JSON
  Time time;
  std::string source;
  LogPosition position;
  ProfileId origin;   // the profile it came in under
  Trust trust = Trust::kOwn;  // in its source, as declared when the views were built
  bool empty() const { return value.empty() || value == "null"; }
  bool operator==(const Trait&) const = default;
};

// What one of the profiles that are this person brought, as far as entries and traits (which carry their origin) do not tell.
struct Share {
  ProfileId id;
  Time first_seen, last_seen;
  uint64_t events = 0, traits_left_out = 0, unread = 0;
  std::vector<LogPosition> latest;
  bool operator==(const Share&) const = default;
};

struct Profile {
  ProfileId id;
  std::vector<std::pair<std::string, Trait>> traits;    // sorted by name
  std::vector<std::pair<std::string, Trait>> shadowed;  // other sources' and origins' losing traits, sorted by name, origin, source
  Journal journal;
  Time first_seen, last_seen;  // plausible event times, of everything merged in too; 0 while there is none
  uint64_t events = 0;         // likewise
  uint64_t traits_left_out = 0;
  uint64_t unread = 0;  // events whose properties are beyond Fields' limits: counted, but no traits and no features
  std::vector<LogPosition> latest;  // oldest first, at most kTimelinePositions
  std::vector<Share> shares;  // the profile's own, then of each merged into it, in that order; none while nothing is merged in

  const Trait* trait(std::string_view name) const;
  // The trait as a Value that views its text; nothing when absent or null. `storage` holds unescaped text.
  Value trait_value(std::string_view name, std::string& storage) const;
  size_t bytes() const;  // of memory, with sizeof(Profile)
  void put_trait(std::string_view name, Trait trait);
  // What else is told of the trait, the next best first.
  std::vector<const Trait*> alternatives(std::string_view name) const;
};

// Scratch of the applying thread, reused from event to event.
struct ApplyScratch {
  Fields fields;
  JournalEntry entry;
};

// Counts an event in that `origin` brought: the profile itself, or one merged into it.
void apply_event(const FeatureProgram& program, const Event& event, LogPosition position, ProfileId origin, Profile& profile, ApplyScratch& scratch,
                 Trust trust = Trust::kOwn);
// Moves everything of `from` into `into`.
void absorb(Profile&& from, Profile& into);
// The undoing: takes what the `leaving` profiles brought out of `profile`, as the profile `leaves`, which is one of them. Values
// as of now and later are as if they had never been one; where both together went over a limit (names of traits, entries of
// the journal), what the limit left out is not brought back.
Profile take_out(Profile& profile, ProfileId leaves, const std::vector<ProfileId>& leaving);

// Equal profiles, equal bytes. kStorageCorrupt.
void encode(const Profile& profile, ByteWriter& out);
Result<Profile> decode_profile(std::string_view bytes);

}  // namespace furrow::profile
