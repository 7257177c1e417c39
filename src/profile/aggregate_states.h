// AggregateStates: the states of a program's tracks (program.h), grouped by kind; the folded part of a journal.
// Threads: values.
#pragma once
#include <array>
#include <tuple>
#include <vector>

#include "profile/aggregate.h"
#include "profile/moment_states.h"
#include "profile/pattern_states.h"

namespace furrow::profile {

// In the order of AggregateStates::lists().
enum class StateKind : uint8_t { kEvents, kNumber, kEdge, kDays, kDistinct, kMoments, kTrend, kDecay, kRecent, kValues, kQuantiles, kHistogram, kHours };
inline constexpr size_t kStateKinds = 13;
using StateCounts = std::array<size_t, kStateKinds>;

struct AggregateStates {
  std::vector<EventsState> events;
  std::vector<NumberState> numbers;
  std::vector<EdgeState> edges;
  std::vector<DaysState> days;
  std::vector<DistinctState> distinct;
  std::vector<MomentState> moments;
  std::vector<TrendState> trends;
  std::vector<DecayState> decays;
  std::vector<RecentState> recent;
  std::vector<ValuesState> values;
  std::vector<QuantileState> quantiles;
  std::vector<HistogramState> histograms;
  std::vector<HoursState> hours;

  auto lists() { return std::tie(events, numbers, edges, days, distinct, moments, trends, decays, recent, values, quantiles, histograms, hours); }
  auto lists() const { return std::tie(events, numbers, edges, days, distinct, moments, trends, decays, recent, values, quantiles, histograms, hours); }

  void reset(const StateCounts& counts);       // as many empty states of each kind, keeping what memory they have
  void merge(const AggregateStates& other);    // the same program's; sizes are equal
  size_t bytes() const;
  void encode(ByteWriter& out) const;
  void decode(ByteReader& in);  // a fault leaves `in` not ok

  // Every cell that is kept as it stood in the journal, and may name a text of its pool; `visit` may rename it.
  template <class Visit>
  void for_each_cell(Visit&& visit) {
    for (EdgeState& edge : edges) {
      if (edge.empty) continue;
      visit(edge.first.cell);
      visit(edge.last.cell);
    }
    for (RecentState& state : recent) {
      for (RecentState::Item& item : state.items()) visit(item.cell);
    }
    for (ValuesState& state : values) state.for_each_cell(visit);
  }
};

}  // namespace furrow::profile
