#include "profile/feature.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/expression.h"

namespace furrow::profile {
namespace {

struct AggregateRow {
  std::string_view name;
  Aggregate aggregate;
  bool takes_argument;
};
constexpr std::array kAggregates{
    AggregateRow{"count", Aggregate::kCount, false},
    AggregateRow{"sum", Aggregate::kSum, true},
    AggregateRow{"avg", Aggregate::kAverage, true},
    AggregateRow{"min", Aggregate::kMin, true},
    AggregateRow{"max", Aggregate::kMax, true},
    AggregateRow{"first", Aggregate::kFirst, true},
    AggregateRow{"last", Aggregate::kLast, true},
    AggregateRow{"distinct", Aggregate::kDistinct, true},
    AggregateRow{"distinct_days", Aggregate::kDistinctDays, false},
    AggregateRow{"recency_days", Aggregate::kRecencyDays, false},
};

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

std::string unknown_aggregate(std::string_view name) {
  std::vector<std::string> known;
  for (const auto& row : kAggregates) known.emplace_back(row.name);
  std::string near = nearest(name, known);
  std::string hint = near.empty() ? fmt::format("known: {}", fmt::join(known, ", ")) : fmt::format("did you mean \"{}\"?", near);
  return fmt::format("unknown aggregate \"{}\"; {}", name, hint);
}

// "sum(price * quantity)" into the aggregate and its argument; faults at `node`.
bool read_aggregate(const YamlNode& node, FeatureDefinition& feature) {
  const std::string whole = node.scalar();
  std::string_view text = trimmed(whole);
  size_t open = text.find('(');
  std::string_view name = trimmed(text.substr(0, open));
  std::string_view argument;
  if (open != std::string_view::npos) {
    if (text.back() != ')') {
      node.fault(fmt::format("aggregate \"{}\": \")\" is missing at the end", whole));
      return false;
    }
    argument = trimmed(text.substr(open + 1, text.size() - open - 2));
  }
  auto row = std::find_if(kAggregates.begin(), kAggregates.end(), [&](const auto& r) { return r.name == name; });
  if (row == kAggregates.end()) {
    node.fault(unknown_aggregate(name));
    return false;
  }
  if (row->takes_argument && argument.empty()) {
    node.fault(fmt::format("aggregate \"{}\" needs a property: {}(price)", name, name));
    return false;
  }
  if (!row->takes_argument && !argument.empty()) {
    node.fault(fmt::format("aggregate \"{}\" takes no argument; use `where` to choose events", name));
    return false;
  }
  if (row->takes_argument) {
    auto parsed = Expression::parse(argument);
    if (!parsed) {
      node.fault(fmt::format("aggregate \"{}\": {}", name, parsed.error().message()));
      return false;
    }
  }
  feature.aggregate = row->aggregate;
  feature.argument = argument;
  return true;
}

bool allowed_in_name(unsigned char c) {
  return c >= 0x80 || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '-' || c == '.';
}

bool read_name(const YamlNode& node, const std::vector<FeatureDefinition>& earlier, FeatureDefinition& feature) {
  auto name = node.required_text("name");
  if (!name) return false;
  YamlNode at = *node.find("name");
  if (name->size() > kMaxFeatureNameBytes) {
    at.fault(fmt::format("a feature's name is at most {} bytes; this has {}", kMaxFeatureNameBytes, name->size()));
    return false;
  }
  if (!std::all_of(name->begin(), name->end(), [](char c) { return allowed_in_name(static_cast<unsigned char>(c)); })) {
    at.fault(fmt::format("feature name \"{}\": use letters, digits, _, - and . only", *name));
    return false;
  }
  auto twin = std::find_if(earlier.begin(), earlier.end(), [&](const auto& f) { return f.name == *name; });
  if (twin != earlier.end()) {
    at.fault(fmt::format("feature \"{}\" is declared twice; first at {}:{}", *name, twin->file, twin->line));
    return false;
  }
  feature.name = *name;
  feature.line = at.line();
  return true;
}

bool read_where(const YamlNode& node, FeatureDefinition& feature) {
  feature.where = trimmed(node.text("where"));
  if (feature.where.empty()) return true;
  auto parsed = Expression::parse(feature.where);
  if (!parsed) node.find("where")->fault(fmt::format("where: {}", parsed.error().message()));
  return parsed.ok();
}

bool read_default(const YamlNode& node, FeatureDefinition& feature) {
  if (!node.has("default")) return true;
  constexpr double kBound = 1e300;
  feature.default_value = node.number("default", 0, -kBound, kBound);
  return true;
}

bool read_zone(const YamlNode& node, FeatureDefinition& feature) {
  feature.timezone = node.text("timezone", "UTC");
  auto zone = TimeZone::load(feature.timezone);
  if (!zone) node.find("timezone")->fault(zone.error().message());
  return zone.ok();
}

bool read_feature(const YamlNode& node, const std::vector<FeatureDefinition>& earlier, FeatureDefinition& feature) {
  feature.file = node.file();
  feature.line = node.line();
  node.only({"name", "event", "where", "aggregate", "window", "default", "timezone", "owner", "purpose", "description", "description_zh"});
  if (!node.is_map()) return false;
  bool good = read_name(node, earlier, feature);
  feature.events = node.texts("event");
  std::sort(feature.events.begin(), feature.events.end());
  feature.events.erase(std::unique(feature.events.begin(), feature.events.end()), feature.events.end());
  good = read_where(node, feature) && good;
  good = node.required_text("aggregate") && read_aggregate(*node.find("aggregate"), feature) && good;
  if (node.has("window")) {
    feature.window = node.duration("window");
    good = feature.window.has_value() && good;
  }
  good = read_default(node, feature) && good;
  good = read_zone(node, feature) && good;
  feature.owner = node.text("owner");
  feature.purpose = node.text("purpose");
  feature.description = node.text("description");
  feature.description_zh = node.text("description_zh");
  return good;
}

}  // namespace

std::string_view to_string(Aggregate aggregate) { return kAggregates[static_cast<size_t>(aggregate)].name; }

std::string FeatureDefinition::aggregate_text() const {
  return argument.empty() ? std::string(to_string(aggregate)) : fmt::format("{}({})", to_string(aggregate), argument);
}

void load_features(const YamlNode& root, std::vector<FeatureDefinition>& into) {
  root.only({"features"});
  if (!root.is_map()) return;
  auto list = root.find("features");
  if (!list || !list->is_list()) {
    (list ? *list : root).fault("a list is needed under \"features\"");
    return;
  }
  for (const YamlNode& node : list->items()) {
    if (into.size() == kMaxFeatures) {
      node.fault(fmt::format("at most {} features", kMaxFeatures));
      return;
    }
    FeatureDefinition feature;
    if (read_feature(node, into, feature)) into.push_back(std::move(feature));
  }
}

}  // namespace furrow::profile
