#include "govern/event_governor.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <charconv>
#include <unordered_map>

#include "base/cut_text.h"
#include "base/json.h"
#include "event/plausible_time.h"
#include "govern/text_form.h"

namespace furrow::govern {
namespace {

using collect::SetAside;

constexpr size_t kMostFields = 1'000;    // of one source; further ones stay as they are
constexpr double kLeastHint = 0.55;      // of a name that stands alone
constexpr size_t kLongestOriginal = 2'000;

// Whose single cells tell their form, without the rest of a column.
bool tells_alone(Meaning meaning) {
  switch (meaning) {
    case Meaning::kPersonName:
    case Meaning::kGivenName:
    case Meaning::kFamilyName:
    case Meaning::kPhone:
    case Meaning::kEmail:
    case Meaning::kIdCard:
    case Meaning::kProvince:
    case Meaning::kCity:
    case Meaning::kDistrict:
    case Meaning::kGender:
    case Meaning::kBirthday:
    case Meaning::kPostcode: return true;
    default: return false;
  }
}

std::string last_part(std::string_view path) { return std::string(path.substr(path.rfind('.') + 1)); }

// The cell that a value is; nothing for values that are no cells (truth values, lists).
std::optional<std::string> cell_of(const Value& value) {
  if (value.is_text()) {
    std::string_view text = value.text();
    if (text.size() >= 2 && text.front() == '[' && text.back() == ']') return {};
    return std::string(text);
  }
  if (!value.is_number()) return {};
  char text[400];
  auto end = std::to_chars(text, text + sizeof text, value.number(), std::chars_format::fixed).ptr;
  return std::string(text, end);
}

struct Change {
  std::string field, was, now;
  std::string_view rule;
  bool gone = false, number = false;
};

// The object again with the changed leaves; what became empty is left out.
void rewrite(simdjson::dom::object object, const std::string& prefix, const std::vector<Change>& changes, JsonWriter& out) {
  out.begin_object();
  for (auto [key, value] : object) {
    std::string path = prefix.empty() ? std::string(key) : prefix + "." + std::string(key);
    auto change = std::find_if(changes.begin(), changes.end(), [&](const Change& c) { return c.field == path; });
    simdjson::dom::object inner;
    if (change != changes.end()) {
      if (change->gone) continue;
      out.key(key);
      change->number ? out.raw(change->now) : out.text(change->now);
    } else if (!value.get(inner)) {
      out.key(key);
      rewrite(inner, path, changes, out);
    } else {
      out.key(key).raw(simdjson::minify(value));
    }
  }
  out.end_object();
}

using Mapped = std::span<const collect::CellChange>;

// In the order in which they were made: the first of a field has what was written.
void write_changes(Mapped mapped, const std::vector<Change>& changes, std::string& out) {
  JsonWriter json(out);
  json.begin_array();
  auto write = [&](const auto& change) {
    json.begin_object().field("field", change.field).field("was", cut_text(change.was, kLongestOriginal)).field("rule", change.rule).end_object();
  };
  for (const auto& change : mapped) write(change);
  for (const auto& change : changes) write(change);
  json.end_array();
}

// The context with what was done to the event.
std::string noted(const std::string& context, Mapped mapped, const std::vector<Change>& changes) {
  std::string list;
  write_changes(mapped, changes, list);
  std::string_view body = trim(context);
  std::string_view inside = body.size() < 2 ? std::string_view() : trim(body.substr(1, body.size() - 2));
  // Ours first: what a sender may have written under the same name does not hide it.
  return "{\"governed\":" + list + (inside.empty() ? "" : ",") + std::string(inside) + "}";
}

}  // namespace

void GovernedShare::add(const GovernedShare& other) {
  events += other.events;
  changed += other.changed;
  set_aside += other.set_aside;
  for (const auto& [name, field] : other.fields) {
    FieldShare& mine = fields[name];
    mine.meaning = field.meaning;
    mine.values += field.values;
    mine.standard_before += field.standard_before;
    mine.standard_after += field.standard_after;
    mine.changed += field.changed;
    mine.invalid += field.invalid;
  }
  for (const auto& [rule, times] : other.rules) rules[rule] += times;
}

double GovernedShare::share(uint64_t FieldShare::*standard) const {
  uint64_t values = 0, good = 0;
  for (const auto& [name, field] : fields) {
    values += field.values;
    good += field.*standard;
  }
  return values == 0 ? 1 : static_cast<double>(good) / static_cast<double>(values);
}

struct EventGovernor::State {
  struct Field {
    std::string path;
    ColumnPlan plan;
    std::optional<CellStandardizer> standardizer;  // none: the field stays as it is
    FieldShare* share = nullptr;
  };

  EventRules rules;
  Time now;
  GovernedShare share;
  std::unordered_map<std::string, std::unique_ptr<Field>, TextHash, std::equal_to<>> fields;
  std::unordered_map<std::string, std::pair<ColumnSampler, std::vector<std::string>>, TextHash, std::equal_to<>> samples;
  size_t learned = 0;
  bool settled = false;
  std::optional<Behaviour> behaviour;
  size_t row = 0;
  Fields leaves, context;
  simdjson::dom::parser parser;
  std::vector<Change> changes;
  Mapped mapped;

  State(EventRules declared, Time at) : rules(std::move(declared)), now(at) {}

  void add_field(std::string_view path, MeaningGuess guess, const std::vector<std::string>* cells) {
    auto field = std::make_unique<Field>();
    field->path = path;
    ColumnProfiler profiler(std::string(path), std::move(guess), rules.clean, now);
    if (cells) {
      for (const std::string& cell : *cells) profiler.observe(cell);
    }
    field->plan = profiler.settle();
    field->plan.derives = false;
    // What is wrong is judged here, so that the field's own declaration decides.
    field->plan.invalid = OnInvalidCell::kKeep;
    bool sure = field->plan.overridden || field->plan.confidence >= 0.5;
    if (sure && !field->plan.keep && field->plan.meaning != Meaning::kFreeText && field->plan.meaning != Meaning::kEmpty) {
      if (has_standard_form(field->plan.meaning)) {
        field->share = &share.fields[field->path];
        field->share->meaning = field->plan.meaning;
      }
    } else {
      field->plan.keep = true;
    }
    Field* kept = fields.emplace(std::string(path), std::move(field)).first->second.get();
    if (!kept->plan.keep) kept->standardizer.emplace(kept->plan);
  }

  Field* field(std::string_view path) {
    if (auto at = fields.find(path); at != fields.end()) return at->second.get();
    if (fields.size() >= kMostFields) return nullptr;
    MeaningGuess guess;
    for (const auto& [meaning, strength] : name_hints(last_part(path))) {
      if (strength < kLeastHint || !tells_alone(meaning)) continue;
      guess.meaning = meaning;
      guess.confidence = strength;
      guess.why = "the name says so";
      break;
    }
    add_field(path, std::move(guess), nullptr);
    return fields.find(path)->second.get();
  }

  EventRow row_of(const Event& event) {
    EventRow out;
    out.time = event.time;
    out.device = event.anonymous_id;
    out.person = event.user_id;
    out.agent = agent_of(event);
    if (event.type == EventType::kPage || event.type == EventType::kScreen) out.page = event.name;
    else if (context_read) {
      Value url = context.get("page.url"), path = context.get("page.path");
      out.page = path.is_text() ? path.text() : url.is_text() ? url.text() : std::string_view();
    }
    return out;
  }

  bool context_read = false;
  std::string_view agent_of(const Event& event) {
    context_read = !event.context.empty() && context.parse(event.context).ok();
    if (!context_read) return {};
    for (std::string_view name : {"userAgent", "user_agent"}) {
      Value agent = context.get(name);
      if (agent.is_text()) return agent.text();
    }
    return {};
  }

  // What people do; not what is known of them.
  static bool has_history(const Event& event) {
    return event.type == EventType::kTrack || event.type == EventType::kPage || event.type == EventType::kScreen;
  }

  std::optional<SetAside> aside(std::string_view rule, std::string_view field, std::string message) {
    ++share.set_aside;
    ++share.rules[std::string(rule)];
    return SetAside{std::string(rule), std::move(message), std::string(field)};
  }

  // The event's own time, and what its device's history says of it.
  std::optional<SetAside> judge_time(const Event& event, const RowVerdict& verdict, Time& time) {
    Time earliest = rules.clean.since.value_or(kEarliestTime), latest = event.received_at + days(1);
    if (rules.clean.until) latest = std::min(latest, *rules.clean.until);
    auto possible = [&](Time t) { return t >= earliest && t <= latest; };
    if (verdict.mended && possible(*verdict.mended) && *verdict.mended != event.time) {
      time = *verdict.mended;
      changes.push_back({"timestamp", format_time(event.time), {}, verdict.rule});
      return {};
    }
    if (possible(event.time) || rules.times == OnFault::kKeep) return {};
    std::string_view rule = event.time > latest ? "fault.future" : "fault.before_start";
    if (rules.times == OnFault::kMend) {
      time = event.received_at;
      changes.push_back({"timestamp", format_time(event.time), {}, rule});
      return {};
    }
    return aside(rule, "timestamp", event.time > latest ? "the time is in the future" : "the time is before the company's first");
  }

  // Mended before the event was made: its form now is not the one in which it came.
  bool was_mapped(const Field& field) const {
    return std::any_of(mapped.begin(), mapped.end(), [&](const auto& change) { return change.field == field.path; });
  }
  void count_standard(Field& field) {
    if (!field.share) return;
    bool mended = was_mapped(field);
    ++field.share->standard_after;
    (mended ? field.share->changed : field.share->standard_before)++;
  }

  std::optional<SetAside> judge_field(Field& field, const Value& value) {
    auto cell = cell_of(value);
    if (!cell) return {};
    const CellOutcome& outcome = field.standardizer->apply(*cell);
    const bool numeric = is_numeric_meaning(field.plan.meaning);
    // Numbers are numbers already; only what stands for something else is read as text.
    if (value.is_number() && (numeric || outcome.state == CellState::kInvalid || is_identifier(field.plan.meaning))) {
      if (field.share) ++field.share->values;
      count_standard(field);
      return {};
    }
    if (field.share && outcome.state != CellState::kMissing) ++field.share->values;
    switch (outcome.state) {
      case CellState::kStandard:
        count_standard(field);
        break;
      case CellState::kChanged:
        if (field.share) ++field.share->standard_after, ++field.share->changed;
        ++share.rules[std::string(outcome.rule)];
        changes.push_back({field.path, *cell, outcome.value, outcome.rule, false, numeric});
        break;
      case CellState::kMissing:
        if (cell->empty()) break;
        ++share.rules["missing.marker"];
        changes.push_back({field.path, *cell, {}, outcome.rule.empty() ? std::string_view("missing.marker") : outcome.rule, true, false});
        break;
      case CellState::kInvalid:
      case CellState::kEmptied: {
        if (field.share) ++field.share->invalid;
        OnFault wanted = rules.invalid_for(field.path);
        if (wanted == OnFault::kQuarantine) {
          return aside(outcome.rule, field.path, fmt::format("\"{}\" is not valid: {}", field.path, explanation(outcome.rule)));
        }
        ++share.rules[std::string(outcome.rule)];
        if (wanted == OnFault::kEmpty || outcome.state == CellState::kEmptied) changes.push_back({field.path, *cell, {}, outcome.rule, true, false});
        break;
      }
    }
    return {};
  }

  static bool is_numeric_meaning(Meaning meaning) { return meaning == Meaning::kMoney || meaning == Meaning::kNumber || meaning == Meaning::kPercent; }
  static std::string_view explanation(std::string_view rule) {
    for (const RuleInfo& info : all_rules()) {
      if (info.name == rule) return info.explanation;
    }
    return rule;
  }

  std::optional<SetAside> apply(Event& event, Mapped before) {
    ++share.events;
    changes.clear();
    mapped = before;
    for (const auto& change : mapped) ++share.rules[std::string(change.rule)];
    RowVerdict verdict;
    if (behaviour && has_history(event)) verdict = behaviour->verdict(row++);
    bool bot = (verdict.flags & kBot) != 0 || (rules.bots != OnFault::kKeep && is_bot_agent(agent_of(event)));
    if (bot && rules.bots == OnFault::kQuarantine) return aside("flag.bot", "", "the visitor behaves like a program");
    Time time = event.time;
    if (auto why = judge_time(event, verdict, time)) return why;
    bool shared_device = (verdict.flags & kSharedDevice) != 0 && !event.user_id.empty() && !event.anonymous_id.empty();
    size_t own = changes.size();
    if (leaves.parse(event.properties).ok()) {
      for (const auto& [path, value] : leaves.all()) {
        Field* one = field(path);
        if (!one || !one->standardizer) continue;
        if (auto why = judge_field(*one, value)) return why;
      }
    }
    if (shared_device) changes.push_back({"anonymousId", event.anonymous_id, {}, "flag.shared_device", true, false});
    if (changes.empty() && mapped.empty()) return {};
    if (change(event, own, time, shared_device) || mapped.empty()) return {};
    return aside("too_large", "", "what the cells were finds no room in the event");
  }

  // False when the event stays as it is.
  bool change(Event& event, size_t first_field, Time time, bool shared_device) {
    std::string properties = event.properties;
    size_t fields_changed = changes.size() - first_field - (shared_device ? 1 : 0);
    if (fields_changed > 0) {
      simdjson::dom::object object;
      if (parser.parse(event.properties).get(object)) return false;
      properties.clear();
      JsonWriter writer(properties);
      rewrite(object, "", changes, writer);
    }
    std::string context_now = noted(event.context, mapped, changes);
    if (properties.size() + context_now.size() + 2 * kMaxIdBytes > kMaxEventBytes) return false;
    event.properties = std::move(properties);
    event.context = std::move(context_now);
    event.time = time;
    if (shared_device) {
      event.anonymous_id.clear();
      ++share.rules["flag.shared_device"];
    }
    if (first_field > 0) ++share.rules[std::string(changes.front().rule)];
    ++share.changed;
    return true;
  }
};

EventGovernor::EventGovernor(EventRules rules, Time now) : state_(std::make_unique<State>(std::move(rules), now)) {}
EventGovernor::EventGovernor(EventGovernor&&) noexcept = default;
EventGovernor::~EventGovernor() = default;

void EventGovernor::learn(const Event& event) {
  State& s = *state_;
  if (s.learned >= kLearnedEvents || s.settled) return;
  ++s.learned;
  if (!s.leaves.parse(event.properties).ok()) return;
  for (const auto& [path, value] : s.leaves.all()) {
    auto cell = cell_of(value);
    if (!cell) continue;
    auto at = s.samples.find(path);
    if (at == s.samples.end()) {
      if (s.samples.size() >= kMostFields) continue;
      at = s.samples.emplace(std::string(path), std::pair(ColumnSampler(last_part(path)), std::vector<std::string>())).first;
    }
    at->second.first.observe(*cell);
    if (!is_missing_marker(trim(*cell))) at->second.second.push_back(std::move(*cell));
  }
}

void EventGovernor::observe(const Event& event) {
  State& s = *state_;
  if (!s.rules.history || !State::has_history(event)) return;
  if (!s.behaviour) s.behaviour.emplace();
  s.behaviour->observe(s.row_of(event));
}

void EventGovernor::settle() {
  State& s = *state_;
  s.settled = true;
  for (auto& [path, sample] : s.samples) s.add_field(path, guess_meaning(sample.first.take()), &sample.second);
  s.samples.clear();
  if (s.behaviour) s.behaviour->settle();
  s.row = 0;
}

std::optional<collect::SetAside> EventGovernor::apply(Event& event, Mapped mapped) { return state_->apply(event, mapped); }
const GovernedShare& EventGovernor::share() const { return state_->share; }

}  // namespace furrow::govern
