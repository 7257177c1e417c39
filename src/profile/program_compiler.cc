#include "profile/program_compiler.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace furrow::profile {
namespace {

// Gives each key of a sorted map its rank.
void number(std::map<std::string, uint16_t>& index) {
  uint16_t next = 0;
  for (auto& [key, value] : index) value = next++;
}

Error faulty(const FeatureDefinition& feature, std::string_view why) {
  return Error(ErrorCode::kInvalidArgument, fmt::format("feature \"{}\": {}", feature.name, why)).at(feature.file, feature.line);
}

}  // namespace

std::string ProgramCompiler::selector_key(const FeatureDefinition& feature) {
  std::vector<std::string> events = feature.events;
  std::sort(events.begin(), events.end());
  return fmt::format("{}\x1e{}", fmt::join(events, "\x1f"), feature.where);
}

FeatureProgram::TrackKind ProgramCompiler::track_kind(Aggregate aggregate) {
  using TrackKind = FeatureProgram::TrackKind;
  switch (aggregate) {
    case Aggregate::kCount:
    case Aggregate::kRecencyDays: return TrackKind::kEvents;
    case Aggregate::kFirst:
    case Aggregate::kLast: return TrackKind::kEdge;
    case Aggregate::kDistinct: return TrackKind::kDistinct;
    case Aggregate::kDistinctDays: return TrackKind::kDays;
    default: return TrackKind::kNumber;
  }
}

// The kind of column is the first character: what is kept of a value depends on who aggregates it.
std::string ProgramCompiler::column_key(const FeatureDefinition& feature) {
  switch (track_kind(feature.aggregate)) {
    case FeatureProgram::TrackKind::kNumber: return "n" + feature.argument;
    case FeatureProgram::TrackKind::kDistinct: return "h" + feature.argument;
    case FeatureProgram::TrackKind::kEdge: return "a" + feature.argument;
    default: return {};
  }
}

Result<int> ProgramCompiler::bind(const std::string& text) {
  auto known = expression_index_.find(text);
  if (known != expression_index_.end()) return known->second;
  FURROW_ASSIGN(auto expression, Expression::parse(text));
  bool is_name = expression.names().size() == 1 && expression.names()[0] == text;
  FeatureProgram::BoundExpression bound{std::move(expression), {}, is_name};
  for (const std::string& name : bound.expression.names()) {
    auto [at, fresh] = name_index_.try_emplace(name, static_cast<uint16_t>(program_.names_.size()));
    if (fresh) program_.names_.push_back(name);
    bound.slots.push_back(at->second);
  }
  int index = static_cast<int>(program_.expressions_.size());
  program_.expressions_.push_back(std::move(bound));
  expression_index_.emplace(text, index);
  return index;
}

Status ProgramCompiler::check_names() {
  const auto& features = program_.definitions_;
  if (features.size() > kMaxFeatures) {
    return Error(ErrorCode::kInvalidArgument, fmt::format("{} features; the limit is {}", features.size(), kMaxFeatures));
  }
  for (size_t i = 0; i < features.size(); ++i) {
    if (!program_.by_name_.emplace(features[i].name, i).second) return faulty(features[i], "declared twice");
    if (features[i].window && features[i].window->micros <= 0) return faulty(features[i], "the window must be positive");
  }
  return {};
}

Status ProgramCompiler::find_selectors() {
  std::map<std::string, const FeatureDefinition*> example;
  for (const auto& feature : program_.definitions_) example.emplace(selector_key(feature), &feature);
  for (const auto& [key, feature] : example) {
    selector_index_.emplace(key, 0);
    FeatureProgram::Selector selector;
    selector.key = key;
    selector.events = feature->events;
    if (!feature->where.empty()) {
      auto where = bind(feature->where);
      if (!where) return faulty(*feature, where.error().message());
      selector.where = *where;
    }
    program_.selectors_.push_back(std::move(selector));
  }
  if (program_.selectors_.size() > kMaxSelectors) return Error(ErrorCode::kInvalidArgument, "too many different event and where pairs");
  number(selector_index_);
  return {};
}

Status ProgramCompiler::find_columns() {
  std::map<std::string, const FeatureDefinition*> example;
  for (const auto& feature : program_.definitions_) {
    if (std::string key = column_key(feature); !key.empty()) example.emplace(key, &feature);
  }
  for (const auto& [key, feature] : example) {
    column_index_.emplace(key, 0);
    auto argument = bind(feature->argument);
    if (!argument) return faulty(*feature, argument.error().message());
    using Kind = FeatureProgram::ColumnKind;
    Kind kind = key[0] == 'n' ? Kind::kNumber : key[0] == 'h' ? Kind::kHash : Kind::kAny;
    program_.columns_.push_back({key, kind, *argument});
  }
  if (program_.columns_.size() > kMaxColumns) return Error(ErrorCode::kInvalidArgument, "too many different aggregated values");
  number(column_index_);
  return {};
}

Status ProgramCompiler::find_zones() {
  for (const auto& feature : program_.definitions_) {
    if (feature.aggregate == Aggregate::kDistinctDays) zone_index_.emplace(feature.timezone, 0);
  }
  for (const auto& [name, unused] : zone_index_) {
    FURROW_ASSIGN(auto zone, TimeZone::load(name));
    program_.zones_.push_back(std::move(zone));
  }
  number(zone_index_);
  return {};
}

void ProgramCompiler::find_windows() {
  std::set<Duration> windows;
  for (const auto& feature : program_.definitions_) {
    if (feature.window) windows.insert(*feature.window);
  }
  program_.windows_.assign(windows.begin(), windows.end());
  program_.window_features_.resize(windows.size() + 1);
  if (!windows.empty()) program_.longest_window_ = *windows.rbegin();
}

void ProgramCompiler::find_tracks() {
  std::map<TrackKey, std::vector<size_t>> features_of;
  for (size_t i = 0; i < program_.definitions_.size(); ++i) {
    const auto& feature = program_.definitions_[i];
    uint16_t selector = selector_index_.at(selector_key(feature));
    std::string column = column_key(feature);
    uint16_t zone = feature.aggregate == Aggregate::kDistinctDays ? zone_index_.at(feature.timezone) : uint16_t{0};
    features_of[{track_kind(feature.aggregate), selector, column.empty() ? uint16_t{0} : column_index_.at(column), zone}].push_back(i);
  }
  program_.feature_track_.resize(program_.definitions_.size());
  for (const auto& [key, features] : features_of) {
    FeatureProgram::Track track;
    std::tie(track.kind, track.selector, track.column, track.zone) = key;
    uint16_t id = static_cast<uint16_t>(program_.tracks_.size());
    for (size_t feature : features) {
      const auto& window = program_.definitions_[feature].window;
      auto rank = window ? std::lower_bound(program_.windows_.begin(), program_.windows_.end(), *window) : program_.windows_.end();
      uint16_t at = static_cast<uint16_t>(rank - program_.windows_.begin());
      program_.window_features_[at].push_back(static_cast<uint16_t>(feature));
      program_.feature_track_[feature] = id;
      track.last_window = std::max(track.last_window, at);
      track.lifetime = track.lifetime || !window;
    }
    FeatureProgram::Selector& selector = program_.selectors_[track.selector];
    selector.tracks.push_back(id);
    using Kind = FeatureProgram::TrackKind;
    bool has_column = track.kind != Kind::kEvents && track.kind != Kind::kDays;
    if (has_column && std::find(selector.columns.begin(), selector.columns.end(), track.column) == selector.columns.end()) {
      selector.columns.push_back(track.column);
    }
    program_.tracks_.push_back(track);
  }
  for (auto& selector : program_.selectors_) std::sort(selector.columns.begin(), selector.columns.end());
}

void ProgramCompiler::number_states() {
  auto count_of = [](FeatureProgram::Counts& counts, FeatureProgram::TrackKind kind) -> size_t& {
    using Kind = FeatureProgram::TrackKind;
    switch (kind) {
      case Kind::kEvents: return counts.events;
      case Kind::kNumber: return counts.numbers;
      case Kind::kEdge: return counts.edges;
      case Kind::kDays: return counts.days;
      default: return counts.distinct;
    }
  };
  for (bool lifetime : {true, false}) {
    for (auto& track : program_.tracks_) {
      if (track.lifetime == lifetime) track.state = static_cast<uint16_t>(count_of(program_.all_counts_, track.kind)++);
    }
    if (lifetime) program_.lifetime_counts_ = program_.all_counts_;
  }
}

void ProgramCompiler::find_listeners() {
  std::set<std::string> labels;
  for (const auto& selector : program_.selectors_) labels.insert(selector.events.begin(), selector.events.end());
  auto listen = [&](auto&& concerns) {
    FeatureProgram::Listener listener;
    std::set<uint16_t> names;
    auto need = [&](int expression) {
      const auto& slots = program_.expressions_[static_cast<size_t>(expression)].slots;
      names.insert(slots.begin(), slots.end());
    };
    for (size_t i = 0; i < program_.selectors_.size(); ++i) {
      const auto& selector = program_.selectors_[i];
      if (!concerns(selector)) continue;
      listener.selectors.push_back(static_cast<uint16_t>(i));
      if (selector.where >= 0) need(selector.where);
      for (uint16_t column : selector.columns) need(program_.columns_[column].expression);
    }
    listener.names.assign(names.begin(), names.end());
    return listener;
  };
  program_.any_ = listen([](const auto& selector) { return selector.events.empty(); });
  for (const std::string& label : labels) {
    program_.listeners_[label] = listen([&](const auto& selector) {
      return selector.events.empty() || std::find(selector.events.begin(), selector.events.end(), label) != selector.events.end();
    });
  }
}

void ProgramCompiler::compute_hash() {
  std::string text = fmt::format("journal 1 window {}", program_.longest_window_.micros);
  for (const auto& selector : program_.selectors_) {
    text += fmt::format("\nselector {} columns {}", selector.key, fmt::join(selector.columns, ","));
  }
  for (const auto& column : program_.columns_) text += "\ncolumn " + column.key;
  for (const auto& track : program_.tracks_) {
    if (!track.lifetime) continue;
    bool zoned = track.kind == FeatureProgram::TrackKind::kDays;
    text += fmt::format("\nlifetime {} {} {} {}", static_cast<int>(track.kind), track.selector, track.column,
                        zoned ? program_.zones_[track.zone].name() : "");
  }
  program_.hash_ = hash64(text);
}

Status ProgramCompiler::compile() {
  FURROW_TRY(check_names());
  FURROW_TRY(find_selectors());
  FURROW_TRY(find_columns());
  FURROW_TRY(find_zones());
  find_windows();
  find_tracks();
  number_states();
  find_listeners();
  compute_hash();
  return {};
}

}  // namespace furrow::profile
