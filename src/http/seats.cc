#include "http/seats.h"

#include <sched.h>

namespace furrow::http {

Seats::Seats(size_t threads) : count_(threads), seats_(std::make_unique<Seat[]>(threads)) {}

bool Seats::begin(size_t seat, Time now) {
  const int processor = ::sched_getcpu();
  seats_[seat].since.store(now, std::memory_order_relaxed);
  seats_[seat].processor.store(processor, std::memory_order_relaxed);
  if (processor < 0 || now - seats_[seat].moved < kStay || !somebody_waits(seat, processor, now)) return false;
  seats_[seat].moved = now;
  return move(seat);
}

bool Seats::somebody_waits(size_t seat, int processor, Time now) const {
  for (size_t other = 0; other < count_; ++other) {
    if (other == seat || seats_[other].processor.load(std::memory_order_relaxed) != processor) continue;
    if (now - seats_[other].since.load(std::memory_order_relaxed) > kPatience) return true;
  }
  return false;
}

bool Seats::move(size_t seat) {
  cpu_set_t allowed;
  if (::sched_getaffinity(0, sizeof allowed, &allowed) != 0) return false;  // more processors than the set has places for
  cpu_set_t free = allowed;
  for (size_t other = 0; other < count_; ++other) {
    const int taken = seats_[other].processor.load(std::memory_order_relaxed);
    if (taken >= 0) CPU_CLR(static_cast<size_t>(taken), &free);
  }
  if (CPU_COUNT(&free) == 0 || ::sched_setaffinity(0, sizeof free, &free) != 0) return false;
  (void)::sched_setaffinity(0, sizeof allowed, &allowed);
  seats_[seat].processor.store(::sched_getcpu(), std::memory_order_relaxed);
  return true;
}

}  // namespace furrow::http
