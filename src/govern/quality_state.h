// What the monitor has counted. Private to the monitor's files.
#pragma once
#include <algorithm>
#include <optional>
#include <unordered_map>

#include "govern/cell_standardizer.h"
#include "govern/quality.h"

namespace furrow::govern {

// The k smallest hashes of what was seen: how many different there were (Bar-Yossef and others, 2002).
class DistinctSketch {
 public:
  explicit DistinctSketch(size_t keep = 256) : keep_(keep) {}
  void add(uint64_t hash);
  double estimate() const;

 private:
  size_t keep_;
  std::vector<uint64_t> smallest_;  // a heap, the largest of them first
  std::set<uint64_t> members_;
};

struct JudgedDay {
  uint64_t events = 0, present = 0, invalid = 0;
};
struct JudgedField {
  std::optional<ColumnPlan> plan;
  std::optional<CellStandardizer> standardizer;
  ColumnSampler sampler{""};
  std::vector<std::string> sample;  // until the plan is made
  uint64_t present = 0, judged = 0, invalid = 0, standard_before = 0, standard = 0, changed = 0;
  uint64_t texts = 0, numbers = 0, booleans = 0;
  DistinctSketch distinct;
  // Values of days not yet thinned: of one event in kThinning nothing can be told about which repeat.
  uint64_t whole = 0;
  DistinctSketch whole_distinct;
  std::map<int64_t, JudgedDay> days;
};
struct JudgedKind {  // events of one label
  uint64_t events = 0, judged = 0;
  std::map<int64_t, uint64_t> days;  // judged, weighted
  std::map<std::string, JudgedField, std::less<>> fields;
};
struct JudgedSource {
  uint64_t events = 0, quarantined = 0, governed = 0, faulty_times = 0, late = 0;
  size_t fields = 0;
  std::map<std::string, uint64_t> quarantine_reasons, rules;
  Time first, last, last_received;
  std::map<int64_t, SourceDay> days;
  std::map<std::string, JudgedKind, std::less<>> kinds;
};

// Events of one name.
struct SeenLabel {
  uint64_t times = 0;
  Time first{INT64_MAX}, last{INT64_MIN};  // of those whose time is possible
};
using SeenLabels = std::map<std::string, SeenLabel, std::less<>>;

struct QualityMonitor::State {
  LogPosition seen;
  uint64_t events = 0;
  Time now;  // the latest receiving seen
  std::map<std::string, JudgedSource, std::less<>> sources;
  SeenLabels labels;
  DistinctSketch profiles{16'384};  // as the events came
  int64_t merged = 0;               // of them, into others
  Fields leaves, context;
  CleanRules rules;

  void observe(const EventRecord& record);
  void observe(const QuarantineRecord& record);
  void judge(JudgedSource& source, const Event& event, int64_t day, uint64_t weight);
  void judge(JudgedField& field, std::string_view path, const Value& value, std::string_view changed_by, int64_t day, uint64_t weight);
  void settle(JudgedField& field, std::string_view path);
  // Judges what was only sampled so far.
  void settle_late(JudgedField& field, std::string_view path);
};

// The issues of a report, and how ready the data is; quality_issues.cc.
void find_issues(const QualityQuestion& question, QualityReport& report);
void judge_readiness(const QualityQuestion& question, double people, const SeenLabels& labels, QualityReport& report);

}  // namespace furrow::govern
