// What moves between the pipeline's threads.
#pragma once
#include <condition_variable>
#include <functional>
#include <iterator>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "event/view.h"
#include "pipeline/live_segments.h"
#include "pipeline/pipeline.h"
#include "store/kv.h"

namespace furrow::pipeline {

using EventsDone = std::function<void(const Acknowledgement&)>;
using RecordDone = std::function<void(const Status&)>;

// A change of people, and where the shard puts what it came to.
struct AskedChange {
  PeopleChange change;
  std::shared_ptr<PeopleChanged> came_to;
};

// What a caller handed in.
struct Job {
  std::variant<Submission, RecordBody, AskedChange, SegmentLooks> work;
  std::variant<EventsDone, RecordDone> done;
  size_t weight = 1;  // what it takes of the queue
};

// Who is told when the records before it are safe: events after the fsync, decisions after the append.
struct Completion {
  std::variant<EventsDone, RecordDone> done;
  Acknowledgement acknowledgement;
  size_t weight = 1;
  std::chrono::steady_clock::time_point since;
  bool after_sync() const { return done.index() == 0; }
  void call(const Status& status) {
    if (status.ok()) {
      // what the shard found stands
    } else if (acknowledgement.status.ok()) {
      acknowledgement.status = status;
    }
    if (auto* events = std::get_if<EventsDone>(&done)) {
      if (*events) (*events)(acknowledgement);
    } else if (auto& one = std::get<RecordDone>(done)) {
      one(acknowledgement.status);
    }
  }
};

struct Checkpoint {
  Checkpoint() = default;
  Checkpoint(Checkpoint&&) = default;
  Checkpoint& operator=(Checkpoint&&) = default;

  store::Batch batch;
  LogPosition position;
  std::vector<std::unique_ptr<Gathering>> gatherings;  // spent; they hold what the views let go of, to be freed with the batch
};

// Encoded records in log order, and who waits for them.
struct Group {
  std::vector<std::string> records;
  std::vector<Completion> completions;
  std::optional<Checkpoint> checkpoint;
};

// Many producers, one consumer that takes all at once. Wakes the consumer only when it sleeps.
template <class T>
class Mailbox {
 public:
  void put(T item) {
    bool wake;
    {
      std::lock_guard lock(mutex_);
      waiting_.push_back(std::move(item));
      wake = asleep_;
    }
    if (wake) arrived_.notify_one();
  }
  void close() {
    {
      std::lock_guard lock(mutex_);
      closed_ = true;
    }
    arrived_.notify_one();
  }
  // Swaps all that waits into `out` (emptied), waiting at most `patience` for something. False when closed and empty.
  bool take(std::vector<T>& out, std::chrono::milliseconds patience) {
    out.clear();
    std::unique_lock lock(mutex_);
    if (waiting_.empty() && !closed_) {
      asleep_ = true;
      arrived_.wait_for(lock, patience, [&] { return !waiting_.empty() || closed_; });
      asleep_ = false;
    }
    out.swap(waiting_);
    return !out.empty() || !closed_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::vector<T> waiting_;
  bool asleep_ = false, closed_ = false;
};

// Many producers; what waits is taken all at once by whoever comes for it. Nobody sleeps here.
template <class T>
class Tray {
 public:
  void put(T item) {
    std::lock_guard lock(mutex_);
    waiting_.push_back(std::move(item));
  }
  void put_all(std::vector<T> items) {
    std::lock_guard lock(mutex_);
    if (waiting_.empty()) waiting_.swap(items);
    else std::move(items.begin(), items.end(), std::back_inserter(waiting_));
  }
  std::vector<T> take() {
    std::lock_guard lock(mutex_);
    return std::exchange(waiting_, {});
  }
  bool empty() const {
    std::lock_guard lock(mutex_);
    return waiting_.empty();
  }

 private:
  mutable std::mutex mutex_;
  std::vector<T> waiting_;
};

}  // namespace furrow::pipeline
