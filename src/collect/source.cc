#include "collect/source.h"

#include <fmt/format.h>

#include <algorithm>

namespace furrow::collect {
namespace {

constexpr size_t kMaxProperties = 256;

template <class T>
void assign_or_fault(const YamlNode& node, Result<T> result, T& out) {
  if (result.ok()) {
    out = std::move(*result);
  } else {
    node.fault(result.error().message());
  }
}

void load_zone(const YamlNode& node, TimeZone& zone) {
  if (auto name = node.find("timezone")) assign_or_fault(*name, TimeZone::load(name->scalar()), zone);
}

void load_type(const YamlNode& node, FieldRule& rule) {
  constexpr std::pair<std::string_view, ValueType> kTypes[] = {
      {"text", ValueType::kText},       {"number", ValueType::kNumber}, {"integer", ValueType::kInteger},
      {"boolean", ValueType::kBoolean}, {"time", ValueType::kTime},     {"json", ValueType::kJson},
      {"phone", ValueType::kPhone},     {"email", ValueType::kEmail}};
  std::string type = node.text("type");
  if (type.empty()) return;
  for (const auto& [name, value] : kTypes) {
    if (type == name) rule.type = value;
  }
  if (rule.type == ValueType::kAsIs) {
    node.find("type")->fault(fmt::format(
        "\"{}\" is not a type: use text, number, integer, boolean, time, json, phone or email", type));
  }
}

void load_formats(const YamlNode& node, FieldRule& rule) {
  if (auto format = node.find("format")) {
    for (const YamlNode& item : format->items()) {
      TimeFormat parsed;
      assign_or_fault(item, TimeFormat::parse(item.scalar()), parsed);
      rule.formats.push_back(std::move(parsed));
    }
    if (rule.type == ValueType::kAsIs) rule.type = ValueType::kTime;
  }
  if (rule.formats.empty()) rule.formats.emplace_back();
}

void load_origin(const YamlNode& node, FieldRule& rule) {
  int origins = node.has("column") + node.has("const") + node.has("expression");
  if (origins != 1) node.fault("exactly one of \"column\", \"const\" and \"expression\" is needed here");
  if (auto constant = node.find("const")) {
    rule.from = FieldRule::From::kConstant;
    rule.constant = constant->scalar();
  } else if (auto expression = node.find("expression")) {
    rule.from = FieldRule::From::kExpression;
    auto parsed = Expression::parse(expression->scalar());
    if (parsed.ok()) {
      rule.expression = std::move(*parsed);
    } else {
      expression->fault(parsed.error().message());
    }
  } else {
    rule.column = node.text("column");
  }
}

// A scalar is a column name; a map says more.
FieldRule load_rule(const YamlNode& node, const TimeZone& zone) {
  FieldRule rule;
  rule.line = node.line();
  rule.zone = zone;
  if (node.is_scalar()) {
    rule.column = node.scalar();
    rule.formats.emplace_back();
    if (rule.column.empty()) node.fault("a column name is needed here");
    return rule;
  }
  if (!node.is_map()) {
    node.fault("a column name, or a map with column, const or expression, is needed here");
    return rule;
  }
  node.only({"column", "const", "expression", "type", "format", "timezone", "values", "default", "trim", "lower", "upper",
             "decimal", "country", "invalid"});
  load_origin(node, rule);
  load_type(node, rule);
  load_formats(node, rule);
  load_zone(node, rule.zone);
  if (auto values = node.find("values")) {
    if (!values->is_map()) values->fault("a map from cells to values is needed here");
    for (const auto& [cell, value] : values->entries()) rule.values.emplace_back(cell, value.scalar());
  }
  if (auto fallback = node.find("default")) rule.fallback = fallback->scalar();
  rule.trim = node.boolean("trim", true);
  rule.lower = node.boolean("lower", false);
  rule.upper = node.boolean("upper", false);
  std::string decimal = node.text("decimal", ".");
  if (decimal != "." && decimal != ",") node.find("decimal")->fault("\"decimal\" is \".\" or \",\"");
  rule.decimal = decimal == "," ? ',' : '.';
  rule.country = node.text("country");
  if (rule.country.size() > 3 || !std::all_of(rule.country.begin(), rule.country.end(), [](char c) { return c >= '0' && c <= '9'; })) {
    node.find("country")->fault("\"country\" is a calling code of 1 to 3 digits, such as 86");
  }
  std::string invalid = node.text("invalid", "reject");
  rule.invalid = invalid == "empty" ? OnInvalid::kEmpty : invalid == "keep" ? OnInvalid::kKeep : OnInvalid::kReject;
  if (invalid != "reject" && invalid != "empty" && invalid != "keep") {
    node.find("invalid")->fault("\"invalid\" is reject, empty or keep");
  }
  return rule;
}

void load_rules(const YamlNode& map, std::string_view key, const TimeZone& zone,
                std::vector<std::pair<std::string, FieldRule>>& out) {
  auto node = map.find(key);
  if (!node) return;
  if (!node->is_map()) {
    node->fault(fmt::format("\"{}\" is a map from names to columns", key));
    return;
  }
  for (const auto& [name, rule] : node->entries()) out.emplace_back(name, load_rule(rule, zone));
  if (out.size() > kMaxProperties) node->fault(fmt::format("at most {} {} a source", kMaxProperties, key));
}

void check_map(const YamlNode& node, const MapDeclaration& map) {
  bool identifies = map.type == EventType::kIdentify || map.type == EventType::kGroup;
  if (!map.user_id && !map.anonymous_id) node.fault("\"user_id\" or \"anonymous_id\" is needed: whose event a row is");
  if (map.type == EventType::kTrack && !map.event) {
    node.fault("\"event\" is needed with type track: {const: NAME}, or {column: …, values: {…}}");
  }
  if (map.type == EventType::kTrack && !map.time) node.fault("\"time\" is needed with type track: when the event happened");
  if ((map.type == EventType::kGroup || map.type == EventType::kAlias) && !map.event) {
    node.fault(map.type == EventType::kGroup ? "\"event\" is needed with type group: the column of the group's id"
                                             : "\"event\" is needed with type alias: the column of the previous id");
  }
  if (identifies && node.has("properties")) node.find("properties")->fault("identify and group carry \"traits\", not \"properties\"");
  if (!identifies && node.has("traits")) node.find("traits")->fault("only identify and group carry \"traits\"; use \"properties\"");
}

MapDeclaration load_map(const YamlNode& node, const TimeZone& zone) {
  MapDeclaration map;
  if (node.is_scalar()) {
    map.tracking = node.scalar() == "tracking";
    if (!map.tracking) node.fault("\"map\" is a map, or the word tracking for rows that are Segment messages");
    return map;
  }
  node.only({"type", "user_id", "anonymous_id", "time", "message_id", "event", "where", "traits", "properties", "context"});
  if (auto type = node.required_text("type")) {
    auto parsed = parse_event_type(*type);
    if (parsed.ok()) {
      map.type = *parsed;
    } else {
      node.find("type")->fault(fmt::format("\"{}\" is not a type: use track, identify, page, screen, group or alias", *type));
    }
  }
  auto rule = [&](std::string_view key, std::optional<FieldRule>& out) {
    if (auto found = node.find(key)) out = load_rule(*found, zone);
  };
  rule("user_id", map.user_id);
  rule("anonymous_id", map.anonymous_id);
  rule("event", map.event);
  rule("time", map.time);
  if (map.time) map.time->type = ValueType::kTime;
  map.message_id = node.texts("message_id");
  if (auto where = node.find("where")) {
    map.where_line = where->line();
    auto parsed = Expression::parse(where->scalar());
    if (parsed.ok()) {
      map.where = std::move(*parsed);
    } else {
      where->fault(parsed.error().message());
    }
  }
  load_rules(node, "traits", zone, map.properties);
  load_rules(node, "properties", zone, map.properties);
  load_rules(node, "context", zone, map.context);
  check_map(node, map);
  return map;
}

}  // namespace

SourceDeclaration SourceDeclaration::load(const YamlNode& node) {
  SourceDeclaration out;
  out.file = node.file();
  out.line = node.line();
  if (!node.is_map()) {
    node.fault("a source is a map with name, format and map");
    return out;
  }
  node.only({"name", "description", "description_zh", "format", "files", "delimiter", "encoding", "timezone", "identical_rows", "map", "govern"});
  out.name = node.required_text("name").value_or("");
  out.description = node.text("description");
  out.description_zh = node.text("description_zh");
  if (out.name == "live") node.find("name")->fault("\"live\" is the tracking API's own source; choose another name");
  if (node.required_text("format")) {
    auto format = node.find("format");
    assign_or_fault(*format, table::parse_format(format->scalar()), out.format);
  }
  out.files = node.texts("files");
  std::string delimiter = node.text("delimiter");
  if (delimiter == "\\t" || delimiter == "tab") delimiter = "\t";
  if (delimiter.size() > 1) node.find("delimiter")->fault("\"delimiter\" is one character, or tab");
  if (delimiter.size() == 1) out.delimiter = delimiter[0];
  if (auto encoding = node.find("encoding")) assign_or_fault(*encoding, table::parse_encoding(encoding->scalar()), out.encoding);
  std::string identical = node.text("identical_rows", "each");
  out.identical_once = identical == "once";
  if (identical != "once" && identical != "each") node.find("identical_rows")->fault("\"identical_rows\" is each or once");
  TimeZone zone = TimeZone::utc();
  load_zone(node, zone);
  if (auto map = node.find("map")) {
    out.map = load_map(*map, zone);
  } else {
    node.fault("\"map\" is missing: how a row becomes an event");
  }
  if (out.map.tracking && out.format != table::Format::kJsonLines) {
    node.find("map")->fault("rows that are Segment messages come as format jsonl");
  }
  return out;
}

}  // namespace furrow::collect
