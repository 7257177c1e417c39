#include "govern/quality.h"

#include <simdjson.h>

#include <charconv>

#include "event/plausible_time.h"
#include "govern/quality_state.h"
#include "govern/text_form.h"

namespace furrow::govern {
namespace {

constexpr size_t kSampleValues = 300;  // before a field's meaning is told
constexpr int64_t kDayMicros = days(1).micros;
constexpr size_t kMostLabels = 200;

int64_t day_of(Time time) { return time.micros >= 0 ? time.micros / kDayMicros : (time.micros - kDayMicros + 1) / kDayMicros; }

bool is_number_like(Meaning meaning) { return meaning == Meaning::kMoney || meaning == Meaning::kNumber || meaning == Meaning::kPercent; }

// Drops the oldest when there are too many.
template <class Days>
void bound(Days& days) {
  while (days.size() > kDaysKept) days.erase(days.begin());
}

}  // namespace

void DistinctSketch::add(uint64_t hash) {
  if (smallest_.size() == keep_ && hash >= smallest_.front()) return;
  if (!members_.insert(hash).second) return;
  smallest_.push_back(hash);
  std::push_heap(smallest_.begin(), smallest_.end());
  if (smallest_.size() <= keep_) return;
  std::pop_heap(smallest_.begin(), smallest_.end());
  members_.erase(smallest_.back());
  smallest_.pop_back();
}

double DistinctSketch::estimate() const {
  if (smallest_.size() < keep_) return static_cast<double>(smallest_.size());
  return static_cast<double>(keep_ - 1) * 18446744073709551616.0 / static_cast<double>(smallest_.front());
}

QualityMonitor::QualityMonitor() : state_(std::make_unique<State>()) {}
QualityMonitor::QualityMonitor(QualityMonitor&&) noexcept = default;
QualityMonitor::~QualityMonitor() = default;
LogPosition QualityMonitor::seen() const { return state_->seen; }

void QualityMonitor::observe(const Record& record) {
  if (const auto* event = std::get_if<EventRecord>(&record.body)) state_->observe(*event);
  else if (const auto* refused = std::get_if<QuarantineRecord>(&record.body)) state_->observe(*refused);
  else if (std::holds_alternative<MergeRecord>(record.body)) ++state_->merged;
  else if (std::holds_alternative<SplitRecord>(record.body)) --state_->merged;
  state_->seen = record.position;
}

void QualityMonitor::State::observe(const QuarantineRecord& record) {
  JudgedSource& source = sources[record.source];
  ++source.quarantined;
  ++source.quarantine_reasons[record.code];
  source.last_received = std::max(source.last_received, record.time);
  SourceDay& day = source.days[day_of(record.time)];
  ++day.quarantined;
  bound(source.days);
}

void QualityMonitor::State::observe(const EventRecord& record) {
  const Event& event = record.event;
  JudgedSource& source = sources[event.source];
  ++events;
  now = std::max(now, event.received_at);
  ++source.events;
  profiles.add(mix64(record.profile.value));
  std::string_view label = event.label();
  const bool possible = plausible_time(event);
  auto known = labels.find(label);
  if (known == labels.end() && labels.size() < kMostLabels) known = labels.emplace(std::string(label), SeenLabel{}).first;
  if (known != labels.end()) {
    ++known->second.times;
    if (possible) known->second.first = std::min(known->second.first, event.time), known->second.last = std::max(known->second.last, event.time);
  }
  const int64_t day = day_of(possible ? event.time : event.received_at);
  SourceDay& counts = source.days[day];
  ++counts.events;
  if (!possible) {
    ++source.faulty_times;
    ++counts.faulty_times;
  } else {
    source.first = source.last.micros == 0 ? event.time : std::min(source.first, event.time);
    source.last = std::max(source.last, event.time);
  }
  source.last_received = std::max(source.last_received, event.received_at);
  source.late += event.received_at - event.time > days(1);
  const uint64_t of_day = counts.events;
  bound(source.days);
  uint64_t weight = of_day <= kWholeEvents ? 1 : of_day % kThinning == 0 ? kThinning : 0;
  if (weight > 0) judge(source, event, day, weight);
}

void QualityMonitor::State::judge(JudgedSource& source, const Event& event, int64_t day, uint64_t weight) {
  if (!leaves.parse(event.properties).ok()) return;
  auto kind_at = source.kinds.find(event.label());
  if (kind_at == source.kinds.end()) {
    if (source.kinds.size() >= kMostLabels) return;
    kind_at = source.kinds.emplace(std::string(event.label()), JudgedKind{}).first;
  }
  JudgedKind& kind = kind_at->second;
  kind.events += weight;
  ++kind.judged;
  kind.days[day] += weight;
  bound(kind.days);
  // What governance changed in this event, by field.
  std::vector<std::pair<std::string, std::string>> changed;
  if (event.context.find("\"governed\"") != std::string::npos && context.parse(event.context).ok()) {
    Value list = context.get("governed");
    simdjson::dom::parser parser;
    simdjson::dom::array items;
    if (list.is_text() && !parser.parse(std::string(list.text())).get(items)) {
      for (auto item : items) {
        std::string_view field, rule;
        if (!item["field"].get(field) && !item["rule"].get(rule)) changed.emplace_back(field, rule);
      }
    }
    if (!changed.empty()) source.governed += weight;
    for (const auto& [field, rule] : changed) source.rules[rule] += weight;
  }
  auto field_of = [&](std::string_view path) -> JudgedField* {
    auto at = kind.fields.find(path);
    if (at != kind.fields.end()) return &at->second;
    if (source.fields >= kMostQualityFields) return nullptr;
    ++source.fields;
    JudgedField& made = kind.fields[std::string(path)];
    made.sampler = ColumnSampler(std::string(path.substr(path.rfind('.') + 1)));
    return &made;
  };
  for (const auto& [path, value] : leaves.all()) {
    JudgedField* field = field_of(path);
    if (!field) continue;
    auto by = std::find_if(changed.begin(), changed.end(), [&path = path](const auto& c) { return c.first == path; });
    judge(*field, path, value, by == changed.end() ? std::string_view() : std::string_view(by->second), day, weight);
  }
  // A value that governance took out was there, and invalid; a marker for nothing never was.
  for (const auto& [path, rule] : changed) {
    bool there = std::any_of(leaves.all().begin(), leaves.all().end(), [&path = path](const auto& leaf) { return leaf.first == path; });
    if (there || rule.starts_with("missing.") || path == "timestamp" || path == "anonymousId") continue;
    if (JudgedField* field = field_of(path)) {
      field->judged += weight;
      field->invalid += weight;
      field->days[day].invalid += weight;
      bound(field->days);
    }
  }
}

void QualityMonitor::State::settle_late(JudgedField& field, std::string_view path) {
  std::vector<std::string> cells = field.sample;
  settle(field, path);
  if (!has_standard_form(field.plan->meaning)) return;
  for (const std::string& cell : cells) {
    const CellOutcome& outcome = field.standardizer->apply(cell);
    ++field.judged;
    field.invalid += outcome.state == CellState::kInvalid || outcome.state == CellState::kEmptied;
    bool standard = outcome.state == CellState::kStandard;
    field.standard += standard;
    field.standard_before += standard;
  }
}

void QualityMonitor::State::settle(JudgedField& field, std::string_view path) {
  ColumnProfiler profiler(std::string(path), guess_meaning(field.sampler.take()), rules, now);
  for (const std::string& cell : field.sample) profiler.observe(cell);
  field.plan = profiler.settle();
  field.plan->derives = false;
  field.plan->latest = Time{INT64_MAX};  // the plan is kept, and what is ahead of its making is not ahead of later events
  field.plan->invalid = OnInvalidCell::kKeep;
  if (field.plan->confidence < 0.5) field.plan->meaning = Meaning::kFreeText;
  field.standardizer.emplace(*field.plan);
  field.sample.clear();
  field.sample.shrink_to_fit();
}

void QualityMonitor::State::judge(JudgedField& field, std::string_view path, const Value& value, std::string_view changed_by, int64_t day, uint64_t weight) {
  std::string cell;
  if (value.is_text()) {
    cell = value.text();
  } else if (value.is_number()) {
    char text[400];
    cell.assign(text, std::to_chars(text, text + sizeof text, value.number(), std::chars_format::fixed).ptr);
  } else if (value.is_bool()) {
    cell = value.boolean() ? "true" : "false";
  }
  if (is_missing_marker(trim(cell))) return;
  field.present += weight;
  (value.is_text() ? field.texts : value.is_number() ? field.numbers : field.booleans) += weight;
  const uint64_t hash = hash64(cell);
  field.distinct.add(hash);
  if (weight == 1) {
    ++field.whole;
    field.whole_distinct.add(hash);
  }
  field.days[day].present += weight;
  bound(field.days);  // and maybe this very day: an import brings what is older than all that are kept
  if (!field.plan) {
    field.sampler.observe(cell);
    field.sample.push_back(cell);
    if (field.sample.size() >= kSampleValues) settle_late(field, path);
    return;
  }
  if (!has_standard_form(field.plan->meaning)) return;
  field.judged += weight;
  // A JSON number or truth value is in standard form where a number is meant.
  bool plain = !value.is_text() && (is_number_like(field.plan->meaning) || field.plan->meaning == Meaning::kBoolean);
  const CellOutcome& outcome = field.standardizer->apply(cell);
  bool wrong = !plain && (outcome.state == CellState::kInvalid || outcome.state == CellState::kEmptied);
  bool standard = plain || outcome.state == CellState::kStandard;
  if (wrong) {
    field.invalid += weight;
    if (auto of_day = field.days.find(day); of_day != field.days.end()) of_day->second.invalid += weight;
  }
  if (standard) field.standard += weight;
  if (standard && changed_by.empty()) field.standard_before += weight;
  if (!changed_by.empty()) field.changed += weight;
}

}  // namespace furrow::govern
