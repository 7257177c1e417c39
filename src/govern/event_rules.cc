#include "govern/event_rules.h"

#include <fmt/format.h>

namespace furrow::govern {
namespace {

OnFault read_fault(const YamlNode& node, std::string_view key, OnFault fallback, std::initializer_list<std::pair<std::string_view, OnFault>> known) {
  std::string text = node.text(key);
  if (text.empty()) return fallback;
  std::string names;
  for (const auto& [name, value] : known) {
    if (name == text) return value;
    names += (names.empty() ? "" : ", ") + std::string(name);
  }
  node.find(key)->fault(fmt::format("\"{}\" is one of {}, not \"{}\"", key, names, text));
  return fallback;
}

}  // namespace

OnFault EventRules::invalid_for(std::string_view field) const {
  auto own = invalid_of.find(field);
  return own == invalid_of.end() ? invalid : own->second;
}

std::optional<EventRules> EventRules::load(const YamlNode& node, bool live) {
  EventRules rules;
  rules.clean.derive = false;
  if (live) rules.times = OnFault::kMend;
  if (node.is_scalar()) {
    if (node.scalar() == "true") return rules;
    if (node.scalar() != "false") node.fault("\"govern\" is true, false, or a map of rules");
    return {};
  }
  if (!node.is_map()) {
    node.fault("\"govern\" is true, false, or a map of rules");
    return {};
  }
  node.only({"version", "since", "country", "timezone", "invalid", "times", "bots", "history", "fields"});
  rules.clean = read_shared_rules(node);
  rules.clean.derive = false;
  rules.invalid = read_fault(node, "invalid", rules.invalid, {{"empty", OnFault::kEmpty}, {"keep", OnFault::kKeep}, {"quarantine", OnFault::kQuarantine}});
  rules.times = read_fault(node, "times", rules.times, {{"quarantine", OnFault::kQuarantine}, {"mend", OnFault::kMend}, {"keep", OnFault::kKeep}});
  rules.bots = read_fault(node, "bots", rules.bots, {{"quarantine", OnFault::kQuarantine}, {"keep", OnFault::kKeep}});
  rules.history = node.boolean("history", true);
  if (auto fields = node.find("fields")) {
    if (!fields->is_map()) fields->fault("\"fields\" is a map from a trait or property to its rules");
    for (const auto& [name, field] : fields->entries()) {
      rules.clean.columns.push_back(read_column_rule(name, field));
      if (!field.is_map() || !field.has("invalid")) continue;
      rules.invalid_of[name] = read_fault(field, "invalid", rules.invalid,
                                          {{"empty", OnFault::kEmpty}, {"keep", OnFault::kKeep}, {"quarantine", OnFault::kQuarantine}, {"reject", OnFault::kQuarantine}});
    }
  }
  return rules;
}

}  // namespace furrow::govern
