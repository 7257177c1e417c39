// SegmentView: who belongs to each segment, as the log's segment records say. It evaluates no rule (segment_rules.h does).
//
// A person merged away belongs to nothing any more; whether the one who lives on enters is for a later record to say. Records
// of segments that are not declared any more keep their members here: who lists segments asks for the declared ones.
//
// Threads: apply, freeze, gather and digest from the owning thread; the rest from any (one reader lock, held for microseconds).
// Memory: a bit to two bytes a member of each segment (roaring bitmaps), 16 bytes a person (person_numbers.h) and what changed
// since the last two checkpoints; since when somebody belongs, and their latest changes, live in the store.
// Limits: kChangesKept changes a person, kDaysKept days a segment.
// Rebuild: when the time zone (in which days are counted) or the stored form changed, `open` empties the view.
#pragma once
#include <map>
#include <memory>
#include <mutex>
#include <roaring/roaring.hh>
#include <shared_mutex>
#include <string>
#include <vector>

#include "base/time.h"
#include "event/view.h"
#include "event/write_back.h"
#include "profile/person_numbers.h"

namespace furrow::profile {

inline constexpr size_t kChangesKept = 64;
inline constexpr size_t kDaysKept = 90;

struct SegmentMembership {
  std::string segment;
  Time since;
};
struct SegmentDay {
  uint64_t entered = 0, left = 0, size = 0;  // size: at the end of the day, or now
  uint64_t merged = 0;  // belonged, and turned out to be somebody else who is counted: size = that of the day before + entered - left - merged
  bool operator==(const SegmentDay&) const = default;
};

class SegmentView : public View {
 public:
  static Result<std::unique_ptr<SegmentView>> open(const TimeZone& zone, store::KvStore& kv);
  std::string_view name() const override { return "segments"; }
  bool needs_rebuild() const { return needs_rebuild_; }
  Status apply(const Record& record) override;
  std::unique_ptr<Gathering> freeze() override;
  Result<Digest> digest() override;

  bool contains(std::string_view segment, ProfileId person) const;
  uint64_t size(std::string_view segment) const;
  Roaring members(std::string_view segment) const;  // by number; a copy
  PersonNumbers& numbers() const { return *numbers_; }
  // By day (TimeZone::local_day), oldest first; days on which nothing changed are left out.
  std::map<int64_t, SegmentDay> days(std::string_view segment) const;
  // What the person belongs to; the segments' order of first use.
  Result<std::vector<SegmentMembership>> of(ProfileId person) const;
  // Log positions of the person's latest entries and exits, oldest first.
  Result<std::vector<LogPosition>> changes(ProfileId person) const;

 private:
  struct Membership {
    uint32_t segment = 0;
    Time since;
  };
  struct Person {
    std::vector<Membership> now;  // by segment
    std::vector<uint64_t> changes;
    bool empty() const { return now.empty() && changes.empty(); }
  };
  struct Segment {
    std::string name;
    Roaring members;
    std::map<int64_t, SegmentDay> days;
    bool changed = false;  // since the last freeze
  };
  class Frozen;

  SegmentView(const TimeZone& zone, store::KvStore& kv, store::Space people, store::Space segments);
  Status load();
  Result<Person> person(ProfileId id) const;
  Segment& segment(const std::string& name, uint32_t& number);
  const Segment* find(std::string_view name) const;
  // `of` a day: what grows by one; nullptr when somebody only stayed.
  void count(Segment& segment, uint64_t SegmentDay::*of);
  Status change(const SegmentRecord& record, LogPosition position);
  Status merge(const MergeRecord& merge);
  static std::string encode(const Person& person);
  static std::string encode(const Segment& segment);
  Result<Person> decode_person(std::string_view bytes) const;

  const TimeZone zone_;
  store::KvStore& kv_;
  store::Space people_, segments_space_;
  mutable std::shared_mutex mutex_;
  std::unique_ptr<PersonNumbers> numbers_ = std::make_unique<PersonNumbers>();
  std::vector<Segment> segments_;                         // by first use in the log
  std::map<std::string, uint32_t, std::less<>> by_name_;
  WriteBack<ProfileId, Person> cache_;
  int64_t day_ = INT64_MIN;  // of the latest record
  bool needs_rebuild_ = false;
};

}  // namespace furrow::profile
