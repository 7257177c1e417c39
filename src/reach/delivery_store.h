// Where deliveries stand, on disk: how far each channel has come in the log, and what could not be delivered.
//
// One SQLite file for all channels. A cursor says: everything of the log up to here was delivered, is a dead letter, or is not for this
// channel. Written after the receiver's answer: a kill between the two means that the message comes again, never that it is lost.
// Contents are not stored: a dead letter is a log position, from which its message is made again.
// Threads: any (a lock). Limits: kMaxDeadLetters a channel; beyond, the oldest are dropped and counted.
#pragma once
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/time.h"
#include "store/sqlite.h"

namespace furrow::reach {

inline constexpr size_t kMaxDeadLetters = 10'000;

struct DeliveryCursor {
  LogPosition position;
  uint64_t delivered = 0;            // messages, ever
  uint64_t dropped = 0;              // dead letters beyond kMaxDeadLetters
  std::optional<Time> delivered_at;  // the latest
  std::optional<Time> failing_since; // nothing: the latest attempt was answered well
};

struct DeadLetter {
  LogPosition position;
  Time time;          // given up
  int status = 0;     // of the last answer; 0: none
  std::string why;
  bool again = false; // waits to be sent once more
};

class DeliveryStore {
 public:
  static Result<std::unique_ptr<DeliveryStore>> open(const std::filesystem::path& file);
  // The channel's cursor; a new channel begins behind `end`: the past is not sent.
  Result<DeliveryCursor> cursor(std::string_view channel, LogPosition end);
  Status write(std::string_view channel, const DeliveryCursor& cursor);
  // The cursor and new dead letters, in one transaction.
  Status give_up(std::string_view channel, DeliveryCursor& cursor, const std::vector<DeadLetter>& letters);
  // A dead letter that was sent again: delivered (then it is gone), or not.
  Status settle(std::string_view channel, LogPosition position, const std::optional<DeadLetter>& again);
  // The newest first.
  Result<std::vector<DeadLetter>> dead(std::string_view channel, size_t limit) const;
  Result<uint64_t> dead_count(std::string_view channel) const;
  // Those that wait to be sent once more, oldest first.
  Result<std::vector<DeadLetter>> again(std::string_view channel, size_t limit) const;
  // Marks all dead letters to be sent once more; how many.
  Result<uint64_t> resend(std::string_view channel);

 private:
  explicit DeliveryStore(std::unique_ptr<store::Sqlite> database) : database_(std::move(database)) {}
  Status write_locked(std::string_view channel, const DeliveryCursor& cursor);
  Status insert_locked(std::string_view channel, const DeadLetter& letter);
  Result<std::vector<DeadLetter>> select(std::string_view sql, std::string_view channel, size_t limit) const;
  Result<uint64_t> count_locked(std::string_view channel) const;

  mutable std::mutex mutex_;
  std::unique_ptr<store::Sqlite> database_;
};

}  // namespace furrow::reach
