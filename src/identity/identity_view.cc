#include "identity/identity_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <shared_mutex>

#include "event/frozen_map.h"
#include "event/write_back.h"
#include "identity/event_identifiers.h"

namespace furrow::identity {
namespace {

constexpr uint8_t kForm = 1;
constexpr std::string_view kStateKey = "state";
constexpr size_t kMaxListed = 1000;  // identifiers listed on a person; every one of them still finds the person

struct Person {
  uint64_t first = 0;      // log position of the record that made it
  ProfileId merged_into;   // 0: canonical
  std::vector<Identifier> identifiers;
};

std::string encode_person(const Person& person) {
  std::string bytes;
  ByteWriter out(bytes);
  out.u8(kForm);
  out.u64(person.first);
  out.u64(person.merged_into.value);
  out.varint(person.identifiers.size());
  for (const auto& [kind, value] : person.identifiers) {
    out.bytes(kind);
    out.bytes(value);
  }
  return bytes;
}

std::optional<Person> decode_person(std::string_view bytes) {
  ByteReader in(bytes);
  Person person;
  if (in.u8() != kForm) return {};
  person.first = in.u64();
  person.merged_into.value = in.u64();
  uint64_t n = in.varint();
  if (n > in.remaining()) return {};
  person.identifiers.resize(n);
  for (auto& [kind, value] : person.identifiers) {
    kind = in.bytes();
    value = in.bytes();
  }
  return in.ok() && in.at_end() ? std::optional(std::move(person)) : std::nullopt;
}

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
  }
  return hash64(text);
}

class StoredIdentityView : public IdentityView {
 public:
  struct Spaces { store::Space identifiers, people, state; };

  StoredIdentityView(IdentityRules rules, store::KvStore& kv, Spaces spaces, size_t cache_entries, uint64_t people, bool needs_rebuild)
      : rules_(std::move(rules)), reader_(rules_), kv_(kv), spaces_(spaces), identifiers_(cache_entries), persons_(cache_entries),
        people_(people), needs_rebuild_(needs_rebuild) {}

  std::string_view name() const override { return "identity"; }
  bool needs_rebuild() const override { return needs_rebuild_; }

  Result<Resolution> resolve(const Event& event) override {
    std::unique_lock lock(mutex_);
    const auto& ids = reader_.read(event);
    Resolution out;
    std::vector<ProfileId> owners;  // those who may take the event, by rank, each once
    for (const auto& id : ids) {
      FURROW_ASSIGN(ProfileId owner, owner_of(identifier_key(id.kind, id.value)));
      if (!owner || std::find(owners.begin(), owners.end(), owner) != owners.end()) continue;
      FURROW_ASSIGN(bool apart, contradicts(owner, ids));
      if (!apart) owners.push_back(owner);
    }
    if (owners.empty()) {
      FURROW_ASSIGN(out.profile, fresh_id(ids.empty() ? identifier_key("message", event.message_id)
                                                      : identifier_key(ids.front().kind, ids.front().value)));
      out.created = true;
      return out;
    }
    out.profile = owners.front();
    if (owners.size() == 1) return out;
    std::vector<Identifier> united;
    FURROW_ASSIGN(const Person* into, person(out.profile));
    united = into->identifiers;
    for (size_t i = 1; i < owners.size(); ++i) {
      FURROW_ASSIGN(bool apart, contradicts(owners[i], united));
      if (apart) continue;
      FURROW_ASSIGN(const Person* from, person(owners[i]));
      united.insert(united.end(), from->identifiers.begin(), from->identifiers.end());
      out.merges.push_back({owners[i], out.profile, event.received_at, std::string(to_string(event.type))});
    }
    return out;
  }

  Status apply(const Record& record) override {
    if (const auto* event = std::get_if<EventRecord>(&record.body)) return apply_event(*event, record.position);
    if (const auto* merge = std::get_if<MergeRecord>(&record.body)) return apply_merge(*merge, record.position);
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

  std::optional<ProfileId> find(std::string_view kind, std::string_view value) const override {
    std::string key = identifier_key(kind, EventIdentifiers::normalized(kind, value));
    ProfileId id;
    {
      std::shared_lock lock(mutex_);
      if (const ProfileId* known = identifiers_.peek(key)) id = *known;
    }
    if (!id) {
      auto stored = kv_.get(spaces_.identifiers, key);
      if (!stored.ok() || !*stored) return {};
      id.value = ByteReader(**stored).u64();
    }
    return canonical(id);
  }

  ProfileId canonical(ProfileId profile) const override {
    while (true) {
      ProfileId next = merged_into(profile);
      if (!next) return profile;
      profile = next;
    }
  }

  std::vector<Identifier> identifiers_of(ProfileId profile) const override {
    auto found = read_person(profile);
    return found ? std::move(found->identifiers) : std::vector<Identifier>();
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
  ProfileId merged_into(ProfileId id) const {
    {
      std::shared_lock lock(mutex_);
      if (const Person* known = persons_.peek(id)) return known->merged_into;
    }
    auto stored = kv_.get(spaces_.people, encode_id(id.value));
    auto person = stored.ok() && *stored ? decode_person(**stored) : std::nullopt;
    return person ? person->merged_into : ProfileId{};
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

  Result<ProfileId> owner_of(const std::string& key) {
    FURROW_ASSIGN(ProfileId id, bound(key));
    while (id) {
      FURROW_ASSIGN(const Person* p, person(id));
      if (!p || !p->merged_into) break;
      id = p->merged_into;
    }
    return id;
  }

  // Whether the person already has another value of a unique kind than these identifiers say.
  Result<bool> contradicts(ProfileId id, const std::vector<Identifier>& identifiers) {
    FURROW_ASSIGN(const Person* p, person(id));
    if (!p) return false;
    for (const IdentifierRule& rule : rules_.identifiers) {
      if (!rule.unique) continue;
      for (const auto& wanted : identifiers) {
        if (wanted.kind != rule.kind) continue;
        for (const auto& has : p->identifiers) {
          if (has.kind == wanted.kind && has.value != wanted.value) return true;
        }
      }
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
    std::vector<Identifier> gained;
    for (const auto& id : reader_.read(record.event)) {
      std::string key = identifier_key(id.kind, id.value);
      FURROW_ASSIGN(ProfileId owner, bound(key));
      if (owner) continue;
      identifiers_.set(key, record.profile);
      gained.push_back(id);
    }
    FURROW_ASSIGN(const Person* known, person(record.profile));
    if (known && gained.empty()) return {};
    Person changed = known ? *known : Person{position.value, {}, {}};
    if (!known) ++people_;
    append(changed, gained);
    persons_.set(record.profile, std::move(changed));
    return {};
  }

  Status apply_merge(const MergeRecord& merge, LogPosition position) {
    std::unique_lock lock(mutex_);
    if (merge.from == merge.into) return {};
    FURROW_ASSIGN(const Person* found_into, person(merge.into));
    if (!found_into) ++people_;
    Person into = found_into ? *found_into : Person{position.value, {}, {}};
    FURROW_ASSIGN(const Person* found_from, person(merge.from));
    Person from = found_from ? *found_from : Person{position.value, {}, {}};
    if (from.merged_into || into.merged_into == merge.from) return {};
    if (found_from) --people_;
    from.merged_into = merge.into;
    append(into, from.identifiers);
    persons_.set(merge.from, std::move(from));
    persons_.set(merge.into, std::move(into));
    return {};
  }

  static void append(Person& person, const std::vector<Identifier>& more) {
    for (const auto& id : more) {
      if (person.identifiers.size() >= kMaxListed) return;
      person.identifiers.push_back(id);
    }
  }

  const IdentityRules rules_;
  EventIdentifiers reader_;
  store::KvStore& kv_;
  const Spaces spaces_;
  mutable std::shared_mutex mutex_;
  Identifiers identifiers_;
  Persons persons_;
  uint64_t people_;
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
