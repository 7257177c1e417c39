#include "profile/aggregate_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "base/ascii.h"
#include "base/expression.h"
#include "base/time.h"
#include "base/yaml.h"

namespace furrow::profile {
namespace {

using P = AggregateParameter;
constexpr double kSecond = 1e6, kYear = 366.0 * 86400e6;

constexpr std::array kHalfLife{P{"half-life", P::Kind::kDuration, kSecond, 10 * kYear, {}}};
constexpr std::array kLastParameters{P{"k", P::Kind::kWhole, 1, 100, 5}};
constexpr std::array kTopParameters{P{"k", P::Kind::kWhole, 1, 100, 5}};
constexpr std::array kQuantileParameters{P{"p", P::Kind::kNumber, 0, 1, {}}};
constexpr std::array kHistogramParameters{P{"edges", P::Kind::kIncreasing, -1e300, 1e300, {}}};
constexpr std::array kSessionParameters{P{"gap", P::Kind::kDuration, kSecond, kYear, 30 * 60e6}};
constexpr std::array kNgramParameters{P{"n", P::Kind::kWhole, 1, 5, 2}, P{"k", P::Kind::kWhole, 1, 100, 5}};
constexpr std::span<const P> kNone;

constexpr std::string_view kExact = "exact";
constexpr std::string_view kRounded = "exact for sums of ordinary numbers, else 1e-9 relative";
constexpr std::string_view kClose = "1e-9 relative";
constexpr std::string_view kRecentExact = "exact, over the newest 1,024 qualifying events";
constexpr std::string_view kCounted = "exact to 4,096 different values; then counts are at most n/4,097 too low (Misra-Gries)";
constexpr std::string_view kSketched = "exact to 1,024 numbers; then within 1 % of the value (DDSketch)";

using A = Aggregate;
using R = ResultKind;
constexpr std::array<AggregateRow, kAggregates> kRows{{
    {A::kCount, "count", "count", 0, false, kNone, R::kNumber, false, true, "events", kExact, "events", "事件数"},
    {A::kSum, "sum", "sum(x)", 1, false, kNone, R::kNumber, false, true, "numbers", kRounded, "total of x", "x 的总和"},
    {A::kAverage, "avg", "avg(x)", 1, false, kNone, R::kNumber, false, true, "numbers", kRounded, "mean of x", "x 的平均值"},
    {A::kMin, "min", "min(x)", 1, false, kNone, R::kNumber, false, false, "numbers", kExact, "least x", "x 的最小值"},
    {A::kMax, "max", "max(x)", 1, false, kNone, R::kNumber, false, false, "numbers", kExact, "greatest x", "x 的最大值"},
    {A::kFirst, "first", "first(x)", 1, false, kNone, R::kAny, false, false, "edge", kExact, "x of the oldest event", "最早事件的 x"},
    {A::kLast, "last", "last(x)", 1, false, kNone, R::kAny, false, false, "edge", kExact, "x of the newest event", "最新事件的 x"},
    {A::kDistinct, "distinct", "distinct(x)", 1, false, kNone, R::kNumber, false, false, "distinct",
     "exact to 4,096 values; then HyperLogLog, 1.6 % (one standard deviation)", "different values of x", "x 的不同取值数"},
    {A::kDistinctDays, "distinct_days", "distinct_days", 0, false, kNone, R::kNumber, true, false, "days", "exact to 16,384 days",
     "local calendar days with an event", "有事件的自然日数"},
    {A::kRecencyDays, "recency_days", "recency_days", 0, false, kNone, R::kNumber, false, false, "events", kExact,
     "days since the newest event", "距最近一次事件的天数"},
    {A::kVariance, "variance", "variance(x)", 1, false, kNone, R::kNumber, false, true, "moments", kClose,
     "sample variance of x; missing below two events", "x 的样本方差；少于两个事件时缺失"},
    {A::kStddev, "stddev", "stddev(x)", 1, false, kNone, R::kNumber, false, true, "moments", kClose,
     "sample standard deviation of x", "x 的样本标准差"},
    {A::kTrend, "trend", "trend(x)", 1, false, kNone, R::kNumber, false, true, "trend", kClose,
     "least-squares slope of x, a day; missing unless at two different times", "x 的最小二乘斜率（每天）"},
    {A::kRatio, "ratio", "ratio(x, y)", 2, false, kNone, R::kNumber, false, true, "numbers", kRounded,
     "total of x over total of y; missing when that is 0", "x 的总和除以 y 的总和"},
    {A::kShare, "share", "share(x)", 1, false, kNone, R::kNumber, false, true, "numbers", kRounded,
     "share of events for which x is true (0 to 1)", "x 为真的事件占比（0 到 1）"},
    {A::kDecayedSum, "decayed_sum", "decayed_sum(x, half-life)", 1, false, kHalfLife, R::kNumber, false, true, "decay", kClose,
     "total of x, each halved with every half-life of age", "按半衰期衰减的 x 总和"},
    {A::kDecayedCount, "decayed_count", "decayed_count(half-life)", 0, false, kHalfLife, R::kNumber, false, true, "decay", kClose,
     "events, each halved with every half-life of age", "按半衰期衰减的事件数"},
    {A::kTenureDays, "tenure_days", "tenure_days", 0, false, kNone, R::kNumber, false, false, "events", kExact,
     "days since the oldest event", "距最早一次事件的天数"},
    {A::kGapMeanDays, "gap_mean_days", "gap_mean_days", 0, false, kNone, R::kNumber, false, false, "events", kExact,
     "mean days between events one after another; missing below two", "相邻事件间隔的平均天数"},
    {A::kGapStdDays, "gap_std_days", "gap_std_days", 0, false, kNone, R::kNumber, false, false, "recent", kRecentExact,
     "standard deviation of the days between events; missing below three", "相邻事件间隔的标准差（天）"},
    {A::kLastK, "last_k", "last_k(x, k = 5)", 1, false, kLastParameters, R::kText, false, false, "recent", kExact,
     "the k newest x, newest first", "最近 k 个 x，最新在前"},
    {A::kTopK, "top_k", "top_k(x, k = 5)", 1, false, kTopParameters, R::kText, false, false, "values", kCounted,
     "the k most frequent x", "出现最多的 k 个 x"},
    {A::kMode, "mode", "mode(x)", 1, false, kNone, R::kAny, false, false, "values", kCounted, "the most frequent x", "出现最多的 x"},
    {A::kQuantile, "quantile", "quantile(x, p)", 1, false, kQuantileParameters, R::kNumber, false, false, "quantiles", kSketched,
     "the p-quantile of x, between neighbours by their distance", "x 的 p 分位数（线性插值）"},
    {A::kMedian, "median", "median(x)", 1, false, kNone, R::kNumber, false, false, "quantiles", kSketched, "the median of x", "x 的中位数"},
    {A::kHistogram, "histogram", "histogram(x, edge, …)", 1, false, kHistogramParameters, R::kText, false, true, "histogram", kExact,
     "events below the first edge, from each edge to the next, and from the last on", "按边界分段的事件数"},
    {A::kHourProfile, "hour_profile", "hour_profile", 0, false, kNone, R::kText, true, true, "hours", kExact,
     "events in each of the 24 local hours", "24 个本地小时各自的事件数"},
    {A::kWeekdayProfile, "weekday_profile", "weekday_profile", 0, false, kNone, R::kText, true, true, "hours", kExact,
     "events on each local weekday, Monday first", "周一至周日各自的事件数"},
    {A::kPeakHour, "peak_hour", "peak_hour", 0, false, kNone, R::kNumber, true, true, "hours", kExact,
     "local hour with most events; the earlier of equals", "事件最多的本地小时"},
    {A::kPeakWeekday, "peak_weekday", "peak_weekday", 0, false, kNone, R::kNumber, true, true, "hours", kExact,
     "local weekday with most events, Monday is 1", "事件最多的星期（周一为 1）"},
    {A::kSessions, "sessions", "sessions(gap = 30m)", 0, false, kSessionParameters, R::kNumber, false, false, "recent", kRecentExact,
     "visits: runs of events less than the gap apart", "会话数：间隔小于 gap 的连续事件为一次"},
    {A::kSessionMinutes, "session_minutes", "session_minutes(gap = 30m)", 0, false, kSessionParameters, R::kNumber, false, false, "recent",
     kRecentExact, "mean minutes from a visit's first event to its last", "平均会话时长（分钟）"},
    {A::kSessionEvents, "session_events", "session_events(gap = 30m)", 0, false, kSessionParameters, R::kNumber, false, false, "recent",
     kRecentExact, "mean events a visit", "平均每次会话事件数"},
    {A::kNgrams, "ngrams", "ngrams(x = event, n = 2, k = 5)", 1, true, kNgramParameters, R::kText, false, false, "recent", kRecentExact,
     "the k most frequent sequences of n events one after another, as \"a > b\"", "出现最多的 k 个连续 n 事件序列"},
}};

// Parted at the commas outside of brackets and quotes.
std::vector<std::string> split_arguments(std::string_view text) {
  std::vector<std::string> parts;
  if (trimmed(text).empty()) return parts;
  int depth = 0;
  char quote = 0;
  size_t start = 0;
  for (size_t i = 0; i <= text.size(); ++i) {
    const char c = i < text.size() ? text[i] : ',';
    if (i == text.size() || (quote == 0 && depth == 0 && c == ',')) {
      parts.emplace_back(trimmed(text.substr(start, i - start)));
      start = i + 1;
    } else if (quote != 0) {
      if (c == '\\') ++i;
      else if (c == quote) quote = 0;
    } else if (c == '"' || c == '\'') {
      quote = c;
    } else {
      depth += c == '(' ? 1 : c == ')' ? -1 : 0;
    }
  }
  return parts;
}

std::string unknown_aggregate(std::string_view name) {
  std::vector<std::string> known;
  for (const auto& row : kRows) known.emplace_back(row.name);
  std::string near = nearest(name, known);
  std::string hint = near.empty() ? fmt::format("known: {}", fmt::join(known, ", ")) : fmt::format("did you mean \"{}\"?", near);
  return fmt::format("unknown aggregate \"{}\"; {}", name, hint);
}

std::optional<double> read_parameter(const AggregateParameter& parameter, std::string_view text) {
  if (parameter.kind == P::Kind::kDuration) {
    auto duration = parse_duration(text);
    if (!duration) return {};
    return static_cast<double>(duration->micros);
  }
  double value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) return {};
  return value;
}

std::string format_parameter(const AggregateParameter& parameter, double value) {
  if (parameter.kind == P::Kind::kDuration) return format_duration({static_cast<int64_t>(value)});
  return fmt::format("{}", value);
}

std::string check_parameter(const AggregateRow& row, const AggregateParameter& parameter, double value) {
  const bool whole = parameter.kind == P::Kind::kWhole;
  if (value >= parameter.least && value <= parameter.most && (!whole || value == std::floor(value))) return {};
  return fmt::format("aggregate \"{}\": {} is {}, and must be {}from {} to {}", row.name, parameter.name, format_parameter(parameter, value),
                     whole ? "a whole number " : "", format_parameter(parameter, parameter.least), format_parameter(parameter, parameter.most));
}

Error bad(std::string message) { return Error(ErrorCode::kInvalidArgument, std::move(message)); }

Result<std::vector<double>> read_parameters(const AggregateRow& row, std::span<const std::string> texts) {
  std::vector<double> values;
  for (size_t i = 0; i < texts.size(); ++i) {
    const bool list = !row.parameters.empty() && row.parameters.back().kind == P::Kind::kIncreasing;
    if (i >= row.parameters.size() && !list) return bad(fmt::format("aggregate \"{}\" takes fewer arguments: {}", row.name, row.signature));
    const auto& parameter = row.parameters[std::min(i, row.parameters.size() - 1)];
    auto value = read_parameter(parameter, texts[i]);
    if (!value) {
      return bad(fmt::format("aggregate \"{}\": \"{}\" is no {} for {}; write {}", row.name, texts[i],
                             parameter.kind == P::Kind::kDuration ? "duration (30m, 12h, 7d, 2w)" : "number", parameter.name, row.signature));
    }
    values.push_back(*value);
  }
  return values;
}

}  // namespace

std::span<const AggregateRow> aggregate_rows() { return kRows; }
const AggregateRow& row_of(Aggregate aggregate) { return kRows[static_cast<size_t>(aggregate)]; }
std::string_view to_string(Aggregate aggregate) { return aggregate == A::kDerived ? "derived" : row_of(aggregate).name; }

Result<AggregateCall> parse_aggregate(std::string_view whole) {
  const std::string_view text = trimmed(whole);
  const size_t open = text.find('(');
  const std::string_view name = trimmed(text.substr(0, open));
  std::vector<std::string> arguments;
  if (open != std::string_view::npos) {
    if (text.back() != ')') return bad(fmt::format("aggregate \"{}\": \")\" is missing at the end", whole));
    arguments = split_arguments(text.substr(open + 1, text.size() - open - 2));
  }
  auto row = std::find_if(kRows.begin(), kRows.end(), [&](const auto& r) { return r.name == name; });
  if (row == kRows.end()) return bad(unknown_aggregate(name));
  if (row->expressions == 0 && row->parameters.empty() && !arguments.empty()) {
    return bad(fmt::format("aggregate \"{}\" takes no argument; use `where` to choose events", name));
  }
  AggregateCall call{row->aggregate, {}, {}, {}};
  size_t expressions = static_cast<size_t>(row->expressions);
  if (row->optional_expressions && (arguments.empty() || read_parameter(row->parameters[0], arguments[0]))) {
    expressions = 0;
  }
  if (arguments.size() < expressions || std::any_of(arguments.begin(), arguments.end(), [](const auto& a) { return a.empty(); })) {
    return bad(row->expressions == 1 ? fmt::format("aggregate \"{0}\" needs a property: {0}(price)", name)
                                     : fmt::format("aggregate \"{}\" is written {}", name, row->signature));
  }
  if (expressions > 0) call.argument = arguments[0];
  if (expressions > 1) call.second = arguments[1];
  FURROW_ASSIGN(call.parameters, read_parameters(*row, std::span(arguments).subspan(expressions)));
  if (std::string fault = complete_aggregate(call); !fault.empty()) return bad(fault);
  return call;
}

std::string complete_aggregate(AggregateCall& call) {
  const AggregateRow& row = row_of(call.aggregate);
  if (row.optional_expressions && call.argument.empty()) call.argument = "event";
  for (const std::string* text : {&call.argument, &call.second}) {
    const bool needed = text == &call.argument ? row.expressions > 0 : row.expressions > 1;
    if (!needed && !text->empty()) return fmt::format("aggregate \"{}\" takes no argument; use `where` to choose events", row.name);
    if (!needed) continue;
    if (text->empty()) return fmt::format("aggregate \"{0}\" needs a property: {0}(price)", row.name);
    auto parsed = Expression::parse(*text);
    if (!parsed) return fmt::format("aggregate \"{}\": {}", row.name, parsed.error().message());
  }
  for (size_t i = call.parameters.size(); i < row.parameters.size(); ++i) {
    if (!row.parameters[i].missing) return fmt::format("aggregate \"{}\" needs its {}: {}", row.name, row.parameters[i].name, row.signature);
    call.parameters.push_back(*row.parameters[i].missing);
  }
  if (!row.parameters.empty() && row.parameters.back().kind == P::Kind::kIncreasing) {
    if (call.parameters.size() > 64) return fmt::format("aggregate \"{}\": at most 64 edges", row.name);
    if (std::adjacent_find(call.parameters.begin(), call.parameters.end(), std::greater_equal<>()) != call.parameters.end()) {
      return fmt::format("aggregate \"{}\": the edges must increase", row.name);
    }
  } else if (call.parameters.size() != row.parameters.size()) {
    return fmt::format("aggregate \"{}\" takes {} parameters: {}", row.name, row.parameters.size(), row.signature);
  }
  for (size_t i = 0; i < call.parameters.size(); ++i) {
    std::string fault = check_parameter(row, row.parameters[std::min(i, row.parameters.size() - 1)], call.parameters[i]);
    if (!fault.empty()) return fault;
  }
  return {};
}

std::string format_aggregate(const AggregateCall& call) {
  if (call.aggregate == A::kDerived) return call.argument;
  const AggregateRow& row = row_of(call.aggregate);
  std::vector<std::string> parts;
  if (!call.argument.empty()) parts.push_back(call.argument);
  if (!call.second.empty()) parts.push_back(call.second);
  for (size_t i = 0; i < call.parameters.size(); ++i) {
    parts.push_back(format_parameter(row.parameters[std::min(i, row.parameters.size() - 1)], call.parameters[i]));
  }
  return parts.empty() ? std::string(row.name) : fmt::format("{}({})", row.name, fmt::join(parts, ", "));
}

std::string aggregates_as_markdown() {
  std::string out = "| aggregate | what it is | gives | merges | removable | exact? |\n| --- | --- | --- | --- | --- | --- |\n";
  for (const auto& row : kRows) {
    const std::string_view gives = row.result == R::kNumber ? "number" : row.result == R::kAny ? "number or text" : "list";
    out += fmt::format("| `{}` | {} | {} | yes | {} | {} |\n", row.signature, row.meaning, gives, row.removable ? "yes" : "no", row.exactness);
  }
  return out;
}

}  // namespace furrow::profile
