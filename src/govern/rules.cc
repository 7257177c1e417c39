#include "govern/rules.h"

#include <fmt/format.h>

#include "govern/text_form.h"

namespace furrow::govern {
namespace {

std::optional<TimeZone> read_zone(const YamlNode& node, std::string_view key) {
  std::string name = node.text(key);
  if (name.empty()) return {};
  auto zone = TimeZone::load(name);
  if (zone.ok()) return *zone;
  node.find(key)->fault(zone.error().message());
  return {};
}

std::optional<Time> read_instant(const YamlNode& node, std::string_view key) {
  std::string text = node.text(key);
  if (text.empty()) return {};
  auto time = parse_time(text);
  if (time.ok()) return *time;
  node.find(key)->fault(time.error().message());
  return {};
}

template <class Choice>
Choice read_choice(const YamlNode& node, std::string_view key, Choice fallback, std::initializer_list<std::pair<std::string_view, Choice>> choices) {
  std::string text = node.text(key);
  if (text.empty()) return fallback;
  std::string known;
  for (const auto& [name, choice] : choices) {
    if (text == name) return choice;
    known += (known.empty() ? "" : ", ") + std::string(name);
  }
  node.find(key)->fault(fmt::format("{} is \"{}\"; it is one of {}", key, text, known));
  return fallback;
}

std::string read_country(const YamlNode& node) {
  std::string country = to_upper(node.text("country"));
  if (!country.empty() && country.size() != 2) node.find("country")->fault("a country is two letters, such as CN (ISO 3166-1)");
  return country;
}

ColumnRule read_column(const std::string& name, const YamlNode& node) {
  ColumnRule rule;
  rule.column = name;
  if (!node.is_map()) {
    node.fault("a column's rules are a map, such as {meaning: phone}");
    return rule;
  }
  node.only({"meaning", "country", "timezone", "order", "invalid", "values", "keep"});
  rule.keep = node.boolean("keep", false);
  if (std::string meaning = node.text("meaning"); !meaning.empty()) {
    rule.meaning = parse_meaning(meaning);
    if (!rule.meaning) {
      std::vector<std::string> names;
      for (Meaning known : all_meanings()) names.emplace_back(to_string(known));
      std::string near = nearest(meaning, names);
      node.find("meaning")->fault(fmt::format("there is no meaning \"{}\"{}", meaning, near.empty() ? "" : fmt::format("; did you mean {}?", near)));
    }
  }
  rule.country = read_country(node);
  rule.zone = read_zone(node, "timezone");
  rule.order = read_choice(node, "order", DateOrder::kUnknown, {{"day_first", DateOrder::kDayFirst}, {"month_first", DateOrder::kMonthFirst}});
  if (node.has("invalid")) {
    rule.invalid = read_choice(node, "invalid", OnInvalidCell::kKeep, {{"keep", OnInvalidCell::kKeep}, {"empty", OnInvalidCell::kEmpty}, {"reject", OnInvalidCell::kReject}, {"quarantine", OnInvalidCell::kReject}});
  }
  if (auto values = node.find("values")) {
    for (const auto& [from, to] : values->entries()) rule.values[comparison_key(from)] = to.scalar();
  }
  return rule;
}

}  // namespace

const ColumnRule* CleanRules::find(std::string_view column) const {
  for (const ColumnRule& rule : columns) {
    if (rule.column == column) return &rule;
  }
  std::string_view plain = trim(column);
  for (const ColumnRule& rule : columns) {
    if (to_lower(rule.column) == to_lower(plain)) return &rule;
  }
  return nullptr;
}

ColumnRule read_column_rule(const std::string& name, const YamlNode& node) { return read_column(name, node); }

CleanRules read_shared_rules(const YamlNode& node) {
  CleanRules rules;
  rules.version = node.text("version", "unversioned");
  if (auto zone = read_zone(node, "timezone")) rules.zone = *zone;
  rules.country = read_country(node);
  rules.since = read_instant(node, "since");
  rules.until = read_instant(node, "until");
  return rules;
}

CleanRules read_clean_rules(const YamlNode& node) {
  CleanRules rules;
  if (!node.is_map()) {
    node.fault("rules are a map; see the help of furrow clean");
    return rules;
  }
  node.only({"version", "description", "timezone", "country", "since", "until", "duplicates", "flags", "derive", "columns"});
  rules = read_shared_rules(node);
  rules.duplicates = read_choice(node, "duplicates", DuplicateRows::kAuto,
                                 {{"auto", DuplicateRows::kAuto}, {"reject", DuplicateRows::kReject}, {"keep", DuplicateRows::kKeep}});
  rules.flags = node.boolean("flags", true);
  rules.derive = node.boolean("derive", true);
  if (auto columns = node.find("columns")) {
    if (!columns->is_map()) columns->fault("columns is a map from a column's name to its rules");
    for (const auto& [name, column] : columns->entries()) rules.columns.push_back(read_column(name, column));
  }
  return rules;
}

Result<CleanRules> load_clean_rules(const std::string& path) {
  Diagnostics diagnostics;
  auto node = YamlNode::load(path, diagnostics);
  CleanRules rules;
  if (node) rules = read_clean_rules(*node);
  FURROW_TRY(diagnostics.status());
  return rules;
}

}  // namespace furrow::govern
