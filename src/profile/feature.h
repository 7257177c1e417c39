// FeatureDefinition: a named aggregation over one person's events, declared once in YAML.
//
//   features:
//     - name: spend_30d
//       event: Order Completed                     # or a list; any event when absent
//       where: price > 5 and category == "shoes"   # over the event's properties
//       aggregate: sum(price)                      # the argument is an expression: sum(price * quantity)
//       window: 30d                                # lifetime when absent: events in [time - window, time)
//       default: 0                                 # when no event qualifies; else the value is missing
//       timezone: Asia/Shanghai                    # for distinct_days; UTC when absent
//       owner, purpose, description, description_zh: texts for people
//
// Which events qualify: the event's label is listed, `where` is true, its time is in the window, and the argument has a
// value the aggregate can use (a number for sum, avg, min and max; anything but null for first, last and distinct).
//   count            events                              sum, avg, min, max   of the numbers
//   first, last      by event time, then log position    distinct             different values; exact to 4,096, then
//   distinct_days    local calendar days with an event                        HyperLogLog (aggregate.h)
//   recency_days     days from the newest event to `time`, as a fraction
// Limits: 1,000 features, names of 128 bytes. Threads: values.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "base/yaml.h"

namespace furrow::profile {

inline constexpr size_t kMaxFeatures = 1000;
inline constexpr size_t kMaxFeatureNameBytes = 128;

enum class Aggregate : uint8_t { kCount, kSum, kAverage, kMin, kMax, kFirst, kLast, kDistinct, kDistinctDays, kRecencyDays };
std::string_view to_string(Aggregate aggregate);  // "count", "sum", "avg" …

struct FeatureDefinition {
  std::string name;
  std::vector<std::string> events;  // labels (Event::label); empty: any
  std::string where;                // an Expression over properties; "" for all
  Aggregate aggregate = Aggregate::kCount;
  std::string argument;             // an Expression; "" for count, distinct_days and recency_days
  std::optional<Duration> window;   // lifetime when absent
  std::optional<double> default_value;
  std::string timezone = "UTC";
  std::string owner, purpose, description, description_zh;
  std::string file;  // where it was declared
  long line = 0;

  std::string aggregate_text() const;  // "sum(price)"
};

// Appends the definitions under `features:` of a parsed file. Every fault (unknown aggregate or setting, bad expression,
// window or zone, a name used before in `into`) is reported with its file and line; a faulty definition is left out.
void load_features(const YamlNode& root, std::vector<FeatureDefinition>& into);

}  // namespace furrow::profile
