// The right answer of live traffic, and the server's estimate of it.
//
// LiveTruth sums what was expected of the offers that were shown and, for the same people at the same moments, of the
// baseline had they been shown nothing else since the traffic began (live_crowd.h); so the lift that the server must estimate from its hold-out,
// whose people live in that world, has a known value. MeasuredLift is that estimate, as GET /v1/overview gives it. Threads: values.
#pragma once
#include <optional>
#include <string>

#include "base/http_client.h"
#include "base/json.h"

namespace furrow::market {

// Sums of true probabilities over decisions. Adding two gives the truth of both runs.
struct LiveTruth {
  size_t ai_decisions = 0, holdout_decisions = 0;
  size_t ai_orders = 0, holdout_orders = 0;
  double ai_expected = 0;           // orders expected of what the AI arm was shown
  double ai_baseline_expected = 0;  // … had the same people been shown the baseline, then and before
  double holdout_expected = 0;
  // The true difference in orders per decision that the AI made for those it decided for, and relative to the baseline.
  double difference() const;
  double lift() const;
  void add(const LiveTruth& other);
  void write(JsonWriter& json) const;  // members of the open object
  static Result<LiveTruth> read(const std::string& path);
};

// What the server's overview says of the placement.
struct MeasuredLift {
  size_t ai_decisions = 0, holdout_decisions = 0;
  std::optional<double> difference, low, high, anytime_low, anytime_high, relative;
  bool enough = false;
  std::string message;
  // Whether the true difference lies in the 95 % interval for one look, and in the one that holds at every look.
  bool covers(double true_difference) const { return low && high && *low <= true_difference && true_difference <= *high; }
  bool always_covers(double true_difference) const {
    return anytime_low && anytime_high && *anytime_low <= true_difference && true_difference <= *anytime_high;
  }
};
Result<MeasuredLift> measured_lift(HttpClient& client, const std::string& api_key, const std::string& placement);

}  // namespace furrow::market
