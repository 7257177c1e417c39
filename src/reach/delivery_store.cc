#include "reach/delivery_store.h"

namespace furrow::reach {
namespace {

int64_t stored(const std::optional<Time>& time) { return time ? time->micros : 0; }
std::optional<Time> read_time(int64_t micros) { return micros != 0 ? std::optional(Time{micros}) : std::nullopt; }

// Rolls back unless committed.
class Transaction {
 public:
  explicit Transaction(store::Sqlite& database) : database_(database), begun_(database.execute("BEGIN IMMEDIATE")) {}
  ~Transaction() {
    if (open_ && begun_.ok()) (void)database_.execute("ROLLBACK").ok();
  }
  const Status& begun() const { return begun_; }
  Status commit() {
    FURROW_TRY(database_.execute("COMMIT"));
    open_ = false;
    return {};
  }

 private:
  store::Sqlite& database_;
  Status begun_;
  bool open_ = true;
};

}  // namespace

Result<std::unique_ptr<DeliveryStore>> DeliveryStore::open(const std::filesystem::path& file) {
  FURROW_ASSIGN(auto database, store::Sqlite::open(file));
  // What a power cut takes back is sent again; a kill takes nothing back. So no fsync a message.
  FURROW_TRY(database->execute(
      "PRAGMA synchronous = NORMAL;"
      "CREATE TABLE IF NOT EXISTS cursors (channel TEXT PRIMARY KEY, position INTEGER NOT NULL, delivered INTEGER NOT NULL, dropped INTEGER NOT NULL,"
      " delivered_at INTEGER NOT NULL, failing_since INTEGER NOT NULL) WITHOUT ROWID;"
      "CREATE TABLE IF NOT EXISTS dead_letters (channel TEXT NOT NULL, position INTEGER NOT NULL, time INTEGER NOT NULL, status INTEGER NOT NULL,"
      " why TEXT NOT NULL, again INTEGER NOT NULL, PRIMARY KEY (channel, position)) WITHOUT ROWID;"));
  return std::unique_ptr<DeliveryStore>(new DeliveryStore(std::move(database)));
}

Result<DeliveryCursor> DeliveryStore::cursor(std::string_view channel, LogPosition end) {
  std::lock_guard lock(mutex_);
  DeliveryCursor cursor;
  {
    FURROW_ASSIGN(auto select, database_->prepare("SELECT position, delivered, dropped, delivered_at, failing_since FROM cursors WHERE channel = ?"));
    select.bind(1, channel);
    FURROW_ASSIGN(const bool found, select.step());
    if (found) {
      cursor = {{static_cast<uint64_t>(select.integer(0))}, static_cast<uint64_t>(select.integer(1)), static_cast<uint64_t>(select.integer(2)),
                read_time(select.integer(3)), read_time(select.integer(4))};
      return cursor;
    }
  }
  cursor.position = end;
  FURROW_TRY(write_locked(channel, cursor));
  return cursor;
}

Status DeliveryStore::write(std::string_view channel, const DeliveryCursor& cursor) {
  std::lock_guard lock(mutex_);
  return write_locked(channel, cursor);
}

Status DeliveryStore::write_locked(std::string_view channel, const DeliveryCursor& cursor) {
  FURROW_ASSIGN(auto insert, database_->prepare("INSERT OR REPLACE INTO cursors VALUES (?, ?, ?, ?, ?, ?)"));
  insert.bind(1, channel).bind(2, static_cast<int64_t>(cursor.position.value)).bind(3, static_cast<int64_t>(cursor.delivered));
  insert.bind(4, static_cast<int64_t>(cursor.dropped)).bind(5, stored(cursor.delivered_at)).bind(6, stored(cursor.failing_since));
  return insert.run();
}

Status DeliveryStore::insert_locked(std::string_view channel, const DeadLetter& letter) {
  FURROW_ASSIGN(auto insert, database_->prepare("INSERT OR REPLACE INTO dead_letters VALUES (?, ?, ?, ?, ?, ?)"));
  insert.bind(1, channel).bind(2, static_cast<int64_t>(letter.position.value)).bind(3, letter.time.micros).bind(4, int64_t{letter.status});
  insert.bind(5, letter.why).bind(6, int64_t{letter.again});
  return insert.run();
}

Result<uint64_t> DeliveryStore::count_locked(std::string_view channel) const {
  FURROW_ASSIGN(auto count, database_->prepare("SELECT count(*) FROM dead_letters WHERE channel = ?"));
  count.bind(1, channel);
  FURROW_TRY(count.step());
  return static_cast<uint64_t>(count.integer(0));
}

Status DeliveryStore::give_up(std::string_view channel, DeliveryCursor& cursor, const std::vector<DeadLetter>& letters) {
  std::lock_guard lock(mutex_);
  Transaction transaction(*database_);
  FURROW_TRY(transaction.begun());
  for (const DeadLetter& letter : letters) FURROW_TRY(insert_locked(channel, letter));
  FURROW_ASSIGN(const uint64_t count, count_locked(channel));
  if (count > kMaxDeadLetters) {
    FURROW_ASSIGN(auto drop, database_->prepare("DELETE FROM dead_letters WHERE channel = ?1 AND position IN "
                                                "(SELECT position FROM dead_letters WHERE channel = ?1 ORDER BY position LIMIT ?2)"));
    drop.bind(1, channel).bind(2, static_cast<int64_t>(count - kMaxDeadLetters));
    FURROW_TRY(drop.run());
    cursor.dropped += count - kMaxDeadLetters;
  }
  FURROW_TRY(write_locked(channel, cursor));
  return transaction.commit();
}

Status DeliveryStore::settle(std::string_view channel, LogPosition position, const std::optional<DeadLetter>& again) {
  std::lock_guard lock(mutex_);
  if (again) return insert_locked(channel, *again);
  FURROW_ASSIGN(auto drop, database_->prepare("DELETE FROM dead_letters WHERE channel = ? AND position = ?"));
  drop.bind(1, channel).bind(2, static_cast<int64_t>(position.value));
  return drop.run();
}

Result<std::vector<DeadLetter>> DeliveryStore::select(std::string_view sql, std::string_view channel, size_t limit) const {
  std::lock_guard lock(mutex_);
  FURROW_ASSIGN(auto rows, database_->prepare(sql));
  rows.bind(1, channel).bind(2, static_cast<int64_t>(limit));
  std::vector<DeadLetter> out;
  while (true) {
    FURROW_ASSIGN(const bool more, rows.step());
    if (!more) return out;
    out.push_back({{static_cast<uint64_t>(rows.integer(0))}, {rows.integer(1)}, static_cast<int>(rows.integer(2)), std::string(rows.text(3)), rows.integer(4) != 0});
  }
}

Result<std::vector<DeadLetter>> DeliveryStore::dead(std::string_view channel, size_t limit) const {
  return select("SELECT position, time, status, why, again FROM dead_letters WHERE channel = ? ORDER BY position DESC LIMIT ?", channel, limit);
}
Result<std::vector<DeadLetter>> DeliveryStore::again(std::string_view channel, size_t limit) const {
  return select("SELECT position, time, status, why, again FROM dead_letters WHERE channel = ? AND again = 1 ORDER BY position LIMIT ?", channel, limit);
}

Result<uint64_t> DeliveryStore::dead_count(std::string_view channel) const {
  std::lock_guard lock(mutex_);
  return count_locked(channel);
}

Result<uint64_t> DeliveryStore::resend(std::string_view channel) {
  std::lock_guard lock(mutex_);
  FURROW_ASSIGN(auto mark, database_->prepare("UPDATE dead_letters SET again = 1 WHERE channel = ?"));
  mark.bind(1, channel);
  FURROW_TRY(mark.run());
  return static_cast<uint64_t>(database_->changes());
}

}  // namespace furrow::reach
