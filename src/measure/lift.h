// The honest lift of AI over hold-out at a placement, with people as the unit of randomisation.
//
// The metric is conversions per decision (a ratio of per-person sums), value per decision, or converted people per person.
// Its variance is the delta method's over people, so a person with many correlated decisions counts as one draw.
//   fixed interval: 95 % normal interval of the difference, and of the relative lift by the delta method on the log
//     ratio of means. Right when looked at once, at a time chosen beforehand.
//   anytime interval: the asymptotic confidence sequence of Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas ("Time-uniform
//     central limit theory and asymptotic confidence sequences", 2021, theorem 2.2), with the effective number of decisions
//     as its clock, tuned to be tightest at kTunedDecisions. Right at every look, so the dashboard may show it live.
//     Of the relative lift: every ratio r whose contrast ai - r * holdout the same sequence does not exclude (E. C. Fieller,
//     "Some problems in interval estimation", 1954). At r = 1 that is the difference itself, so the two intervals never
//     contradict each other; empty while the sequence cannot tell the hold-out's rate from 0.
// Before both arms have kLeastPeople people and kLeastConversions conversions (for the value metric likewise), normal
// limits are not to be trusted: intervals are empty and the verdict is kTooEarly.
// `enough` says the anytime interval excludes no effect. people_needed is for 80 % power at the effect seen (at least a
// tenth of the hold-out's rate), over both arms at their present shares; 0 when enough.
// SRM: chi-square of the people in each arm against the declared share; p < 0.001 says that the randomisation is broken.
// Threads: pure functions of their arguments. Cost: below 1 us.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

#include "decide/arm_sums.h"

namespace furrow::measure {

inline constexpr uint64_t kLeastPeople = 50;
inline constexpr uint64_t kLeastConversions = 10;
inline constexpr double kTunedDecisions = 1000;

enum class Metric : uint8_t { kConversionsPerDecision, kConvertedPeople, kValuePerDecision };
std::string_view to_string(Metric metric);  // "conversions_per_decision" …

struct Interval {
  double low = 0, high = 0;
};

struct ArmEstimate {
  uint64_t people = 0, decisions = 0, conversions = 0;
  double rate = 0;       // the metric; 0 without people
  double variance = 0;   // of the rate
};
ArmEstimate estimate(const decide::ArmSums& sums, Metric metric);

enum class Verdict : uint8_t { kTooEarly, kNoDifferenceYet, kBetter, kWorse };
std::string_view to_string(Verdict verdict);  // "too_early" …

struct LiftOptions {
  double alpha = 0.05;
  double holdout_share = 0.1;  // declared, for the SRM check
};

struct Lift {
  ArmEstimate ai, holdout;
  double difference = 0;                    // ai - holdout
  std::optional<double> relative;           // difference / holdout; empty when the hold-out's rate is 0
  std::optional<Interval> fixed, anytime;   // of the difference
  std::optional<Interval> relative_fixed, relative_anytime;
  std::optional<double> p;                  // two-sided, of the fixed test
  std::optional<double> anytime_p;          // the smallest level at which the anytime interval excludes 0
  double srm_p = 1;
  bool srm_alarm = false;
  Verdict verdict = Verdict::kTooEarly;
  bool enough = false;
  uint64_t people_needed = 0;               // more people, both arms together
};
Lift lift(const decide::ArmSums& ai, const decide::ArmSums& holdout, Metric metric, const LiftOptions& options = {});

}  // namespace furrow::measure
