#include "profile/program_compiler.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

namespace furrow::profile {
namespace {

// Gives each key of a sorted map its rank.
void number(std::map<std::string, uint16_t>& index) {
  uint16_t next = 0;
  for (auto& [key, value] : index) value = next++;
}

StateKind state_kind(Aggregate aggregate) {
  const std::string_view state = row_of(aggregate).state;
  constexpr std::array<std::string_view, kStateKinds> kNames{"events", "numbers", "edge", "days", "distinct", "moments", "trend",
                                                             "decay", "recent", "values", "quantiles", "histogram", "hours"};
  return static_cast<StateKind>(std::find(kNames.begin(), kNames.end(), state) - kNames.begin());
}

// What the state must know beside the values.
std::vector<double> shape_of(const FeatureDefinition& feature) {
  switch (state_kind(feature.aggregate)) {
    case StateKind::kDecay:
    case StateKind::kHistogram: return feature.parameters;
    case StateKind::kRecent: return {feature.aggregate == Aggregate::kLastK ? feature.parameters[0] : static_cast<double>(kMaxRecent)};
    default: return {};
  }
}

// The most that a calendar period and those before it can span, with a change of the clocks.
Duration reach_of(Period period, int back) {
  const Duration one = period == Period::kHour ? hours(1) : period == Period::kDay ? days(1) : period == Period::kWeek ? days(7) : days(31);
  return {one.micros * (back + 1) + days(1).micros};
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

// The kind of column is the first character: what is kept of a value depends on who aggregates it.
std::string ProgramCompiler::column_key(const FeatureDefinition& feature, const std::string& argument) {
  if (feature.derived() || argument.empty()) return {};
  if (feature.aggregate == Aggregate::kShare) return "t" + argument;
  switch (state_kind(feature.aggregate)) {
    case StateKind::kDistinct: return "h" + argument;
    case StateKind::kEdge:
    case StateKind::kRecent:
    case StateKind::kValues: return "a" + argument;
    default: return "n" + argument;
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

Status ProgramCompiler::check_windows(const FeatureDefinition& feature) {
  if (feature.window && feature.window->micros <= 0) return faulty(feature, "the window must be positive");
  if (feature.ago.micros < 0 || (feature.ago.micros > 0 && !feature.window)) return faulty(feature, "\"ago\" needs a window and must be positive");
  if (feature.tumbling != Period::kNone && (feature.window || feature.periods_back < 0 || feature.periods_back > kMaxPeriodsBack)) {
    return faulty(feature, "a tumbling feature has no window, and goes back 0 to 400 periods");
  }
  return {};
}

Status ProgramCompiler::check_definitions() {
  auto& features = program_.definitions_;
  if (features.size() > kMaxFeatures) {
    return Error(ErrorCode::kInvalidArgument, fmt::format("{} features; the limit is {}", features.size(), kMaxFeatures));
  }
  for (size_t i = 0; i < features.size(); ++i) {
    FeatureDefinition& feature = features[i];
    if (!program_.by_name_.emplace(feature.name, i).second) return faulty(feature, "declared twice");
    FURROW_TRY(check_windows(feature));
    if (feature.derived()) continue;
    AggregateCall call{feature.aggregate, feature.argument, feature.second, feature.parameters};
    if (std::string fault = complete_aggregate(call); !fault.empty()) return faulty(feature, fault);
    feature.argument = call.argument;
    feature.parameters = call.parameters;
  }
  return {};
}

Status ProgramCompiler::find_selectors() {
  std::map<std::string, const FeatureDefinition*> example;
  for (const auto& feature : program_.definitions_) {
    if (!feature.derived()) example.emplace(selector_key(feature), &feature);
  }
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
  std::map<std::string, std::pair<const FeatureDefinition*, const std::string*>> example;
  for (const auto& feature : program_.definitions_) {
    for (const std::string* argument : {&feature.argument, &feature.second}) {
      if (std::string key = column_key(feature, *argument); !key.empty()) example.emplace(key, std::pair(&feature, argument));
    }
  }
  for (const auto& [key, use] : example) {
    column_index_.emplace(key, 0);
    auto argument = bind(*use.second);
    if (!argument) return faulty(*use.first, argument.error().message());
    using Kind = FeatureProgram::ColumnKind;
    const Kind kind = key[0] == 'n' ? Kind::kNumber : key[0] == 'h' ? Kind::kHash : key[0] == 't' ? Kind::kTruth : Kind::kAny;
    program_.columns_.push_back({key, kind, *argument});
  }
  if (program_.columns_.size() > kMaxColumns) return Error(ErrorCode::kInvalidArgument, "too many different aggregated values");
  number(column_index_);
  return {};
}

Status ProgramCompiler::find_zones() {
  for (const auto& feature : program_.definitions_) {
    if (feature.derived()) continue;
    if (feature.tumbling != Period::kNone || row_of(feature.aggregate).zoned) zone_index_.emplace(feature.timezone, 0);
  }
  for (const auto& [name, unused] : zone_index_) {
    FURROW_ASSIGN(auto zone, TimeZone::load(name));
    program_.zones_.push_back(std::move(zone));
  }
  number(zone_index_);
  return {};
}

ProgramCompiler::FrameKey ProgramCompiler::frame_key(const FeatureDefinition& feature) const {
  if (feature.tumbling == Period::kNone) return {feature.ago, Period::kNone, 0, uint16_t{0}};
  return {Duration{}, feature.tumbling, feature.periods_back, zone_index_.at(feature.timezone)};
}

void ProgramCompiler::find_windows() {
  std::map<FrameKey, std::set<Duration>> windows;
  windows[FrameKey{}];
  for (const auto& feature : program_.definitions_) {
    if (feature.derived()) continue;
    auto& of_frame = windows[frame_key(feature)];
    if (feature.window) of_frame.insert(*feature.window);
    if (feature.tumbling != Period::kNone) of_frame.insert(Duration{});
  }
  for (const auto& [key, lengths] : windows) {
    frame_index_.emplace(key, static_cast<uint16_t>(program_.frames_.size()));
    FeatureProgram::Frame frame;
    std::tie(frame.ago, frame.period, frame.back, frame.zone) = key;
    frame.windows.assign(lengths.begin(), lengths.end());
    frame.window_features.resize(lengths.size() + 1);
    const Duration reach = frame.period != Period::kNone ? reach_of(frame.period, frame.back)
                           : lengths.empty()             ? Duration{}
                                                         : Duration{frame.ago.micros + lengths.rbegin()->micros};
    program_.longest_window_ = std::max(program_.longest_window_, reach);
    program_.frames_.push_back(std::move(frame));
  }
}

ProgramCompiler::TrackKey ProgramCompiler::track_key(const FeatureDefinition& feature, const std::string& argument) {
  const std::string column = column_key(feature, argument);
  auto shape = shape_index_.try_emplace(shape_of(feature), static_cast<uint16_t>(program_.shapes_.size()));
  if (shape.second) program_.shapes_.push_back(shape.first->first);
  return {state_kind(feature.aggregate),
          selector_index_.at(selector_key(feature)),
          column.empty() ? FeatureProgram::kNoColumn : column_index_.at(column),
          row_of(feature.aggregate).zoned ? zone_index_.at(feature.timezone) : uint16_t{0},
          frame_index_.at(frame_key(feature)),
          shape.first->second};
}

void ProgramCompiler::find_tracks() {
  std::map<TrackKey, std::vector<size_t>> features_of;
  const auto& definitions = program_.definitions_;
  for (auto& selector : program_.selectors_) selector.tracks.resize(program_.frames_.size());
  for (size_t i = 0; i < definitions.size(); ++i) {
    if (definitions[i].derived()) continue;
    features_of[track_key(definitions[i], definitions[i].argument)].push_back(i);
    if (!definitions[i].second.empty()) features_of[track_key(definitions[i], definitions[i].second)].push_back(i);
  }
  program_.feature_track_.assign(definitions.size(), FeatureProgram::kNoTrack);
  program_.second_track_.assign(definitions.size(), FeatureProgram::kNoTrack);
  for (const auto& [key, features] : features_of) add_track(key, features);
  for (auto& selector : program_.selectors_) std::sort(selector.columns.begin(), selector.columns.end());
}

void ProgramCompiler::add_track(const TrackKey& key, const std::vector<size_t>& features) {
  FeatureProgram::Track track;
  std::tie(track.kind, track.selector, track.column, track.zone, track.frame, track.shape) = key;
  const uint16_t id = static_cast<uint16_t>(program_.tracks_.size());
  FeatureProgram::Frame& frame = program_.frames_[track.frame];
  for (size_t index : features) {
    const FeatureDefinition& feature = program_.definitions_[index];
    const bool calendar = feature.tumbling != Period::kNone;
    auto rank = calendar         ? frame.windows.begin()
                : feature.window ? std::lower_bound(frame.windows.begin(), frame.windows.end(), *feature.window)
                                 : frame.windows.end();
    const uint16_t at = static_cast<uint16_t>(rank - frame.windows.begin());
    track.last_window = std::max(track.last_window, at);
    track.lifetime = track.lifetime || (!feature.window && !calendar);
    const bool second = !feature.second.empty() && track_key(feature, feature.argument) != key;
    if (!feature.second.empty() && track_key(feature, feature.second) == key) program_.second_track_[index] = id;
    if (second) continue;
    program_.feature_track_[index] = id;
    auto& readers = frame.window_features[at];
    if (readers.empty() || readers.back() != index) readers.push_back(static_cast<uint16_t>(index));
  }
  FeatureProgram::Selector& selector = program_.selectors_[track.selector];
  selector.tracks[track.frame].push_back(id);
  const bool has_column = track.column != FeatureProgram::kNoColumn;
  if (has_column && std::find(selector.columns.begin(), selector.columns.end(), track.column) == selector.columns.end()) {
    selector.columns.push_back(track.column);
  }
  program_.tracks_.push_back(track);
}

void ProgramCompiler::number_states() {
  for (bool lifetime : {true, false}) {
    for (auto& track : program_.tracks_) {
      if (track.lifetime == lifetime) track.state = static_cast<uint16_t>(program_.all_counts_[static_cast<size_t>(track.kind)]++);
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

Result<FeatureProgram::Input> ProgramCompiler::resolve(const FeatureDefinition& feature, const std::string& name) const {
  if (auto at = program_.by_name_.find(name); at != program_.by_name_.end()) return FeatureProgram::Input{static_cast<uint16_t>(at->second), -1};
  const size_t dot = name.rfind('.');
  const std::string element = dot == std::string::npos ? std::string() : name.substr(dot + 1);
  auto at = program_.by_name_.find(name.substr(0, dot));
  const bool whole = !element.empty() && element.size() < 5 && std::all_of(element.begin(), element.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (at != program_.by_name_.end() && whole) {
    const FeatureDefinition& list = program_.definitions_[at->second];
    if (list.result() == ResultKind::kText) return FeatureProgram::Input{static_cast<uint16_t>(at->second), std::stoi(element)};
    return faulty(feature, fmt::format("derive: \"{}\" is no list, so it has no \"{}\"", list.name, name));
  }
  std::vector<std::string> known;
  for (const auto& other : program_.definitions_) known.push_back(other.name);
  const std::string near = nearest(name, known);
  return faulty(feature, fmt::format("derive: there is no feature \"{}\"{}", name, near.empty() ? "" : fmt::format("; did you mean \"{}\"?", near)));
}

// In the order of what they read; a cycle leaves some that can never be read.
Status ProgramCompiler::find_derived() {
  program_.text_needed_.assign(program_.definitions_.size(), 0);
  std::vector<FeatureProgram::Derived> waiting;
  for (size_t i = 0; i < program_.definitions_.size(); ++i) {
    const FeatureDefinition& feature = program_.definitions_[i];
    if (!feature.derived()) continue;
    auto expression = Expression::parse(feature.argument);
    if (!expression) return faulty(feature, expression.error().message());
    FeatureProgram::Derived derived{static_cast<uint16_t>(i), std::move(expression).value(), {}};
    for (const std::string& name : derived.expression.names()) {
      FURROW_ASSIGN(auto input, resolve(feature, name));
      derived.inputs.push_back(input);
      if (program_.definitions_[input.feature].result() == ResultKind::kNumber) continue;
      program_.text_needed_[input.feature] = 1;
      program_.any_text_needed_ = true;
    }
    waiting.push_back(std::move(derived));
  }
  std::vector<uint8_t> known(program_.definitions_.size());
  for (size_t i = 0; i < known.size(); ++i) known[i] = !program_.definitions_[i].derived();
  while (!waiting.empty()) {
    auto ready = std::find_if(waiting.begin(), waiting.end(), [&](const auto& d) {
      return std::all_of(d.inputs.begin(), d.inputs.end(), [&](const auto& input) { return known[input.feature] != 0; });
    });
    if (ready == waiting.end()) return faulty(program_.definitions_[waiting[0].feature], "derive: it reads itself, directly or through others");
    known[ready->feature] = 1;
    program_.derived_.push_back(std::move(*ready));
    waiting.erase(ready);
  }
  return {};
}

void ProgramCompiler::compute_hash() {
  std::string text = "journal 3";
  for (const auto& selector : program_.selectors_) {
    text += fmt::format("\nselector {} columns {}", selector.key, fmt::join(selector.columns, ","));
  }
  for (const auto& column : program_.columns_) text += "\ncolumn " + column.key;
  for (const auto& track : program_.tracks_) {
    if (!track.lifetime) continue;
    const bool zoned = track.kind == StateKind::kDays || track.kind == StateKind::kHours;
    text += fmt::format("\nlifetime {} {} {} {} {}", static_cast<int>(track.kind), track.selector, track.column,
                        zoned ? program_.zones_[track.zone].name() : "", fmt::join(program_.shapes_[track.shape], ","));
  }
  text += fmt::format("\nreach {}", program_.longest_window_.micros);
  program_.hash_ = hash64(text);
}

Status ProgramCompiler::compile() {
  FURROW_TRY(check_definitions());
  FURROW_TRY(find_selectors());
  FURROW_TRY(find_columns());
  FURROW_TRY(find_zones());
  find_windows();
  find_tracks();
  number_states();
  find_listeners();
  FURROW_TRY(find_derived());
  auto label = std::find(program_.names_.begin(), program_.names_.end(), "event");
  if (label != program_.names_.end()) program_.label_name_ = static_cast<uint16_t>(label - program_.names_.begin());
  compute_hash();
  return {};
}

}  // namespace furrow::profile
