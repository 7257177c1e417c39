#include "app/activity.h"

#include <algorithm>

namespace furrow::app {

Activity::Activity(std::vector<const Counter*> counters, const Clock& clock) : counters_(std::move(counters)), clock_(clock) {
  for (const Counter* counter : counters_) last_.push_back(counter->value());
  last_time_ = clock_.now();
  thread_ = std::thread([this] {
    std::unique_lock lock(mutex_);
    while (!stop_.wait_for(lock, std::chrono::seconds(1), [this] { return stopping_; })) {
      lock.unlock();
      sample();
      lock.lock();
    }
  });
}

Activity::~Activity() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  stop_.notify_all();
  thread_.join();
}

void Activity::sample() {
  std::lock_guard lock(mutex_);
  Time now = clock_.now();
  double passed = std::max(1e-3, (now - last_time_).seconds());
  last_time_ = now;
  Second second{now, {}};
  for (size_t i = 0; i < counters_.size(); ++i) {
    uint64_t value = counters_[i]->value();
    second.counts.push_back(static_cast<uint64_t>(static_cast<double>(value - last_[i]) / passed + 0.5));
    last_[i] = value;
  }
  if (ring_.size() < kSeconds) {
    ring_.push_back(std::move(second));
  } else {
    ring_[next_] = std::move(second);
  }
  next_ = (next_ + 1) % kSeconds;
}

std::vector<std::pair<Time, double>> Activity::per_second(size_t index) const {
  std::lock_guard lock(mutex_);
  std::vector<std::pair<Time, double>> points;
  size_t first = ring_.size() < kSeconds ? 0 : next_;
  for (size_t i = 0; i < ring_.size(); ++i) {
    const Second& second = ring_[(first + i) % ring_.size()];
    points.emplace_back(second.time, static_cast<double>(second.counts[index]));
  }
  return points;
}

}  // namespace furrow::app
