// A placement as declared: a point where a decision is asked for, what it may choose, and what rewards it.
//
//   name: home
//   model: buys_7d                 # optional: without it every eligible action is equally likely
//   baseline: new_arrivals         # what hold-out people get
//   outcome: {event: Order Completed, within: 1h, value: total}   # value: a property with money, which is then compared; else conversions
//   exploration: 0.1               # share of choices drawn at random among the eligible
//   holdout: 0.1                   # share of people who get the baseline
//   actions:
//     - {id: ten_off, name: "10 % off", name_zh: 九折, attributes: {discount: 10, category: any}, reward_cost: 0.02}
//   rules:
//     - {name: no_discount_for_fresh_buyers, exclude: [ten_off], when: features.orders_7d > 0}
//     - {name: only_adults, only: [wine], when: traits.age >= 18}
//     - {name: push_the_sale, boost: {actions: [ten_off], by: 1.2}, when: context.page == "sale"}
//     - {name: for_regulars, only: [early_access], segments: [regulars, big_spenders]}   # who belongs to any of them
//
// `exclude` takes the listed actions away when the condition holds; `only` takes them away unless it holds (so also when
// what it asks for is not known); `boost` multiplies the score that ranks them. `all` in place of a list means every
// action; a condition over action.* is asked action by action. Names: features.X (declared features), traits.X, context.X
// (dotted paths of the request's context), action.X (attributes) and segments.X: whether the person belongs to a declared
// segment, by its rule as of the decision (of somebody unknown: to none). `segments` with `when`: both must hold.
// reward_cost: what giving the action costs, in units of the reward, taken from the boosted score before ranking.
// Limits: kMaxActions actions, kMaxRules rules. Threads: values, read-only after loading.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/expression.h"
#include "base/time.h"
#include "base/value.h"
#include "base/yaml.h"

namespace furrow::decide {

inline constexpr size_t kMaxActions = 1000;
inline constexpr size_t kMaxRules = 64;

// An attribute of an action: a number, a text or a boolean.
using AttributeValue = std::variant<double, std::string, bool>;

struct ActionDeclaration {
  std::string id, name, name_zh;
  std::vector<std::pair<std::string, AttributeValue>> attributes;  // in file order
  double reward_cost = 0;
};

struct RuleDeclaration {
  enum class Effect : uint8_t { kExclude, kOnly, kBoost };
  std::string name;
  Effect effect = Effect::kExclude;
  std::vector<size_t> actions;  // indices into the placement's actions, ascending
  double by = 1;                // of a boost
  std::optional<Expression> when;  // absent: always
  bool asks_action = false;     // the condition reads action.*: it is asked for each action
};
std::string_view to_string(RuleDeclaration::Effect effect);  // "exclude" …

// A declared segment: its rule and what each of the rule's names reads, a feature's name or traits.PATH.
struct SegmentRule {
  std::string name;
  Expression rule;
  std::vector<std::string> reads;
};

struct OutcomeDeclaration {
  std::string event;     // the label of the rewarding event (Event::label)
  Duration within;
  std::string value;     // the property with the reward; "": 1 a conversion
};

// What a placement may refer to, and the workspace's defaults.
struct PlacementNames {
  std::vector<std::string> features;
  std::vector<std::string> models;
  double exploration = 0.1;
  double holdout = 0.1;
  std::vector<SegmentRule> segments = {};
};

// What is declared of an action under this name; nothing when nothing is. Views the declaration.
Value attribute_of(const ActionDeclaration& action, std::string_view name);

struct PlacementDeclaration {
  std::string name;
  std::string description, description_zh;
  std::string model;  // "": none
  size_t baseline = 0;  // index into actions
  OutcomeDeclaration outcome;
  double exploration = 0.1;
  double holdout = 0.1;
  std::vector<ActionDeclaration> actions;
  std::vector<RuleDeclaration> rules;
  std::vector<SegmentRule> segments;  // that the rules ask for
  std::string file;
  long line = 0;

  // Reads one placement; every fault goes to the node's Diagnostics with its file and line. What it gives after a fault
  // is only good for finding more faults.
  static PlacementDeclaration load(const YamlNode& node, const PlacementNames& known);
  const ActionDeclaration* find_action(std::string_view id) const;
};

}  // namespace furrow::decide
