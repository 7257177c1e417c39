#include "app/http_json.h"

#include "event/plausible_time.h"

namespace furrow::app {

void write_segment_change(JsonWriter& writer, LogPosition position, const SegmentRecord& change) {
  writer.begin_object().field("position", position.value).field("type", "segment");
  writer.field("event", change.entered ? "Segment Entered" : "Segment Exited");
  time_field(writer, "time", change.time);
  time_field(writer, "receivedAt", change.time);
  writer.field("plausibleTime", true).field("source", "segments").key("properties").begin_object();
  writer.field("segment", change.segment).field("cause", change.cause);
  change.event_position.value > 0 ? writer.field("eventPosition", change.event_position.value) : writer.key("eventPosition").null();
  writer.end_object().key("context").raw("{}").field("messageId", "").end_object();
}

void write_decision_summary(JsonWriter& writer, const decide::LedgerEntry& entry) {
  const DecisionRecord& d = entry.decision;
  double reward = 0;
  for (const auto& outcome : entry.outcomes) reward += outcome.reward;
  writer.begin_object().field("id", d.id.to_string());
  field_or_null(writer, "profileId", d.profile ? d.profile.to_string() : "");
  time_field(writer, "time", d.time);
  writer.field("placement", d.placement).field("policy", d.policy);
  field_or_null(writer, "model", d.model);
  field_or_null(writer, "modelVersion", d.model_version);
  writer.field("holdout", d.holdout).key("actions").begin_array();
  for (const auto& action : d.actions) {
    writer.begin_object().field("id", action.id).field("score", action.score).field("propensity", action.propensity).end_object();
  }
  writer.end_array().field("outcomes", entry.outcomes.size()).field("reward", reward).end_object();
}

void write_timeline_event(JsonWriter& writer, LogPosition position, const Event& event) {
  writer.begin_object().field("position", position.value).field("type", to_string(event.type));
  bool named = event.type != EventType::kIdentify;
  writer.field("event", named ? std::string_view(event.name) : std::string_view());
  time_field(writer, "time", event.time);
  time_field(writer, "receivedAt", event.received_at);
  writer.field("plausibleTime", plausible_time(event));
  writer.field("source", event.source);
  writer.key("properties").raw(event.properties.empty() ? "{}" : event.properties);
  writer.key("context").raw(event.context.empty() ? "{}" : event.context);
  writer.field("messageId", event.message_id).end_object();
}

void write_lift(JsonWriter& writer, const measure::Lift& lift) {
  auto number = [&](std::string_view name, std::optional<double> value) {
    value ? writer.field(name, *value) : writer.key(name).null();
  };
  auto bounds = [&](std::string_view low, std::string_view high, const std::optional<measure::Interval>& interval) {
    number(low, interval ? std::optional(interval->low) : std::nullopt);
    number(high, interval ? std::optional(interval->high) : std::nullopt);
  };
  bool early = lift.verdict == measure::Verdict::kTooEarly;
  writer.begin_object();
  number("diff", early && lift.holdout.people == 0 ? std::nullopt : std::optional(lift.difference));
  number("relative", lift.relative);
  bounds("low", "high", lift.fixed);
  bounds("relativeLow", "relativeHigh", lift.relative_fixed);
  number("p", lift.p);
  bounds("anytimeLow", "anytimeHigh", lift.anytime);
  bounds("relativeAnytimeLow", "relativeAnytimeHigh", lift.relative_anytime);
  writer.field("enough", lift.enough).field("verdict", measure::to_string(lift.verdict)).field("peopleNeeded", lift.people_needed);
  writer.field("srmAlarm", lift.srm_alarm);
  std::string message;
  if (lift.srm_alarm) {
    message = "The shares of people in the arms are not as declared: do not trust this comparison before the cause is known.";
  } else if (early) {
    message = "Too early to tell: each arm needs at least 50 people and 10 outcomes.";
  } else if (!lift.enough) {
    message = "No difference is certain yet; about " + std::to_string(lift.people_needed) + " more people would tell.";
  } else {
    message = lift.verdict == measure::Verdict::kBetter ? "The AI does better than no AI." : "The AI does worse than no AI.";
  }
  writer.field("message", message).end_object();
}

measure::Metric metric_of(const decide::PlacementDeclaration& placement) {
  return placement.outcome.value.empty() ? measure::Metric::kConversionsPerDecision : measure::Metric::kValuePerDecision;
}

std::string outcome_in_words(const decide::PlacementDeclaration& placement) {
  return (metric_of(placement) == measure::Metric::kValuePerDecision ? "value of " : "") + placement.outcome.event + " within " + format_duration(placement.outcome.within) + ", per decision";
}

namespace {
void arm_fields(JsonWriter& writer, const measure::ArmEstimate& arm) {
  writer.field("people", arm.people).field("decisions", arm.decisions).field("outcomes", arm.conversions).field("rate", arm.rate);
}
}  // namespace

void write_arm(JsonWriter& writer, const measure::ArmEstimate& arm) {
  writer.begin_object();
  arm_fields(writer, arm);
  writer.end_object();
}

void write_experiment_arm(JsonWriter& writer, std::string_view name, double share, const measure::ArmEstimate& arm) {
  writer.begin_object().field("name", name).field("share", share);
  arm_fields(writer, arm);
  writer.end_object();
}

}  // namespace furrow::app
