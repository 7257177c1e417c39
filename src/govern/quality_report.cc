#include <algorithm>
#include <cmath>

#include "govern/quality_state.h"

namespace furrow::govern {
namespace {

double ratio(uint64_t part, uint64_t whole, double nothing = 1) {
  return whole == 0 ? nothing : std::min(1.0, static_cast<double>(part) / static_cast<double>(whole));
}

constexpr size_t kLeastSample = 20;  // values, to say what a field holds and whether they repeat

// A mean of shares, each with its weight.
class Mean {
 public:
  void add(double share, double weight) { sum_ += share * weight, weights_ += weight; }
  double value() const { return weights_ == 0 ? 1 : sum_ / weights_; }

 private:
  double sum_ = 0, weights_ = 0;
};

bool must_differ(std::string_view label, const FieldQuality& field) {
  return field.meaning == Meaning::kOrderId && label.find("Completed") != std::string_view::npos;
}

FieldQuality quality_of(const std::string& label, const std::string& path, const JudgedKind& kind, const JudgedField& judged) {
  FieldQuality field;
  field.event = label;
  field.field = path;
  if (judged.plan) field.meaning = judged.plan->meaning;
  field.events = kind.events;
  field.present = judged.present;
  field.judged = judged.judged;
  field.invalid = judged.invalid;
  field.standard_before = judged.standard_before;
  field.standard = judged.standard;
  field.changed = judged.changed;
  field.distinct = judged.distinct.estimate();
  field.scores.completeness = ratio(judged.present, kind.events);
  field.scores.validity = judged.judged == 0 ? 1 : 1 - ratio(judged.invalid, judged.judged);
  uint64_t typed = judged.texts + judged.numbers + judged.booleans;
  field.scores.consistency = ratio(std::max({judged.texts, judged.numbers, judged.booleans}), typed);
  // Where all that was judged came behind the first of busy days, nothing is known of which repeat.
  if (must_differ(label, field) && judged.whole >= kLeastSample) {
    field.scores.uniqueness = std::min(1.0, judged.whole_distinct.estimate() * 1.06 / static_cast<double>(judged.whole));
  }
  for (const auto& [day, events] : kind.days) {
    auto at = judged.days.find(day);
    field.days.push_back({day, events, at == judged.days.end() ? 0 : at->second.present, at == judged.days.end() ? 0 : at->second.invalid});
  }
  return field;
}

SourceQuality quality_of(const std::string& name, const JudgedSource& judged, const QualityQuestion& question) {
  SourceQuality source;
  source.source = name;
  source.events = judged.events;
  source.quarantined = judged.quarantined;
  source.governed = judged.governed;
  source.faulty_times = judged.faulty_times;
  source.quarantine_reasons = judged.quarantine_reasons;
  source.rules = judged.rules;
  source.first = judged.first;
  source.last = judged.last;
  source.last_received = judged.last_received;
  source.late_share = ratio(judged.late, judged.events, 0);
  Mean completeness, validity, uniqueness, consistency;
  uint64_t values = 0, before = 0, standard = 0;
  for (const auto& [label, kind] : judged.kinds) {
    for (const auto& [path, field_judged] : kind.fields) {
      FieldQuality field = quality_of(label, path, kind, field_judged);
      field.used = question.used_fields.contains(path);
      double weight = static_cast<double>(kind.events) * (field.used ? 3 : 1);
      completeness.add(field.scores.completeness, weight);
      if (field.judged > 0) validity.add(field.scores.validity, static_cast<double>(field.judged) * (field.used ? 3 : 1));
      uniqueness.add(field.scores.uniqueness, weight);
      consistency.add(field.scores.consistency, weight);
      values += field.judged;
      before += field.standard_before;
      standard += field.standard;
      source.fields.push_back(std::move(field));
    }
  }
  source.scores = {completeness.value(), validity.value(), uniqueness.value(), consistency.value(), 1 - ratio(judged.faulty_times, judged.events, 0)};
  source.standard_before = ratio(before, values);
  source.standard = ratio(standard, values);
  for (FieldQuality& field : source.fields) field.scores.timeliness = source.scores.timeliness;
  std::stable_sort(source.fields.begin(), source.fields.end(), [](const auto& a, const auto& b) { return a.scores.all() < b.scores.all(); });
  for (const auto& [day, counts] : judged.days) {
    source.days.push_back(counts);
    source.days.back().day = day;
  }
  return source;
}

void write_scores(const QualityScores& scores, JsonWriter& json) {
  json.key("scores").begin_object().field("all", scores.all()).field("completeness", scores.completeness).field("validity", scores.validity);
  json.field("uniqueness", scores.uniqueness).field("consistency", scores.consistency).field("timeliness", scores.timeliness).end_object();
}

std::string day_text(int64_t day) { return format_time(Time{day * days(1).micros}).substr(0, 10); }

void write_counts(std::string_view name, const std::map<std::string, uint64_t>& counts, JsonWriter& json) {
  json.key(name).begin_array();
  for (const auto& [what, times] : counts) json.begin_object().field("name", what).field("count", times).end_object();
  json.end_array();
}

void write_field(const FieldQuality& field, JsonWriter& json) {
  json.begin_object().field("event", field.event).field("field", field.field).field("meaning", to_string(field.meaning)).field("used", field.used);
  json.field("events", field.events).field("present", field.present).field("judged", field.judged).field("invalid", field.invalid);
  json.field("changed", field.changed).field("distinct", std::round(field.distinct));
  json.field("standardBefore", ratio(field.standard_before, field.judged)).field("standard", ratio(field.standard, field.judged));
  write_scores(field.scores, json);
  json.key("days").begin_array();
  for (const FieldDay& day : field.days) {
    json.begin_object().field("day", day_text(day.day)).field("events", day.events).field("present", day.present).field("invalid", day.invalid).end_object();
  }
  json.end_array().end_object();
}

void write_source(const SourceQuality& source, JsonWriter& json) {
  auto time = [&](std::string_view name, Time value) { value.micros == 0 ? json.key(name).null() : json.field(name, format_time(value)); };
  json.begin_object().field("source", source.source).field("events", source.events).field("quarantined", source.quarantined);
  json.field("governed", source.governed).field("faultyTimes", source.faulty_times).field("lateShare", source.late_share);
  time("first", source.first);
  time("last", source.last);
  time("lastReceived", source.last_received);
  write_scores(source.scores, json);
  json.field("standardBefore", source.standard_before).field("standard", source.standard);
  write_counts("quarantineReasons", source.quarantine_reasons, json);
  write_counts("rules", source.rules, json);
  json.key("fields").begin_array();
  for (const FieldQuality& field : source.fields) write_field(field, json);
  json.end_array().key("days").begin_array();
  for (const SourceDay& day : source.days) {
    json.begin_object().field("day", day_text(day.day)).field("events", day.events).field("quarantined", day.quarantined).field("faultyTimes", day.faulty_times).end_object();
  }
  json.end_array().end_object();
}

}  // namespace

std::string_view to_string(Severity severity) {
  return severity == Severity::kHigh ? "high" : severity == Severity::kMedium ? "medium" : "low";
}

QualityReport QualityMonitor::report(const QualityQuestion& question) const {
  QualityReport report;
  report.position = state_->seen;
  report.events = state_->events;
  Mean scores[5], before, standard;
  for (auto& [name, judged] : state_->sources) {
    // A field seen too seldom to have a meaning yet is judged by what there is.
    for (auto& [label, kind] : judged.kinds) {
      for (auto& [path, field] : kind.fields) {
        if (!field.plan && field.sample.size() >= kLeastSample) state_->settle_late(field, path);
      }
    }
    SourceQuality source = quality_of(name, judged, question);
    double weight = std::sqrt(static_cast<double>(source.events + source.quarantined));  // a large source does not hide a small one
    const double parts[] = {source.scores.completeness, source.scores.validity, source.scores.uniqueness, source.scores.consistency, source.scores.timeliness};
    for (size_t i = 0; i < 5; ++i) scores[i].add(parts[i], weight);
    before.add(source.standard_before, weight);
    standard.add(source.standard, weight);
    report.sources.push_back(std::move(source));
  }
  report.scores = {scores[0].value(), scores[1].value(), scores[2].value(), scores[3].value(), scores[4].value()};
  report.standard_before = before.value();
  report.standard = standard.value();
  find_issues(question, report);
  const double told = std::max(state_->profiles.estimate() - static_cast<double>(state_->merged), 0.0);
  judge_readiness(question, question.people ? static_cast<double>(*question.people) : told, state_->labels, report);
  return report;
}

void write_quality(const QualityReport& report, JsonWriter& json) {
  json.begin_object().field("position", report.position.value).field("events", report.events);
  write_scores(report.scores, json);
  json.field("standardBefore", report.standard_before).field("standard", report.standard);
  json.key("readiness").begin_object().field("score", report.readiness).key("parts").begin_array();
  for (const ReadinessPart& part : report.parts) {
    json.begin_object().field("name", part.name).field("value", part.value).field("target", part.target).field("score", part.score);
    part.detail.empty() ? json.key("detail").null() : json.field("detail", part.detail);
    json.end_object();
  }
  json.end_array().end_object().key("issues").begin_array();
  for (const QualityIssue& issue : report.issues) {
    json.begin_object().field("code", issue.code).field("severity", to_string(issue.severity)).field("source", issue.source);
    issue.event.empty() ? json.key("event").null() : json.field("event", issue.event);
    issue.field.empty() ? json.key("field").null() : json.field("field", issue.field);
    json.field("share", issue.share).field("affected", issue.affected);
    issue.day < 0 ? json.key("day").null() : json.field("day", day_text(issue.day));
    json.field("impact", issue.impact).field("used", issue.used).end_object();
  }
  json.end_array().key("sources").begin_array();
  for (const SourceQuality& source : report.sources) write_source(source, json);
  json.end_array().end_object();
}

}  // namespace furrow::govern
