#include "govern/clean_report.h"

namespace furrow::govern {
namespace {

template <class Count>
double share(const std::vector<ColumnReport>& columns, Count count) {
  uint64_t values = 0, good = 0;
  for (const ColumnReport& column : columns) {
    if (!column.counts()) continue;
    values += column.values;
    good += count(column);
  }
  return values == 0 ? 1 : static_cast<double>(good) / static_cast<double>(values);
}

void write_column(const ColumnReport& column, JsonWriter& json) {
  json.begin_object().field("name", column.name).field("meaning", to_string(column.meaning)).field("confidence", column.confidence);
  json.field("why", column.why).field("overridden", column.overridden).field("counted", column.counts());
  json.key("alternatives").begin_array();
  for (const auto& [meaning, confidence] : column.alternatives) {
    json.begin_object().field("meaning", to_string(meaning)).field("confidence", confidence).end_object();
  }
  json.end_array();
  if (!column.region.empty()) json.field("country", column.region);
  if (!column.order.empty()) json.field("order", column.order);
  if (!column.unit.empty()) json.field("unit", column.unit);
  json.field("cells", column.cells).field("missing_before", column.missing_before).field("missing_after", column.missing_after);
  json.field("standardised_before", column.before()).field("standardised_cleaned", column.cleaned()).field("standardised_after", column.after());
  json.field("changed", column.changed).field("invalid", column.invalid).field("emptied", column.emptied);
  json.key("rules").begin_object();
  for (const auto& [rule, count] : column.rules) json.field(rule, count);
  json.end_object();
  json.key("examples").begin_array();
  for (const ChangeExample& example : column.examples) {
    json.begin_object().field("line", example.line).field("original", example.original).field("value", example.value).field("rule", example.rule);
    if (!example.note.empty()) json.field("note", example.note);
    json.end_object();
  }
  json.end_array();
  if (!column.missingness.empty()) json.field("missingness", column.missingness);
  if (column.outliers > 0) json.field("outliers", column.outliers).field("outlier_note", column.outlier_note);
  json.end_object();
}

}  // namespace

double CleanReport::standardised_before() const {
  return share(columns, [](const ColumnReport& c) { return c.standard_before; });
}
double CleanReport::standardised_cleaned() const {
  return share(columns, [](const ColumnReport& c) { return c.standard_cleaned; });
}
double CleanReport::standardised_after() const {
  return share(columns, [](const ColumnReport& c) { return c.standard_after; });
}

std::map<std::string, uint64_t> CleanReport::step_changes() const {
  std::map<std::string, uint64_t> steps{{"encoding", 0}, {"clean", 0}, {"standardize", 0}, {"validate", 0}, {"fault", 0}, {"deduplicate", rejected_duplicates}};
  for (const ColumnReport& column : columns) {
    for (const auto& [rule, count] : column.rules) steps[std::string(step_of(rule))] += count;
  }
  return steps;
}

void write_report(const CleanReport& report, JsonWriter& json) {
  json.begin_object().field("file", report.file).field("rules_version", report.rules_version).field("encoding", report.encoding);
  json.field("rows_in", report.rows_in).field("rows_out", report.rows_out).field("rejected", report.rejected());
  json.key("rejected_by").begin_object().field("unreadable", report.rejected_unreadable).field("invalid", report.rejected_invalid);
  json.field("duplicate", report.rejected_duplicates).end_object();
  json.field("duplicates_kept", report.duplicates_kept).field("cells_changed", report.cells_changed).field("rows_flagged", report.rows_flagged);
  json.field("standardised_before", report.standardised_before()).field("standardised_after", report.standardised_after());
  json.key("steps").begin_array();
  double after_clean = report.standardised_cleaned();
  for (const auto& [step, count] : report.step_changes()) {
    json.begin_object().field("step", step).field("cells", count);
    if (step == "clean") json.field("standardised_after", after_clean);
    if (step == "standardize") json.field("standardised_after", report.standardised_after());
    json.end_object();
  }
  json.end_array();
  json.key("columns").begin_array();
  for (const ColumnReport& column : report.columns) write_column(column, json);
  json.end_array();
  json.key("findings").begin_object();
  for (const auto& [what, count] : report.findings) json.field(what, count);
  json.end_object();
  json.key("notes").begin_array();
  for (const std::string& note : report.notes) json.text(note);
  json.end_array();
  json.key("rules").begin_object();
  for (const RuleInfo& rule : all_rules()) json.field(rule.name, rule.explanation);
  json.end_object();
  json.field("seconds", report.seconds).field("rows_per_second", report.seconds > 0 ? static_cast<double>(report.rows_in) / report.seconds : 0.0).end_object();
}

}  // namespace furrow::govern
