#include "pipeline/log_tally.h"

#include <algorithm>

namespace furrow::pipeline {

void LogTally::apply(const Record& record) {
  if (const auto* event = std::get_if<EventRecord>(&record.body)) {
    SourceTally& source = sources_[event->event.source];
    ++source.events;
    source.last_time = std::max(source.last_time, event->event.received_at);
  } else if (const auto* refused = std::get_if<QuarantineRecord>(&record.body)) {
    SourceTally& source = sources_[refused->source];
    source.last_time = std::max(source.last_time, refused->time);
  }
}

Status LogTally::catch_up() {
  if (seen_ >= pipeline_.durable()) return {};
  return pipeline_.scan(LogPosition{seen_.value + 1}, [this](const Record& record) {
    apply(record);
    seen_ = record.position;
    return true;
  });
}

Result<std::map<std::string, SourceTally>> LogTally::sources() {
  std::lock_guard lock(mutex_);
  FURROW_TRY(catch_up());
  return sources_;
}

}  // namespace furrow::pipeline
