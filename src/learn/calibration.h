// From a margin (log-odds) to a probability that means what it says.
//
// Methods: the logistic function itself; Platt scaling sigmoid(a m + b) (Platt 1999, with his smoothed targets); beta
// calibration sigmoid(a ln p - b ln(1-p) + c) (Kull et al. 2017), shrunk towards no change (a = b = 1, c = 0) by a normal prior of
// spread kBetaSpread, so that few rows change little; isotonic regression by pool-adjacent-violators, linear between the centres of
// its blocks.
// choose() compares the logistic, shrunk beta and isotonic on rows that had no say in them. Beta is taken where its log loss is lower at all,
// as the prior keeps it from doing harm; isotonic where it is lower again by more than one standard error of the difference.
// What a fold is judged by must not know its labels: margins blended by weights of all other folds carry the labels of every fold but their own,
// and a map fitted to them is wrong in the direction of what it is then judged by (docs/benchmarks.md, "Calibration"). So a fold's map is fitted to
// the margins of the blend that was fitted without that fold.
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
  // `fold`: one a row, from 0. `without[f]`: the margins of all rows by what was fitted without fold f's labels; `whole`: by what was
  // fitted to all, which the map that is kept is fitted to. Also gives each row's probability from a map fitted without its fold.
  static Choice choose(const std::vector<std::vector<double>>& without, const std::vector<double>& whole, const std::vector<float>& labels,
                       const std::vector<int>& fold);
  // Of margins that no label given here had a say in.
  static Choice choose(const std::vector<double>& margins, const std::vector<float>& labels, const std::vector<int>& fold);

  static constexpr double kBetaSpread = 0.5;

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
