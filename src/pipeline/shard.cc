#include "pipeline/shard.h"

#include <fmt/format.h>

namespace furrow::pipeline {
namespace {

constexpr size_t kMaxRecordBytes = size_t{1} << 20;  // the log's limit
constexpr size_t kMaxRawBytes = 512 << 10;           // of a quarantined record; the rest is cut, and its message says so

}  // namespace

void Shard::process(Job job, Group& group) {
  Completion completion;
  completion.done = std::move(job.done);
  completion.weight = job.weight;
  completion.since = std::chrono::steady_clock::now();
  if (auto* submission = std::get_if<Submission>(&job.work)) {
    completion.acknowledgement = take(std::move(*submission), group);
  } else if (auto* asked = std::get_if<AskedChange>(&job.work)) {
    completion.acknowledgement.status = change(std::move(*asked), group);
  } else if (auto* looks = std::get_if<SegmentLooks>(&job.work)) {
    completion.acknowledgement.status = segments_.look(*looks, [&](RecordBody body) { return emit(std::move(body), group); });
  } else {
    completion.acknowledgement.status = emit(std::move(std::get<RecordBody>(job.work)), group);
  }
  completion.acknowledgement.last = views_.applied();
  group.completions.push_back(std::move(completion));
}

Acknowledgement Shard::take(Submission submission, Group& group) {
  Acknowledgement acknowledgement;
  auto keep = [&](Status status) {
    if (!status.ok() && acknowledgement.status.ok()) acknowledgement.status = std::move(status);
  };
  for (auto& event : submission.events) keep(take_event(std::move(event), acknowledgement, group));
  for (auto& refused : submission.refused) {
    if (refused.raw.size() > kMaxRawBytes) {
      refused.message += fmt::format(" (the first {} of {} bytes are kept)", kMaxRawBytes, refused.raw.size());
      refused.raw.resize(kMaxRawBytes);
    }
    keep(emit(std::move(refused), group));
    metrics_.events_quarantined.add();
  }
  for (auto& released : submission.released) keep(emit(std::move(released), group));
  return acknowledgement;
}

Status Shard::take_event(Event event, Acknowledgement& acknowledgement, Group& group) {
  if (!broken_.ok()) return broken_.error();
  FURROW_ASSIGN(bool seen, views_.dedupe->seen(event.message_id));
  if (seen) {
    ++acknowledgement.duplicates;
    metrics_.events_duplicate.add();
    return {};
  }
  FURROW_ASSIGN(auto person, views_.identity->resolve(event));
  for (auto& merge : person.merges) {
    const ProfileId from = merge.from;
    FURROW_TRY(emit(std::move(merge), group));
    segments_.merged_away(from);
    index_.touched(from);
    metrics_.merges.add();
  }
  EventRecord record{person.profile, std::move(event), person.origin};
  FURROW_ASSIGN(auto outcomes, views_.ledger->match_outcomes(record, {views_.applied().value + 1}));
  const std::string label(record.event.label());
  FURROW_TRY(emit(std::move(record), group));
  const LogPosition position = views_.applied();
  for (auto& outcome : outcomes) {
    FURROW_TRY(emit(std::move(outcome), group));
    metrics_.outcomes.add();
  }
  index_.touched(person.profile);
  FURROW_TRY(segments_.after_event(person.profile, label, position, !person.merges.empty(), [&](RecordBody body) { return emit(std::move(body), group); }));
  ++acknowledgement.accepted;
  metrics_.events_accepted.add();
  return {};
}

Status Shard::change(AskedChange asked, Group& group) {
  if (!broken_.ok()) return broken_.error();
  PeopleChanged& came_to = *asked.came_to;
  came_to.position.value = views_.applied().value + 1;
  if (auto* merge = std::get_if<MergeRecord>(&asked.change)) {
    FURROW_ASSIGN(auto proposed, views_.identity->propose_merge(std::move(*merge)));
    came_to.merge = came_to.position;
    came_to.stays = proposed.into;
    came_to.leaves = proposed.from;
    FURROW_TRY(emit(std::move(proposed), group));
    metrics_.merges.add();
    segments_.merged_away(came_to.leaves);
    return look_again(came_to, "merge", group);
  }
  auto& split = std::get<SplitRecord>(asked.change);
  if (split.rule == kApartRule) {
    came_to.stays = views_.identity->canonical(split.stays);
    came_to.leaves = views_.identity->canonical(split.leaves);
    if (came_to.stays == came_to.leaves) return Error(ErrorCode::kConflict, "they are one person by now: undo the merge that made them so");
    split.merge = {};
    return emit(std::move(split), group);
  }
  if (split.merge.value == 0) {
    ProfileId person = views_.identity->canonical(split.stays);
    for (const auto& merged : views_.identity->merges_of(person)) {
      if (merged.from == split.leaves) split.merge = merged.merge;
    }
  }
  FURROW_ASSIGN(auto proposed, views_.identity->propose_split(split.stays, split.merge));
  proposed.time = split.time;
  proposed.rule = std::move(split.rule);
  proposed.actor = std::move(split.actor);
  FURROW_ASSIGN(proposed.outcomes, views_.ledger->match_split(proposed));
  came_to.merge = proposed.merge;
  came_to.stays = proposed.stays;
  came_to.leaves = proposed.leaves;
  FURROW_TRY(emit(std::move(proposed), group));
  metrics_.splits.add();
  return look_again(came_to, "split", group);
}

Status Shard::look_again(const PeopleChanged& changed, std::string_view cause, Group& group) {
  for (ProfileId person : {changed.stays, changed.leaves}) {
    index_.touched(person);
    FURROW_TRY(segments_.reconsider(person, cause, changed.position, [&](RecordBody body) { return emit(std::move(body), group); }));
  }
  return {};
}

bool Shard::keep_time(size_t most, Group& group) {
  if (!broken_.ok()) return false;
  const auto more = segments_.keep_time(most, [&](RecordBody body) { return emit(std::move(body), group); });
  return more.ok() && *more;
}

Status Shard::emit(RecordBody body, Group& group) {
  if (!broken_.ok()) return broken_.error();
  const bool is_segment = std::holds_alternative<SegmentRecord>(body);
  std::string bytes = encode_record(body);
  if (bytes.size() > kMaxRecordBytes) {
    return Error(ErrorCode::kTooLarge, fmt::format("the record has {} bytes; the log takes at most {}", bytes.size(), kMaxRecordBytes));
  }
  Status applied = views_.apply({{views_.applied().value + 1}, std::move(body)});
  if (!applied.ok()) {
    broken_ = applied;
    return applied;
  }
  group.records.push_back(std::move(bytes));
  metrics_.segment_changes.add(is_segment);
  return {};
}

}  // namespace furrow::pipeline
