// The JSON forms that several dashboard routes share, as openapi.json describes them.
// Threads: pure functions.
#pragma once
#include <cmath>
#include <string>
#include <string_view>

#include "base/json.h"
#include "decide/ledger_view.h"
#include "event/record.h"
#include "http/answers.h"
#include "measure/lift.h"

namespace furrow::app {

// null for "".
inline void field_or_null(JsonWriter& writer, std::string_view name, std::string_view value) {
  value.empty() ? writer.key(name).null() : writer.field(name, value);
}
inline void time_field(JsonWriter& writer, std::string_view name, Time time) { writer.field(name, format_time(time)); }

void write_decision_summary(JsonWriter& writer, const decide::LedgerEntry& entry);                     // DecisionSummary
void write_timeline_event(JsonWriter& writer, LogPosition position, const Event& event);               // TimelineEvent
void write_segment_change(JsonWriter& writer, LogPosition position, const SegmentRecord& change);         // TimelineEvent, too
void write_lift(JsonWriter& writer, const measure::Lift& lift);                                        // Lift

// What a comparison at this placement counts: money where the outcome's `value` is declared, else conversions; and in words,
// "Order Completed within 1h, per decision" or "value of Order Completed within 1h, per decision".
measure::Metric metric_of(const decide::PlacementDeclaration& placement);
std::string outcome_in_words(const decide::PlacementDeclaration& placement);
void write_arm(JsonWriter& writer, const measure::ArmEstimate& arm);                                   // Arm
void write_experiment_arm(JsonWriter& writer, std::string_view name, double share, const measure::ArmEstimate& arm);

}  // namespace furrow::app
