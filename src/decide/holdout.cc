#include "decide/holdout.h"

namespace furrow::decide {

uint64_t holdout_salt(std::string_view salt) { return hash64(salt, hash64("furrow hold-out")); }

double holdout_place(ProfileId profile, uint64_t salt) {
  // Two rounds: one finaliser of (id ^ salt) would tie the places of two workspaces together.
  return static_cast<double>(mix64(mix64(profile.value + salt) ^ salt) >> 11) * 0x1.0p-53;
}

}  // namespace furrow::decide
