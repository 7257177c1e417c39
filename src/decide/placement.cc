#include "decide/placement.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace furrow::decide {
namespace {

AttributeValue attribute_value(const std::string& text) {
  if (text == "true") return true;
  if (text == "false") return false;
  double number = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc() && end == text.data() + text.size() && !text.empty()) return number;
  return text;
}

class Loader {
 public:
  Loader(const YamlNode& node, const PlacementNames& known) : node_(node), known_(known) {}

  PlacementDeclaration load() {
    node_.only({"name", "description", "description_zh", "model", "baseline", "outcome", "exploration", "holdout",
                "actions", "rules"});
    out_.file = node_.file();
    out_.line = node_.line();
    out_.name = node_.required_text("name").value_or("");
    out_.description = node_.text("description");
    out_.description_zh = node_.text("description_zh");
    out_.model = node_.text("model");
    if (!out_.model.empty()) check_known(*node_.find("model"), "model", out_.model, known_.models);
    out_.exploration = node_.number("exploration", known_.exploration, 0, 1);
    out_.holdout = node_.number("holdout", known_.holdout, 0, 0.9);
    load_actions();
    load_baseline();
    load_outcome();
    load_rules();
    return std::move(out_);
  }

 private:
  static void check_known(const YamlNode& at, std::string_view what, const std::string& name,
                          const std::vector<std::string>& known) {
    if (std::find(known.begin(), known.end(), name) != known.end()) return;
    std::string near = nearest(name, known);
    at.fault(near.empty() ? fmt::format("no {} is named \"{}\"", what, name)
                          : fmt::format("no {} is named \"{}\"; did you mean \"{}\"?", what, name, near));
  }

  void load_actions() {
    auto actions = node_.find("actions");
    if (!actions || !actions->is_list() || actions->items().empty()) {
      (actions ? *actions : node_).fault("\"actions\" must list at least one action");
      return;
    }
    for (const YamlNode& item : actions->items()) load_action(item);
    if (out_.actions.size() > kMaxActions) {
      actions->fault(fmt::format("{} actions; the limit is {}", out_.actions.size(), kMaxActions));
    }
  }

  void load_action(const YamlNode& item) {
    item.only({"id", "name", "name_zh", "attributes", "reward_cost"});
    if (!item.is_map()) return;
    ActionDeclaration action;
    action.id = item.required_text("id").value_or("");
    action.name = item.text("name", action.id);
    action.name_zh = item.text("name_zh", action.name);
    action.reward_cost = item.number("reward_cost", 0, 0, 1e12);
    if (auto attributes = item.find("attributes")) {
      if (!attributes->is_map()) attributes->fault("\"attributes\" must be a map of names and values");
      for (const auto& [name, value] : attributes->entries()) {
        if (!value.is_scalar()) value.fault(fmt::format("attribute \"{}\" must be a number, a text or true/false", name));
        action.attributes.emplace_back(name, attribute_value(value.scalar()));
      }
    }
    if (!action.id.empty() && out_.find_action(action.id)) {
      item.fault(fmt::format("action \"{}\" is declared twice", action.id));
    }
    out_.actions.push_back(std::move(action));
  }

  std::optional<size_t> action_index(const YamlNode& at, const std::string& id) {
    for (size_t i = 0; i < out_.actions.size(); ++i) {
      if (out_.actions[i].id == id) return i;
    }
    std::vector<std::string> ids;
    for (const auto& action : out_.actions) ids.push_back(action.id);
    check_known(at, "action", id, ids);
    return {};
  }

  void load_baseline() {
    auto id = node_.required_text("baseline");
    if (id) out_.baseline = action_index(*node_.find("baseline"), *id).value_or(0);
  }

  void load_outcome() {
    auto outcome = node_.find("outcome");
    if (!outcome) {
      node_.fault("\"outcome\" is missing: the event that rewards a decision, and within what time");
      return;
    }
    outcome->only({"event", "within", "value"});
    if (!outcome->is_map()) return;
    out_.outcome.event = outcome->required_text("event").value_or("");
    out_.outcome.value = outcome->text("value");
    if (!outcome->has("within")) outcome->fault("\"within\" is missing: how long after a decision an event rewards it");
    if (auto within = outcome->duration("within")) out_.outcome.within = *within;
  }

  void load_rules() {
    auto rules = node_.find("rules");
    if (!rules) return;
    if (!rules->is_list()) rules->fault("\"rules\" must be a list");
    for (const YamlNode& item : rules->items()) load_rule(item);
    if (out_.rules.size() > kMaxRules) rules->fault(fmt::format("{} rules; the limit is {}", out_.rules.size(), kMaxRules));
  }

  void load_rule(const YamlNode& item) {
    item.only({"name", "exclude", "only", "boost", "segments", "when"});
    if (!item.is_map()) return;
    RuleDeclaration rule;
    rule.name = item.required_text("name").value_or("");
    bool twice = std::any_of(out_.rules.begin(), out_.rules.end(), [&](const auto& r) { return r.name == rule.name; });
    if (twice) item.fault(fmt::format("rule \"{}\" is declared twice", rule.name));
    if (item.has("exclude") + item.has("only") + item.has("boost") != 1) {
      item.fault(fmt::format("rule \"{}\" needs exactly one of \"exclude\", \"only\" and \"boost\"", rule.name));
      return;
    }
    load_effect(item, rule);
    const auto when = item.find("when"), segments = item.find("segments");
    if (segments) load_condition(*segments, member_of(*segments) + (when ? fmt::format(" and ({})", when->scalar()) : std::string()), rule);
    else if (when) load_condition(*when, when->scalar(), rule);
    else if (rule.effect == RuleDeclaration::Effect::kOnly) item.fault("\"only\" needs \"when\" or \"segments\": on what condition");
    out_.rules.push_back(std::move(rule));
  }

  void load_effect(const YamlNode& item, RuleDeclaration& rule) {
    if (auto exclude = item.find("exclude")) {
      rule.effect = RuleDeclaration::Effect::kExclude;
      rule.actions = action_list(*exclude);
    } else if (auto only = item.find("only")) {
      rule.effect = RuleDeclaration::Effect::kOnly;
      rule.actions = action_list(*only);
    } else if (auto boost = item.find("boost")) {
      rule.effect = RuleDeclaration::Effect::kBoost;
      boost->only({"actions", "by"});
      if (!boost->has("by")) boost->fault("\"by\" is missing: the factor of the boost");
      rule.by = boost->number("by", 1, 0, 1000);
      auto actions = boost->find("actions");
      if (actions) rule.actions = action_list(*actions);
      else boost->fault("\"actions\" is missing: which actions are boosted, or all");
    }
  }

  std::vector<size_t> action_list(const YamlNode& list) {
    std::vector<size_t> indices;
    if (list.is_scalar() && list.scalar() == "all") {
      for (size_t i = 0; i < out_.actions.size(); ++i) indices.push_back(i);
      return indices;
    }
    if (list.items().empty()) list.fault("a list of action ids, or all, is needed here");
    for (const YamlNode& item : list.items()) {
      if (auto index = action_index(item, item.scalar())) indices.push_back(*index);
    }
    std::sort(indices.begin(), indices.end());
    indices.erase(std::unique(indices.begin(), indices.end()), indices.end());
    return indices;
  }

  static std::string member_of(const YamlNode& segments) {
    std::vector<std::string> names;
    if (segments.is_scalar()) names.push_back("segments." + segments.scalar());
    for (const YamlNode& item : segments.items()) names.push_back("segments." + item.scalar());
    if (names.empty()) segments.fault("a list of segments is needed here");
    return fmt::format("({})", fmt::join(names, " or "));
  }

  void load_condition(const YamlNode& when, const std::string& text, RuleDeclaration& rule) {
    auto parsed = Expression::parse(text);
    if (!parsed) {
      when.fault(parsed.error().message());
      return;
    }
    for (const std::string& name : parsed->names()) check_name(when, name, rule);
    rule.when = std::move(*parsed);
  }

  void check_name(const YamlNode& when, const std::string& name, RuleDeclaration& rule) {
    size_t dot = name.find('.');
    std::string room = name.substr(0, dot), rest = dot == std::string::npos ? "" : name.substr(dot + 1);
    if (rest.empty() || (room != "features" && room != "traits" && room != "context" && room != "action" && room != "segments")) {
      when.fault(fmt::format("\"{}\" is not known here; write features.NAME, traits.NAME, context.NAME, action.NAME or segments.NAME", name));
    } else if (room == "segments") {
      ask_segment(when, rest);
    } else if (room == "features") {
      check_known(when, "feature", rest, known_.features);
    } else if (room == "action") {
      rule.asks_action = true;
      std::vector<std::string> attributes{"id"};
      for (const auto& action : out_.actions) {
        for (const auto& [attribute, value] : action.attributes) attributes.push_back(attribute);
      }
      check_known(when, "attribute of an action", rest, attributes);
    }
  }

  void ask_segment(const YamlNode& when, const std::string& name) {
    const auto named = [&](const SegmentRule& segment) { return segment.name == name; };
    if (std::any_of(out_.segments.begin(), out_.segments.end(), named)) return;
    const auto found = std::find_if(known_.segments.begin(), known_.segments.end(), named);
    if (found != known_.segments.end()) {
      out_.segments.push_back(*found);
      return;
    }
    std::vector<std::string> names;
    for (const auto& segment : known_.segments) names.push_back(segment.name);
    check_known(when, "segment", name, names);
  }

  const YamlNode& node_;
  const PlacementNames& known_;
  PlacementDeclaration out_;
};

}  // namespace

std::string_view to_string(RuleDeclaration::Effect effect) {
  switch (effect) {
    case RuleDeclaration::Effect::kExclude: return "exclude";
    case RuleDeclaration::Effect::kOnly: return "only";
    default: return "boost";
  }
}

PlacementDeclaration PlacementDeclaration::load(const YamlNode& node, const PlacementNames& known) {
  return Loader(node, known).load();
}

Value attribute_of(const ActionDeclaration& action, std::string_view name) {
  for (const auto& [attribute, value] : action.attributes) {
    if (attribute != name) continue;
    if (auto* number = std::get_if<double>(&value)) return Value(*number);
    if (auto* text = std::get_if<std::string>(&value)) return Value(std::string_view(*text));
    return Value(std::get<bool>(value));
  }
  return Value();
}

const ActionDeclaration* PlacementDeclaration::find_action(std::string_view id) const {
  for (const auto& action : actions) {
    if (action.id == id) return &action;
  }
  return nullptr;
}

}  // namespace furrow::decide
