// PersonNumbers: a dense number for each person, so that a set of people can be a bitmap and their values a column.
//
// Numbers are of this process alone: they are given in the order of meeting and mean nothing after a restart. Somebody merged
// away keeps theirs. Threads: any (one reader lock). Memory: 16 bytes a person. Limits: 2^32 - 1 people.
#pragma once
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <vector>

#include "base/ids.h"

namespace furrow::profile {

class PersonNumbers {
 public:
  uint32_t number(ProfileId id) {
    {
      std::shared_lock lock(mutex_);
      if (const uint32_t found = slots_.empty() ? 0 : slots_[slot(id)]) return found - 1;
    }
    std::unique_lock lock(mutex_);
    if (slots_.size() < 2 * (ids_.size() + 1)) grow();
    uint32_t& place = slots_[slot(id)];
    if (place == 0) {
      ids_.push_back(id);
      place = static_cast<uint32_t>(ids_.size());
    }
    return place - 1;
  }
  std::optional<uint32_t> find(ProfileId id) const {
    std::shared_lock lock(mutex_);
    const uint32_t found = slots_.empty() ? 0 : slots_[slot(id)];
    return found ? std::optional(found - 1) : std::nullopt;
  }
  ProfileId id(uint32_t number) const {
    std::shared_lock lock(mutex_);
    return ids_[number];
  }
  uint32_t size() const {
    std::shared_lock lock(mutex_);
    return static_cast<uint32_t>(ids_.size());
  }

 private:
  // Where the id is, or would go. There is always a free slot.
  size_t slot(ProfileId id) const {
    size_t at = mix64(id.value) & (slots_.size() - 1);
    while (slots_[at] != 0 && ids_[slots_[at] - 1] != id) at = (at + 1) & (slots_.size() - 1);
    return at;
  }
  void grow() {
    slots_.assign(std::max<size_t>(1024, slots_.size() * 2), 0);
    for (size_t i = 0; i < ids_.size(); ++i) slots_[slot(ids_[i])] = static_cast<uint32_t>(i + 1);
  }

  mutable std::shared_mutex mutex_;
  std::vector<ProfileId> ids_;
  std::vector<uint32_t> slots_;  // open addressing: number plus 1, 0 is free
};

}  // namespace furrow::profile
