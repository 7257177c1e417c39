// Reading values: one sweep over the journal from the newest entry back.
#include <bit>
#include <charconv>
#include <cmath>
#include <limits>

#include "profile/program.h"

namespace furrow::profile {
namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

template <class State>
void reset(std::vector<State>& states, size_t n) {
  if constexpr (requires(State& s) { s.clear(); }) {
    states.resize(n);
    for (State& state : states) state.clear();
  } else {
    states.assign(n, State{});
  }
}

}  // namespace

inline void FeatureProgram::accumulate(const Track& track, const Journal::Entry& entry, AggregateStates& states) const {
  switch (track.kind) {
    case TrackKind::kEvents: states.events[track.state].add(entry.time()); return;
    case TrackKind::kDays: states.days[track.state].add(zones_[track.zone].local_day(entry.time())); return;
    default: break;
  }
  const Cell* cell = entry.cell(track.column);
  if (!cell) return;
  switch (track.kind) {
    case TrackKind::kNumber: states.numbers[track.state].add(cell_number(*cell)); return;
    case TrackKind::kEdge: states.edges[track.state].add(entry.time(), entry.position(), *cell); return;
    default: states.distinct[track.state].add(*cell); return;
  }
}

void FeatureProgram::accumulate_lifetime(const Journal::Entry& entry, AggregateStates& states) const {
  for (const Selector& selector : selectors_) {
    if (!entry.selected(static_cast<size_t>(&selector - selectors_.data()))) continue;
    for (uint16_t track : selector.tracks) {
      if (tracks_[track].lifetime) accumulate(tracks_[track], entry, states);
    }
  }
}

// Calls emit(window, states) for each window, shortest first, and for the lifetime last, when `states` holds exactly the
// events of that window.
template <class Emit>
void FeatureProgram::sweep(const Journal& journal, const Prefix* prefix, Time as_of, Emit&& emit) const {
  thread_local AggregateStates states;
  reset(states.events, all_counts_.events);
  reset(states.numbers, all_counts_.numbers);
  reset(states.edges, all_counts_.edges);
  reset(states.days, all_counts_.days);
  reset(states.distinct, all_counts_.distinct);

  const bool any_lifetime = !window_features_.back().empty();
  size_t window = 0;
  const size_t oldest = prefix ? prefix->entries : 0;
  for (size_t i = journal.count_before(as_of); i > oldest;) {
    Journal::Entry entry = journal.entry(--i);
    while (window < windows_.size() && entry.time() < as_of - windows_[window]) emit(window++, states);
    if (window == windows_.size() && !any_lifetime) return;
    std::span<const uint64_t> bits = entry.selectors();
    for (size_t word = 0; word < bits.size(); ++word) {
      for (uint64_t rest = bits[word]; rest != 0; rest &= rest - 1) {
        for (uint16_t t : selectors_[word * 64 + static_cast<size_t>(std::countr_zero(rest))].tracks) {
          if (tracks_[t].last_window >= window) accumulate(tracks_[t], entry, states);
        }
      }
    }
  }
  while (window < windows_.size()) emit(window++, states);
  if (!any_lifetime) return;
  for (const auto& folded : journal.folded()) states.merge(folded.states);
  if (prefix) states.merge(prefix->lifetime);
  emit(window, states);
}

double FeatureProgram::result(size_t feature, const AggregateStates& states, Time as_of, Cell* edge) const {
  const FeatureDefinition& definition = definitions_[feature];
  const double none = definition.default_value.value_or(kMissing);
  const Track& track = tracks_[feature_track_[feature]];
  if (track.kind == TrackKind::kEvents) {
    const EventsState& state = states.events[track.state];
    if (state.count == 0) return none;
    return definition.aggregate == Aggregate::kCount ? static_cast<double>(state.count) : (as_of - state.newest).days();
  }
  if (track.kind == TrackKind::kDays) {
    const DaysState& state = states.days[track.state];
    return state.count() == 0 ? none : static_cast<double>(state.count());
  }
  if (track.kind == TrackKind::kDistinct) {
    const DistinctState& state = states.distinct[track.state];
    return state.empty() ? none : state.count();
  }
  if (track.kind == TrackKind::kEdge) {
    const EdgeState& state = states.edges[track.state];
    if (state.empty) return none;
    *edge = definition.aggregate == Aggregate::kFirst ? state.first.cell : state.last.cell;
    return cell_number(*edge);
  }
  const NumberState& state = states.numbers[track.state];
  if (state.count == 0) return none;
  switch (definition.aggregate) {
    case Aggregate::kSum: return state.sum.value();
    case Aggregate::kAverage: return state.sum.value() / static_cast<double>(state.count);
    case Aggregate::kMin: return state.min;
    default: return state.max;
  }
}

void FeatureProgram::evaluate(const Journal& journal, const Prefix* prefix, Time as_of, std::span<double> out, std::string* texts) const {
  FURROW_ASSERT(out.size() == size());
  sweep(journal, prefix, as_of, [&](size_t window, const AggregateStates& states) {
    for (uint16_t feature : window_features_[window]) {
      Cell edge = 0;
      out[feature] = result(feature, states, as_of, &edge);
      const bool is_text = is_text_cell(edge);
      if (is_text) out[feature] = Value(std::string_view(journal.text(edge))).as_number();
      if (texts) texts[feature].assign(is_text ? std::string_view(journal.text(edge)) : std::string_view());
    }
  });
}

void FeatureProgram::evaluate(const Journal& journal, Time as_of, std::span<double> out) const {
  evaluate(journal, nullptr, as_of, out, nullptr);
}

std::vector<FeatureValue> FeatureProgram::read(const Journal& journal, Time as_of) const {
  std::vector<double> numbers(size());
  std::vector<std::string> texts(size());
  evaluate(journal, nullptr, as_of, numbers, texts.data());
  std::vector<FeatureValue> values(size());
  for (size_t i = 0; i < size(); ++i) values[i] = {numbers[i], std::move(texts[i]), false};
  for (FeatureValue& value : values) value.missing = value.text.empty() && std::isnan(value.number);
  return values;
}

Contribution FeatureProgram::contributing(const Journal& journal, size_t feature, Time as_of, size_t limit) const {
  Contribution found;
  const FeatureDefinition& definition = definitions_[feature];
  const Track& track = tracks_[feature_track_[feature]];
  const bool has_column = track.kind != TrackKind::kEvents && track.kind != TrackKind::kDays;
  for (size_t i = journal.count_before(as_of); i-- > 0;) {
    Journal::Entry entry = journal.entry(i);
    if (definition.window && entry.time() < as_of - *definition.window) return found;
    if (!entry.selected(track.selector) || (has_column && !entry.cell(track.column))) continue;
    if (found.positions.size() < limit) found.positions.push_back({entry.position()});
    else ++found.more;
  }
  if (!definition.window) found.folded = journal.folded_entries();
  return found;
}

void AsOfReader::evaluate(Time as_of, std::span<double> out, std::span<std::string> texts) {
  FURROW_ASSERT(texts.empty() || texts.size() == program_.size());
  const size_t passed = journal_.count_before(as_of - program_.longest_window());
  FURROW_ASSERT(passed >= prefix_.entries);
  for (; prefix_.entries < passed; ++prefix_.entries) program_.accumulate_lifetime(journal_.entry(prefix_.entries), prefix_.lifetime);
  program_.evaluate(journal_, &prefix_, as_of, out, texts.empty() ? nullptr : texts.data());
}

}  // namespace furrow::profile
