#include "profile/propose.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/expression.h"
#include "base/json.h"
#include "base/value.h"
#include "table/row_reader.h"

namespace furrow::profile {
namespace {

constexpr size_t kMostEvents = 8, kMostProperties = 12, kMostLevels = 5, kLevelsKept = 2'000;

struct Property {
  std::string name;
  size_t known = 0, numbers = 0;
  std::map<std::string, size_t, std::less<>> levels;  // the first kLevelsKept
  bool number() const { return known > 0 && numbers * 10 >= known * 9 && levels.size() > 2; }
  bool id() const { return known > 20 && levels.size() * 10 > std::min(known, kLevelsKept) * 9; }
  std::vector<std::string> frequent() const {
    std::vector<std::pair<size_t, std::string>> sorted;
    for (const auto& [level, n] : levels) sorted.emplace_back(n, level);
    std::sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return a.first != b.first ? a.first > b.first : a.second < b.second; });
    std::vector<std::string> top;
    for (size_t i = 0; i < std::min(kMostLevels, sorted.size()); ++i) {
      if (sorted[i].first * 50 >= known) top.push_back(sorted[i].second);
    }
    return top;
  }
};

struct Schema {
  std::vector<std::string> events;  // the most frequent first
  std::map<std::string, std::vector<Property>> properties;  // of each event; of "" for any
};

// Names that an expression can say.
bool sayable(const std::string& name) {
  auto parsed = Expression::parse(name);
  return parsed.ok() && parsed->names().size() == 1 && parsed->names()[0] == name;
}

Result<Schema> read_schema(const std::filesystem::path& path, size_t sample_rows) {
  FURROW_ASSIGN(auto reader, table::RowReader::open(path));
  std::map<std::string, size_t, std::less<>> events;
  std::map<std::string, std::map<std::string, Property>> of_event;
  table::Row row;
  for (size_t n = 0; n < sample_rows; ++n) {
    FURROW_ASSIGN(bool more, reader->next(row));
    if (!more) break;
    if (!row.good()) continue;
    const auto& names = reader->columns();
    const auto what = std::find(names.begin(), names.end(), "event") - names.begin();
    if (what == static_cast<ptrdiff_t>(names.size()) || static_cast<size_t>(what) >= row.cells.size()) continue;
    const std::string event(row.cells[static_cast<size_t>(what)].text);
    if (event.empty()) continue;
    ++events[event];
    for (size_t c = 0; c < row.cells.size(); ++c) {
      if (names[c] == "event" || names[c] == "profile_id" || names[c] == "time" || names[c] == "message_id" || row.cells[c].text.empty()) continue;
      Property& property = of_event[event].try_emplace(names[c], Property{names[c], 0, 0, {}}).first->second;
      ++property.known;
      property.numbers += Value(row.cells[c].text).as_number() == Value(row.cells[c].text).as_number();
      auto level = property.levels.find(row.cells[c].text);
      if (level != property.levels.end()) ++level->second;
      else if (property.levels.size() < kLevelsKept) property.levels.emplace(row.cells[c].text, 1);
    }
  }
  for (const char* needed : {"profile_id", "event", "time"}) {
    if (std::find(reader->columns().begin(), reader->columns().end(), needed) != reader->columns().end()) continue;
    return Error(ErrorCode::kInvalidFile, fmt::format("the column \"{}\" is missing; the file has: {}", needed, fmt::join(reader->columns(), ", "))).at(path.string());
  }
  Schema schema;
  std::vector<std::pair<size_t, std::string>> sorted;
  for (const auto& [event, count] : events) sorted.emplace_back(count, event);
  std::sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return a.first != b.first ? a.first > b.first : a.second < b.second; });
  for (size_t i = 0; i < std::min(kMostEvents, sorted.size()); ++i) {
    schema.events.push_back(sorted[i].second);
    std::vector<Property> properties;
    for (auto& [name, property] : of_event[sorted[i].second]) {
      if (sayable(name)) properties.push_back(property);
    }
    std::stable_sort(properties.begin(), properties.end(), [](const auto& a, const auto& b) { return a.known > b.known; });
    if (properties.size() > kMostProperties) properties.resize(kMostProperties);
    schema.properties[sorted[i].second] = std::move(properties);
  }
  return schema;
}

std::string slug(std::string_view text) {
  std::string out;
  for (char c : text) {
    const auto u = static_cast<unsigned char>(c);
    const bool keep = u >= 0x80 || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z');
    if (keep) out += c;
    else if (c >= 'A' && c <= 'Z') out += static_cast<char>(c - 'A' + 'a');
    else if (!out.empty() && out.back() != '_') out += '_';
  }
  while (!out.empty() && out.back() == '_') out.pop_back();
  return out.empty() ? "x" : out.substr(0, 60);
}

struct Span {
  const char* tag;      // in names
  std::optional<Duration> window;
  const char* english;
  const char* chinese;
};
const std::vector<Span> kSpans{{"7d", days(7), "in the last 7 days", "近 7 天"},   {"30d", days(30), "in the last 30 days", "近 30 天"},
                               {"90d", days(90), "in the last 90 days", "近 90 天"}, {"ever", std::nullopt, "ever", "历史累计"},
                               {"1d", days(1), "in the last day", "近 1 天"}};

class Proposer {
 public:
  explicit Proposer(const ProposalOptions& options) : options_(options) {}

  std::vector<FeatureDefinition> propose(const Schema& schema) {
    std::vector<std::string> everything{""};
    everything.insert(everything.end(), schema.events.begin(), schema.events.end());
    for (const auto& event : everything) habits(event);
    for (const auto& event : schema.events) {
      for (const auto& property : schema.properties.at(event)) values(event, property);
    }
    for (const auto& event : everything) rarer_habits(event);
    std::stable_sort(found_.begin(), found_.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    std::vector<FeatureDefinition> out;
    std::set<std::string> kept;
    for (auto& [rank, feature] : found_) {
      if (out.size() == std::min(options_.most, kMaxFeatures)) break;
      if (feature.derived() && !reads_known(feature, kept)) continue;
      kept.insert(feature.name);
      out.push_back(std::move(feature));
    }
    return out;
  }

 private:
  static bool reads_known(const FeatureDefinition& feature, const std::set<std::string>& kept) {
    const auto names = Expression::parse(feature.argument)->names();
    return std::all_of(names.begin(), names.end(), [&](const auto& name) { return kept.contains(name); });
  }

  void add(int rank, const std::string& event, const std::string& stem, const Span& span, std::string_view call, std::string english, std::string chinese,
           std::optional<double> when_none = {}, const std::string& where = "") {
    FeatureDefinition feature;
    feature.name = fmt::format("{}_{}", stem, span.tag);
    if (!names_.insert(feature.name).second) return;
    auto parsed = parse_aggregate(call);
    if (!parsed) return;
    if (!event.empty()) feature.events = {event};
    feature.where = where;
    feature.aggregate = parsed->aggregate;
    feature.argument = parsed->argument;
    feature.second = parsed->second;
    feature.parameters = parsed->parameters;
    feature.window = span.window;
    feature.default_value = when_none;
    feature.timezone = options_.timezone;
    feature.description = fmt::format("{}, {}", english, span.english);
    feature.description_zh = fmt::format("{}{}", span.chinese, chinese);
    found_.emplace_back(rank, std::move(feature));
  }
  void derive(int rank, const std::string& name, const std::string& expression, const std::string& english, const std::string& chinese) {
    if (!names_.insert(name).second) return;
    FeatureDefinition feature;
    feature.name = name;
    feature.aggregate = Aggregate::kDerived;
    feature.argument = expression;
    feature.description = english;
    feature.description_zh = chinese;
    found_.emplace_back(rank, std::move(feature));
  }

  void habits(const std::string& event) {
    const std::string stem = event.empty() ? "events" : slug(event);
    const std::string en = event.empty() ? "events of any kind" : fmt::format("\"{}\" events", event), zh = event.empty() ? "全部事件" : fmt::format("“{}”", event);
    for (size_t s = 0; s < kSpans.size(); ++s) {
      const int rank = static_cast<int>(s);
      add(rank, event, stem + "_count", kSpans[s], "count", fmt::format("number of {}", en), zh + "次数", 0);
      add(1 + rank, event, stem + "_days", kSpans[s], "distinct_days", fmt::format("days with {}", en), zh + "活跃天数", 0);
    }
    add(0, event, stem + "_recency", kSpans[3], "recency_days", fmt::format("days since the newest of the {}", en), "距最近一次" + zh + "的天数");
    add(1, event, stem + "_tenure", kSpans[3], "tenure_days", fmt::format("days since the first of the {}", en), "距首次" + zh + "的天数");
    add(2, event, stem + "_gap_mean", kSpans[3], "gap_mean_days", fmt::format("mean days between {}", en), zh + "平均间隔天数");
    add(3, event, stem + "_gap_std", kSpans[3], "gap_std_days", fmt::format("how irregular {} are", en), zh + "间隔的标准差（天）");
    add(2, event, stem + "_fading", kSpans[3], "decayed_count(14d)", fmt::format("{} faded with a half-life of 14 days", en), zh + "次数（14 天半衰期）", 0);
    if (names_.contains(stem + "_count_7d")) {
      derive(3, stem + "_week_of_month", fmt::format("{0}_count_7d / {0}_count_30d", stem), fmt::format("share of the last 30 days' {} that came in the last 7", en),
             "近 7 天" + zh + "占近 30 天的比例");
    }
  }
  void rarer_habits(const std::string& event) {
    const std::string stem = event.empty() ? "events" : slug(event);
    const std::string en = event.empty() ? "events of any kind" : fmt::format("\"{}\" events", event), zh = event.empty() ? "全部事件" : fmt::format("“{}”", event);
    for (size_t s : {1u, 3u}) {
      add(4, event, stem + "_sessions", kSpans[s], "sessions(30m)", fmt::format("visits with {}", en), zh + "会话数", 0);
      add(5, event, stem + "_session_minutes", kSpans[s], "session_minutes(30m)", fmt::format("mean minutes of visits with {}", en), zh + "平均会话时长（分钟）");
      add(5, event, stem + "_session_events", kSpans[s], "session_events(30m)", fmt::format("mean {} a visit", en), zh + "平均每次会话次数");
    }
    add(6, event, stem + "_peak_hour", kSpans[3], "peak_hour", fmt::format("hour of the day with most {}", en), zh + "最多的小时");
    add(6, event, stem + "_peak_weekday", kSpans[3], "peak_weekday", fmt::format("weekday with most {}", en), zh + "最多的星期");
  }

  void values(const std::string& event, const Property& property) {
    const std::string stem = fmt::format("{}_{}", slug(event), slug(property.name));
    const std::string en = fmt::format("{} of \"{}\" events", property.name, event), zh = fmt::format("“{}”的 {}", event, property.name);
    const std::string& x = property.name;
    if (property.number()) numbers(event, stem, x, en, zh);
    for (size_t s : {1u, 3u}) add(2, event, stem + "_distinct", kSpans[s], fmt::format("distinct({})", x), fmt::format("different {}", en), zh + "不同取值数", 0);
    if (property.number() || property.id()) return;
    add(3, event, stem + "_last", kSpans[3], fmt::format("last({})", x), fmt::format("newest {}", en), "最近一次" + zh);
    add(4, event, stem + "_mode", kSpans[3], fmt::format("mode({})", x), fmt::format("most frequent {}", en), "最常见的" + zh);
    for (const std::string& level : property.frequent()) {
      std::string quoted;
      append_json_text(quoted, level);
      const double number = Value(std::string_view(level)).as_number();
      const std::string where = number == number ? fmt::format("{} == {}", x, level) : fmt::format("{} == {}", x, quoted);
      if (!Expression::parse(where)) continue;
      for (size_t s : {1u, 3u}) {
        add(5, event, fmt::format("{}_{}_count", stem, slug(level)), kSpans[s], "count", fmt::format("\"{}\" events with {} = {}", event, x, level),
            fmt::format("{} 为“{}”的次数", zh, level), 0, where);
      }
    }
  }
  void numbers(const std::string& event, const std::string& stem, const std::string& x, const std::string& en, const std::string& zh) {
    for (size_t s = 0; s < 4; ++s) {
      const int rank = static_cast<int>(s);
      add(1 + rank, event, stem + "_sum", kSpans[s], fmt::format("sum({})", x), fmt::format("total {}", en), zh + "总和", 0);
      add(2 + rank, event, stem + "_avg", kSpans[s], fmt::format("avg({})", x), fmt::format("mean {}", en), zh + "平均值");
      add(3 + rank, event, stem + "_max", kSpans[s], fmt::format("max({})", x), fmt::format("greatest {}", en), zh + "最大值");
    }
    add(4, event, stem + "_min", kSpans[3], fmt::format("min({})", x), fmt::format("least {}", en), zh + "最小值");
    add(4, event, stem + "_median", kSpans[3], fmt::format("median({})", x), fmt::format("median {}", en), zh + "中位数");
    add(5, event, stem + "_stddev", kSpans[3], fmt::format("stddev({})", x), fmt::format("spread of {}", en), zh + "标准差");
    add(5, event, stem + "_trend", kSpans[2], fmt::format("trend({})", x), fmt::format("change a day of {}", en), zh + "每天的变化趋势");
    add(3, event, stem + "_fading", kSpans[3], fmt::format("decayed_sum({}, 14d)", x), fmt::format("total {}, faded with a half-life of 14 days", en), zh + "总和（14 天半衰期）", 0);
    add(4, event, stem + "_last", kSpans[3], fmt::format("last({})", x), fmt::format("newest {}", en), "最近一次" + zh);
    derive(5, stem + "_growth", fmt::format("{0}_sum_30d / {0}_sum_90d", stem), fmt::format("share of the last 90 days' total {} that came in the last 30", en),
           "近 30 天" + zh + "占近 90 天的比例");
  }

  const ProposalOptions& options_;
  std::set<std::string> names_;
  std::vector<std::pair<int, FeatureDefinition>> found_;  // by rank: the lesser tells more
};

std::string yaml_text(std::string_view text) {
  std::string quoted;
  append_json_text(quoted, text);  // JSON's texts are YAML's
  return quoted;
}

}  // namespace

Result<std::vector<FeatureDefinition>> propose_features(const std::filesystem::path& events, const ProposalOptions& options) {
  FURROW_ASSIGN(Schema schema, read_schema(events, options.sample_rows));
  if (schema.events.empty()) return Error(ErrorCode::kInvalidFile, "no row has an event: nothing to propose from").at(events.string());
  return Proposer(options).propose(schema);
}

std::string definitions_as_yaml(const std::vector<FeatureDefinition>& features, const std::string& timezone) {
  std::string out = fmt::format("timezone: {}\nfeatures:\n", timezone);
  for (const auto& feature : features) {
    out += fmt::format("  - name: {}\n", yaml_text(feature.name));
    if (feature.events.size() == 1) out += fmt::format("    event: {}\n", yaml_text(feature.events[0]));
    if (feature.events.size() > 1) {
      std::vector<std::string> quoted;
      for (const auto& event : feature.events) quoted.push_back(yaml_text(event));
      out += fmt::format("    event: [{}]\n", fmt::join(quoted, ", "));
    }
    if (!feature.where.empty()) out += fmt::format("    where: {}\n", yaml_text(feature.where));
    out += fmt::format("    {}: {}\n", feature.derived() ? "derive" : "aggregate", yaml_text(feature.aggregate_text()));
    if (feature.window) out += fmt::format("    window: {}\n", format_duration(*feature.window));
    if (feature.ago.micros > 0) out += fmt::format("    ago: {}\n", format_duration(feature.ago));
    if (feature.tumbling != Period::kNone) out += fmt::format("    tumbling: {}\n    back: {}\n", to_string(feature.tumbling), feature.periods_back);
    if (feature.default_value) out += fmt::format("    default: {}\n", *feature.default_value);
    if (!feature.description.empty()) out += fmt::format("    description: {}\n", yaml_text(feature.description));
    if (!feature.description_zh.empty()) out += fmt::format("    description_zh: {}\n", yaml_text(feature.description_zh));
  }
  return out;
}

}  // namespace furrow::profile
