#include "reach/delivery.h"

#include <fmt/format.h>

#include <algorithm>

namespace furrow::reach {
namespace {

constexpr uint64_t kDoublings = 9;  // then the pause is kMostPause anyway
constexpr uint64_t kIdleRecords = 10'000;  // of a log with nothing for this channel, until the cursor is written

}  // namespace

Delivery::Delivery(std::string name, std::unique_ptr<MessageSource> source, std::unique_ptr<Channel> channel, DeliveryStore& store, DeliveryPolicy policy,
                   DeliveryCursor cursor, const Clock& clock, const Logger& logger)
    : name_(std::move(name)), source_(std::move(source)), channel_(std::move(channel)), store_(store), policy_(policy), clock_(clock), logger_(logger),
      random_(hash64(name_)), cursor_(cursor), reached_(cursor.position) {
  state_.cursor = cursor_;
}

Result<std::unique_ptr<Delivery>> Delivery::open(std::string name, std::unique_ptr<MessageSource> source, std::unique_ptr<Channel> channel, DeliveryStore& store,
                                                 DeliveryPolicy policy, LogPosition end, const Clock& clock, const Logger& logger) {
  FURROW_ASSIGN(const DeliveryCursor cursor, store.cursor(name, end));
  return std::unique_ptr<Delivery>(new Delivery(std::move(name), std::move(source), std::move(channel), store, policy, cursor, clock, logger));
}

void Delivery::start() {
  thread_ = std::thread([this] { run(); });
}

void Delivery::stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  channel_->cancel();
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Delivery::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    lock.unlock();
    auto pause = step();
    if (!pause.ok()) {
      logger_.error("deliveries stand still; they are tried again", {{"channel", name_}, {"fault", pause.error().to_string()}});
    }
    lock.lock();
    const Duration wait = pause.ok() ? std::min(*pause, kLookEvery) : seconds(10);
    if (wait.micros > 0) wake_.wait_for(lock, std::chrono::microseconds(wait.micros), [this] { return stopping_; });
  }
}

DeliveryState Delivery::state() const {
  std::lock_guard lock(mutex_);
  return state_;
}

void Delivery::publish(std::optional<Time> next, const SendOutcome& outcome) {
  std::lock_guard lock(mutex_);
  state_ = {cursor_, attempts_, outcome.why, outcome.status, next};
}

Status Delivery::fill() {
  if (waiting_.size() >= policy_.batch) return {};
  std::vector<OutMessage> more;
  FURROW_TRY(source_->read(reached_, policy_.batch + kAhead, more, reached_));
  std::move(more.begin(), more.end(), std::back_inserter(waiting_));
  if (waiting_.empty() && reached_.value - cursor_.position.value >= kIdleRecords) {
    cursor_.position = reached_;
    FURROW_TRY(store_.write(name_, cursor_));
  }
  return {};
}

Result<Duration> Delivery::step() {
  FURROW_TRY(fill());
  if (attempts_ > 0 && clock_.now() < next_) return next_ - clock_.now();
  if (attempts_ == 0 || waiting_.empty()) {
    FURROW_ASSIGN(const bool sent, send_again());
    if (sent) return attempts_ > 0 ? next_ - clock_.now() : Duration{};
  }
  if (waiting_.empty()) return kLookEvery;
  const size_t count = waiting_.front().position <= singly_ ? 1 : std::min(policy_.batch, waiting_.size());
  const std::vector<OutMessage> messages(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(count));
  const SendOutcome outcome = channel_->send(messages);
  switch (outcome.kind) {
    case SendOutcome::Kind::kDelivered: FURROW_TRY(delivered(count)); break;
    case SendOutcome::Kind::kRefused: FURROW_TRY(refused(count, outcome)); break;
    case SendOutcome::Kind::kFailed: FURROW_TRY(failed(count, outcome)); break;
  }
  return attempts_ > 0 ? next_ - clock_.now() : Duration{};
}

Result<bool> Delivery::send_again() {
  FURROW_ASSIGN(const auto letters, store_.again(name_, 1));
  if (letters.empty()) return false;
  DeadLetter letter = letters.front();
  FURROW_ASSIGN(const auto message, source_->at(letter.position));
  SendOutcome outcome{SendOutcome::Kind::kDelivered, 0, "", {}};
  if (message) outcome = channel_->send({&*message, 1});
  if (outcome.kind == SendOutcome::Kind::kDelivered) {
    FURROW_TRY(store_.settle(name_, letter.position, {}));
    if (message) ++cursor_.delivered;
    cursor_.delivered_at = clock_.now();
    cursor_.failing_since.reset();
    attempts_ = 0;
    FURROW_TRY(store_.write(name_, cursor_));
    publish({}, {});
    return true;
  }
  if (outcome.kind == SendOutcome::Kind::kFailed) {
    FURROW_TRY(failed(0, outcome));
    if (!cursor_.failing_since || clock_.now() - *cursor_.failing_since < policy_.give_up_after) return true;  // it stays marked
  }
  letter.again = false;
  letter.time = clock_.now();
  letter.status = outcome.status;
  letter.why = outcome.why;
  FURROW_TRY(store_.settle(name_, letter.position, letter));
  return true;
}

Status Delivery::delivered(size_t count) {
  DeliveryCursor next = cursor_;
  next.position = behind(count);
  next.delivered += count;
  next.delivered_at = clock_.now();
  next.failing_since.reset();
  FURROW_TRY(store_.write(name_, next));
  if (cursor_.failing_since) logger_.info("deliveries go through again", {{"channel", name_}});
  cursor_ = next;
  attempts_ = 0;
  waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(count));
  publish({}, {});
  return {};
}

Status Delivery::refused(size_t count, const SendOutcome& outcome) {
  if (count > 1) {  // one of them: which, their own requests say
    singly_ = waiting_[count - 1].position;
    return {};
  }
  attempts_ = 0;
  cursor_.failing_since.reset();
  return give_up(count, outcome);
}

Status Delivery::failed(size_t count, const SendOutcome& outcome) {
  {
    std::lock_guard lock(mutex_);
    if (stopping_) return {};
  }
  const Time now = clock_.now();
  if (!cursor_.failing_since) {
    cursor_.failing_since = now;
    FURROW_TRY(store_.write(name_, cursor_));
    logger_.warning("a delivery failed; it is tried again", {{"channel", name_}, {"why", outcome.why}});
  }
  ++attempts_;
  Duration pause{std::min(kMostPause.micros, kFirstPause.micros << std::min(attempts_ - 1, kDoublings))};
  pause.micros = static_cast<int64_t>(static_cast<double>(pause.micros) * random_.uniform(0.8, 1.2));
  if (outcome.retry_after) pause = std::max(pause, std::min(*outcome.retry_after, kMostRetryAfter));
  next_ = now + pause;
  if (now - *cursor_.failing_since >= policy_.give_up_after) FURROW_TRY(give_up(count, outcome));
  publish(next_, outcome);
  return {};
}

Status Delivery::give_up(size_t count, const SendOutcome& outcome) {
  std::vector<DeadLetter> letters;
  for (size_t i = 0; i < count; ++i) letters.push_back({waiting_[i].position, clock_.now(), outcome.status, outcome.why, false});
  DeliveryCursor next = cursor_;
  next.position = behind(count);
  FURROW_TRY(store_.give_up(name_, next, letters));
  logger_.error("messages could not be delivered; they are dead letters now", {{"channel", name_}, {"messages", std::to_string(count)}, {"why", outcome.why}});
  cursor_ = next;
  waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(count));
  publish(attempts_ > 0 ? std::optional(next_) : std::nullopt, attempts_ > 0 ? outcome : SendOutcome());
  return {};
}

}  // namespace furrow::reach
