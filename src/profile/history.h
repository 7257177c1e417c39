// Point-in-time values: the declared features of many people as of many past instants, for training and for files.
//
// Feed every event once, in any order, then ask: each observation gets its features as of strictly before its time, from
// the same journal and the same program as the live profile, so a training row and a live decision agree exactly.
// An observation that is itself an event does not see itself. Outcomes ("buys within 7 days") are features too, over the
// events in (time, time + window]: strictly after the observation, up to and including its end; so no event is in both a
// row's features and its outcomes. An observation whose window ends after the last event fed is censored (`complete`).
// People are as they are known at the end of the feed (merges included), as a model trained today must see them.
// Memory: the journals (about 36 bytes and 8 a value for each selected event), not the events; no bound beyond that.
// Cost: events in any order, O(1) each and one sort a person; a person's observations are taken in time order, so that a row costs the entries in its longest window.
// Threads: one thread feeds; evaluate beside nothing else.
#pragma once
#include <functional>
#include <memory>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/ids.h"
#include "base/json.h"
#include "base/time.h"
#include "event/record.h"
#include "profile/journal.h"
#include "profile/program.h"

namespace furrow::profile {

// The outcome "one of these events happens within", as a feature: how often it does, 0 when it does not.
FeatureDefinition happens_within(std::string name, std::vector<std::string> events, std::string where, Duration within);

struct Observation {
  ProfileId profile;
  Time time;
};

class History {
 public:
  // `outcomes` may be null; each of its features must have a window.
  static Result<History> create(std::shared_ptr<const FeatureProgram> features, std::shared_ptr<const FeatureProgram> outcomes = nullptr);

  // True when an event of this label is needed: others need not be parsed nor fed (but see `saw`).
  bool wants(std::string_view label) const;
  void add(ProfileId profile, std::string_view label, const Fields& properties, Time time, LogPosition position);
  // For events that do not come as JSON, without outcomes: see FeatureProgram::extract.
  void add(ProfileId profile, std::string_view label, std::span<const Value> properties, Time time, LogPosition position);
  // From here on `from` is `into`: the events of both, fed before or after.
  void merge(ProfileId from, ProfileId into);
  // Undoes merges: what the `leaving` profiles fed, before or after, is the person `leaves`.
  void split(const SplitRecord& split);
  // Feeds a record of the log: events, merges and splits; others are ignored.
  void add(const Record& record);
  // Tells that the data reaches to `time`, for `complete`, without feeding an event.
  void saw(Time time) { if (time > latest_) latest_ = time; }

  ProfileId canonical(ProfileId profile) const;
  Time latest() const { return latest_; }
  size_t bytes() const;
  size_t people() const { return subjects_.size(); }  // with an event that counts

  // Calls `visit` once for each observation, by person, then time, with its index. People without events get the defaults.
  struct Row {
    size_t index;
    std::span<const double> features;
    std::span<const std::string> texts;  // of features: a first or last text, else ""
    std::span<const double> outcomes;
    bool complete;  // the outcome windows end no later than `latest`
  };
  void evaluate(std::span<const Observation> observations, const std::function<void(const Row&)>& visit);

 private:
  struct Subject {
    Journal features, outcomes;
  };
  History() = default;
  void add(ProfileId person, ProfileId origin, std::string_view label, const Fields& properties, Time time, LogPosition position);
  void evaluate_outcomes(std::vector<AsOfReader>& readers, Time time, std::span<double> scratch, std::span<double> out) const;

  std::shared_ptr<const FeatureProgram> features_, outcomes_;
  std::unordered_map<ProfileId, Subject> subjects_;
  std::unordered_map<ProfileId, ProfileId> merged_;
  std::vector<Duration> outcome_windows_;  // ascending
  Time latest_{INT64_MIN};
  Fields fields_;
  JournalEntry entry_;
};

}  // namespace furrow::profile
