// How the declared features are spread among people, now and in the weeks before: read from the live profiles, without the log.
//
// A sample of people (those with the least hash of their id, so that it is the same from call to call) is read as of each
// instant. What is known of an instant before is exact: a feature counts a person at t only if the profile still keeps every
// event that t needs (journal.h folds older ones), and if the person had been seen by then; `out_of_reach` says how many
// could not be told. People are as merged today.
// As of now; where no event has come for kQuiet, as of just after the newest one, since every window would be empty.
// Cost: a visit of every profile and, of the sample, a read of all features an instant (about 2 µs each with 25 features).
// Memory: kSurveyValues doubles. Threads: any.
#pragma once
#include <string>
#include <vector>

#include "profile/profile_view.h"

namespace furrow::pipeline {

inline constexpr size_t kSurveyPeople = 5'000;
inline constexpr size_t kSurveyValues = 8'000'000;
inline constexpr size_t kSurveyWeeks = 12;  // before now
inline constexpr Duration kQuiet = days(7);
inline constexpr size_t kSurveyBins = 24;   // as many values or fewer are shown one by one
inline constexpr size_t kSurveyLevels = 12;

// A feature among the people of one instant.
struct ValueSpread {
  uint64_t people = 0;        // whose value is known, be it missing
  uint64_t missing = 0;       // of them, those without a value
  uint64_t out_of_reach = 0;  // seen by then, but the profile keeps too little to tell
  // Of the numbers; NaN without one. The quantile q is the least value with a share of q at or below it.
  double mean = 0, least = 0, most = 0;
  double p10 = 0, p25 = 0, p50 = 0, p75 = 0, p90 = 0;
};
struct ValueBin {
  double from = 0, to = 0;  // values in [from, to), the last one's end included; a single value when equal
  uint64_t people = 0;
};
struct ValueLevel {
  std::string text;
  uint64_t people = 0;
};
struct FeatureSpread {
  ValueSpread now;
  std::vector<ValueBin> bins;      // of now's numbers
  std::vector<ValueLevel> levels;  // of now's texts, most frequent first
  uint64_t other_levels = 0;       // people with a text that is not among them
  std::vector<ValueSpread> weeks;  // oldest first, kSurveyWeeks, then now's
};
struct FeatureSurvey {
  Time as_of;
  bool quiet = false;  // as_of is the newest event's, long ago
  uint64_t people = 0, sampled = 0;
  std::vector<Time> instants;  // of `weeks`
  std::vector<FeatureSpread> features;  // in the order of the program's definitions
};

Result<FeatureSurvey> survey_features(const profile::ProfileView& profiles, Time now);

// The instants of `weeks`.
std::vector<Time> survey_instants(Time as_of);
// Of the numbers of some people, and of `missing` more.
ValueSpread spread_of(std::vector<double> numbers, uint64_t missing);
// One column's picture: exposed for its tests.
std::vector<ValueBin> bins_of(std::vector<double> values);

}  // namespace furrow::pipeline
