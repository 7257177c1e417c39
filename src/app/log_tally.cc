#include "app/log_tally.h"

#include <algorithm>

namespace furrow::app {

void LogTally::apply(const Record& record) {
  if (const auto* event = std::get_if<EventRecord>(&record.body)) {
    SourceTally& source = sources_[event->event.source];
    ++source.events;
    source.last_time = std::max(source.last_time, event->event.received_at);
  } else if (const auto* refused = std::get_if<QuarantineRecord>(&record.body)) {
    auto source = sources_.try_emplace(refused->source).first;
    ++source->second.quarantined;
    source->second.last_time = std::max(source->second.last_time, refused->time);
    auto code = codes_.try_emplace(refused->code).first;
    ++code->second;
    open_.push_back({record.position.value, &code->first, &source->first});
  } else if (const auto* release = std::get_if<ReleaseRecord>(&record.body)) {
    auto at = std::lower_bound(open_.begin(), open_.end(), release->quarantined.value,
                               [](const Open& open, uint64_t position) { return open.position < position; });
    if (at == open_.end() || at->position != release->quarantined.value) return;
    --codes_[*at->code];
    --sources_[*at->source].quarantined;
    open_.erase(at);
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

Result<std::map<std::string, uint64_t>> LogTally::open_by_code() {
  std::lock_guard lock(mutex_);
  FURROW_TRY(catch_up());
  auto codes = codes_;
  std::erase_if(codes, [](const auto& code) { return code.second == 0; });
  return codes;
}

Result<std::vector<OpenQuarantine>> LogTally::open(std::string_view code, std::string_view source) {
  std::lock_guard lock(mutex_);
  FURROW_TRY(catch_up());
  std::vector<OpenQuarantine> found;
  for (const auto& open : open_) {
    if ((code.empty() || *open.code == code) && (source.empty() || *open.source == source)) {
      found.push_back({{open.position}, *open.code, *open.source});
    }
  }
  return found;
}

}  // namespace furrow::app
