// Merged profiles as trees of links: joining two, and taking one apart again. Private to the room.
//
// A link stands between the two profiles whose identifiers met, not between the roots; so when a merge is annulled,
// whatever hangs on each side of its link goes with that side, also what was merged later. The tree's root is the person.
// Threads: the view's owner. Cost: linear in the profiles of the people concerned.
#pragma once
#include <functional>

#include "identity/identity_person.h"

namespace furrow::identity {

class PeopleTree {
 public:
  using Get = std::function<Result<const Person*>(ProfileId)>;  // null: nobody; valid until the next call
  using Set = std::function<void(ProfileId, Person)>;
  PeopleTree(Get get, Set set) : get_(std::move(get)), set_(std::move(set)) {}

  Result<ProfileId> root_of(ProfileId profile) const;
  // Whether a person said that these two people are not one.
  Result<bool> apart(ProfileId a_root, ProfileId b_root) const;

  // Hangs the tree of `from` into that of `into`. False when it changes nothing (they are one).
  Result<bool> join(const MergeRecord& merge, LogPosition position);
  // The two sides of the link that `merge` made, in the person `root`. kNotFound when it has no such link.
  Result<SplitRecord> sides(ProfileId root, LogPosition merge) const;
  // Takes what leaves out of the tree. False when the tree is not as the record says.
  Result<bool> part(const SplitRecord& split);
  // A person's answer that two profiles are two people: as if a merge of them had been undone.
  Status hold_apart(ProfileId one, ProfileId other);

 private:
  struct Node {
    ProfileId id;
    Person person;
  };
  Result<std::vector<Node>> tree_of(ProfileId root) const;
  Status reverse_to(ProfileId new_root);

  Get get_;
  Set set_;
};

}  // namespace furrow::identity
