// The monitor: how good the data is, by source, field and day, what is wrong, how much it matters and what to do.
//
// Observe the log's records in order; report at any time. Judged is what the log holds (after governance, if it is declared);
// what governance had to change or set aside is counted beside it, so both the senders' quality and today's show.
//   completeness  of the events of a kind that ever carry a field, the share in which it has a value
//   validity      of the values of fields with a form (has_standard_form), the share that is valid
//   standard      the share in standard form; `before` as it came
//   uniqueness    of the ids that must differ (orders), the share that does (a KMV sketch: ±6 %), of each day's first kWholeEvents; 1 where
//                 those had too few to tell
//   consistency   the share of a field's values that are of its usual type
//   timeliness    the share of events with a possible time; and how long they took to arrive
// Days are UTC days of the event's time, or of receiving when that is impossible; kDaysKept of them.
// Beyond kWholeEvents a source and day, every kThinning-th event's fields are judged and count so often.
// Threads: one. Cost: about 4 µs an event judged, 0.3 µs another. Memory: about 20 KB a field.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/json.h"
#include "event/record.h"
#include "govern/meaning.h"

namespace furrow::govern {

inline constexpr size_t kDaysKept = 120;
inline constexpr uint64_t kWholeEvents = 2'000, kThinning = 16;
inline constexpr size_t kMostQualityFields = 400;  // a source; further ones are not judged

struct QualityScores {
  double completeness = 1, validity = 1, uniqueness = 1, consistency = 1, timeliness = 1;
  double all() const { return (completeness + validity + uniqueness + consistency + timeliness) / 5; }
};

struct FieldDay {
  int64_t day = 0;  // since 1970-01-01
  uint64_t events = 0, present = 0, invalid = 0;
};
struct FieldQuality {
  std::string event, field;  // the event's label; the trait or property
  Meaning meaning = Meaning::kFreeText;
  bool used = false;         // by a declared feature
  uint64_t events = 0, present = 0, judged = 0, invalid = 0, standard_before = 0, standard = 0, changed = 0;
  double distinct = 0;       // about
  QualityScores scores;      // timeliness is the source's
  std::vector<FieldDay> days;
};
struct SourceDay {
  int64_t day = 0;
  uint64_t events = 0, quarantined = 0, faulty_times = 0;
};
struct SourceQuality {
  std::string source;
  uint64_t events = 0, quarantined = 0, governed = 0, faulty_times = 0;
  std::map<std::string, uint64_t> quarantine_reasons, rules;
  Time first, last;                    // of possible event times
  Time last_received;
  double late_share = 0;               // arrived over a day after they happened
  QualityScores scores;
  double standard_before = 1, standard = 1;
  std::vector<FieldQuality> fields;    // the worst first
  std::vector<SourceDay> days;
};

enum class Severity : uint8_t { kLow, kMedium, kHigh };
std::string_view to_string(Severity severity);

// One thing that is wrong. `code` says what, and what to do (the dashboard has both in words): invalid_values, missing_values,
// not_standard, mixed_types, repeated_ids, faulty_times, quarantined, volume_drop, volume_rise, field_new, field_gone, silent.
struct QualityIssue {
  std::string code, source, event, field;
  Severity severity = Severity::kLow;
  double share = 0;       // of the events concerned; of volumes: the ratio to the usual
  uint64_t affected = 0;  // events
  int64_t day = -1;       // where one day is concerned
  double impact = 0;      // 0..100: the share of all events, weighted by what depends on it
  bool used = false;
};

// Is there enough, and is it good enough, to learn from? Each part scores 0..1 against its target.
struct ReadinessPart {
  std::string name;  // history_days (of the outcome that is rarest, if one is asked for), people, positives, completeness, validity, possible_times
  double value = 0, target = 0, score = 0;
  std::string detail;
};
struct QualityReport {
  LogPosition position;
  uint64_t events = 0;
  QualityScores scores;
  double standard_before = 1, standard = 1;
  std::vector<SourceQuality> sources;
  std::vector<QualityIssue> issues;  // what matters most first
  double readiness = 0;              // 0..100
  std::vector<ReadinessPart> parts;
};

struct QualityQuestion {
  std::set<std::string, std::less<>> used_fields;  // of features, by name
  std::vector<std::string> outcome_events;         // of the models' labels
  std::optional<uint64_t> people = {};             // as whoever unified them counts; else told from the records, within 1 %
};

class QualityMonitor {
 public:
  QualityMonitor();
  QualityMonitor(QualityMonitor&&) noexcept;
  ~QualityMonitor();
  void observe(const Record& record);
  LogPosition seen() const;
  QualityReport report(const QualityQuestion& question) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

void write_quality(const QualityReport& report, JsonWriter& json);

}  // namespace furrow::govern
