#include "predict/event_sequences.h"

#include <fmt/format.h>

#include <algorithm>

#include "predict/order_history.h"

namespace furrow::predict {
uint32_t NameNumbers::of(std::string_view name) {
  auto [place, fresh] = known_.try_emplace(std::string(name), static_cast<uint32_t>(names_.size()));
  if (fresh) names_.emplace_back(name);
  return place->second;
}

void cut_visits(std::vector<StepOfPerson> steps, Duration gap, VisitTable& out) {
  std::stable_sort(steps.begin(), steps.end(), [](const auto& a, const auto& b) { return a.person < b.person || (a.person == b.person && a.step.time < b.step.time); });
  for (const StepOfPerson& row : steps) {
    const bool goes_on = !out.visits.empty() && out.visits.back().person == row.person && row.step.time - out.visits.back().end() <= gap;
    if (!goes_on) out.visits.push_back({row.person, {}});
    out.visits.back().steps.push_back(row.step);
    out.last = std::max(out.last, row.step.time);
  }
  std::stable_sort(out.visits.begin(), out.visits.end(), [](const VisitOfPerson& a, const VisitOfPerson& b) { return a.start() < b.start(); });
}

Result<VisitTable> read_visits(const table::Table& table, const EventColumns& columns, Duration gap, const std::string& file) {
  FURROW_ASSIGN(const table::Column* person, table.require(columns.person, file));
  FURROW_ASSIGN(const table::Column* event, table.require(columns.event, file));
  FURROW_ASSIGN(const table::Column* time, table.require(columns.time, file));
  const table::Column* item = nullptr;
  if (!columns.item.empty()) {
    FURROW_ASSIGN(item, table.require(columns.item, file));
  }
  VisitTable out;
  out.rows = table.rows();
  NameNumbers people, events, items;
  std::vector<StepOfPerson> rows;
  auto skip = [&](size_t row, std::string why) {
    if (out.skipped++ == 0) out.first_skipped = fmt::format("row {}: {}", row + 1, why);
  };
  const auto times = order_times(*time);
  for (size_t row = 0; row < table.rows(); ++row) {
    const std::string who = person->to_text(row), what = event->to_text(row);
    const auto& when = times[row];
    if (who.empty()) skip(row, fmt::format("no \"{}\"", columns.person));
    else if (what.empty()) skip(row, fmt::format("no \"{}\"", columns.event));
    else if (!when) skip(row, fmt::format("\"{}\" is not a time: \"{}\"", columns.time, time->to_text(row)));
    else {
      const std::string which = item ? item->to_text(row) : std::string();
      rows.push_back({people.of(who), {events.of(what), which.empty() ? VisitStep::kNoItem : items.of(which), *when}});
    }
  }
  if (rows.empty()) return Error(ErrorCode::kInvalidFile, fmt::format("no row has a person, an event and a time{}", out.first_skipped.empty() ? "" : ": " + out.first_skipped)).at(file);
  cut_visits(std::move(rows), gap, out);
  out.people = std::move(people).names();
  out.events = std::move(events).names();
  return out;
}

}  // namespace furrow::predict
