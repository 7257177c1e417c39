#include "profile/segment_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

namespace furrow::profile {
namespace {

constexpr std::string_view kTraits = "traits.";

// Names of the rule that are neither a trait nor a declared feature.
std::optional<std::string> unknown_name(const Expression& rule, const std::vector<std::string>& features) {
  for (const std::string& name : rule.names()) {
    if (name.starts_with(kTraits) && name.size() > kTraits.size()) continue;
    if (std::find(features.begin(), features.end(), name) != features.end()) continue;
    const std::string near = nearest(name, features);
    return fmt::format("\"{}\" is no feature{}; traits are written traits.NAME", name, near.empty() ? "" : fmt::format(" (did you mean \"{}\"?)", near));
  }
  return {};
}

std::optional<SegmentDefinition> load_segment(const YamlNode& node, const std::vector<std::string>& features, const std::vector<SegmentDefinition>& before) {
  if (!node.is_map()) {
    node.fault("a segment is a map with name and where");
    return {};
  }
  // features: segment_features.h; on_enter, on_exit: reach/webhook.h
  node.only({"name", "where", "features", "description", "description_zh", "owner", "on_enter", "on_exit"});
  SegmentDefinition made;
  made.file = node.file();
  made.line = node.line();
  const auto name = node.required_text("name"), where = node.required_text("where");
  if (!name || !where) return {};
  made.name = *name;
  made.where = *where;
  made.description = node.text("description");
  made.description_zh = node.text("description_zh");
  made.owner = node.text("owner");
  if (made.name.empty() || made.name.size() > kMaxFeatureNameBytes) {
    node.find("name")->fault(fmt::format("a segment's name has 1 to {} bytes, not {}", kMaxFeatureNameBytes, made.name.size()));
    return {};
  }
  const auto twin = std::find_if(before.begin(), before.end(), [&](const auto& other) { return other.name == made.name; });
  if (twin != before.end()) {
    node.find("name")->fault(fmt::format("the segment \"{}\" is declared already at {}:{}", made.name, twin->file, twin->line));
    return {};
  }
  const auto rule = Expression::parse(made.where);
  if (!rule) {
    node.find("where")->fault(rule.error().message());
    return {};
  }
  if (const auto fault = unknown_name(*rule, features)) {
    node.find("where")->fault(*fault);
    return {};
  }
  return made;
}

}  // namespace

void load_segments(const YamlNode& root, const std::vector<std::string>& features, std::vector<SegmentDefinition>& into) {
  root.only({"segments"});
  const auto list = root.find("segments");
  if (!list || !list->is_list()) return root.fault("the file needs a list under \"segments\"");
  for (const YamlNode& node : list->items()) {
    if (into.size() == kMaxSegments) return node.fault(fmt::format("{} segments are the limit", kMaxSegments));
    if (auto made = load_segment(node, features, into)) into.push_back(std::move(*made));
  }
}

Result<std::vector<RuleOperand>> bind_rule(const Expression& rule, const FeatureProgram& program) {
  std::vector<std::string> features;
  for (const auto& feature : program.definitions()) features.push_back(feature.name);
  if (const auto fault = unknown_name(rule, features)) return Error(ErrorCode::kInvalidArgument, *fault);
  std::vector<RuleOperand> operands;
  for (const std::string& name : rule.names()) {
    if (const auto feature = program.index_of(name)) {
      operands.push_back({"", *feature, program.definitions()[*feature].result() != ResultKind::kNumber});
    } else {
      operands.push_back({name.substr(kTraits.size()), 0, true});
    }
  }
  return operands;
}

Result<SegmentRules> SegmentRules::compile(const std::vector<SegmentDefinition>& definitions, const FeatureProgram& program) {
  SegmentRules out;
  for (const SegmentDefinition& definition : definitions) {
    auto expression = Expression::parse(definition.where);
    if (!expression) return Error(ErrorCode::kInvalidArgument, fmt::format("segment \"{}\": {}", definition.name, expression.error().message()));
    auto operands = bind_rule(*expression, program);
    if (!operands) return Error(ErrorCode::kInvalidArgument, fmt::format("segment \"{}\": {}", definition.name, operands.error().message()));
    out.rules_.push_back({definition.name, std::move(*expression), std::move(*operands)});
  }
  out.listen(program);
  return out;
}

void SegmentRules::listen(const FeatureProgram& program) {
  std::set<std::string> labels{"$identify", "$group"};
  std::set<size_t> named;
  for (const Rule& rule : rules_) {
    for (const RuleOperand& operand : rule.operands) {
      if (!operand.trait.empty()) continue;
      named.insert(operand.feature);
      texts_ |= operand.text;
      grows_ |= program.grows(operand.feature);
    }
  }
  const std::vector<size_t> features(named.begin(), named.end());
  features_ = !features.empty();
  program_ = program.narrowed(features);
  for (const FeatureDefinition& feature : program.definitions()) labels.insert(feature.events.begin(), feature.events.end());
  all_.resize(rules_.size());
  std::iota(all_.begin(), all_.end(), size_t{0});
  auto touched_by = [&](std::string_view label) {
    const bool traits = label == "$identify" || label == "$group";
    std::vector<size_t> touched;
    for (size_t r = 0; r < rules_.size(); ++r) {
      const auto& operands = rules_[r].operands;
      const bool concerned = std::any_of(operands.begin(), operands.end(), [&](const RuleOperand& operand) {
        return operand.trait.empty() ? program.listens(operand.feature, label) : traits;
      });
      // A rule that names nothing says something of everybody, from their first event on.
      if (concerned || operands.empty()) touched.push_back(r);
    }
    return touched;
  };
  any_ = touched_by("");
  for (const std::string& label : labels) by_label_.emplace(label, touched_by(label));
}

const std::vector<size_t>& SegmentRules::touched(std::string_view label) const {
  const auto at = by_label_.find(label);
  return at == by_label_.end() ? any_ : at->second;
}

std::vector<bool> SegmentRules::evaluate(const Profile& profile, Time as_of) const { return evaluate(profile, as_of, all_); }

std::vector<bool> SegmentRules::evaluate(const Profile& profile, Time as_of, std::span<const size_t> segments) const {
  thread_local std::vector<double> numbers;
  thread_local std::vector<Value> slots;
  thread_local std::vector<std::string> storage;
  std::vector<FeatureValue> values;
  if (texts_) {
    values = program_->read(profile.journal, as_of);
  } else if (features_) {
    numbers.resize(program_->size());
    program_->evaluate(profile.journal, as_of, numbers);
  }
  std::vector<bool> out(segments.size());
  for (size_t i = 0; i < segments.size(); ++i) {
    const Rule& rule = rules_[segments[i]];
    slots.assign(rule.operands.size(), Value());
    storage.resize(std::max(storage.size(), rule.operands.size()));
    for (size_t o = 0; o < rule.operands.size(); ++o) {
      const RuleOperand& operand = rule.operands[o];
      if (!operand.trait.empty()) {
        slots[o] = profile.trait_value(operand.trait, storage[o]);
      } else if (texts_ && !values[operand.feature].text.empty()) {
        slots[o] = Value(std::string_view(values[operand.feature].text));
      } else if (const double number = texts_ ? values[operand.feature].number : numbers[operand.feature]; !std::isnan(number)) {
        slots[o] = Value(number);
      }
    }
    out[i] = rule.expression.matches(slots);
  }
  return out;
}

std::optional<Time> SegmentRules::next_change(const Profile& profile, Time as_of) const {
  if (!features_) return {};
  std::optional<Time> next = program_->next_change(profile.journal, as_of);
  if (grows_ && profile.events > 0) next = std::min(next.value_or(as_of + kGrowthStep), as_of + kGrowthStep);
  return next;
}

}  // namespace furrow::profile
