// FeatureDefinition: a named aggregation over one person's events, declared once in YAML.
//
//   timezone: Asia/Shanghai                        # of every feature of the file that names none; UTC when absent
//   features:
//     - name: spend_30d
//       event: Order Completed                     # or a list; any event when absent
//       where: price > 5 and category == "shoes"   # over the event's properties; `event` is its label
//       aggregate: sum(price)                      # arguments are expressions: sum(price * quantity), quantile(price, 0.9)
//       window: 30d                                # lifetime when absent: events in [time - window, time)
//       ago: 30d                                   # moves the window into the past: [time - ago - window, time - ago)
//       default: 0                                 # when no event qualifies; else the value is missing
//       timezone: Asia/Shanghai                    # for days, hours and calendar windows
//       version: 2                                 # from 1; a definition in use is changed under a new version
//       owner, purpose, description, description_zh: texts for people
//     - {name: this_week, aggregate: count, tumbling: week}           # since Monday 00:00 local: hour, day, week, month
//     - {name: last_week, aggregate: count, tumbling: week, back: 1}  # the whole calendar week before
//     - {name: growth, derive: spend_30d / spend_before, default: 1}  # over other features; `tops.0`: a list's element
//
// Which events qualify: the event's label is listed, `where` is true, its time is in the window, and the argument has a
// value the aggregate can use (a number for sum; anything but null for first, last and distinct). aggregate_table.h lists
// the aggregates with their meaning and algebra. A derived feature is missing when its expression gives nothing.
// Limits: 1,000 features, names of 128 bytes. Threads: values.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "base/yaml.h"
#include "profile/aggregate_table.h"

namespace furrow::profile {

inline constexpr size_t kMaxFeatures = 1000;
inline constexpr size_t kMaxFeatureNameBytes = 128;
inline constexpr int kMaxPeriodsBack = 400;

enum class Period : uint8_t { kNone, kHour, kDay, kWeek, kMonth };  // of calendar windows, in local time
std::string_view to_string(Period period);

struct FeatureDefinition {
  std::string name;
  std::vector<std::string> events;  // labels (Event::label); empty: any
  std::string where;                // an Expression over properties; "" for all
  Aggregate aggregate = Aggregate::kCount;
  std::string argument, second;     // Expressions over properties, as many as the aggregate takes; derived: over features
  std::vector<double> parameters;   // of the aggregate, durations in microseconds
  std::optional<Duration> window;   // lifetime when absent
  Duration ago;
  Period tumbling = Period::kNone;  // instead of `window` and `ago`
  int periods_back = 0;
  std::optional<double> default_value;
  std::string default_text;         // of a text feature
  int version = 1;
  std::string timezone = "UTC";
  std::string owner, purpose, description, description_zh;
  std::string file;  // where it was declared
  long line = 0;

  bool derived() const { return aggregate == Aggregate::kDerived; }
  ResultKind result() const { return derived() ? ResultKind::kAny : row_of(aggregate).result; }
  std::string aggregate_text() const;  // "sum(price)"; of a derived one its expression
  std::string window_text() const;     // "30d", "30d ago 30d", "week", "week back 1", "lifetime"; "" when derived
  // What a value depends on, as text: two definitions with the same give the same values.
  std::string canonical() const;
};

// Appends the definitions under `features:` of a parsed file. Every fault (unknown aggregate or setting, bad expression,
// window or zone, a name used before in `into`) is reported with its file and line; a faulty definition is left out.
void load_features(const YamlNode& root, std::vector<FeatureDefinition>& into);

// Appends what stands under `labels:`, if anything: outcomes for training, "does X within 7 days".
//   labels:
//     - {name: buys_7d, event: Order Completed, where: price > 5, within: 7d}
// Each becomes a count with a window of `within` (history.h says from when to when).
void load_labels(const YamlNode& root, const std::vector<FeatureDefinition>& features, std::vector<FeatureDefinition>& into);

}  // namespace furrow::profile
