#include "profile/segment_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

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
  node.only({"name", "where", "description", "description_zh", "owner"});
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

Result<SegmentRules> SegmentRules::compile(const std::vector<SegmentDefinition>& definitions, const FeatureProgram& program) {
  SegmentRules out(program);
  for (const SegmentDefinition& definition : definitions) {
    auto expression = Expression::parse(definition.where);
    if (!expression) return Error(ErrorCode::kInvalidArgument, fmt::format("segment \"{}\": {}", definition.name, expression.error().message()));
    Rule rule{definition.name, std::move(*expression), {}};
    for (const std::string& name : rule.expression.names()) {
      if (name.starts_with(kTraits)) {
        rule.operands.push_back({name.substr(kTraits.size()), 0});
        continue;
      }
      const auto feature = program.index_of(name);
      if (!feature) return Error(ErrorCode::kInvalidArgument, fmt::format("segment \"{}\": \"{}\" is no feature", definition.name, name));
      rule.operands.push_back({"", *feature});
      const FeatureDefinition& named = program.definitions()[*feature];
      if (named.window) out.windows_.push_back(*named.window);
      out.recency_ |= named.aggregate == Aggregate::kRecencyDays;
    }
    out.rules_.push_back(std::move(rule));
  }
  std::sort(out.windows_.begin(), out.windows_.end());
  out.windows_.erase(std::unique(out.windows_.begin(), out.windows_.end()), out.windows_.end());
  return out;
}

std::vector<bool> SegmentRules::evaluate(const Profile& profile, Time as_of) const {
  const std::vector<FeatureValue> features = program_->read(profile.journal, as_of);
  std::vector<bool> out(rules_.size());
  std::vector<Value> slots;
  for (size_t r = 0; r < rules_.size(); ++r) {
    std::vector<std::string> storage(rules_[r].operands.size());
    slots.clear();
    for (size_t i = 0; i < rules_[r].operands.size(); ++i) {
      const Operand& operand = rules_[r].operands[i];
      const FeatureValue* value = operand.trait.empty() ? &features[operand.feature] : nullptr;
      if (!value) slots.push_back(profile.trait_value(operand.trait, storage[i]));
      else if (value->missing) slots.emplace_back();
      else if (!value->text.empty()) slots.emplace_back(std::string_view(value->text));
      else slots.emplace_back(value->number);
    }
    out[r] = rules_[r].expression.matches(slots);
  }
  return out;
}

std::optional<Time> SegmentRules::next_change(const Profile& profile, Time as_of) const {
  std::optional<Time> next;
  auto offer = [&](Time at) {
    if (at > as_of && (!next || at < *next)) next = at;
  };
  const Journal& journal = profile.journal;
  for (Duration window : windows_) {
    // The oldest entry still inside leaves one microsecond after it is `window` old.
    const size_t oldest = journal.count_before(as_of - window);
    if (oldest < journal.size()) offer(journal.entry(oldest).time() + window + microseconds(1));
  }
  // An entry dated now or later is not yet counted: any rule over features will see it.
  const size_t coming = journal.count_before(as_of);
  if (coming < journal.size()) offer(journal.entry(coming).time() + microseconds(1));
  if (recency_ && profile.events > 0) offer(as_of + kRecencyStep);
  return next;
}

}  // namespace furrow::profile
