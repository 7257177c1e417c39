// Who is held out: a stable share of people who get the baseline everywhere, so that what deciding changes can be measured.
//
// A person's place is a salted hash of the profile id, uniform in [0, 1): no storage, the same on every machine, the same
// for every placement. A placement with hold-out share h holds out the people with place < h; raising the share only adds
// people. After a merge the surviving profile's place counts. docs/decisions/0004-propensity-and-holdout.md says why.
#pragma once
#include <string_view>

#include "base/ids.h"

namespace furrow::decide {

// Seeds the hash: `salt` is the workspace's name, so that two workspaces hold out different people.
uint64_t holdout_salt(std::string_view salt);
double holdout_place(ProfileId profile, uint64_t salt);
inline bool held_out(ProfileId profile, uint64_t salt, double share) {
  return profile && holdout_place(profile, salt) < share;
}

}  // namespace furrow::decide
