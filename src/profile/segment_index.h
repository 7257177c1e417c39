// SegmentIndex: everybody's features and traits as columns, so that a rule is counted over a million people in milliseconds.
//
// A cache of the profiles, not a view of the log: `put` copies somebody's values as of an instant, and a value that time alone
// changes is as old as the last put. Features that may be texts, and traits, are codes into a dictionary.
// Threads: put and remove from one; match and traits from any, beside it (a lock a block of people, a lock on the names).
// Memory: value_column.h, usually one to two bytes a person and feature; 24 bytes and the text a different text of each name.
// Limits: kMaxIndexedTraits names of traits; kMaxIndexedTexts different values of a name: a rule that asks for one beyond is
// refused (kTooLarge).
#pragma once
#include <deque>
#include <map>
#include <roaring/roaring.hh>
#include <shared_mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/expression.h"
#include "profile/person_numbers.h"
#include "profile/profile.h"
#include "profile/segment_rules.h"
#include "profile/value_column.h"

namespace furrow::profile {

inline constexpr size_t kMaxIndexedTraits = 256;
inline constexpr size_t kMaxIndexedTexts = size_t{1} << 20;

struct TraitSummary {
  std::string name;
  uint64_t people = 0, distinct = 0;
  std::vector<std::pair<std::string, uint64_t>> values;  // the most frequent, as JSON, with people
};

class SegmentIndex {
 public:
  SegmentIndex(std::shared_ptr<const FeatureProgram> program, PersonNumbers& numbers);
  void put(const Profile& profile, Time as_of);
  // The same where the values are known, without traits.
  void put_values(ProfileId person, const std::vector<FeatureValue>& values);
  void remove(ProfileId person);  // merged away

  uint64_t people() const;
  // Who matches, by number. `operands` as bind_rule gives them; features numbered from the program's size on are those of `tried`,
  // an index over the same numbers that nobody changes any more. On as many threads as the machine has, up to four.
  Result<Roaring> match(const Expression& rule, const std::vector<RuleOperand>& operands, const SegmentIndex* tried = nullptr) const;
  // The traits that most people have, with their most frequent values.
  std::vector<TraitSummary> traits(size_t values) const;
  size_t bytes() const;

 private:
  // Different values by code. Codes never move, so values may be read while one is added under the lock.
  struct Dictionary {
    std::deque<std::string> json;  // as given
    std::deque<std::string> texts; // what `values` view
    std::deque<Value> values;
    std::unordered_map<std::string_view, uint32_t> codes;  // views of json
    bool full = false;
    double code(const std::string& value);  // NaN when full
  };
  struct Column {
    ValueColumn values;
    std::unique_ptr<Dictionary> dictionary;  // of texts
  };
  void put_features(uint32_t person, const std::vector<FeatureValue>& values);
  void match_block(const Expression& rule, std::span<const Column* const> columns, size_t block, std::vector<uint32_t>& out) const;

  std::shared_ptr<const FeatureProgram> program_;
  PersonNumbers& numbers_;
  mutable std::shared_mutex mutex_;
  std::vector<Column> features_;
  std::map<std::string, Column, std::less<>> traits_;
  bool traits_left_out_ = false;
  Roaring alive_;
  uint32_t end_ = 0;  // beyond the highest number
  std::vector<double> numbers_read_;
  std::vector<FeatureValue> values_read_;
};

}  // namespace furrow::profile
