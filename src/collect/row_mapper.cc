#include "collect/row_mapper.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/cut_text.h"
#include "event/identifier.h"

namespace furrow::collect {
namespace {

using Kind = CellReader::Answer::Kind;
constexpr Duration kClockTolerance = days(1);

std::string folded_name(std::string_view name) {
  std::string out;
  for (char c : name) {
    if (c != ' ' && c != '\t') out += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  }
  return out;
}

// What an expression sees of a cell.
Value value_of(const table::Cell& cell) {
  if (cell.missing() || cell.text.empty()) return {};
  if (cell.kind == table::Cell::Kind::kBoolean) return Value(cell.text == "true");
  Value text(cell.text);
  char first = cell.text.front();
  if ((first >= '0' && first <= '9') || first == '-' || first == '+' || first == '.') {
    double number = text.as_number();
    if (number == number) return Value(number);
  }
  return text;
}

// ISO 8601 in UTC, which is how times are written here too.
bool is_utc_text(std::string_view text) { return text.size() >= 20 && text[4] == '-' && text[10] == 'T' && text.back() == 'Z'; }

Error row_error(std::string_view field, std::string message) {
  return Error(ErrorCode::kInvalidRow, std::move(message)).in_field(field);
}

}  // namespace

RowMapper::RowMapper(const SourceDeclaration& declaration, CellGate* gate)
    : declaration_(declaration), gate_(gate), reader_(gate), identity_(declaration.name, declaration.identical_once) {}

size_t RowMapper::find_column(const std::string& name, std::string_view role, long line) {
  auto exact = std::find(columns_.begin(), columns_.end(), name);
  if (exact != columns_.end()) return static_cast<size_t>(exact - columns_.begin());
  std::string wanted = folded_name(name);
  for (size_t i = 0; i < columns_.size(); ++i) {
    if (folded_name(columns_[i]) == wanted) return i;
  }
  std::string close = nearest(name, columns_);
  std::string hint = close.empty() ? "" : fmt::format(" (did you mean \"{}\"?)", close);
  std::string at = line > 0 ? fmt::format("{}:{}", declaration_.file, line) : declaration_.file;
  missing_.push_back(fmt::format("\"{}\"{} for {} at {}", name, hint, role, at));
  return kNone;
}

std::vector<size_t> RowMapper::bind_expression(const Expression& expression, std::string_view role, long line) {
  std::vector<size_t> slots;
  for (const std::string& name : expression.names()) slots.push_back(find_column(name, role, line));
  return slots;
}

void RowMapper::bind_rule(Bound& bound, std::string_view role) {
  const FieldRule& rule = *bound.rule;
  if (rule.from == FieldRule::From::kColumn) bound.column = find_column(rule.column, role, rule.line);
  if (rule.expression) bound.slots = bind_expression(*rule.expression, role, rule.line);
}

Status RowMapper::bind(const std::vector<std::string>& columns, std::string_view file) {
  columns_ = columns;
  missing_.clear();
  const MapDeclaration& map = declaration_.map;
  auto one = [&](const std::optional<FieldRule>& rule, std::string_view role, std::string_view field, std::optional<Bound>& out) {
    out.reset();
    if (!rule) return;
    out = Bound{&*rule, std::string(role), std::string(field), kNone, {}};
    bind_rule(*out, role);
  };
  one(map.user_id, "user_id", "userId", user_id_);
  one(map.anonymous_id, "anonymous_id", "anonymousId", anonymous_id_);
  one(map.event, "event", "event", event_);
  one(map.time, "time", "timestamp", time_);
  auto many = [&](const auto& rules, std::string_view prefix, std::vector<Bound>& out) {
    out.clear();
    for (const auto& [name, rule] : rules) {
      out.push_back({&rule, name, std::string(prefix) + name, kNone, {}});
      bind_rule(out.back(), name);
    }
  };
  many(map.properties, "", properties_);
  many(map.context, "context.", context_);
  where_.reset();
  if (map.where) where_ = BoundExpression{&*map.where, bind_expression(*map.where, "where", map.where_line)};
  message_columns_.clear();
  for (const std::string& name : map.message_id) message_columns_.push_back(find_column(name, "message_id", declaration_.line));
  identity_.bind(columns_);
  if (declaration_.format == table::Format::kJsonLines || missing_.empty()) return {};
  std::string present;
  for (size_t i = 0; i < columns_.size() && i < 30; ++i) present += (i ? ", " : "") + columns_[i];
  return Error(ErrorCode::kInvalidFile, fmt::format("the map of source {} names columns that the file lacks: {}; the file has {}",
                                                    declaration_.name, fmt::join(missing_, "; "), present))
      .at(file);
}

std::vector<std::string> RowMapper::unseen_columns() const { return missing_; }

const table::Cell& RowMapper::cell(const table::Row& row, size_t column) const {
  static constexpr table::Cell kMissing{};
  return column < row.cells.size() ? row.cells[column] : kMissing;
}

Value RowMapper::evaluate(const Expression& expression, const std::vector<size_t>& slots, const table::Row& row) {
  slots_.clear();
  for (size_t column : slots) {
    const table::Cell& operand = cell(row, column);
    slots_.push_back(value_of(operand));
    if (!gate_ || !slots_.back().is_text()) continue;
    if (auto number = gate_->number(operand.text)) slots_.back() = Value(*number);
  }
  return expression.evaluate(slots_);
}

CellReader::Answer RowMapper::answer(const Bound& bound, const table::Row& row) {
  switch (bound.rule->from) {
    case FieldRule::From::kConstant: return reader_.read(*bound.rule, {table::Cell::Kind::kText, bound.rule->constant});
    case FieldRule::From::kExpression:
      return reader_.read(*bound.rule, evaluate(*bound.rule->expression, bound.slots, row));
    case FieldRule::From::kColumn: break;
  }
  return reader_.read(*bound.rule, cell(row, bound.column), bound.field);
}

bool RowMapper::read_text(const std::optional<Bound>& bound, const table::Row& row, std::string_view field, size_t limit,
                          std::string& out, std::optional<Error>& fault) {
  out.clear();
  if (!bound) return true;
  CellReader::Answer found = answer(*bound, row);
  if (found.kind == Kind::kInvalid) {
    fault = row_error(field, fmt::format("{}: {}", field, found.text));
    return false;
  }
  out = found.text;
  if (out.size() <= limit) return true;
  fault = row_error(field, fmt::format("{} is {} bytes; the limit is {}", field, out.size(), limit));
  return false;
}

bool RowMapper::read_time(const table::Row& row, Time received_at, Event& event, std::optional<Error>& fault) {
  event.time = received_at;
  if (!time_) return true;
  const FieldRule& rule = *time_->rule;
  CellReader::Answer found;
  if (rule.from == FieldRule::From::kColumn) {
    // The cell goes straight to the formats: typed() would write the time as text and it would be read again.
    const table::Cell& at = cell(row, time_->column);
    if (!at.missing()) found = {Kind::kText, at.text};
  } else {
    found = answer(*time_, row);
  }
  bool empty = found.text.find_first_not_of(" \t") == std::string_view::npos;
  if (empty && rule.fallback == "received") return true;
  if (empty) {
    if (rule.fallback) return judge_time(*rule.fallback, received_at, event, fault);
    fault = row_error("time", "time is empty");
    return false;
  }
  bool governed = gate_ && rule.from == FieldRule::From::kColumn;
  if (governed) gate_->observe(rule, time_->field, found.text);
  if (judge_time(found.text, received_at, event, fault)) {
    if (rule.from == FieldRule::From::kColumn && !is_utc_text(found.text)) reader_.note(time_->field, found.text, "map.time");
    return true;
  }
  return governed && mend_time(found.text, received_at, event, fault);
}

bool RowMapper::judge_time(std::string_view text, Time received_at, Event& event, std::optional<Error>& fault) const {
  const FieldRule& rule = *time_->rule;
  for (const TimeFormat& format : rule.formats) {
    auto time = format.read(text, rule.zone);
    if (!time.ok()) continue;
    event.time = *time;
    if (event.time <= received_at + kClockTolerance) return true;
    fault = row_error("time", fmt::format("time {} is in the future", format_time(event.time)));
    return false;
  }
  std::string forms;
  for (const TimeFormat& format : rule.formats) forms += (forms.empty() ? "" : " | ") + format.text();
  fault = row_error("time", fmt::format("time: \"{}\" is not of the form {}", cut_text(text, 64), forms));
  return false;
}

// A time that the formats cannot read, or that lies in the future: `fault` says which.
bool RowMapper::mend_time(std::string_view text, Time received_at, Event& event, std::optional<Error>& fault) {
  static const TimeFormat iso = *TimeFormat::parse("iso8601");
  const FieldRule& rule = *time_->rule;
  CellVerdict verdict = gate_->mend(rule, time_->field, text);
  if (verdict.kind == CellVerdict::Kind::kMissing) {
    fault.reset();
    event.time = received_at;
    gate_->note(time_->field, text, verdict.rule);
    if (rule.fallback == "received") return true;
    if (rule.fallback) return judge_time(*rule.fallback, received_at, event, fault);
    fault = row_error("time", fmt::format("time is empty: \"{}\"", cut_text(text, 64)));
    return false;
  }
  if (verdict.kind == CellVerdict::Kind::kMended) {
    auto time = iso.read(verdict.text, rule.zone);
    if (!time.ok() || *time > received_at + kClockTolerance) return false;
    event.time = *time;
    fault.reset();
    gate_->note(time_->field, text, verdict.rule);
    return true;
  }
  if (!verdict.reason.empty()) fault = row_error("time", fmt::format("{} ({}: {})", fault->message(), verdict.rule, verdict.reason));
  return false;
}

bool RowMapper::read_object(const std::vector<Bound>& bounds, const table::Row& row, std::string_view prefix, std::string& out,
                            std::optional<Error>& fault) {
  out.clear();
  if (bounds.empty()) return true;
  JsonWriter json(out);
  json.begin_object();
  for (const Bound& bound : bounds) {
    CellReader::Answer found = answer(bound, row);
    if (found.kind == Kind::kMissing) continue;
    if (found.kind == Kind::kInvalid) {
      fault = row_error(fmt::format("{}.{}", prefix, bound.name), fmt::format("{}: {}", bound.name, found.text));
      return false;
    }
    json.key(bound.name);
    append_answer(json, found);
  }
  json.end_object();
  return true;
}

bool RowMapper::check(const Event& event, std::optional<Error>& fault) const {
  if (event.user_id.empty() && event.anonymous_id.empty()) {
    fault = row_error(user_id_ ? "user_id" : "anonymous_id", "the row names nobody: user_id and anonymous_id are empty");
    return false;
  }
  for (const auto& [field, id] : {std::pair("user_id", &event.user_id), std::pair("anonymous_id", &event.anonymous_id)}) {
    if (id->empty() || is_nameable(*id)) continue;
    fault = row_error(field, fmt::format("{} {}", field, kNotNameable));
    return false;
  }
  bool named = event.type == EventType::kTrack || event.type == EventType::kGroup || event.type == EventType::kAlias;
  if (named && event.name.empty()) {
    fault = row_error("event", "the event's name is empty");
    return false;
  }
  size_t bytes = event.properties.size() + event.context.size() + event.name.size() + event.user_id.size() + event.anonymous_id.size();
  if (bytes > kMaxEventBytes) {
    fault = Error(ErrorCode::kTooLarge, fmt::format("the event is {} bytes; the limit is {}", bytes, kMaxEventBytes));
    return false;
  }
  return true;
}

// What the map changed stands in the context, as what governance changes does.
void RowMapper::write_notes(Event& event) const {
  const std::string& notes = reader_.notes();
  if (notes.empty()) return;
  std::string_view rest = event.context.size() > 2 ? std::string_view(event.context).substr(1) : std::string_view("}");
  event.context = fmt::format("{{\"mapped\":[{}]{}{}", notes, rest == "}" ? "" : ",", rest);
}

std::string RowMapper::message_id(const table::Row& row) {
  if (message_columns_.empty()) return identity_.name(row);
  std::string id = declaration_.name;
  bool any = false;
  for (size_t column : message_columns_) {
    const table::Cell& part = cell(row, column);
    id += ':';
    id += part.text;
    any |= !part.text.empty();
  }
  if (!any) return identity_.name(row);
  if (id.size() <= kMaxIdBytes) return id;
  Hash128 hash = hash128(id);
  return fmt::format("row_{:016x}{:016x}", hash.high, hash.low);
}

RowMapper::Outcome RowMapper::map(const table::Row& row, Time received_at, Event& event, std::optional<Error>& fault) {
  fault.reset();
  if (gate_) gate_->start_row();
  reader_.start_row();
  // Before anything can refuse or skip the row: the ordinals of equal rows must not depend on the map.
  event.message_id = message_id(row);
  if (where_ && !Expression::truth(evaluate(*where_->expression, where_->slots, row))) return Outcome::kSkipped;
  event.type = declaration_.map.type;
  event.received_at = received_at;
  event.source = declaration_.name;
  bool good = read_text(user_id_, row, "user_id", kMaxIdBytes, event.user_id, fault) &&
              read_text(anonymous_id_, row, "anonymous_id", kMaxIdBytes, event.anonymous_id, fault) &&
              read_text(event_, row, "event", kMaxEventNameBytes, event.name, fault) && read_time(row, received_at, event, fault) &&
              read_object(properties_, row, "properties", event.properties, fault) &&
              read_object(context_, row, "context", event.context, fault);
  if (good) write_notes(event);
  good = good && check(event, fault);
  return good ? Outcome::kEvent : Outcome::kRefused;
}

}  // namespace furrow::collect
