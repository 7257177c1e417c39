// Visits out of a table of events: each person's events in order of time, cut where nothing happened for a while.
//
// From a file, or from the log (log_visits.h). Rows without a person, an event or a readable time are skipped and counted. Rows of one time keep their order.
// Memory: about 40 bytes a row. Threads: pure function. Time cells: see order_time (order_history.h).
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "table/table.h"

namespace furrow::predict {

struct EventColumns {
  std::string person = "profile_id", event = "event", time = "time";
  std::string item;   // "": events name none
};

struct VisitStep {
  static constexpr uint32_t kNoItem = UINT32_MAX;
  uint32_t event = 0, item = kNoItem;
  Time time;
};

struct VisitOfPerson {
  uint32_t person = 0;
  std::vector<VisitStep> steps;     // at least one
  Time start() const { return steps.front().time; }
  Time end() const { return steps.back().time; }
};

struct VisitTable {
  std::vector<std::string> people, events;  // by number, in order of their first row
  std::vector<VisitOfPerson> visits;        // in order of their start
  uint64_t rows = 0, skipped = 0;
  std::string first_skipped;                // why, with the row
  Time last;
};

// kInvalidFile for a column that is not there, or when no row can be read; `file` is named.
Result<VisitTable> read_visits(const table::Table& table, const EventColumns& columns, Duration gap, const std::string& file);

// Names by number, in order of their first mention.
class NameNumbers {
 public:
  uint32_t of(std::string_view name);
  std::vector<std::string> names() && { return std::move(names_); }

 private:
  std::unordered_map<std::string, uint32_t> known_;
  std::vector<std::string> names_;
};
struct StepOfPerson {
  uint32_t person;
  VisitStep step;
};
// Fills `visits` and `last` of the table.
void cut_visits(std::vector<StepOfPerson> steps, Duration gap, VisitTable& out);

}  // namespace furrow::predict
