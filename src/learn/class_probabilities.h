// From a margin for each class against the rest to probabilities that add up to 1 and mean what they say.
//
// Three ways: each margin through its own calibration, and the results divided by their sum; softmax(s·m + b), with one
// slope and a constant a class, fitted by maximum likelihood (Newton's method) with a ridge that draws s to 1 and b to 0,
// so that few rows decide little: temperature scaling with biases (Guo et al. 2017, "vector scaling" with one slope); or, of
// at most kMostMixed classes, softmax(W·m + b), where the margin of one class also speaks for its neighbours (matrix
// scaling; a multinomial regression on the margins). choose() takes the one with the lowest log loss on rows its fit has not
// seen. Division keeps the odds between classes of each calibration; softmax mends margins that are too sure or favour some
// classes; the matrix what classes against the rest cannot say of each other, such as an order among them.
// Threads: immutable values. Cost of choose: folds · rows · classes² a step, about 10 steps.
#pragma once
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "learn/calibration.h"

namespace furrow::learn {

// A row's values for all classes lie together: values[row * classes + k].
struct ClassScores {
  size_t classes = 0;
  std::vector<double> values;
  size_t rows() const { return classes ? values.size() / classes : 0; }
  const double* row(size_t i) const { return values.data() + i * classes; }
  double* row(size_t i) { return values.data() + i * classes; }
};

class ClassProbabilities {
 public:
  enum class Method { kDivided, kSoftmax, kMixed };
  static constexpr double kPull = 5;
  static constexpr size_t kMostMixed = 20;

  explicit ClassProbabilities(std::vector<Calibration> each) : each_(std::move(each)), constants_(each_.size(), 0.0) {}
  // The slope and constants on these margins; `each` is kept.
  void fit_softmax(const ClassScores& margins, const std::vector<uint32_t>& labels);
  void fit_mixed(const ClassScores& margins, const std::vector<uint32_t>& labels);

  struct Choice;
  static Choice choose(std::vector<Calibration> each, const ClassScores& margins, const std::vector<uint32_t>& labels, const std::vector<int>& fold);

  size_t classes() const { return each_.size(); }
  Method method() const { return method_; }
  std::string_view method_name() const { return method_ == Method::kDivided ? "divided" : method_ == Method::kSoftmax ? "softmax" : "mixed"; }
  void of(const double* margins, double* out) const;

  void write(JsonWriter& json) const;
  static Result<ClassProbabilities> parse(std::string_view json, std::vector<Calibration> each);

 private:
  std::vector<Calibration> each_;
  Method method_ = Method::kDivided;
  double slope_ = 1;
  std::vector<double> constants_;
  std::vector<double> matrix_;  // kMixed: [class][slope of each margin, constant]
};

struct ClassProbabilities::Choice {
  ClassProbabilities probabilities;
  ClassScores held_out;  // each row's, from a fit without its fold
};

// The place of the largest value; the first of equal ones.
size_t largest(const double* values, size_t count);

}  // namespace furrow::learn
