#include "pipeline/segment_indexer.h"

#include <pthread.h>

#include <algorithm>

namespace furrow::pipeline {
namespace {

using std::chrono::steady_clock;
constexpr std::chrono::milliseconds kRound{1000}, kRenewing{200}, kRenewingForCaller{40};

}  // namespace

SegmentIndexer::SegmentIndexer(const profile::ProfileView& profiles, profile::PersonNumbers& numbers,
                               std::shared_ptr<const profile::FeatureProgram> program, const Clock& clock)
    : profiles_(profiles), numbers_(numbers), clock_(clock), program_(std::move(program)), index_(program_, numbers) {
  for (size_t f = 0; f < program_->size(); ++f) grows_ |= program_->grows(f);
}

SegmentIndexer::~SegmentIndexer() { stop(); }

void SegmentIndexer::stop() {
  {
    std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

Result<const profile::SegmentIndex*> SegmentIndexer::ready(std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  if (!active_ && !stop_) {
    active_ = true;
    thread_ = std::thread([this] { run(); });
  }
  const uint64_t round = ++asked_;
  wake_.notify_all();
  answered_.wait_for(lock, patience, [&] { return done_ >= round || stop_; });
  if (!whole_) return Error(ErrorCode::kUnavailable, "everybody's values are being gathered for the first time; try again in a moment");
  return &index_;
}

void SegmentIndexer::put(const profile::Profile& profile, Time now) {
  index_.put(profile, now);
  auto next = program_->next_change(profile.journal, now);
  if (grows_) next = std::min(next.value_or(now + kStale), now + kStale);
  if (next) timers_.set(numbers_.number(profile.id), *next);
}

void SegmentIndexer::renew(ProfileId person, Time now) {
  // A copy: the index's lock may be held for long by a reader, the profile's never.
  std::optional<profile::Profile> copy;
  if (profiles_.read(person, [&](const profile::Profile& profile) { copy = profile; })) put(*copy, now);
  else index_.remove(person);
}

void SegmentIndexer::renew_due(Time before, steady_clock::time_point until) {
  while (!stop_ && steady_clock::now() < until) {
    const auto person = timers_.take(before);
    if (!person) return;
    renew(numbers_.id(*person), clock_.now());
  }
}

void SegmentIndexer::run() {
  ::pthread_setname_np(::pthread_self(), "segment index");
  const Status walked = profiles_.for_each([&](const profile::Profile& profile) {
    put(profile, clock_.now());
    return !stop_.load();
  });
  (void)walked.ok();  // who cannot be read is left out, here as elsewhere
  std::vector<ProfileId> touched;
  std::unique_lock lock(mutex_);
  while (!stop_) {
    const uint64_t round = asked_;
    touched.clear();
    touched.swap(touched_);
    const bool asked = done_ < round;
    lock.unlock();
    std::sort(touched.begin(), touched.end());
    touched.erase(std::unique(touched.begin(), touched.end()), touched.end());
    for (ProfileId person : touched) {
      if (stop_) break;
      renew(person, clock_.now());
    }
    const Time now = clock_.now();
    renew_due(asked ? now : now - kStale, steady_clock::now() + (asked ? kRenewingForCaller : kRenewing));
    lock.lock();
    whole_ = true;
    done_ = round;
    answered_.notify_all();
    wake_.wait_for(lock, kRound, [&] { return stop_.load() || asked_ > done_; });
  }
  answered_.notify_all();
}

}  // namespace furrow::pipeline
