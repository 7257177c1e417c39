// Which person one record belongs to, among those whose records it is like: the batch's rule for clusters, for one record.
//
// A person is joined when the mean over all pairs of own and their records stays over the threshold, so that one strong pair does not
// join what the others contradict; and never a second record of a source that gives one to a person.
// Threads: any. Cost: kMostMembers comparisons a person.
#pragma once
#include <functional>

#include "identity/linkage_index.h"

namespace furrow::identity {

struct LinkChoice {
  LinkFound best;       // the surest pair
  uint64_t person = 0;
  bool joins = false;
};

struct LinkPeople {
  static constexpr size_t kMostMembers = 64;  // of a person's records, those looked at
  std::function<uint64_t(uint32_t record)> person_of;
  std::function<std::vector<uint32_t>(uint64_t person)> records_of;
};

// `own`: the record and what else its person is known by. The surest first, each person once.
std::vector<LinkChoice> choose_people(const LinkIndex& index, const std::vector<LinkRow>& own, std::vector<LinkFound> found, const LinkPeople& people);

}  // namespace furrow::identity
