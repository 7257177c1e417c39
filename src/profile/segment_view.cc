#include "profile/segment_view.h"

#include <algorithm>

#include "base/bytes.h"
#include "event/frozen_map.h"

namespace furrow::profile {
namespace {

constexpr uint8_t kSegmentForm = 2;  // 2: who was merged away, by day
constexpr size_t kCachedPeople = 50'000;
constexpr std::string_view kFormKey = "form";  // before every segment's key

std::string key_of(ProfileId id) {
  std::string key;
  ByteWriter(key).u64(id.value);
  return key;
}

std::string key_of(uint32_t segment) {
  std::string key = "s";
  for (int shift = 24; shift >= 0; shift -= 8) key.push_back(static_cast<char>(segment >> shift & 0xff));  // in the order of bytes
  return key;
}

Error torn() { return Error(ErrorCode::kStorageCorrupt, "the stored segments do not decode; remove the views folder: it is rebuilt from the log"); }

}  // namespace

class SegmentView::Frozen final : public Gathering {
 public:
  Frozen(SegmentView& view, std::vector<std::pair<std::string, std::string>> segments, std::vector<WriteBack<ProfileId, Person>::Map> dropped)
      : view_(view), people_(view.cache_.frozen()), segments_(std::move(segments)), dropped_(std::move(dropped)) {}
  bool gather(store::Batch& batch, size_t entries) override {
    const bool more = people_.walk(entries, [&](ProfileId id, const Person& person) {
      person.empty() ? batch.erase(view_.people_, key_of(id)) : batch.put(view_.people_, key_of(id), encode(person));
    });
    if (more) return true;
    for (auto& [key, value] : segments_) batch.put(view_.segments_space_, std::move(key), std::move(value));
    return false;
  }

 private:
  SegmentView& view_;
  FrozenMap<WriteBack<ProfileId, Person>::Map> people_;
  std::vector<std::pair<std::string, std::string>> segments_;
  std::vector<WriteBack<ProfileId, Person>::Map> dropped_;
};

SegmentView::SegmentView(const TimeZone& zone, store::KvStore& kv, store::Space people, store::Space segments)
    : zone_(zone), kv_(kv), people_(people), segments_space_(segments), cache_(kCachedPeople) {}

Result<std::unique_ptr<SegmentView>> SegmentView::open(const TimeZone& zone, store::KvStore& kv) {
  FURROW_ASSIGN(store::Space people, kv.space("segment_people"));
  FURROW_ASSIGN(store::Space segments, kv.space("segments"));
  std::unique_ptr<SegmentView> view(new SegmentView(zone, kv, people, segments));
  FURROW_ASSIGN(auto state, kv.get(segments, kFormKey));
  ByteReader in(state ? std::string_view(*state) : std::string_view());
  const bool known = in.u8() == kSegmentForm && in.bytes() == zone.name();
  const int64_t day = in.i64();
  if (known && in.ok()) {
    view->day_ = day;
    FURROW_TRY(view->load());
    return view;
  }
  view->needs_rebuild_ = true;
  FURROW_TRY(kv.clear(segments));  // with the form: who is killed in between finds at the next opening, too, that something is missing
  FURROW_TRY(kv.clear(people));
  return view;
}

Status SegmentView::load() {
  auto cursor = kv_.scan(segments_space_, "s", "");
  for (; cursor->valid(); cursor->next()) {
    ByteReader in(cursor->value());
    Segment made;
    made.name = in.bytes();
    for (uint64_t n = in.varint(); n > 0 && in.ok(); --n) {
      const int64_t day = in.i64();
      made.days[day] = {in.varint(), in.varint(), in.varint(), in.varint()};
    }
    if (!in.ok() || !in.at_end()) return torn();
    by_name_.emplace(made.name, static_cast<uint32_t>(segments_.size()));
    segments_.push_back(std::move(made));
  }
  FURROW_TRY(cursor->status());
  auto people = kv_.scan(people_, "", "");
  for (; people->valid(); people->next()) {
    FURROW_ASSIGN(const Person person, decode_person(people->value()));
    const uint32_t number = numbers_->number(ProfileId{ByteReader(people->key()).u64()});
    for (const Membership& membership : person.now) segments_[membership.segment].members.add(number);
  }
  return people->status();
}

std::string SegmentView::encode(const Person& person) {
  std::string bytes;
  ByteWriter out(bytes);
  out.varint(person.now.size());
  for (const Membership& membership : person.now) {
    out.varint(membership.segment);
    out.i64(membership.since.micros);
  }
  out.varint(person.changes.size());
  uint64_t before = 0;
  for (uint64_t position : person.changes) {
    out.varint(position - before);
    before = position;
  }
  return bytes;
}

std::string SegmentView::encode(const Segment& segment) {
  std::string bytes;
  ByteWriter out(bytes);
  out.bytes(segment.name);
  out.varint(segment.days.size());
  for (const auto& [day, counts] : segment.days) {
    out.i64(day);
    out.varint(counts.entered);
    out.varint(counts.left);
    out.varint(counts.size);
    out.varint(counts.merged);
  }
  return bytes;
}

Result<SegmentView::Person> SegmentView::decode_person(std::string_view bytes) const {
  ByteReader in(bytes);
  Person person;
  for (uint64_t n = in.varint(); n > 0 && in.ok(); --n) {
    const auto segment = static_cast<uint32_t>(in.varint());
    if (segment >= segments_.size()) return torn();
    person.now.push_back({segment, Time{in.i64()}});
  }
  uint64_t position = 0;
  for (uint64_t n = in.varint(); n > 0 && in.ok(); --n) person.changes.push_back(position += in.varint());
  if (!in.ok() || !in.at_end()) return torn();
  return person;
}

// With the lock held.
Result<SegmentView::Person> SegmentView::person(ProfileId id) const {
  if (const Person* cached = cache_.peek(id)) return *cached;
  FURROW_ASSIGN(auto stored, kv_.get(people_, key_of(id)));
  if (!stored) return Person();
  return decode_person(*stored);
}

SegmentView::Segment& SegmentView::segment(const std::string& name, uint32_t& number) {
  auto [at, fresh] = by_name_.try_emplace(name, static_cast<uint32_t>(segments_.size()));
  if (fresh) segments_.emplace_back().name = name;
  number = at->second;
  return segments_[number];
}

const SegmentView::Segment* SegmentView::find(std::string_view name) const {
  const auto at = by_name_.find(name);
  return at == by_name_.end() ? nullptr : &segments_[at->second];
}

void SegmentView::count(Segment& segment, uint64_t SegmentDay::*of) {
  SegmentDay& counts = segment.days[day_];
  if (of != nullptr) ++(counts.*of);
  counts.size = segment.members.cardinality();
  while (segment.days.size() > kDaysKept) segment.days.erase(segment.days.begin());
  segment.changed = true;
}

Status SegmentView::apply(const Record& record) {
  if (const auto* segment = std::get_if<SegmentRecord>(&record.body)) return change(*segment, record.position);
  if (const auto* merged = std::get_if<MergeRecord>(&record.body)) return merge(*merged);
  return {};
}

Status SegmentView::change(const SegmentRecord& record, LogPosition position) {
  std::unique_lock lock(mutex_);
  day_ = std::max(day_, zone_.local_day(record.time));
  uint32_t number = 0;
  Segment& of = segment(record.segment, number);
  FURROW_ASSIGN(Person changed, person(record.profile));
  auto at = std::lower_bound(changed.now.begin(), changed.now.end(), number, [](const Membership& m, uint32_t wanted) { return m.segment < wanted; });
  const bool belonged = at != changed.now.end() && at->segment == number;
  if (record.entered && !belonged) changed.now.insert(at, {number, record.time});
  if (!record.entered && belonged) changed.now.erase(at);
  changed.changes.push_back(position.value);
  if (changed.changes.size() > kChangesKept) changed.changes.erase(changed.changes.begin());
  cache_.set(record.profile, std::move(changed));
  const uint32_t member = numbers_->number(record.profile);
  record.entered ? of.members.add(member) : of.members.remove(member);
  count(of, record.entered == belonged ? nullptr : record.entered ? &SegmentDay::entered : &SegmentDay::left);
  return {};
}

Status SegmentView::merge(const MergeRecord& merge) {
  if (merge.from == merge.into) return {};
  std::unique_lock lock(mutex_);
  FURROW_ASSIGN(Person from, person(merge.from));
  if (from.empty()) return {};
  const uint32_t member = numbers_->number(merge.from);
  for (const Membership& membership : from.now) {
    Segment& left = segments_[membership.segment];
    left.members.remove(member);
    count(left, &SegmentDay::merged);
  }
  FURROW_ASSIGN(Person into, person(merge.into));
  std::vector<uint64_t> both;
  std::merge(into.changes.begin(), into.changes.end(), from.changes.begin(), from.changes.end(), std::back_inserter(both));
  if (both.size() > kChangesKept) both.erase(both.begin(), both.end() - kChangesKept);
  into.changes = std::move(both);
  cache_.set(merge.from, Person());
  cache_.set(merge.into, std::move(into));
  return {};
}

std::unique_ptr<Gathering> SegmentView::freeze() {
  std::unique_lock lock(mutex_);
  std::vector<std::pair<std::string, std::string>> segments;
  for (uint32_t s = 0; s < segments_.size(); ++s) {
    if (std::exchange(segments_[s].changed, false)) segments.emplace_back(key_of(s), encode(segments_[s]));
  }
  std::string state;
  ByteWriter out(state);
  out.u8(kSegmentForm);
  out.bytes(zone_.name());
  out.i64(day_);
  segments.emplace_back(std::string(kFormKey), std::move(state));
  needs_rebuild_ = false;
  auto dropped = cache_.freeze();
  return std::make_unique<Frozen>(*this, std::move(segments), std::move(dropped));
}

Result<Digest> SegmentView::digest() {
  Digest digest;
  std::shared_lock lock(mutex_);
  // The bitmaps stand beside what is stored of each person: both must be what the log says.
  std::vector<uint64_t> counted(segments_.size());
  auto add = [&](ProfileId id, const Person& person) {
    if (person.empty()) return;
    const uint32_t number = numbers_->number(id);
    for (const Membership& membership : person.now) counted[membership.segment] += segments_[membership.segment].members.contains(number);
    digest.add("person " + key_of(id) + encode(person));
  };
  auto cursor = kv_.scan(people_, "", "");
  for (; cursor->valid(); cursor->next()) {
    const ProfileId id{ByteReader(cursor->key()).u64()};
    if (cache_.peek_changed(id) != nullptr) continue;
    FURROW_ASSIGN(const Person person, decode_person(cursor->value()));
    add(id, person);
  }
  FURROW_TRY(cursor->status());
  cache_.each_changed(add);
  for (size_t s = 0; s < segments_.size(); ++s) {
    std::string entry = "segment " + encode(segments_[s]);
    ByteWriter out(entry);
    out.u64(segments_[s].members.cardinality());
    out.u64(counted[s]);
    digest.add(entry);
  }
  return digest;
}

bool SegmentView::contains(std::string_view segment, ProfileId person) const {
  const auto number = numbers_->find(person);
  if (!number) return false;
  std::shared_lock lock(mutex_);
  const Segment* found = find(segment);
  return found && found->members.contains(*number);
}

uint64_t SegmentView::size(std::string_view segment) const {
  std::shared_lock lock(mutex_);
  const Segment* found = find(segment);
  return found ? found->members.cardinality() : 0;
}

Roaring SegmentView::members(std::string_view segment) const {
  std::shared_lock lock(mutex_);
  const Segment* found = find(segment);
  return found ? found->members : Roaring();
}

std::map<int64_t, SegmentDay> SegmentView::days(std::string_view segment) const {
  std::shared_lock lock(mutex_);
  const Segment* found = find(segment);
  return found ? found->days : std::map<int64_t, SegmentDay>();
}

Result<std::vector<SegmentMembership>> SegmentView::of(ProfileId id) const {
  std::shared_lock lock(mutex_);
  FURROW_ASSIGN(const Person found, person(id));
  std::vector<SegmentMembership> out;
  for (const Membership& membership : found.now) out.push_back({segments_[membership.segment].name, membership.since});
  return out;
}

Result<std::vector<LogPosition>> SegmentView::changes(ProfileId id) const {
  std::shared_lock lock(mutex_);
  FURROW_ASSIGN(const Person found, person(id));
  std::vector<LogPosition> out;
  for (uint64_t position : found.changes) out.push_back({position});
  return out;
}

}  // namespace furrow::profile
