// Deterministic identity: which person an event belongs to, from its declared identifiers.
//
// Rule: every identifier of the event is looked up; none known makes a new person; one person known takes the event and
// the event's other identifiers; several people known are merged into the one whose identifier ranks highest (then the
// oldest), unless both already have different values of an identifier declared `unique` (user_id always is): then they
// stay apart and the event goes to the person of its highest-ranking identifier. An identifier that already belongs to
// somebody is never taken away. Values listed in `never` ("null", "info@…") identify nobody.
// Merges are records of their own; `canonical` follows them. A later issue adds undo and probabilistic links: nothing
// here deletes what an undo would need.
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
  std::vector<std::string> never;
};
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
  virtual ProfileId canonical(ProfileId profile) const = 0;
  virtual std::vector<Identifier> identifiers_of(ProfileId profile) const = 0;
  virtual uint64_t people() const = 0;  // canonical profiles
};

}  // namespace furrow::identity
