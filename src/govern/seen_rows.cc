#include "govern/seen_rows.h"

namespace furrow::govern {

uint64_t SeenRows::first_line(uint64_t hash, uint64_t line) {
  if (hash == 0) hash = 1;
  if (size_ * 2 >= slots_.size()) grow();
  size_t mask = slots_.size() - 1;
  for (size_t at = hash & mask;; at = (at + 1) & mask) {
    if (slots_[at].hash == hash) return slots_[at].line;
    if (slots_[at].hash != 0) continue;
    if (size_ < kMostRows) {
      slots_[at] = {hash, line};
      ++size_;
    }
    return 0;
  }
}

void SeenRows::grow() {
  if (size_ >= kMostRows) return;
  std::vector<Slot> old(slots_.empty() ? 1024 : slots_.size() * 2);
  old.swap(slots_);
  size_t mask = slots_.size() - 1;
  for (const Slot& slot : old) {
    if (slot.hash == 0) continue;
    size_t at = slot.hash & mask;
    while (slots_[at].hash != 0) at = (at + 1) & mask;
    slots_[at] = slot;
  }
}

}  // namespace furrow::govern
