// Which processor each I/O thread works on, so that two of them do not share one for long.
//
// The scheduler looks for a free processor when a thread wakes up. Two busy threads that have come to share one never sleep, so nobody looks
// again until its next balancing, up to a tenth of a second later; meanwhile the server has half of its processors and its queue grows. An I/O
// thread that runs where another one has had requests in hand for longer than they take knows that the other was put aside for it, and goes
// to a processor where none of them works. It stays free to be put anywhere again.
// Threads: a seat is one thread's own; all look at all. Cost: `begin` 30 ns and a load a thread; a move 10 to 20 us, at most one in kStay.
// Source: Lozi et al., The Linux Scheduler: a Decade of Wasted Cores, EuroSys 2016, for how processors stand idle beside waiting threads.
#pragma once
#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>

namespace furrow::http {

class Seats {
 public:
  using Time = std::chrono::steady_clock::time_point;
  static constexpr std::chrono::microseconds kPatience{500};  // several times what requests that arrived together take
  static constexpr std::chrono::milliseconds kStay{1};

  explicit Seats(size_t threads);
  // The calling thread has requests in hand from now on. True when it went to another processor for it; false too where it may not.
  bool begin(size_t seat, Time now = std::chrono::steady_clock::now());
  void end(size_t seat) { seats_[seat].processor.store(kNone, std::memory_order_relaxed); }

 private:
  static constexpr int kNone = -1;
  struct alignas(64) Seat {
    std::atomic<int> processor{kNone};  // while it has requests in hand
    std::atomic<Time> since{Time{}};
    Time moved{};                       // its thread's alone
  };
  bool somebody_waits(size_t seat, int processor, Time now) const;
  bool move(size_t seat);

  const size_t count_;
  const std::unique_ptr<Seat[]> seats_;
};

}  // namespace furrow::http
