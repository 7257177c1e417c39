#include "app/pipeline_shard.h"

#include <fmt/format.h>

namespace furrow::app {
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
    FURROW_TRY(emit(std::move(merge), group));
    metrics_.merges.add();
  }
  EventRecord record{person.profile, std::move(event)};
  FURROW_ASSIGN(auto outcomes, views_.ledger->match_outcomes(record, {views_.applied().value + 1}));
  FURROW_TRY(emit(std::move(record), group));
  for (auto& outcome : outcomes) {
    FURROW_TRY(emit(std::move(outcome), group));
    metrics_.outcomes.add();
  }
  ++acknowledgement.accepted;
  metrics_.events_accepted.add();
  return {};
}

Status Shard::emit(RecordBody body, Group& group) {
  if (!broken_.ok()) return broken_.error();
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
  return {};
}

}  // namespace furrow::app
