// From a margin (log-odds) to a probability that means what it says.
//
// Methods: the logistic function itself; Platt scaling sigmoid(a m + b) (Platt 1999, with his smoothed targets); beta
// calibration sigmoid(a ln p - b ln(1-p) + c) (Kull et al. 2017); isotonic regression by pool-adjacent-violators, linear
// between the centres of its blocks.
// choose() compares them on held-out margins by cross-fitting over the given folds and keeps the plain logistic unless
// another has a lower log loss by more than one standard error of the difference.
// All maps are non-decreasing. Threads: immutable values.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"

namespace furrow::learn {

enum class CalibrationMethod { kNone, kPlatt, kBeta, kIsotonic };

class Calibration {
 public:
  Calibration() = default;  // the logistic function
  static Calibration fit(CalibrationMethod method, const std::vector<double>& margins, const std::vector<float>& labels);

  struct Choice;
  // `fold`: one a row, from 0. Also gives each row's probability from a map fitted without its fold.
  static Choice choose(const std::vector<double>& margins, const std::vector<float>& labels, const std::vector<int>& fold);

  double probability(double margin) const;
  CalibrationMethod method() const { return method_; }
  std::string_view method_name() const;  // "none", "platt", "beta", "isotonic"

  void write(JsonWriter& json) const;
  static Result<Calibration> parse(std::string_view json);

 private:
  CalibrationMethod method_ = CalibrationMethod::kNone;
  double a_ = 1, b_ = 0, c_ = 0;
  std::vector<double> margins_, probabilities_;  // isotonic knots, both rising
};

struct Calibration::Choice {
  Calibration calibration;
  std::vector<double> held_out;
};

}  // namespace furrow::learn
