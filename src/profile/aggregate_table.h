// The one table of aggregates: what each is called, takes and gives, and its algebra. It parses definitions, documents them
// (docs/features.md), and is what GET /v1/features says about a feature.
//
// Algebra: an aggregate *merges* when the value over two sets of events follows from the states of each (all do, or two
// profiles could not be one); it is *removable* when an event's part can be taken out of the state again; it is *exact* when
// live, batch and naive values are the same number, and else says its error.
// Threads: constants.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace furrow::profile {

enum class Aggregate : uint8_t {
  kCount, kSum, kAverage, kMin, kMax, kFirst, kLast, kDistinct, kDistinctDays, kRecencyDays,
  kVariance, kStddev, kTrend, kRatio, kShare, kDecayedSum, kDecayedCount, kTenureDays, kGapMeanDays, kGapStdDays,
  kLastK, kTopK, kMode, kQuantile, kMedian, kHistogram, kHourProfile, kWeekdayProfile, kPeakHour, kPeakWeekday,
  kSessions, kSessionMinutes, kSessionEvents, kNgrams,
  kDerived,  // no aggregation: an expression over other features
};
inline constexpr size_t kAggregates = static_cast<size_t>(Aggregate::kDerived);  // those over events

enum class ResultKind : uint8_t {
  kNumber,
  kAny,   // a number or a text, as the property is
  kText,  // a JSON list: its elements are `name.0`, `name.1` … in derived features
};

// One parameter after the expressions: sum(x) has none, quantile(x, p) one.
struct AggregateParameter {
  enum class Kind : uint8_t { kNumber, kWhole, kDuration, kIncreasing /* one or more numbers, to the end */ };
  std::string_view name;
  Kind kind;
  double least, most;             // durations in microseconds
  std::optional<double> missing;  // when it is not given; without one it must be
};

struct AggregateRow {
  Aggregate aggregate;
  std::string_view name;
  std::string_view signature;     // "quantile(x, p)"
  int expressions;                // how many arguments are expressions over properties
  bool optional_expressions;      // may be left out
  std::span<const AggregateParameter> parameters;
  ResultKind result;
  bool zoned;                     // depends on the definition's time zone
  bool removable;
  std::string_view state;         // the state behind it (aggregate.h, sketch.h)
  std::string_view exactness;     // "exact", or up to where and with what error then
  std::string_view meaning, meaning_zh;
};

const AggregateRow& row_of(Aggregate aggregate);  // not for kDerived
std::span<const AggregateRow> aggregate_rows();
std::string_view to_string(Aggregate aggregate);  // "count", "sum", "avg" …, "derived"

// "quantile(price * quantity, 0.9)" taken apart and checked, with parameters that were left out filled in.
struct AggregateCall {
  Aggregate aggregate = Aggregate::kCount;
  std::string argument, second;    // expressions; "" when it takes none
  std::vector<double> parameters;  // durations in microseconds
};
Result<AggregateCall> parse_aggregate(std::string_view text);
std::string format_aggregate(const AggregateCall& call);
// Checks a call made in code, and fills in what parameters may be left out; "" when good.
std::string complete_aggregate(AggregateCall& call);

// The table as Markdown, for docs/features.md.
std::string aggregates_as_markdown();

}  // namespace furrow::profile
