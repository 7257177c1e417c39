#include "identity/identity_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <shared_mutex>

#include "event/frozen_map.h"
#include "event/write_back.h"
#include "identity/event_identifiers.h"
#include "identity/identity_person.h"
#include "identity/people_tree.h"

namespace furrow::identity {
namespace {

constexpr uint8_t kForm = 2;
constexpr std::string_view kStateKey = "state";
constexpr size_t kMaxListed = 1000;  // identifiers listed on a person; every one of them still finds the person

std::string encode_id(uint64_t value) {
  std::string bytes;
  ByteWriter(bytes).u64(value);
  return bytes;
}

std::string identifier_key(std::string_view kind, std::string_view value) {
  std::string key;
  key.reserve(kind.size() + 1 + value.size());
  key.append(kind).append(1, '\0').append(value);
  return key;
}

struct KeyHash {
  using is_transparent = void;
  size_t operator()(std::string_view key) const { return hash64(key); }
};

uint64_t hash_of(const IdentityRules& rules) {
  std::string text(1, static_cast<char>(kForm));
  ByteWriter out(text);
  for (const auto& rule : rules.identifiers) {
    out.bytes(rule.kind);
    out.bytes(rule.trait);
    out.u8(rule.unique);
    out.varint(rule.never.size());
    for (const auto& never : rule.never) out.bytes(never);
    if (!rule.shared && rule.limit == 0) continue;  // as before there were such rules
    out.u8(rule.shared);
    out.varint(rule.limit);
  }
  return hash64(text);
}

class StoredIdentityView : public IdentityView {
 public:
  struct Spaces { store::Space identifiers, people, state; };

  StoredIdentityView(IdentityRules rules, store::KvStore& kv, Spaces spaces, size_t cache_entries, uint64_t people, bool needs_rebuild)
      : rules_(std::move(rules)), reader_(rules_), kv_(kv), spaces_(spaces), identifiers_(cache_entries), persons_(cache_entries),
        tree_([this](ProfileId id) { return person(id); }, [this](ProfileId id, Person changed) { persons_.set(id, std::move(changed)); }),
        people_(people), needs_rebuild_(needs_rebuild) {
    for (const auto& rule : rules_.identifiers) {
      any_shared_ = any_shared_ || rule.shared;
      any_limit_ = any_limit_ || rule.limit > 0;
    }
  }

  std::string_view name() const override { return "identity"; }
  bool needs_rebuild() const override { return needs_rebuild_; }

  Result<Resolution> resolve(const Event& event) override {
    std::unique_lock lock(mutex_);
    const auto& ids = reader_.read(event);
    const bool better = any_shared_ && std::any_of(ids.begin(), ids.end(), [&](const Identifier& id) { return !rule(id).shared; });
    Resolution out;
    struct Owner {
      ProfileId person, origin;
    };
    std::vector<Owner> owners;  // those who may take the event, by rank, each once
    for (const auto& id : ids) {
      if (better && rule(id).shared) continue;
      FURROW_ASSIGN(ProfileId origin, bound(identifier_key(id.kind, id.value)));
      FURROW_ASSIGN(ProfileId owner, tree_.root_of(origin));
      if (!owner || std::any_of(owners.begin(), owners.end(), [&](const Owner& o) { return o.person == owner; })) continue;
      FURROW_ASSIGN(bool apart, contradicts(owner, ids));
      if (!apart) owners.push_back({owner, origin});
    }
    if (owners.empty()) {
      FURROW_ASSIGN(out.profile, fresh_id(ids.empty() ? identifier_key("message", event.message_id)
                                                      : identifier_key(ids.front().kind, ids.front().value)));
      out.created = true;
      return out;
    }
    out.profile = owners.front().person;
    if (owners.front().origin != out.profile) out.origin = owners.front().origin;
    if (owners.size() == 1) return out;
    std::vector<Identifier> united;
    size_t members = 0;
    FURROW_TRY(unite(out.profile, united, members));
    for (size_t i = 1; i < owners.size(); ++i) {
      FURROW_ASSIGN(bool contradict, contradicts(owners[i].person, united, true));
      if (contradict) continue;
      FURROW_ASSIGN(bool apart, tree_.apart(owners[i].person, out.profile));
      for (const auto& merge : out.merges) {
        if (apart) break;
        FURROW_ASSIGN(apart, tree_.apart(owners[i].person, merge.from));
      }
      if (apart) continue;
      FURROW_TRY(unite(owners[i].person, united, members));
      if (members > kMaxMembers) break;
      out.merges.push_back({owners[i].person, out.profile, event.received_at, std::string(to_string(event.type)), owners[i].origin,
                            owners.front().origin, {}});
    }
    return out;
  }

  Result<MergeRecord> propose_merge(MergeRecord merge) override {
    std::unique_lock lock(mutex_);
    const ProfileId from = merge.from, into = merge.into;
    for (ProfileId* side : {&merge.from, &merge.into}) {
      FURROW_ASSIGN(*side, tree_.root_of(*side));
      FURROW_ASSIGN(const Person* known, person(*side));
      if (!known) return Error(ErrorCode::kNotFound, fmt::format("there is nobody {}", side->to_string()));
    }
    if (merge.from == merge.into) return Error(ErrorCode::kInvalidArgument, fmt::format("they are one person already: {}", merge.into.to_string()));
    merge.from_origin = from;
    merge.into_origin = into;
    std::vector<Identifier> united;
    size_t members = 0;
    FURROW_TRY(unite(merge.into, united, members));
    if (merge.actor.empty()) {
      FURROW_ASSIGN(bool contradict, contradicts(merge.from, united, true));
      if (contradict) return Error(ErrorCode::kConflict, "they have different values of a unique identifier, or too many of a limited one");
      FURROW_ASSIGN(bool apart, tree_.apart(merge.from, merge.into));
      if (apart) return Error(ErrorCode::kConflict, "a person has said that they are two");
    }
    FURROW_TRY(unite(merge.from, united, members));
    if (members > kMaxMembers) return Error(ErrorCode::kTooLarge, fmt::format("together they would be {} profiles; the limit is {}", members, kMaxMembers));
    return merge;
  }

  Result<SplitRecord> propose_split(ProfileId profile, LogPosition merge) override {
    std::unique_lock lock(mutex_);
    FURROW_ASSIGN(ProfileId root, tree_.root_of(profile));
    return tree_.sides(root, merge);
  }

  std::vector<Merged> merges_of(ProfileId id) const override {
    std::vector<Merged> merges;
    auto root = read_person(id);
    if (!root) return merges;
    auto add = [&](const Person& one) {
      if (one.link) merges.push_back({one.merge, one.merged});
    };
    add(*root);
    for (ProfileId member : root->members) {
      if (auto one = read_person(member)) add(*one);
    }
    std::sort(merges.begin(), merges.end(), [](const Merged& a, const Merged& b) { return a.merge < b.merge; });
    return merges;
  }

  Status apply(const Record& record) override {
    if (const auto* event = std::get_if<EventRecord>(&record.body)) return apply_event(*event, record.position);
    if (const auto* merge = std::get_if<MergeRecord>(&record.body)) return apply_merge(*merge, record.position);
    if (const auto* split = std::get_if<SplitRecord>(&record.body)) return apply_split(*split);
    return {};
  }

  std::unique_ptr<Gathering> freeze() override {
    std::string state;
    ByteWriter out(state);
    out.u64(hash_of(rules_));
    out.u64(people_);
    std::unique_lock lock(mutex_);
    needs_rebuild_ = false;
    auto dropped_identifiers = identifiers_.freeze();
    auto dropped_persons = persons_.freeze();
    return std::make_unique<Frozen>(*this, std::move(state), std::move(dropped_identifiers), std::move(dropped_persons));
  }

  Result<Digest> digest() override {
    Digest digest;
    auto add = [&](char space, std::string_view key, std::string_view value) {
      std::string entry(1, space);
      ByteWriter out(entry);
      out.bytes(key);
      out.bytes(value);
      digest.add(entry);
    };
    auto ids = kv_.scan(spaces_.identifiers, "", "");
    for (; ids->valid(); ids->next()) {
      if (!identifiers_.peek_changed(ids->key())) add('i', ids->key(), ids->value());
    }
    FURROW_TRY(ids->status());
    identifiers_.each_changed([&](const std::string& key, ProfileId id) { add('i', key, encode_id(id.value)); });
    auto people = kv_.scan(spaces_.people, "", "");
    for (; people->valid(); people->next()) {
      ByteReader key(people->key());
      if (!persons_.peek_changed(ProfileId{key.u64()})) add('p', people->key(), people->value());
    }
    FURROW_TRY(people->status());
    persons_.each_changed([&](ProfileId id, const Person& p) { add('p', encode_id(id.value), encode_person(p)); });
    return digest;
  }

  std::optional<ProfileId> owner(std::string_view kind, std::string_view value) const override {
    std::string key = identifier_key(kind, EventIdentifiers::normalized(kind, value));
    {
      std::shared_lock lock(mutex_);
      if (const ProfileId* known = identifiers_.peek(key)) return *known;
    }
    auto stored = kv_.get(spaces_.identifiers, key);
    if (!stored.ok() || !*stored) return {};
    return ProfileId{ByteReader(**stored).u64()};
  }

  std::optional<ProfileId> find(std::string_view kind, std::string_view value) const override {
    auto id = owner(kind, value);
    return id ? std::optional(canonical(*id)) : id;
  }

  ProfileId canonical(ProfileId profile) const override {
    while (true) {
      ProfileId next = link_of(profile);
      if (!next) return profile;
      profile = next;
    }
  }

  std::vector<Identifier> identifiers_of(ProfileId profile) const override {
    std::vector<Identifier> list;
    auto found = read_person(profile);
    if (!found) return list;
    for (auto& listed : found->identifiers) list.push_back(std::move(listed.identifier));
    return list;
  }

  uint64_t people() const override {
    std::shared_lock lock(mutex_);
    return people_;
  }

 private:
  using Identifiers = WriteBack<std::string, ProfileId, KeyHash>;
  using Persons = WriteBack<ProfileId, Person>;

  class Frozen final : public Gathering {
   public:
    Frozen(const StoredIdentityView& view, std::string state, std::vector<Identifiers::Map> identifiers, std::vector<Persons::Map> persons)
        : spaces_(view.spaces_), state_(std::move(state)), identifiers_(view.identifiers_.frozen()), persons_(view.persons_.frozen()),
          dropped_identifiers_(std::move(identifiers)), dropped_persons_(std::move(persons)) {}
    bool gather(store::Batch& batch, size_t entries) override {
      if (identifiers_.walk(entries, [&](const std::string& key, ProfileId id) { batch.put(spaces_.identifiers, key, encode_id(id.value)); })) return true;
      if (persons_.walk(entries, [&](ProfileId id, const Person& p) { batch.put(spaces_.people, encode_id(id.value), encode_person(p)); })) return true;
      batch.put(spaces_.state, std::string(kStateKey), std::move(state_));
      return false;
    }

   private:
    const Spaces spaces_;
    std::string state_;
    FrozenMap<Identifiers::Map> identifiers_;
    FrozenMap<Persons::Map> persons_;
    std::vector<Identifiers::Map> dropped_identifiers_;
    std::vector<Persons::Map> dropped_persons_;
  };

  // As read_person, without a copy of all that is known of them.
  ProfileId link_of(ProfileId id) const {
    {
      std::shared_lock lock(mutex_);
      if (const Person* known = persons_.peek(id)) return known->link;
    }
    auto stored = kv_.get(spaces_.people, encode_id(id.value));
    auto person = stored.ok() && *stored ? decode_person(**stored) : std::nullopt;
    return person ? person->link : ProfileId{};
  }

  // A reader's copy; it leaves the cache as it is, so readers share the lock.
  std::optional<Person> read_person(ProfileId id) const {
    {
      std::shared_lock lock(mutex_);
      if (const Person* known = persons_.peek(id)) return *known;
    }
    auto stored = kv_.get(spaces_.people, encode_id(id.value));
    return stored.ok() && *stored ? decode_person(**stored) : std::nullopt;
  }

  // Null when there is no such person. Valid until the next call.
  Result<const Person*> person(ProfileId id) {
    if (const Person* known = persons_.find(id)) return known;
    FURROW_ASSIGN(auto stored, kv_.get(spaces_.people, encode_id(id.value)));
    if (!stored) return static_cast<const Person*>(nullptr);
    auto decoded = decode_person(*stored);
    if (!decoded) return Error(ErrorCode::kStorageCorrupt, fmt::format("the stored identity of {} cannot be read; remove the views folder to rebuild it from the log", id.to_string()));
    return persons_.remember(id, std::move(*decoded));
  }

  Result<ProfileId> bound(const std::string& key) {
    if (const ProfileId* known = identifiers_.find(key)) return *known;
    FURROW_ASSIGN(auto stored, kv_.get(spaces_.identifiers, key));
    if (!stored) return ProfileId{};
    return *identifiers_.remember(key, ProfileId{ByteReader(*stored).u64()});
  }

  const IdentifierRule& rule(const Identifier& id) const { return rules_.identifiers[rules_.rank(id.kind)]; }

  // Adds what a person has to `united`.
  Status unite(ProfileId id, std::vector<Identifier>& united, size_t& members) {
    FURROW_ASSIGN(const Person* p, person(id));
    ++members;
    if (!p) return {};
    for (const auto& listed : p->identifiers) united.push_back(listed.identifier);
    members += p->members.size();
    return {};
  }

  // Whether the person has other values of a unique kind than these identifiers say; when `uniting` with who has them, also
  // whether both together have too many of a limited kind. (One event with one value too many is still theirs.)
  Result<bool> contradicts(ProfileId id, const std::vector<Identifier>& identifiers, bool uniting = false) {
    FURROW_ASSIGN(const Person* p, person(id));
    if (!p) return false;
    for (const IdentifierRule& rule : rules_.identifiers) {
      if (!rule.unique && !(uniting && rule.limit > 0)) continue;
      size_t values = 0, added = 0;
      for (const auto& has : p->identifiers) values += has.identifier.kind == rule.kind;
      if (values == 0) continue;
      for (const auto& wanted : identifiers) {
        if (wanted.kind != rule.kind) continue;
        added += std::none_of(p->identifiers.begin(), p->identifiers.end(), [&](const auto& has) { return has.identifier == wanted; });
      }
      if (added > 0 && (rule.unique || values + added > rule.limit)) return true;
    }
    return false;
  }

  Result<ProfileId> fresh_id(const std::string& seed) {
    for (uint64_t salt = 0;; ++salt) {
      ProfileId id{hash64(seed, salt)};
      if (!id) continue;
      FURROW_ASSIGN(const Person* taken, person(id));
      if (!taken) return id;
    }
  }

  Status apply_event(const EventRecord& record, LogPosition position) {
    std::unique_lock lock(mutex_);
    const auto& ids = reader_.read(record.event);
    const bool better = any_shared_ && std::any_of(ids.begin(), ids.end(), [&](const Identifier& id) { return !rule(id).shared; });
    std::vector<Identifier> gained;
    for (const auto& id : ids) {
      if (better && rule(id).shared) continue;
      std::string key = identifier_key(id.kind, id.value);
      FURROW_ASSIGN(ProfileId owner, bound(key));
      if (owner) continue;
      if (any_limit_) {
        FURROW_ASSIGN(bool full, is_full(record.profile, id, gained));
        if (full) continue;
      }
      identifiers_.set(key, record.brought_by());
      gained.push_back(id);
    }
    FURROW_ASSIGN(const Person* known, person(record.profile));
    if (known && gained.empty()) return {};
    Person changed;
    if (known) {
      changed = *known;
    } else {
      changed.first = position.value;
      ++people_;
    }
    for (auto& id : gained) {
      if (changed.identifiers.size() < kMaxListed) changed.identifiers.push_back({std::move(id), record.brought_by()});
    }
    persons_.set(record.profile, std::move(changed));
    return {};
  }

  // Whether the person has as many values of a limited kind as they may.
  Result<bool> is_full(ProfileId id, const Identifier& one_more, const std::vector<Identifier>& gained) {
    size_t limit = rule(one_more).limit;
    if (limit == 0) return false;
    FURROW_ASSIGN(const Person* p, person(id));
    size_t values = 0;
    for (const auto& has : gained) values += has.kind == one_more.kind;
    if (p) {
      for (const auto& has : p->identifiers) values += has.identifier.kind == one_more.kind;
    }
    return values >= limit;
  }

  Status apply_merge(const MergeRecord& merge, LogPosition position) {
    std::unique_lock lock(mutex_);
    if (merge.from == merge.into) return {};
    FURROW_ASSIGN(const Person* found, person(merge.into));
    const bool new_into = !found;
    FURROW_ASSIGN(found, person(merge.from));
    const bool known_from = found != nullptr;
    FURROW_ASSIGN(bool joined, tree_.join(merge, position));
    if (joined && new_into) ++people_;
    if (joined && known_from) --people_;
    return {};
  }

  Status apply_split(const SplitRecord& split) {
    std::unique_lock lock(mutex_);
    if (split.merge.value == 0) return tree_.hold_apart(split.leaves, split.stays);
    FURROW_ASSIGN(bool parted, tree_.part(split));
    if (!parted) {
      return Error(ErrorCode::kStorageCorrupt, fmt::format("a split of {} does not fit the merges before it; remove the views folder to rebuild it from the log",
                                                           split.stays.to_string()));
    }
    ++people_;
    return {};
  }

  const IdentityRules rules_;
  EventIdentifiers reader_;
  store::KvStore& kv_;
  const Spaces spaces_;
  mutable std::shared_mutex mutex_;
  Identifiers identifiers_;
  Persons persons_;
  PeopleTree tree_;
  uint64_t people_;
  bool any_shared_ = false, any_limit_ = false;
  std::atomic<bool> needs_rebuild_;
};

}  // namespace

Result<std::unique_ptr<IdentityView>> IdentityView::open(IdentityRules rules, store::KvStore& kv, size_t cache_entries) {
  StoredIdentityView::Spaces spaces;
  FURROW_ASSIGN(spaces.identifiers, kv.space("identity_ids"));
  FURROW_ASSIGN(spaces.people, kv.space("identity_people"));
  FURROW_ASSIGN(spaces.state, kv.space("identity_state"));
  FURROW_ASSIGN(auto state, kv.get(spaces.state, kStateKey));
  uint64_t people = 0;
  bool usable = false;
  if (state) {
    ByteReader in(*state);
    usable = in.u64() == hash_of(rules);
    people = in.u64();
    if (!in.ok()) usable = false;
  }
  if (!usable) {
    people = 0;
    FURROW_TRY(kv.clear(spaces.identifiers));
    FURROW_TRY(kv.clear(spaces.people));
    FURROW_TRY(kv.clear(spaces.state));
  }
  return std::unique_ptr<IdentityView>(std::make_unique<StoredIdentityView>(std::move(rules), kv, spaces, cache_entries, people, !usable));
}

}  // namespace furrow::identity
