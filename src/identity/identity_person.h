// What the identity view stores of one profile. Private to the room.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "identity/identity_view.h"

namespace furrow::identity {

// An identifier listed on a person, and the profile that it came in under.
struct ListedIdentifier {
  Identifier identifier;
  ProfileId origin;
};

// Two profiles that a split keeps apart: `own` is one of the person's, `other` is of somebody else.
struct Apart {
  ProfileId own, other;
  bool operator==(const Apart&) const = default;
};

struct Person {
  uint64_t first = 0;  // log position of the record that made it
  // Merged profiles form a tree of links, whose root is the person. A link goes to the profile whose identifier met one of this.
  ProfileId link;       // 0: this is the root
  LogPosition merge;    // the MergeRecord that made the link …
  ProfileId merged;     // … and its `from`
  // The root has all of these; other profiles none.
  std::vector<ListedIdentifier> identifiers;
  std::vector<ProfileId> members;  // the other profiles of the tree
  std::vector<Apart> apart;
};

std::string encode_person(const Person& person);
std::optional<Person> decode_person(std::string_view bytes);

}  // namespace furrow::identity
