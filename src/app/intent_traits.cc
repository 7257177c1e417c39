#include "app/intent_traits.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <unordered_map>

#include "app/workspace.h"
#include "base/background.h"
#include "base/files.h"
#include "base/json.h"
#include "predict/log_visits.h"

namespace furrow::app {
namespace {

constexpr std::chrono::milliseconds kIntentPoll{200}, kIntentAfterFailure{10'000};
constexpr size_t kRoundDoers = 256;
constexpr uint64_t kCursorEvery = 100'000;  // records, before the cursor is written

bool is_deed(const Event& event) { return event.type == EventType::kTrack || event.type == EventType::kPage || event.type == EventType::kScreen; }

Event stage_event(const Event& last, LogPosition position, Time visit_end, const std::string& model, const std::string& version, const predict::IntentScore& score, Time now) {
  Event event;
  event.type = EventType::kIdentify;
  event.message_id = fmt::format("intent:{}:{}", model, position.value);
  event.user_id = last.user_id;
  event.anonymous_id = last.anonymous_id;
  event.time = visit_end;  // no earlier than any stage told before
  event.received_at = now;
  event.source = kIntentSource;
  JsonWriter(event.properties).begin_object().field(model, predict::kStages[score.stage]).end_object();
  JsonWriter context(event.context);
  context.begin_object().field("model", model + "/" + version).key("probabilities").begin_object();
  for (size_t s = 0; s < 3 && score.stage != 3; ++s) context.field(predict::kStages[s], score.probability[s]);
  context.end_object().end_object();
  return event;
}

}  // namespace

IntentTraits::IntentTraits(pipeline::Pipeline& pipeline, const Workspace& workspace, LiveIntent& intent, const std::filesystem::path& data_dir, const Clock& clock, const Logger& logger)
    : pipeline_(pipeline), clock_(clock), logger_(logger), intent_(intent), file_(data_dir / "intent_cursor") {
  for (const auto& model : workspace.models) {
    if (model.intent) models_.push_back(model.name);
  }
}

IntentTraits::~IntentTraits() { stop(); }

void IntentTraits::start() {
  if (!models_.empty()) thread_ = std::thread([this] { run(); });
}

void IntentTraits::stop() {
  {
    std::lock_guard lock(wake_mutex_);
    stop_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

Status IntentTraits::read_cursor() {
  if (std::exchange(read_, true)) return {};
  auto text = read_file(file_, 64);
  if (!text.ok()) return text.error().code() == ErrorCode::kNotFound ? Status() : Status(std::move(text).error());
  uint64_t position = 0;
  auto [end, fault] = std::from_chars(text->data(), text->data() + text->size(), position);
  if (fault == std::errc() && position <= pipeline_.durable().value) cursor_ = written_ = LogPosition{position};
  return {};
}

Status IntentTraits::save() {
  if (!cursor_ || *cursor_ == written_) return {};
  FURROW_TRY(write_file_atomically(file_, std::to_string(cursor_->value)));
  written_ = *cursor_;
  return {};
}

std::vector<Event> IntentTraits::events_of(ProfileId person) const {
  std::vector<LogPosition> positions;
  pipeline_.profiles().read(person, [&](const profile::Profile& profile) { positions = profile.latest; });
  std::vector<Event> events;
  for (LogPosition position : positions) {
    auto bytes = pipeline_.log().read(position);
    auto body = bytes.ok() ? decode_record(*bytes) : Result<RecordBody>(bytes.error());
    auto* record = body.ok() ? std::get_if<EventRecord>(&*body) : nullptr;
    if (record && is_deed(record->event)) events.push_back(std::move(record->event));
  }
  return events;
}

Status IntentTraits::tell(const std::string& model, const LiveIntent::Version& version, const std::vector<Doer>& doers, size_t& told) {
  std::vector<std::vector<Event>> histories;
  for (const Doer& doer : doers) histories.push_back(events_of(doer.person));
  const auto visits = predict::visits_of_people(histories, version.model->gap(), version.model->columns().item);
  FURROW_ASSIGN(auto scores, version.model->score(visits));
  std::vector<std::optional<size_t>> last(doers.size());
  for (size_t v = 0; v < scores.size(); ++v) last[visits.visits[v].person] = v;  // visits stand in order of time
  pipeline::Submission news;
  for (size_t d = 0; d < doers.size(); ++d) {
    if (!last[d]) continue;
    const predict::IntentScore& score = scores[*last[d]];
    std::string storage;
    bool known = false;
    pipeline_.profiles().read(doers[d].person, [&](const profile::Profile& person) {
      const Value value = person.trait_value(model, storage);
      known = value.is_text() && value.text() == predict::kStages[score.stage];
    });
    if (!known) news.events.push_back(stage_event(doers[d].last, doers[d].position, visits.visits[*last[d]].end(), model, version.version, score, clock_.now()));
  }
  if (news.events.empty()) return {};
  pipeline::Acknowledgement taken = pipeline_.submit_and_wait(std::move(news));
  FURROW_TRY(std::move(taken.status));
  told += taken.accepted;
  return {};
}

Result<bool> IntentTraits::round(LogPosition end, size_t& told) {
  std::vector<Doer> doers;
  std::unordered_map<ProfileId, size_t> places;
  LogPosition reached = *cursor_;
  bool more = false;
  FURROW_TRY(pipeline_.log().scan(LogPosition{cursor_->value + 1}, [&](LogPosition position, std::string_view bytes) {
    if (position > end) return false;
    if (doers.size() >= kRoundDoers || stop_) {
      more = true;
      return false;
    }
    reached = position;
    auto body = decode_record(bytes);
    auto* record = body.ok() ? std::get_if<EventRecord>(&*body) : nullptr;
    if (!record || !is_deed(record->event)) return true;
    const ProfileId person = pipeline_.identity().canonical(record->profile);
    auto [place, fresh] = places.try_emplace(person, doers.size());
    if (fresh) doers.push_back({person, {}, {}});
    doers[place->second].last = std::move(record->event);
    doers[place->second].position = position;
    return true;
  }));
  for (const std::string& name : models_) {
    LiveIntent::Version version = intent_.promoted(name);
    if (version.model && !doers.empty()) FURROW_TRY(tell(name, version, doers, told));
  }
  cursor_ = more ? reached : end;
  if (cursor_->value - written_.value >= kCursorEvery) FURROW_TRY(save());
  return more && !stop_;
}

Result<size_t> IntentTraits::catch_up() {
  std::lock_guard alone(work_);
  FURROW_TRY(read_cursor());
  size_t told = 0;
  const LogPosition end = pipeline_.durable();
  const bool any = std::any_of(models_.begin(), models_.end(), [&](const auto& name) { return intent_.promoted(name).model != nullptr; });
  if (!any) return told;
  if (!cursor_) {
    cursor_ = end;
    FURROW_TRY(save());
  }
  for (bool more = *cursor_ < end; more;) {
    FURROW_ASSIGN(more, round(end, told));
  }
  return told;
}

void IntentTraits::run() {
  give_way("intent");
  bool said = false;
  std::unique_lock waiting(wake_mutex_);
  while (!stop_) {
    waiting.unlock();
    auto done = catch_up();
    if (!done.ok() && !said) logger_.warning("stages are not told; it is tried again", {{"error", done.error().to_string()}});
    said = !done.ok();
    waiting.lock();
    wake_.wait_for(waiting, said ? kIntentAfterFailure : kIntentPoll, [this] { return stop_.load(); });
  }
  waiting.unlock();
  std::lock_guard alone(work_);
  (void)save().ok();  // else the same is looked at again, and tells nothing twice
}

}  // namespace furrow::app
