// Work for the two threads of a linkage. What each half gives has to be the same whoever does it.
#pragma once
#include <atomic>
#include <cstddef>
#include <thread>

namespace furrow::identity {

// work(part, first, last) of each half of [0, n), side by side; of few, one after another.
template <class Work>
void in_halves(size_t n, Work work, size_t few = 0) {
  if (n <= few) {
    work(size_t{0}, size_t{0}, n / 2);
    work(size_t{1}, n / 2, n);
    return;
  }
  std::thread other([&] { work(size_t{1}, n / 2, n); });
  work(size_t{0}, size_t{0}, n / 2);
  other.join();
}

// work(i) of all i below n; each thread takes the next.
template <class Work>
void by_turns(size_t n, Work work) {
  std::atomic<size_t> next{0};
  auto loop = [&] {
    for (size_t i = next++; i < n; i = next++) work(i);
  };
  std::thread other(loop);
  loop();
  other.join();
}

}  // namespace furrow::identity
