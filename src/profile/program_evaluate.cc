// Reading values: one sweep a frame over the journal from the newest entry back, then the derived features.
#include <bit>
#include <cmath>
#include <limits>

#include "profile/program.h"

namespace furrow::profile {

inline void FeatureProgram::accumulate(const Track& track, const Journal::Entry& entry, AggregateStates& states) const {
  Cell value = 0;
  if (track.column != kNoColumn) {
    const Cell* cell = entry.cell(track.column);
    if (!cell) return;
    value = *cell;
  }
  switch (track.kind) {
    case StateKind::kEvents: states.events[track.state].add(entry.time()); return;
    case StateKind::kNumber: states.numbers[track.state].add(cell_number(value)); return;
    case StateKind::kEdge: states.edges[track.state].add(entry.time(), entry.position(), value); return;
    case StateKind::kDays: states.days[track.state].add(zones_[track.zone].local_day(entry.time())); return;
    case StateKind::kDistinct: states.distinct[track.state].add(value); return;
    case StateKind::kMoments: states.moments[track.state].add(cell_number(value)); return;
    case StateKind::kTrend: states.trends[track.state].add(entry.time(), cell_number(value)); return;
    case StateKind::kDecay: {
      const double amount = track.column == kNoColumn ? 1 : cell_number(value);
      states.decays[track.state].add(entry.time(), amount, shapes_[track.shape][0]);
      return;
    }
    case StateKind::kRecent:
      states.recent[track.state].add({entry.time(), entry.position(), value}, static_cast<size_t>(shapes_[track.shape][0]));
      return;
    case StateKind::kValues: states.values[track.state].add(value); return;
    case StateKind::kQuantiles: states.quantiles[track.state].add(cell_number(value)); return;
    case StateKind::kHistogram: states.histograms[track.state].add(cell_number(value), shapes_[track.shape]); return;
    case StateKind::kHours: states.hours[track.state].add(entry.time(), zones_[track.zone]); return;
  }
}

void FeatureProgram::accumulate_lifetime(const Journal::Entry& entry, AggregateStates& states) const {
  std::span<const uint64_t> bits = entry.selectors();
  for (size_t word = 0; word < bits.size(); ++word) {
    for (uint64_t rest = bits[word]; rest != 0; rest &= rest - 1) {
      for (uint16_t track : selectors_[word * 64 + static_cast<size_t>(std::countr_zero(rest))].tracks[0]) {
        if (tracks_[track].lifetime) accumulate(tracks_[track], entry, states);
      }
    }
  }
}

FeatureProgram::Bounds FeatureProgram::period_bounds(const Frame& frame, Time as_of) const {
  const TimeZone& zone = zones_[frame.zone];
  if (frame.period == Period::kHour) {
    constexpr int64_t kHour = 3'600'000'000;
    const int64_t local = as_of.micros + zone.offset_seconds(as_of) * 1'000'000;
    const Time begin = as_of - microseconds(((local % kHour) + kHour) % kHour) - hours(frame.back);
    return {begin, frame.back == 0 ? as_of : begin + hours(1)};
  }
  const int64_t today = zone.local_day(as_of);
  int64_t first = today - frame.back, next = first + 1;
  if (frame.period == Period::kWeek) {
    first = today - ((today + 3) % 7 + 7) % 7 - 7 * frame.back;
    next = first + 7;
  } else if (frame.period == Period::kMonth) {
    const CivilDate date = civil_from_days(today);
    const int month = date.year * 12 + date.month - 1 - frame.back;
    first = days_from_civil(month / 12, month % 12 + 1, 1);
    next = days_from_civil((month + 1) / 12, (month + 1) % 12 + 1, 1);
  }
  return {zone.start_of_day(first), frame.back == 0 ? as_of : zone.start_of_day(next)};
}

FeatureProgram::Bounds FeatureProgram::bounds_of(size_t feature, Time as_of) const {
  const FeatureDefinition& definition = definitions_[feature];
  if (definition.tumbling != Period::kNone) return period_bounds(frames_[tracks_[feature_track_[feature]].frame], as_of);
  const Time end = as_of - definition.ago;
  return {definition.window ? end - *definition.window : Time{INT64_MIN}, end};
}

// Calls emit(features, states) for each window of a frame, shortest first, and for the lifetime last, when `states` holds
// exactly the events of that window.
template <class Emit>
void FeatureProgram::sweep_frame(size_t f, const Journal& journal, const Prefix* prefix, Time as_of, AggregateStates& states, Emit&& emit) const {
  const Frame& frame = frames_[f];
  const bool calendar = frame.period != Period::kNone;
  const Bounds period = calendar ? period_bounds(frame, as_of) : Bounds{};
  const Time end = calendar ? period.end : as_of - frame.ago;
  const bool any_lifetime = !frame.window_features.back().empty();
  const size_t windows = frame.windows.size();
  auto begin = [&](size_t w) { return calendar ? period.begin : end - frame.windows[w]; };
  size_t window = 0;
  Time border = windows > 0 ? begin(0) : Time{INT64_MIN};
  const size_t oldest = prefix ? prefix->entries : 0;
  for (size_t i = journal.count_before(end); i > oldest;) {
    Journal::Entry entry = journal.entry(--i);
    while (window < windows && entry.time() < border) {
      emit(frame.window_features[window++], states);
      if (window < windows) border = begin(window);
    }
    if (window == windows && !any_lifetime) return;
    std::span<const uint64_t> bits = entry.selectors();
    for (size_t word = 0; word < bits.size(); ++word) {
      for (uint64_t rest = bits[word]; rest != 0; rest &= rest - 1) {
        for (uint16_t t : selectors_[word * 64 + static_cast<size_t>(std::countr_zero(rest))].tracks[f]) {
          if (tracks_[t].last_window >= window) accumulate(tracks_[t], entry, states);
        }
      }
    }
  }
  while (window < windows) emit(frame.window_features[window++], states);
  if (!any_lifetime) return;
  for (const auto& folded : journal.folded()) states.merge(folded.states);
  if (prefix) states.merge(prefix->lifetime);
  emit(frame.window_features.back(), states);
}

template <class Emit>
void FeatureProgram::sweep(const Journal& journal, const Prefix* prefix, Time as_of, AggregateStates& states, Emit&& emit) const {
  states.reset(all_counts_);
  for (size_t frame = 0; frame < frames_.size(); ++frame) sweep_frame(frame, journal, prefix, as_of, states, emit);
}

void FeatureProgram::evaluate(const Journal& journal, const Prefix* prefix, Time as_of, std::span<double> out, std::string* texts) const {
  FURROW_ASSERT(out.size() == size());
  thread_local AggregateStates states;
  thread_local std::vector<std::string> needed;
  const bool own_texts = texts == nullptr && any_text_needed_;
  if (own_texts) {
    needed.resize(std::max(needed.size(), size()));
    texts = needed.data();
  }
  sweep(journal, prefix, as_of, states, [&](const std::vector<uint16_t>& features, const AggregateStates& reached) {
    for (uint16_t feature : features) {
      std::string* text = texts && (!own_texts || text_needed_[feature]) ? &texts[feature] : nullptr;
      if (text) text->clear();
      Reading reading{journal, as_of, 0, text};
      result(feature, reached, reading);
      out[feature] = reading.number;
    }
  });
  if (!derived_.empty()) derive(out, texts);
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
  std::vector<size_t> sources = sources_of({&feature, 1});
  std::erase_if(sources, [&](size_t s) { return definitions_[s].derived(); });
  auto counts = [&](size_t source, const Journal::Entry& entry) {
    for (uint16_t t : {feature_track_[source], second_track_[source]}) {
      if (t == kNoTrack || !entry.selected(tracks_[t].selector)) continue;
      if (tracks_[t].column == kNoColumn || entry.cell(tracks_[t].column)) return true;
    }
    return false;
  };
  std::vector<Bounds> bounds;
  for (size_t source : sources) bounds.push_back(bounds_of(source, as_of));
  for (size_t i = journal.count_before(as_of); i-- > 0;) {
    Journal::Entry entry = journal.entry(i);
    bool counted = false;
    for (size_t s = 0; s < sources.size() && !counted; ++s) {
      counted = entry.time() >= bounds[s].begin && entry.time() < bounds[s].end && counts(sources[s], entry);
    }
    if (!counted) continue;
    if (found.positions.size() < limit) found.positions.push_back({entry.position()});
    else ++found.more;
  }
  const bool lifetime = std::any_of(bounds.begin(), bounds.end(), [](const Bounds& b) { return b.begin.micros == INT64_MIN; });
  if (lifetime) found.folded = journal.folded_entries();
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
