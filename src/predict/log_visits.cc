#include "predict/log_visits.h"

#include <fmt/format.h>

#include "base/json.h"
#include "profile/history.h"

namespace furrow::predict {
namespace {

bool is_doing(const Event& event) { return event.type == EventType::kTrack || event.type == EventType::kPage || event.type == EventType::kScreen; }

// Events to steps, with their names and items numbered.
class StepReader {
 public:
  explicit StepReader(std::string item) : item_(std::move(item)) {}
  VisitStep read(const Event& event) { return {events_.of(event.label()), item_of(event), event.time}; }
  std::vector<std::string> events() && { return std::move(events_).names(); }

 private:
  uint32_t item_of(const Event& event) {
    if (item_.empty() || !properties_.parse(event.properties).ok()) return VisitStep::kNoItem;
    const Value value = properties_.get(item_);
    if (value.is_text() && !value.text().empty()) return items_.of(value.text());
    return value.is_number() ? items_.of(fmt::format("{}", value.number())) : VisitStep::kNoItem;
  }
  std::string item_;
  NameNumbers events_, items_;
  Fields properties_;
};

}  // namespace

Result<VisitTable> visits_of_log(const RecordSource& records, Duration gap, const std::string& item) {
  FURROW_ASSIGN(auto nothing, profile::FeatureProgram::compile({}));
  FURROW_ASSIGN(auto history, profile::History::create(std::move(nothing)));
  StepReader reader(item);
  std::vector<std::pair<ProfileId, VisitStep>> steps;
  VisitTable out;
  FURROW_TRY(records([&](const Record& record) {
    history.add(record);
    const auto* event = std::get_if<EventRecord>(&record.body);
    if (event && is_doing(event->event)) steps.emplace_back(event->brought_by(), reader.read(event->event));
    return true;
  }));
  out.rows = steps.size();
  if (steps.empty()) return Error(ErrorCode::kInvalidArgument, "nothing that people did was collected yet: no tracked event, page or screen");
  std::unordered_map<ProfileId, uint32_t> people;
  std::vector<StepOfPerson> rows;
  for (const auto& [id, step] : steps) {
    const ProfileId person = history.canonical(id);
    auto [place, fresh] = people.try_emplace(person, static_cast<uint32_t>(out.people.size()));
    if (fresh) out.people.push_back(person.to_string());
    rows.push_back({place->second, step});
  }
  cut_visits(std::move(rows), gap, out);
  out.events = std::move(reader).events();
  return out;
}

VisitTable visits_of_person(const std::vector<Event>& events, Duration gap, const std::string& item) { return visits_of_people({events}, gap, item); }

VisitTable visits_of_people(const std::vector<std::vector<Event>>& people, Duration gap, const std::string& item) {
  StepReader reader(item);
  VisitTable out;
  std::vector<StepOfPerson> rows;
  for (uint32_t person = 0; person < people.size(); ++person) {
    for (const Event& event : people[person]) {
      if (is_doing(event)) rows.push_back({person, reader.read(event)});
    }
  }
  out.rows = rows.size();
  out.people.resize(people.size());
  cut_visits(std::move(rows), gap, out);
  out.events = std::move(reader).events();
  return out;
}

}  // namespace furrow::predict
