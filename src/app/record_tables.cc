#include "app/record_tables.h"

#include "base/json.h"
#include "decide/engine.h"
#include "table/encoding.h"

namespace furrow::app {
namespace {

using table::Column;
using table::ColumnType;
using table::Table;

constexpr ColumnType kInt = ColumnType::kInteger, kNum = ColumnType::kNumber, kBool = ColumnType::kBoolean,
                     kText = ColumnType::kText, kTime = ColumnType::kTimestamp;

Table make_table(std::initializer_list<std::pair<const char*, ColumnType>> columns) {
  Table out;
  for (const auto& [name, type] : columns) out.add(Column(name, type));
  return out;
}

Table shape_of(RecordKind kind) {
  switch (kind) {
    case RecordKind::kEvents:
      return make_table({{"position", kInt}, {"message_id", kText}, {"type", kText}, {"event", kText}, {"profile_id", kText},
                         {"user_id", kText}, {"anonymous_id", kText}, {"time", kTime}, {"received_at", kTime}, {"source", kText},
                         {"properties", kText}, {"context", kText}, {"origin_id", kText}});
    case RecordKind::kDecisions:
      return make_table({{"position", kInt}, {"decision_id", kText}, {"profile_id", kText}, {"time", kTime}, {"placement", kText},
                         {"policy", kText}, {"model", kText}, {"model_version", kText}, {"holdout", kBool}, {"exploration", kNum},
                         {"action", kText}, {"score", kNum}, {"propensity", kNum}, {"context", kText}, {"actions", kText},
                         {"candidates", kText}, {"rules", kText}, {"origin_id", kText}});
    case RecordKind::kOutcomes:
      return make_table({{"position", kInt}, {"decision_id", kText}, {"profile_id", kText}, {"time", kTime}, {"event", kText},
                         {"event_position", kInt}, {"reward", kNum}, {"named", kBool}, {"origin_id", kText}});
    case RecordKind::kQuarantine:
      return make_table({{"position", kInt}, {"time", kTime}, {"source", kText}, {"code", kText}, {"message", kText},
                         {"field", kText}, {"file", kText}, {"line", kInt}, {"raw", kText}});
    case RecordKind::kReleases:
      return make_table({{"position", kInt}, {"quarantined", kInt}, {"time", kTime}, {"result", kText}});
    case RecordKind::kMerges:
      return make_table({{"position", kInt}, {"from_id", kText}, {"into_id", kText}, {"time", kTime}, {"rule", kText}, {"actor", kText}});
    case RecordKind::kModels:
      return make_table({{"position", kInt}, {"time", kTime}, {"model", kText}, {"version", kText}, {"action", kText}, {"actor", kText}});
    case RecordKind::kSplits:
      return make_table({{"position", kInt}, {"merge_position", kInt}, {"stays_id", kText}, {"leaves_id", kText}, {"leaving", kText},
                         {"time", kTime}, {"rule", kText}, {"actor", kText}});
    case RecordKind::kSegments:
      return make_table({{"position", kInt}, {"profile_id", kText}, {"time", kTime}, {"segment", kText}, {"entered", kBool}, {"cause", kText},
                         {"event_position", kInt}});
  }
  return {};
}

// Fills the columns of one row from left to right.
class RowWriter {
 public:
  explicit RowWriter(Table& table) : table_(table) {}
  RowWriter& integer(uint64_t value) {
    table_.column(next_++).append_integer(static_cast<int64_t>(value));
    return *this;
  }
  RowWriter& number(double value) {
    table_.column(next_++).append_number(value);
    return *this;
  }
  RowWriter& boolean(bool value) {
    table_.column(next_++).append_boolean(value);
    return *this;
  }
  RowWriter& time(Time value) {
    table_.column(next_++).append_time(value);
    return *this;
  }
  RowWriter& text(std::string_view value) {
    Column& column = table_.column(next_++);
    if (value.empty()) {
      column.append_null();
    } else if (table::is_clean_utf8(value)) {
      column.append_text(value);
    } else {
      column.append_text(table::clean_utf8(value));
    }
    return *this;
  }

 private:
  Table& table_;
  size_t next_ = 0;
};

std::string actions_json(const DecisionRecord& record) {
  std::string out;
  JsonWriter json(out);
  json.begin_array();
  for (const DecidedAction& action : record.actions) {
    json.begin_object().field("id", action.id).field("score", action.score).field("propensity", action.propensity);
    std::string reasons;
    decide::append_reasons(reasons, action);
    json.key("reasons").raw(reasons).end_object();
  }
  json.end_array();
  return out;
}

std::string candidates_json(const DecisionRecord& record) {
  std::string out;
  JsonWriter json(out);
  json.begin_array();
  for (const auto& [id, score] : record.candidates) json.begin_object().field("id", id).field("score", score).end_object();
  json.end_array();
  return out;
}

std::string rules_json(const DecisionRecord& record) {
  std::string out;
  JsonWriter json(out);
  json.begin_array();
  for (const FiredRule& rule : record.rules) {
    json.begin_object().field("rule", rule.rule).field("effect", rule.effect).key("actions").begin_array();
    for (const std::string& action : rule.actions) json.text(action);
    json.end_array().end_object();
  }
  json.end_array();
  return out;
}

std::string origin_text(ProfileId origin) { return origin ? origin.to_string() : std::string(); }

std::string leaving_json(const SplitRecord& split) {
  std::string out;
  JsonWriter json(out);
  json.begin_array();
  for (ProfileId profile : split.leaving) json.text(profile.to_string());
  json.end_array();
  return out;
}

}  // namespace

RecordTables::RecordTables() {
  for (size_t i = 0; i < tables_.size(); ++i) tables_[i] = shape_of(static_cast<RecordKind>(i));
}

void RecordTables::clear() {
  for (table::Table& rows : tables_) rows.clear_rows();
  records_ = bytes_ = 0;
}

RecordKind RecordTables::kind_of(const Record& record) {
  struct Kinds {
    RecordKind operator()(const EventRecord&) const { return RecordKind::kEvents; }
    RecordKind operator()(const MergeRecord&) const { return RecordKind::kMerges; }
    RecordKind operator()(const DecisionRecord&) const { return RecordKind::kDecisions; }
    RecordKind operator()(const OutcomeRecord&) const { return RecordKind::kOutcomes; }
    RecordKind operator()(const QuarantineRecord&) const { return RecordKind::kQuarantine; }
    RecordKind operator()(const ReleaseRecord&) const { return RecordKind::kReleases; }
    RecordKind operator()(const ModelRecord&) const { return RecordKind::kModels; }
    RecordKind operator()(const SplitRecord&) const { return RecordKind::kSplits; }
    RecordKind operator()(const SegmentRecord&) const { return RecordKind::kSegments; }
  };
  return std::visit(Kinds{}, record.body);
}

void RecordTables::add_event(LogPosition position, const EventRecord& record) {
  const Event& event = record.event;
  RowWriter(tables_[0]).integer(position.value).text(event.message_id).text(to_string(event.type)).text(event.name)
      .text(record.profile.to_string()).text(event.user_id).text(event.anonymous_id).time(event.time).time(event.received_at)
      .text(event.source).text(event.properties.empty() ? "{}" : event.properties).text(event.context.empty() ? "{}" : event.context).text(origin_text(record.origin));
  bytes_ += event.properties.size() + event.context.size() + 200;
}

void RecordTables::add_decision(LogPosition position, const DecisionRecord& record) {
  const DecidedAction none;
  const DecidedAction& first = record.actions.empty() ? none : record.actions.front();
  std::string actions = actions_json(record), candidates = candidates_json(record), rules = rules_json(record);
  RowWriter(tables_[1]).integer(position.value).text(record.id.to_string()).text(record.profile.to_string()).time(record.time)
      .text(record.placement).text(record.policy).text(record.model).text(record.model_version).boolean(record.holdout)
      .number(record.exploration).text(first.id).number(first.score).number(first.propensity).text(record.context).text(actions)
      .text(candidates).text(rules).text(origin_text(record.origin));
  bytes_ += actions.size() + candidates.size() + rules.size() + 300;
}

void RecordTables::add(const Record& record) {
  ++records_;
  bytes_ += 100;
  LogPosition at = record.position;
  if (auto* event = std::get_if<EventRecord>(&record.body)) {
    add_event(at, *event);
  } else if (auto* decision = std::get_if<DecisionRecord>(&record.body)) {
    add_decision(at, *decision);
  } else if (auto* outcome = std::get_if<OutcomeRecord>(&record.body)) {
    RowWriter(tables_[2]).integer(at.value).text(outcome->decision.to_string()).text(outcome->profile.to_string())
        .time(outcome->time).text(outcome->event).integer(outcome->event_position.value).number(outcome->reward)
        .boolean(outcome->named).text(origin_text(outcome->origin));
  } else if (auto* bad = std::get_if<QuarantineRecord>(&record.body)) {
    RowWriter(tables_[3]).integer(at.value).time(bad->time).text(bad->source).text(bad->code).text(bad->message)
        .text(bad->field).text(bad->file).integer(bad->line).text(bad->raw);
    bytes_ += bad->raw.size();
  } else if (auto* release = std::get_if<ReleaseRecord>(&record.body)) {
    RowWriter(tables_[4]).integer(at.value).integer(release->quarantined.value).time(release->time).text(release->result);
  } else if (auto* merge = std::get_if<MergeRecord>(&record.body)) {
    RowWriter(tables_[5]).integer(at.value).text(merge->from.to_string()).text(merge->into.to_string()).time(merge->time).text(merge->rule)
        .text(merge->actor);
  } else if (auto* model = std::get_if<ModelRecord>(&record.body)) {
    RowWriter(tables_[6]).integer(at.value).time(model->time).text(model->model).text(model->version).text(model->action).text(model->actor);
  } else if (auto* split = std::get_if<SplitRecord>(&record.body)) {
    RowWriter(tables_[7]).integer(at.value).integer(split->merge.value).text(split->stays.to_string()).text(split->leaves.to_string())
        .text(leaving_json(*split)).time(split->time).text(split->rule).text(split->actor);
    // Matched anew: as outcomes of their own.
    for (const OutcomeRecord& anew : split->outcomes) add({at, anew});
  } else if (auto* segment = std::get_if<SegmentRecord>(&record.body)) {
    RowWriter(tables_[8]).integer(at.value).text(segment->profile.to_string()).time(segment->time).text(segment->segment)
        .boolean(segment->entered).text(segment->cause).integer(segment->event_position.value);
  }
}

}  // namespace furrow::app
