#include "pipeline/live_segments.h"

#include <pthread.h>

#include <chrono>
#include <numeric>

namespace furrow::pipeline {
namespace {

constexpr size_t kPortion = 512;
constexpr std::chrono::milliseconds kRetry{20};

}  // namespace

LiveSegments::LiveSegments(const profile::SegmentRules& rules, const profile::ProfileView& profiles, const profile::SegmentView& view, const Clock& clock)
    : rules_(rules), profiles_(profiles), view_(view), clock_(clock), words_((rules.size() + 63) / 64), all_(rules.size()) {
  std::iota(all_.begin(), all_.end(), size_t{0});
  for (size_t s = 0; s < rules.size(); ++s) {
    for (uint32_t member : view.members(rules.name(s))) set(member, s, true);
  }
}

void LiveSegments::grow(uint32_t person) {
  if (person < seen_.size()) return;
  seen_.resize(person + 1);
  bits_.resize(seen_.size() * words_);
}

uint32_t LiveSegments::number(ProfileId person) {
  const uint32_t number = view_.numbers().number(person);
  grow(number);
  return number;
}

void LiveSegments::set(uint32_t person, size_t segment, bool belongs) {
  grow(person);
  uint64_t& word = bits_[person * words_ + segment / 64];
  const uint64_t bit = uint64_t{1} << (segment % 64);
  word = belongs ? word | bit : word & ~bit;
}

Status LiveSegments::evaluate(ProfileId id, uint32_t person, std::span<const size_t> segments, std::string_view cause, LogPosition event, const Emit& emit) {
  const Time now = clock_.now();
  std::vector<bool> in;
  std::optional<Time> next;
  const bool known = profiles_.read(id, [&](const profile::Profile& profile) {
    in = rules_.evaluate(profile, now, segments);
    next = rules_.next_change(profile, now);
  });
  if (!known) in.assign(segments.size(), false);
  seen_[person] = true;
  if (next) timers_.set(person, *next);
  for (size_t i = 0; i < segments.size(); ++i) {
    if (in[i] == belongs(person, segments[i])) continue;
    FURROW_TRY(emit(SegmentRecord{id, now, rules_.name(segments[i]), in[i], std::string(cause), event}));
    set(person, segments[i], in[i]);
  }
  return {};
}

Status LiveSegments::after_event(ProfileId id, std::string_view label, LogPosition event, bool merged, const Emit& emit) {
  if (rules_.size() == 0) return {};
  const uint32_t person = number(id);
  const bool fresh = !seen_[person];
  const std::vector<size_t>& segments = fresh || merged ? all_ : rules_.touched(label);
  if (segments.empty()) return {};
  return evaluate(id, person, segments, merged ? "merge" : "event", event, emit);
}

void LiveSegments::merged_away(ProfileId from) {
  if (rules_.size() == 0) return;
  const uint32_t person = number(from);
  for (size_t s = 0; s < rules_.size(); ++s) set(person, s, false);
  seen_[person] = false;
  timers_.clear(person);
}

Status LiveSegments::reconsider(ProfileId id, std::string_view cause, LogPosition event, const Emit& emit) {
  if (rules_.size() == 0) return {};
  return evaluate(id, number(id), all_, cause, event, emit);
}

Result<bool> LiveSegments::keep_time(size_t most, const Emit& emit) {
  const Time now = clock_.now();
  for (; most > 0; --most) {
    const auto person = timers_.take(now);
    if (!person) return false;
    FURROW_TRY(evaluate(view_.numbers().id(*person), *person, all_, "time", {}, emit));
  }
  return true;
}

Status LiveSegments::look(const SegmentLooks& looks, const Emit& emit) {
  for (const SegmentLook& look : looks) {
    const uint32_t person = number(look.person);
    if (seen_[person]) continue;  // an event came first
    bool same = true;
    for (size_t s = 0; s < look.belongs.size() && same; ++s) same = look.belongs[s] == belongs(person, s);
    if (same) {
      seen_[person] = true;
      if (look.next_change) timers_.set(person, *look.next_change);
    } else {
      FURROW_TRY(evaluate(look.person, person, all_, "start", {}, emit));
    }
  }
  return {};
}

SegmentSweep::SegmentSweep(const profile::SegmentRules& rules, const profile::ProfileView& profiles, const Clock& clock, std::function<bool(SegmentLooks)> post)
    : post_(std::move(post)), done_(rules.size() == 0) {
  if (rules.size() == 0) return;
  thread_ = std::thread([this, &rules, &profiles, &clock] {
    ::pthread_setname_np(::pthread_self(), "segments");
    SegmentLooks looks;
    const Status walked = profiles.for_each([&](const profile::Profile& profile) {
      const Time now = clock.now();
      looks.push_back({profile.id, rules.evaluate(profile, now), rules.next_change(profile, now)});
      return looks.size() < kPortion ? !stop_.load() : hand_over(looks);
    });
    // A profile that cannot be read is reported by whoever needs it next; the others are looked at by their events.
    if (walked.ok() && hand_over(looks)) done_ = true;
  });
}

SegmentSweep::~SegmentSweep() { stop(); }

bool SegmentSweep::hand_over(SegmentLooks& looks) {
  while (!stop_.load()) {
    if (looks.empty() || post_(looks)) {
      looks.clear();
      return true;
    }
    std::this_thread::sleep_for(kRetry);
  }
  return false;
}

void SegmentSweep::stop() {
  stop_ = true;
  if (thread_.joinable()) thread_.join();
}

}  // namespace furrow::pipeline
