#include "profile/feature.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "base/ascii.h"
#include "base/expression.h"
#include "profile/segment_features.h"

namespace furrow::profile {
namespace {

constexpr std::array<std::string_view, 5> kPeriods{"", "hour", "day", "week", "month"};

bool read_aggregate(const YamlNode& node, FeatureDefinition& feature) {
  if (node.has("aggregate") && node.has("derive")) {
    node.find("derive")->fault("a feature has either \"aggregate\" or \"derive\"");
    return false;
  }
  if (node.has("derive")) {
    YamlNode at = *node.find("derive");
    feature.aggregate = Aggregate::kDerived;
    feature.argument = trimmed(at.scalar());
    auto parsed = Expression::parse(feature.argument);
    if (!parsed) at.fault(fmt::format("derive: {}", parsed.error().message()));
    for (const char* key : {"event", "where", "window", "ago", "tumbling", "back"}) {
      if (node.has(key)) node.find(key)->fault(fmt::format("a derived feature has no \"{}\": it is over other features", key));
    }
    return parsed.ok();
  }
  if (!node.required_text("aggregate")) return false;
  YamlNode at = *node.find("aggregate");
  auto call = parse_aggregate(at.scalar());
  if (!call) {
    at.fault(call.error().message());
    return false;
  }
  feature.aggregate = call->aggregate;
  feature.argument = call->argument;
  feature.second = call->second;
  feature.parameters = call->parameters;
  return true;
}

bool read_window(const YamlNode& node, FeatureDefinition& feature) {
  if (node.has("tumbling")) {
    YamlNode at = *node.find("tumbling");
    auto known = std::find(kPeriods.begin() + 1, kPeriods.end(), at.scalar());
    if (known == kPeriods.end()) {
      at.fault(fmt::format("tumbling is hour, day, week or month, not \"{}\"", at.scalar()));
      return false;
    }
    feature.tumbling = static_cast<Period>(known - kPeriods.begin());
    feature.periods_back = static_cast<int>(node.integer("back", 0, 0, kMaxPeriodsBack));
    for (const char* key : {"window", "ago"}) {
      if (node.has(key)) {
        node.find(key)->fault(fmt::format("\"tumbling\" and \"{}\" exclude each other", key));
        return false;
      }
    }
    return true;
  }
  if (node.has("back")) node.find("back")->fault("\"back\" goes with \"tumbling\"; \"ago\" moves a sliding window");
  if (node.has("window")) {
    feature.window = node.duration("window");
    if (!feature.window) return false;
  }
  if (!node.has("ago")) return true;
  if (!feature.window) {
    node.find("ago")->fault("\"ago\" needs a window");
    return false;
  }
  auto ago = node.duration("ago");
  if (ago) feature.ago = *ago;
  return ago.has_value();
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
  YamlNode at = *node.find("default");
  const bool may_be_text = feature.result() != ResultKind::kNumber;
  if (at.is_scalar() && std::isnan(Value(std::string_view(at.scalar())).as_number()) && may_be_text) {
    feature.default_text = at.scalar();
    return true;
  }
  constexpr double kBound = 1e300;
  feature.default_value = node.number("default", 0, -kBound, kBound);
  return true;
}

bool read_zone(const YamlNode& node, const std::string& of_file, FeatureDefinition& feature) {
  feature.timezone = node.text("timezone", of_file);
  auto zone = TimeZone::load(feature.timezone);
  if (!zone) (node.has("timezone") ? *node.find("timezone") : node).fault(zone.error().message());
  return zone.ok();
}

bool read_feature(const YamlNode& node, const std::vector<FeatureDefinition>& earlier, const std::string& zone, FeatureDefinition& feature) {
  feature.file = node.file();
  feature.line = node.line();
  node.only({"name", "event", "where", "aggregate", "derive", "window", "ago", "tumbling", "back", "default", "timezone", "version", "owner",
             "purpose", "description", "description_zh"});
  if (!node.is_map()) return false;
  bool good = read_name(node, earlier, feature);
  feature.events = node.texts("event");
  std::sort(feature.events.begin(), feature.events.end());
  feature.events.erase(std::unique(feature.events.begin(), feature.events.end()), feature.events.end());
  good = read_where(node, feature) && good;
  good = read_aggregate(node, feature) && good;
  good = read_window(node, feature) && good;
  good = read_default(node, feature) && good;
  good = read_zone(node, zone, feature) && good;
  feature.version = static_cast<int>(node.integer("version", 1, 1, 1'000'000));
  feature.owner = node.text("owner");
  feature.purpose = node.text("purpose");
  feature.description = node.text("description");
  feature.description_zh = node.text("description_zh");
  return good;
}

}  // namespace

std::string_view to_string(Period period) { return kPeriods[static_cast<size_t>(period)]; }

std::string FeatureDefinition::aggregate_text() const { return format_aggregate({aggregate, argument, second, parameters}); }

std::string FeatureDefinition::window_text() const {
  if (derived()) return {};
  if (tumbling != Period::kNone) {
    return periods_back == 0 ? std::string(to_string(tumbling)) : fmt::format("{} back {}", to_string(tumbling), periods_back);
  }
  if (!window) return "lifetime";
  return ago.micros == 0 ? format_duration(*window) : fmt::format("{} ago {}", format_duration(*window), format_duration(ago));
}

std::string FeatureDefinition::canonical() const {
  std::string text = fmt::format("{}\x1e{}\x1e{}\x1e{}", fmt::join(events, "\x1f"), where, aggregate_text(), window_text());
  if (default_value) text += fmt::format("\x1e""default {}", *default_value);
  if (!default_text.empty()) text += "\x1e""default " + default_text;
  const bool zoned = tumbling != Period::kNone || (!derived() && row_of(aggregate).zoned);
  return zoned ? text + "\x1e" + timezone : text;
}

namespace {

void load_list(const YamlNode& owner, const std::string& zone, std::vector<FeatureDefinition>& into) {
  auto list = owner.find("features");
  if (!list || !list->is_list()) {
    (list ? *list : owner).fault("a list is needed under \"features\"");
    return;
  }
  for (const YamlNode& node : list->items()) {
    if (into.size() == kMaxFeatures) {
      node.fault(fmt::format("at most {} features", kMaxFeatures));
      return;
    }
    FeatureDefinition feature;
    if (read_feature(node, into, zone, feature)) into.push_back(std::move(feature));
  }
}

}  // namespace

void load_features(const YamlNode& root, std::vector<FeatureDefinition>& into) {
  root.only({"features", "labels", "timezone"});
  if (root.is_map()) load_list(root, root.text("timezone", "UTC"), into);
}

void load_segment_features(const YamlNode& root, std::vector<FeatureDefinition>& into) {
  const auto segments = root.is_map() ? root.find("segments") : std::nullopt;
  if (!segments) return;  // load_segments says so
  for (const YamlNode& segment : segments->items()) {
    if (segment.is_map() && segment.has("features")) load_list(segment, "UTC", into);
  }
}

void load_labels(const YamlNode& root, const std::vector<FeatureDefinition>& features, std::vector<FeatureDefinition>& into) {
  auto list = root.is_map() ? root.find("labels") : std::nullopt;
  if (!list) return;
  if (!list->is_list()) return list->fault("a list is needed under \"labels\"");
  std::vector<FeatureDefinition> earlier = features;
  for (const YamlNode& node : list->items()) {
    node.only({"name", "event", "where", "within", "description"});
    if (!node.is_map()) continue;
    FeatureDefinition label;
    label.file = node.file();
    bool good = read_name(node, earlier, label);
    label.events = node.texts("event");
    good = read_where(node, label) && good;
    if (!node.has("within")) node.fault("a label needs \"within\": how long after the observation it counts (7d)");
    label.window = node.duration("within");
    label.default_value = 0;
    label.description = node.text("description");
    if (!good || !label.window) continue;
    earlier.push_back(label);
    into.push_back(std::move(label));
  }
}

}  // namespace furrow::profile
