#include "measure/lift.h"

#include <algorithm>
#include <boost/math/distributions/normal.hpp>
#include <cmath>
#include <limits>

namespace furrow::measure {
namespace {

// The power that people_needed aims at, and the least effect worth waiting for, as a share of the hold-out's rate.
constexpr double kPower = 0.8;
constexpr double kLeastRelativeEffect = 0.1;
constexpr double kSrmAlarm = 0.001;

double two_sided_quantile(double alpha) { return boost::math::quantile(boost::math::normal(), 1 - alpha / 2); }

// rho^2 that makes the sequence tightest when its clock shows kTunedDecisions (the paper's appendix on choosing rho).
double tuned_rho_squared(double alpha) {
  double a = -2 * std::log(alpha);
  return (a + std::log(a + 1)) / kTunedDecisions;
}

// The sequence's width in standard errors at clock t: theorem 2.2 with sigma/sqrt(t) as the standard error.
double anytime_multiplier(double t, double alpha) {
  double x = t * tuned_rho_squared(alpha);
  return std::sqrt(2 * (x + 1) / x * (0.5 * std::log1p(x) - std::log(alpha)));
}

// The level at which the sequence (tuned for `alpha`) would just exclude 0.
double anytime_p_value(double z, double t, double alpha) {
  double x = t * tuned_rho_squared(alpha);
  return std::min(1.0, std::exp(0.5 * std::log1p(x) - z * z * x / (2 * (x + 1))));
}

double harmonic(double a, double b) { return a > 0 && b > 0 ? 1 / (1 / a + 1 / b) : 0; }

// The clock: how many independent decisions (people, for the metric over people) would give this standard error. It
// grows with information whatever the correlation of a person's decisions; where a value has no such scale, decisions.
double clock(const Lift& lift, Metric metric, double variance) {
  double ai = static_cast<double>(lift.ai.decisions), holdout = static_cast<double>(lift.holdout.decisions);
  if (metric == Metric::kValuePerDecision) return harmonic(ai, holdout);
  double people_ai = static_cast<double>(lift.ai.people), people_holdout = static_cast<double>(lift.holdout.people);
  double n_ai = metric == Metric::kConvertedPeople ? people_ai : ai;
  double n_holdout = metric == Metric::kConvertedPeople ? people_holdout : holdout;
  double pooled = (lift.ai.rate * n_ai + lift.holdout.rate * n_holdout) / (n_ai + n_holdout);
  return pooled * (1 - pooled) / variance;
}

// How many times the present people would give kPower of excluding no effect at `effect`.
double growth_needed(double effect, double variance, double t, double alpha) {
  double power = boost::math::quantile(boost::math::normal(), kPower);
  auto reached = [&](double growth) {
    return effect / std::sqrt(variance / growth) >= anytime_multiplier(t * growth, alpha) + power;
  };
  double high = 1;
  while (!reached(high) && high < 1e9) high *= 2;
  double low = high / 2;
  if (high == 1) return 1;
  for (int i = 0; i < 40; ++i) {
    double middle = (low + high) / 2;
    (reached(middle) ? high : low) = middle;
  }
  return high;
}

bool readable(const ArmEstimate& arm) { return arm.people >= kLeastPeople && arm.conversions >= kLeastConversions; }

// How many times the present people would bring one arm to where its figures can be read.
double growth_to_readable(const ArmEstimate& arm) {
  double people = static_cast<double>(kLeastPeople) / std::max(static_cast<double>(arm.people), 1.0);
  double conversions = static_cast<double>(kLeastConversions) / std::max(static_cast<double>(arm.conversions), 0.5);
  return std::max({1.0, people, conversions});
}

uint64_t more_people(const Lift& lift, double growth) {
  double people = static_cast<double>(std::max<uint64_t>(lift.ai.people + lift.holdout.people, 1));
  return static_cast<uint64_t>(std::ceil(people * std::max(growth - 1, 0.0)));
}

void check_shares(Lift& lift, double holdout_share) {
  double total = static_cast<double>(lift.ai.people + lift.holdout.people);
  double expected = total * holdout_share;
  if (holdout_share <= 0 || holdout_share >= 1 || expected < 5 || total - expected < 5) return;
  double difference = static_cast<double>(lift.holdout.people) - expected;
  double chi_square = difference * difference * (1 / expected + 1 / (total - expected));
  lift.srm_p = std::erfc(std::sqrt(chi_square / 2));
  lift.srm_alarm = lift.srm_p < kSrmAlarm;
}

// The ratios r, less 1, with |ai - r * holdout| <= multiplier * its standard error: between the roots of a quadratic.
std::optional<Interval> relative_interval(const ArmEstimate& ai, const ArmEstimate& holdout, double multiplier) {
  double m2 = multiplier * multiplier;
  double a = holdout.rate * holdout.rate - m2 * holdout.variance;
  if (a <= 0) return std::nullopt;
  double b = ai.rate * holdout.rate, c = ai.rate * ai.rate - m2 * ai.variance;
  double root = std::sqrt(std::max(b * b - a * c, 0.0));
  return Interval{(b - root) / a - 1, (b + root) / a - 1};
}

void infer(Lift& lift, Metric metric, double alpha) {
  double variance = lift.ai.variance + lift.holdout.variance;
  if (!(variance > 0)) return;
  double error = std::sqrt(variance), z = lift.difference / error;
  double fixed = two_sided_quantile(alpha);
  lift.fixed = Interval{lift.difference - fixed * error, lift.difference + fixed * error};
  lift.p = std::erfc(std::abs(z) / std::sqrt(2.0));
  if (lift.ai.rate > 0 && lift.holdout.rate > 0) {
    double log_ratio = std::log(lift.ai.rate / lift.holdout.rate);
    double log_error = std::sqrt(lift.ai.variance / (lift.ai.rate * lift.ai.rate) +
                                 lift.holdout.variance / (lift.holdout.rate * lift.holdout.rate));
    lift.relative_fixed = Interval{std::expm1(log_ratio - fixed * log_error), std::expm1(log_ratio + fixed * log_error)};
  }
  double t = clock(lift, metric, variance);
  double anytime = anytime_multiplier(t, alpha);
  lift.anytime = Interval{lift.difference - anytime * error, lift.difference + anytime * error};
  lift.relative_anytime = relative_interval(lift.ai, lift.holdout, anytime);
  lift.anytime_p = anytime_p_value(z, t, alpha);
  lift.enough = lift.anytime->low > 0 || lift.anytime->high < 0;
  lift.verdict = !lift.enough ? Verdict::kNoDifferenceYet : lift.difference > 0 ? Verdict::kBetter : Verdict::kWorse;
  if (lift.enough) return;
  double effect = std::max(std::abs(lift.difference), kLeastRelativeEffect * std::abs(lift.holdout.rate));
  if (effect > 0) lift.people_needed = std::max<uint64_t>(1, more_people(lift, growth_needed(effect, variance, t, alpha)));
}

}  // namespace

std::string_view to_string(Metric metric) {
  switch (metric) {
    case Metric::kConversionsPerDecision: return "conversions_per_decision";
    case Metric::kConvertedPeople: return "converted_people";
    default: return "value_per_decision";
  }
}

std::string_view to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::kTooEarly: return "too_early";
    case Verdict::kNoDifferenceYet: return "no_difference_yet";
    case Verdict::kBetter: return "better";
    default: return "worse";
  }
}

ArmEstimate estimate(const decide::ArmSums& sums, Metric metric) {
  ArmEstimate arm{sums.people, sums.n, sums.y, 0, 0};
  double m = static_cast<double>(sums.people), n = static_cast<double>(sums.n);
  if (sums.people == 0) return arm;
  if (metric == Metric::kConvertedPeople) {
    arm.conversions = sums.converted;
    arm.rate = static_cast<double>(sums.converted) / m;
    if (sums.people > 1) arm.variance = arm.rate * (1 - arm.rate) / (m - 1);
    return arm;
  }
  bool value = metric == Metric::kValuePerDecision;
  double top = value ? sums.v : static_cast<double>(sums.y);
  double top_top = value ? sums.vv : static_cast<double>(sums.yy);
  double n_top = value ? sums.nv : static_cast<double>(sums.ny);
  arm.rate = top / n;
  double residuals = top_top - 2 * arm.rate * n_top + arm.rate * arm.rate * static_cast<double>(sums.nn);
  if (sums.people > 1) arm.variance = std::max(residuals, 0.0) * m / (m - 1) / (n * n);
  return arm;
}

Lift lift(const decide::ArmSums& ai, const decide::ArmSums& holdout, Metric metric, const LiftOptions& options) {
  Lift lift;
  lift.ai = estimate(ai, metric);
  lift.holdout = estimate(holdout, metric);
  lift.difference = lift.ai.rate - lift.holdout.rate;
  if (lift.holdout.rate != 0) lift.relative = lift.difference / lift.holdout.rate;
  check_shares(lift, options.holdout_share);
  if (readable(lift.ai) && readable(lift.holdout)) {
    infer(lift, metric, options.alpha);
  } else {
    lift.people_needed = more_people(lift, std::max(growth_to_readable(lift.ai), growth_to_readable(lift.holdout)));
  }
  return lift;
}

}  // namespace furrow::measure
