#include "decide/rules.h"

#include <algorithm>

namespace furrow::decide {
namespace {

template <class T>
size_t index_in(std::vector<T>& list, const T& wanted) {
  auto found = std::find(list.begin(), list.end(), wanted);
  if (found == list.end()) found = list.insert(list.end(), wanted);
  return static_cast<size_t>(found - list.begin());
}

Value named_in_rule(const ActionDeclaration& action, std::string_view name) {
  const Value declared = attribute_of(action, name);
  return declared.is_null() && name == "id" ? Value(std::string_view(action.id)) : declared;
}

}  // namespace

RuleBook::RuleBook(const PlacementDeclaration& placement, const profile::FeatureProgram& program) : placement_(placement) {
  for (const RuleDeclaration& declared : placement.rules) {
    Rule rule{&declared, {}};
    if (declared.when) {
      for (const std::string& name : declared.when->names()) resolve(name, rule, program);
    }
    rules_.push_back(std::move(rule));
  }
}

void RuleBook::resolve(const std::string& name, Rule& rule, const profile::FeatureProgram& program) {
  size_t dot = name.find('.');
  std::string room = name.substr(0, dot), rest = name.substr(dot + 1);
  if (room == "features") {
    rule.slots.push_back(feature_slot(rest, program));
  } else if (room == "segments") {
    rule.slots.push_back({Origin::kSegment, segment_index(rest, program), {}});
  } else if (room == "traits") {
    rule.slots.push_back({Origin::kTrait, index_in(trait_names_, rest), {}});
  } else if (room == "context") {
    rule.slots.push_back({Origin::kContext, 0, rest});
  } else {
    FURROW_ASSERT(room == "action");
    std::vector<Value> values;
    for (const auto& action : placement_.actions) values.push_back(named_in_rule(action, rest));
    rule.slots.push_back({Origin::kAction, action_values_.size(), {}});
    action_values_.push_back(std::move(values));
  }
}

RuleBook::Slot RuleBook::feature_slot(const std::string& name, const profile::FeatureProgram& program) {
  auto index = program.index_of(name);
  FURROW_ASSERT(index);  // the declaration was checked against the program's names
  reads_texts_ |= program.definitions()[*index].result() != profile::ResultKind::kNumber;
  return {Origin::kFeature, index_in(feature_indices_, *index), {}};
}

size_t RuleBook::segment_index(const std::string& name, const profile::FeatureProgram& program) {
  constexpr std::string_view kTraits = "traits.";
  const auto known = std::find_if(segments_.begin(), segments_.end(), [&](const Segment& s) { return s.declared->name == name; });
  if (known != segments_.end()) return static_cast<size_t>(known - segments_.begin());
  const auto declared = std::find_if(placement_.segments.begin(), placement_.segments.end(), [&](const SegmentRule& s) { return s.name == name; });
  FURROW_ASSERT(declared != placement_.segments.end());
  Segment segment{&*declared, {}};
  for (const std::string& read : declared->reads) {
    if (read.starts_with(kTraits)) segment.slots.push_back({Origin::kTrait, index_in(trait_names_, read.substr(kTraits.size())), {}});
    else segment.slots.push_back(feature_slot(read, program));
  }
  segments_.push_back(std::move(segment));
  return segments_.size() - 1;
}

void RuleBook::join_segments(const RuleInputs& inputs, Scratch& scratch) const {
  scratch.segments.assign(segments_.size(), Value(false));
  for (size_t i = 0; inputs.known && i < segments_.size(); ++i) {
    fill(segments_[i].slots, inputs, scratch.segments, scratch.slots);
    scratch.segments[i] = Value(segments_[i].declared->rule.matches(scratch.slots));
  }
}

void RuleBook::fill(const std::vector<Slot>& from, const RuleInputs& inputs, const std::vector<Value>& segments, std::vector<Value>& slots) const {
  slots.resize(from.size());
  for (size_t i = 0; i < slots.size(); ++i) {
    const Slot& slot = from[i];
    switch (slot.origin) {
      case Origin::kFeature: slots[i] = inputs.features[slot.index]; break;
      case Origin::kTrait: slots[i] = inputs.traits[slot.index]; break;
      case Origin::kContext: slots[i] = inputs.context ? inputs.context->get(slot.path) : Value(); break;
      case Origin::kAction: slots[i] = Value(); break;
      case Origin::kSegment: slots[i] = segments[slot.index]; break;
    }
  }
}

bool RuleBook::holds(const Rule& rule, size_t action, std::vector<Value>& slots) const {
  if (!rule.declared->when) return true;
  for (size_t i = 0; i < slots.size(); ++i) {
    if (rule.slots[i].origin == Origin::kAction) slots[i] = action_values_[rule.slots[i].index][action];
  }
  return rule.declared->when->matches(slots);
}

void RuleBook::apply(const RuleInputs& inputs, Scratch& scratch, std::vector<bool>& eligible, std::vector<double>& boost,
                     std::vector<FiredRule>& fired) const {
  using Effect = RuleDeclaration::Effect;
  const size_t count = placement_.actions.size();
  eligible.assign(count, true);
  boost.assign(count, 1.0);
  join_segments(inputs, scratch);
  for (const Rule& rule : rules_) {
    const RuleDeclaration& declared = *rule.declared;
    fill(rule.slots, inputs, scratch.segments, scratch.slots);
    const bool wanted = declared.effect != Effect::kOnly;  // `only` takes away where the condition fails
    if (!declared.asks_action && holds(rule, 0, scratch.slots) != wanted) continue;
    FiredRule effect;
    for (size_t a : declared.actions) {
      if (!eligible[a] || (declared.asks_action && holds(rule, a, scratch.slots) != wanted)) continue;
      if (declared.effect == Effect::kBoost) boost[a] *= declared.by;
      else eligible[a] = false;
      effect.actions.push_back(placement_.actions[a].id);
    }
    if (effect.actions.empty()) continue;
    effect.rule = declared.name;
    effect.effect = declared.effect == Effect::kBoost ? "boosted" : "excluded";
    fired.push_back(std::move(effect));
  }
}

}  // namespace furrow::decide
