// Deterministic identity: which person an event belongs to, from its declared identifiers.
//
// Rule: every identifier of the event is looked up; none known makes a new person; one person known takes the event and
// the event's other identifiers; several people known are merged into the one whose identifier ranks highest (then the
// oldest), unless both already have different values of an identifier declared `unique` (user_id always is): then they
// stay apart and the event goes to the person of its highest-ranking identifier. An identifier that already belongs to
// somebody is never taken away. Values listed in `never` ("null", "info@…") identify nobody.
// `shared` kinds (devices in a shop) identify somebody only in events that carry nothing else and join nobody; a kind's
// `limit` is how many values one person may have: more are not taken, and people who would have more stay apart.
// Merges are records of their own; `canonical` follows them. Every identifier keeps the profile it came in under, and
// merges hang profiles into a tree (people_tree.h), so that a SplitRecord takes the two sides of one merge apart again
// as if it had never been. From then on only a person merges them.
// Threads: resolve, apply, checkpoint and digest from the owning thread; find and canonical from any thread.
// Cost: one hash lookup an identifier; identifiers not in the cache are read from the store. Memory: the cache, bounded.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/yaml.h"
#include "event/view.h"

namespace furrow::identity {

// A kind is a declared name; user_id and anonymous_id are always there, others are read from traits of identify events.
struct IdentifierRule {
  std::string kind;    // "user_id", "email", "phone", "anonymous_id", …
  std::string trait;   // the trait that carries it; "" for user_id and anonymous_id
  bool unique = false; // a person has at most one value
  std::vector<std::string> never;  // values that identify nobody; `*` stands for any characters
  bool shared = false;
  size_t limit = 0;    // values of a person; 0: any number
};
inline constexpr size_t kMaxMembers = 4096;  // profiles that are one person; merges that would make more are not proposed
struct IdentityRules {
  std::vector<IdentifierRule> identifiers;  // highest rank first
  static IdentityRules defaults();          // user_id (unique), email, phone, anonymous_id
  static IdentityRules load(const YamlNode& node);
  size_t rank(std::string_view kind) const;
};

struct Identifier {
  std::string kind, value;
  bool operator==(const Identifier&) const = default;
};

struct Resolution {
  ProfileId profile;                // whom the event goes to, after the merges
  ProfileId origin;                 // the profile whose identifier said so, when it is another; else 0
  bool created = false;
  std::vector<MergeRecord> merges;  // to append before the event
};

class IdentityView : public View {
 public:
  static Result<std::unique_ptr<IdentityView>> open(IdentityRules rules, store::KvStore& kv, size_t cache_entries);
  // The rules (or the stored form) changed since the last checkpoint: `open` emptied the view; replay the whole log into it.
  virtual bool needs_rebuild() const = 0;
  // What the rules make of this event. Changes nothing: append the merges and the event, and apply them.
  virtual Result<Resolution> resolve(const Event& event) = 0;
  virtual std::optional<ProfileId> find(std::string_view kind, std::string_view value) const = 0;  // canonical
  // The profile that the identifier came in under, merges not followed.
  virtual std::optional<ProfileId> owner(std::string_view kind, std::string_view value) const = 0;
  // What a person's merge of two people would be (`merge` names them by any of their profiles, and says by what rule and
  // actor), or why not: kInvalidArgument when they are one already, kNotFound when one is nobody, kTooLarge beyond kMaxMembers. A rule's merge
  // (no actor) is kConflict, too, when a unique kind, a limit or a split keeps them apart.
  virtual Result<MergeRecord> propose_merge(MergeRecord merge) = 0;
  // The two sides of a merge of this person; kNotFound when there is none. Its outcomes are the ledger's to say.
  virtual Result<SplitRecord> propose_split(ProfileId profile, LogPosition merge) = 0;
  // The merges that made the person, and whom each merged away; the earliest first.
  struct Merged {
    LogPosition merge;
    ProfileId from;
  };
  virtual std::vector<Merged> merges_of(ProfileId person) const = 0;
  virtual ProfileId canonical(ProfileId profile) const = 0;
  virtual std::vector<Identifier> identifiers_of(ProfileId profile) const = 0;
  virtual uint64_t people() const = 0;  // canonical profiles
};

}  // namespace furrow::identity
