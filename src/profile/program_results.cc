// From states to values: each aggregate's result, and the derived features over them.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "profile/program.h"

namespace furrow::profile {
namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();
constexpr double kDayMicros = 86400e6;

std::string text_of(const Journal& journal, Cell cell) {
  return is_text_cell(cell) ? journal.text(cell) : fmt::format("{}", cell_number(cell));
}

void append_item(const Journal& journal, Cell cell, std::string& list) {
  if (list.size() > 1) list += ',';
  if (is_text_cell(cell)) append_json_text(list, journal.text(cell));
  else fmt::format_to(std::back_inserter(list), "{}", cell_number(cell));
}

template <class Numbers>
std::string list_of(const Numbers& numbers) {
  return fmt::format("[{}]", fmt::join(numbers, ","));
}

struct Sessions {
  double count = 0, minutes = 0, events = 0;
};
Sessions sessions_of(const std::vector<RecentState::Item>& newest_first, int64_t gap) {
  Sessions all;
  int64_t lasted = 0;
  for (size_t i = 0; i < newest_first.size(); ++i) {
    const int64_t between = i == 0 ? INT64_MAX : (newest_first[i - 1].time - newest_first[i].time).micros;
    if (between >= gap) ++all.count;
    else lasted += between;
  }
  all.events = static_cast<double>(newest_first.size()) / all.count;
  all.minutes = static_cast<double>(lasted) / 60e6 / all.count;
  return all;
}

double gap_std_days(const std::vector<RecentState::Item>& newest_first) {
  const size_t gaps = newest_first.size() - 1;
  if (newest_first.size() < 3) return kMissing;
  const double mean = (newest_first.front().time - newest_first.back().time).days() / static_cast<double>(gaps);
  double squares = 0;
  for (size_t i = 0; i < gaps; ++i) {
    const double off = (newest_first[i].time - newest_first[i + 1].time).days() - mean;
    squares += off * off;
  }
  return std::sqrt(squares / static_cast<double>(gaps - 1));
}

// The most frequent first; of equals, the lesser text.
std::string most_frequent(const std::map<std::string, size_t>& counts, size_t k) {
  std::vector<std::pair<std::string_view, size_t>> sorted(counts.begin(), counts.end());
  std::stable_sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
  std::string list = "[";
  for (size_t i = 0; i < std::min(k, sorted.size()); ++i) {
    if (i > 0) list += ',';
    append_json_text(list, sorted[i].first);
  }
  return list + "]";
}

std::string ngrams_of(const Journal& journal, const std::vector<RecentState::Item>& newest_first, size_t n, size_t k) {
  std::map<std::string, size_t> counts;
  for (size_t last = 0; last + n <= newest_first.size(); ++last) {
    std::string gram;
    for (size_t i = last + n; i-- > last;) {
      if (i + 1 < last + n) gram += " > ";
      gram += text_of(journal, newest_first[i].cell);
    }
    ++counts[gram];
  }
  return counts.empty() ? std::string() : most_frequent(counts, k);
}

// The cells of the most frequent values; of equals, the lesser text.
std::vector<Cell> top_cells(const Journal& journal, const ValuesState& state, size_t k) {
  struct Ranked {
    uint64_t count;
    std::string text;
    Cell cell;
  };
  std::vector<Ranked> ranked;
  for (const auto& item : state.items()) ranked.push_back({item.count, text_of(journal, item.cell), item.cell});
  const size_t top = std::min(k, ranked.size());
  std::partial_sort(ranked.begin(), ranked.begin() + static_cast<ptrdiff_t>(top), ranked.end(), [](const Ranked& a, const Ranked& b) {
    return a.count != b.count ? a.count > b.count : a.text < b.text;
  });
  std::vector<Cell> cells;
  for (size_t i = 0; i < top; ++i) cells.push_back(ranked[i].cell);
  return cells;
}

template <class Counts>
double peak(const Counts& counts) {
  return static_cast<double>(std::max_element(counts.begin(), counts.end()) - counts.begin());
}

// Element `index` of a JSON list of numbers and texts, in `buffer` when a text; nothing beyond its end.
Value element_of(std::string_view list, int index, std::string& buffer) {
  size_t start = 1;
  bool quoted = false;
  for (size_t i = 1; i < list.size(); ++i) {
    const char c = list[i];
    if (quoted && c == '\\') ++i;
    else if (c == '"') quoted = !quoted;
    if (quoted || (c != ',' && c != ']')) continue;
    if (index-- > 0) {
      start = i + 1;
      continue;
    }
    thread_local Fields fields;
    if (i == start || !fields.parse(fmt::format("{{\"v\":{}}}", list.substr(start, i - start)))) return {};
    const Value value = fields.get("v");
    if (!value.is_text()) return value;
    buffer = value.text();
    return Value(std::string_view(buffer));
  }
  return {};
}

}  // namespace

void FeatureProgram::result(size_t feature, const AggregateStates& states, Reading& reading) const {
  const FeatureDefinition& definition = definitions_[feature];
  const Track& track = tracks_[feature_track_[feature]];
  auto give_cell = [&](Cell cell) {
    if (!is_text_cell(cell)) {
      reading.number = cell_number(cell);
      return;
    }
    const std::string& text = reading.journal.text(cell);
    reading.number = Value(std::string_view(text)).as_number();
    if (reading.text) *reading.text = text;
  };
  reading.number = kMissing;
  switch (definition.aggregate) {
    case Aggregate::kCount:
      if (const auto& s = states.events[track.state]; s.count > 0) reading.number = static_cast<double>(s.count);
      break;
    case Aggregate::kRecencyDays:
      if (const auto& s = states.events[track.state]; s.count > 0) reading.number = (reading.as_of - s.newest).days();
      break;
    case Aggregate::kTenureDays:
      if (const auto& s = states.events[track.state]; s.count > 0) reading.number = (reading.as_of - s.oldest).days();
      break;
    case Aggregate::kGapMeanDays:
      if (const auto& s = states.events[track.state]; s.count > 1) reading.number = (s.newest - s.oldest).days() / static_cast<double>(s.count - 1);
      break;
    case Aggregate::kSum:
      if (const auto& s = states.numbers[track.state]; s.count > 0) reading.number = s.sum.value();
      break;
    case Aggregate::kAverage:
    case Aggregate::kShare:
      if (const auto& s = states.numbers[track.state]; s.count > 0) reading.number = s.sum.value() / static_cast<double>(s.count);
      break;
    case Aggregate::kMin:
      if (const auto& s = states.numbers[track.state]; s.count > 0) reading.number = s.min;
      break;
    case Aggregate::kMax:
      if (const auto& s = states.numbers[track.state]; s.count > 0) reading.number = s.max;
      break;
    case Aggregate::kRatio: {
      const auto &above = states.numbers[track.state], &below = states.numbers[tracks_[second_track_[feature]].state];
      const double total = below.sum.value();
      if (above.count > 0 && below.count > 0 && total != 0) reading.number = above.sum.value() / total;
      break;
    }
    case Aggregate::kFirst:
      if (const auto& s = states.edges[track.state]; !s.empty) give_cell(s.first.cell);
      break;
    case Aggregate::kLast:
      if (const auto& s = states.edges[track.state]; !s.empty) give_cell(s.last.cell);
      break;
    case Aggregate::kDistinct:
      if (const auto& s = states.distinct[track.state]; !s.empty()) reading.number = s.count();
      break;
    case Aggregate::kDistinctDays:
      if (const auto& s = states.days[track.state]; s.count() > 0) reading.number = static_cast<double>(s.count());
      break;
    case Aggregate::kVariance: reading.number = states.moments[track.state].variance(); break;
    case Aggregate::kStddev: reading.number = std::sqrt(states.moments[track.state].variance()); break;
    case Aggregate::kTrend: reading.number = states.trends[track.state].slope_a_day(); break;
    case Aggregate::kDecayedSum:
    case Aggregate::kDecayedCount:
      if (const auto& s = states.decays[track.state]; s.count > 0) reading.number = s.as_of(reading.as_of);
      break;
    case Aggregate::kQuantile: reading.number = states.quantiles[track.state].quantile(definition.parameters[0]); break;
    case Aggregate::kMedian: reading.number = states.quantiles[track.state].quantile(0.5); break;
    case Aggregate::kMode:
      if (const auto& s = states.values[track.state]; !s.empty()) give_cell(top_cells(reading.journal, s, 1)[0]);
      break;
    default:
      if (!pattern_result(feature, states, reading)) break;
      return;
  }
  if (!std::isnan(reading.number) || (reading.text && !reading.text->empty())) return;
  // A text that is no number is not the same as no event: only the latter takes the default.
  if (row_of(definition.aggregate).result == ResultKind::kAny &&
      !(track.kind == StateKind::kEdge ? states.edges[track.state].empty : states.values[track.state].empty())) {
    return;
  }
  if (definition.default_value) reading.number = *definition.default_value;
  if (reading.text && !definition.default_text.empty()) *reading.text = definition.default_text;
}

// Those over patterns in time and values; false when there is no value. Lists are made only for who asks for texts.
bool FeatureProgram::pattern_result(size_t feature, const AggregateStates& states, Reading& reading) const {
  const FeatureDefinition& definition = definitions_[feature];
  const Track& track = tracks_[feature_track_[feature]];
  auto give_text = [&](auto&& make) {
    if (reading.text) *reading.text = make();
    return true;
  };
  switch (definition.aggregate) {
    case Aggregate::kTopK: {
      const auto& s = states.values[track.state];
      if (s.empty()) return false;
      return give_text([&] {
        std::string list = "[";
        for (Cell cell : top_cells(reading.journal, s, static_cast<size_t>(definition.parameters[0]))) append_item(reading.journal, cell, list);
        return list + "]";
      });
    }
    case Aggregate::kHistogram: {
      const auto& s = states.histograms[track.state];
      return !s.counts.empty() && give_text([&] { return list_of(s.counts); });
    }
    case Aggregate::kHourProfile:
    case Aggregate::kWeekdayProfile:
    case Aggregate::kPeakHour:
    case Aggregate::kPeakWeekday: {
      const auto& s = states.hours[track.state];
      if (s.count == 0) return false;
      if (definition.aggregate == Aggregate::kPeakHour) reading.number = peak(s.hours);
      else if (definition.aggregate == Aggregate::kPeakWeekday) reading.number = peak(s.weekdays) + 1;
      else if (definition.aggregate == Aggregate::kHourProfile) give_text([&] { return list_of(s.hours); });
      else give_text([&] { return list_of(s.weekdays); });
      return true;
    }
    default: break;
  }
  const auto& items = states.recent[track.state].items();
  if (items.empty()) return false;
  switch (definition.aggregate) {
    case Aggregate::kLastK:
      return give_text([&] {
        std::string list = "[";
        for (const auto& item : items) append_item(reading.journal, item.cell, list);
        return list + "]";
      });
    case Aggregate::kNgrams: {
      const size_t n = static_cast<size_t>(definition.parameters[0]);
      if (items.size() < n) return false;
      return give_text([&] { return ngrams_of(reading.journal, items, n, static_cast<size_t>(definition.parameters[1])); });
    }
    case Aggregate::kGapStdDays: reading.number = gap_std_days(items); break;
    case Aggregate::kSessions: reading.number = sessions_of(items, static_cast<int64_t>(definition.parameters[0])).count; break;
    case Aggregate::kSessionMinutes: reading.number = sessions_of(items, static_cast<int64_t>(definition.parameters[0])).minutes; break;
    default: reading.number = sessions_of(items, static_cast<int64_t>(definition.parameters[0])).events; break;
  }
  return !std::isnan(reading.number);
}

void FeatureProgram::derive(std::span<double> out, std::string* texts) const {
  for (const Derived& derived : derived_) {
    Value slots[64];
    std::string buffers[64];
    for (size_t i = 0; i < derived.inputs.size(); ++i) {
      const Input& input = derived.inputs[i];
      const std::string* text = texts && definitions_[input.feature].result() != ResultKind::kNumber ? &texts[input.feature] : nullptr;
      if (input.element >= 0) slots[i] = text ? element_of(*text, input.element, buffers[i]) : Value();
      else if (text && !text->empty()) slots[i] = Value(std::string_view(*text));
      else if (!std::isnan(out[input.feature])) slots[i] = Value(out[input.feature]);
      else slots[i] = Value();
    }
    const Value value = derived.expression.evaluate(std::span<const Value>(slots, derived.inputs.size()));
    double& number = out[derived.feature];
    number = value.as_number();
    if (!std::isfinite(number)) number = kMissing;
    std::string* text = texts ? &texts[derived.feature] : nullptr;
    if (text) *text = value.is_text() ? std::string(value.text()) : std::string();
    const bool nothing = value.is_null() || (std::isnan(number) && !value.is_text());
    const FeatureDefinition& definition = definitions_[derived.feature];
    if (nothing && definition.default_value) number = *definition.default_value;
    if (nothing && text && !definition.default_text.empty()) *text = definition.default_text;
  }
}

}  // namespace furrow::profile
