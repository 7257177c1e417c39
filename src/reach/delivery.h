// Delivery: messages made from the log reach a receiver outside, at least once and in the log's order.
//
// A channel (a webhook today; a mail server, a push gateway) sends; a source makes messages from the log; the store keeps how far we
// have come. The log itself is the queue: at most `batch` messages and kAhead more are in memory, however long the receiver is down.
// After a failure the same messages are tried again, after 1 s, 2 s, 4 s … to kMostPause (a fifth more or less, so that many senders do
// not knock at once), or when the receiver says (Retry-After). Later messages wait, so that an exit never overtakes its entry. What
// the receiver refuses for what it is goes to the dead letters at once; what fails otherwise, when the receiver has failed for
// longer than `give_up_after`. A dead letter can be sent once more (DeliveryStore::resend), out of order.
// Threads: start makes one; state and stop from any. `step` is for tests. Cost: a write to the store a request; while nothing
// comes, a look at the log's end every kLookEvery.
#pragma once
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

#include "base/log.h"
#include "base/random.h"
#include "reach/delivery_store.h"

namespace furrow::reach {

inline constexpr Duration kFirstPause = seconds(1), kMostPause = minutes(5), kMostRetryAfter = hours(1), kLookEvery = milliseconds(200);
inline constexpr size_t kAhead = 500;

struct OutMessage {
  LogPosition position;
  std::string body;
};

// Makes messages from the log. Threads: one.
class MessageSource {
 public:
  virtual ~MessageSource() = default;
  // Up to `most` messages behind `after`, in order; `reached`: nothing up to there is left for this channel.
  virtual Status read(LogPosition after, size_t most, std::vector<OutMessage>& into, LogPosition& reached) = 0;
  // The message of one position; nothing when there is none any more.
  virtual Result<std::optional<OutMessage>> at(LogPosition position) = 0;
};

struct SendOutcome {
  enum class Kind { kDelivered, kRefused, kFailed };  // refused: for what it says; trying again would not help
  Kind kind = Kind::kFailed;
  int status = 0;  // 0: no answer
  std::string why;
  std::optional<Duration> retry_after;
};

// Sends. Threads: send from one, cancel from any (ends the send under way, and all later ones at once).
class Channel {
 public:
  virtual ~Channel() = default;
  virtual SendOutcome send(std::span<const OutMessage> messages) = 0;
  virtual void cancel() = 0;
};

struct DeliveryPolicy {
  size_t batch = 1;
  Duration give_up_after = hours(6);
};

struct DeliveryState {
  DeliveryCursor cursor;
  uint64_t attempts = 0;            // failed ones since the last that was answered well
  std::string why;                  // of the last failure; "" when none stands
  int status = 0;
  std::optional<Time> next_attempt; // while failing
};

class Delivery {
 public:
  // Borrows all but the source and the channel. `end`: where a channel that is new begins.
  static Result<std::unique_ptr<Delivery>> open(std::string name, std::unique_ptr<MessageSource> source, std::unique_ptr<Channel> channel, DeliveryStore& store,
                                                DeliveryPolicy policy, LogPosition end, const Clock& clock, const Logger& logger);
  ~Delivery() { stop(); }
  const std::string& name() const { return name_; }
  void start();
  void stop();  // idempotent; a request under way is ended, and will be made again
  // One round: sends what is due. How long until there is something to do.
  Result<Duration> step();
  DeliveryState state() const;

 private:
  Delivery(std::string name, std::unique_ptr<MessageSource> source, std::unique_ptr<Channel> channel, DeliveryStore& store, DeliveryPolicy policy,
           DeliveryCursor cursor, const Clock& clock, const Logger& logger);
  void run();
  Status fill();
  Result<bool> send_again();  // a dead letter that waits; false when none does
  Status delivered(size_t count);
  Status refused(size_t count, const SendOutcome& outcome);
  Status failed(size_t count, const SendOutcome& outcome);
  Status give_up(size_t count, const SendOutcome& outcome);
  // The cursor of the first `count` that wait being done with.
  LogPosition behind(size_t count) const { return count == waiting_.size() ? reached_ : waiting_[count - 1].position; }
  void publish(std::optional<Time> next, const SendOutcome& outcome);

  const std::string name_;
  const std::unique_ptr<MessageSource> source_;
  const std::unique_ptr<Channel> channel_;
  DeliveryStore& store_;
  const DeliveryPolicy policy_;
  const Clock& clock_;
  const Logger& logger_;
  Random random_;
  // Of the thread that steps.
  DeliveryCursor cursor_;
  std::deque<OutMessage> waiting_;
  LogPosition reached_;
  LogPosition singly_;  // up to here one a request: a batch that was refused
  uint64_t attempts_ = 0;
  Time next_{};
  // Shared.
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  DeliveryState state_;
  std::thread thread_;
};

}  // namespace furrow::reach
