// Several models of one margin as a single forest: blends and bags that score, explain and export like any other.
//
// A weighted sum of boosted trees is boosted trees again: every leaf times its weight, the trees side by side. A linear
// model becomes one tree a column: its straight line tabulated in at most kSteps steps, laid so that they differ little
// from the training values they hold, each worth the line at their mean, for a number to be predicted carried on for half
// a range beyond them, with a branch of its own for a missing value. So the sum keeps what a Forest promises
// (the same bits in XGBoost, exact SHAP values, one walk), and live scoring needs to know of no blend.
// The constant is carried by the leaves of the first tree, so that nothing is lost in a base score near 0 or 1.
// Trees that are added must have each right child just after its left one, as XGBoost lays them out.
// json() is a whole XGBoost 1.7 model file ("binary:logistic" or "reg:squarederror"), which XGBoost loads.
// Not for: margins of different meaning, categorical splits. Threads: one.
#pragma once
#include <string>
#include <vector>

#include "learn/boosting.h"
#include "learn/forest.h"
#include "learn/linear.h"

namespace furrow::learn {

class ForestComposition {
 public:
  static constexpr size_t kSteps = 64;
  static constexpr size_t kTabulatedRows = 20000;  // of the samples, evenly spaced: enough to place the steps

  ForestComposition(Task task, size_t features) : task_(task), features_(features) {}
  // The first `trees` trees of a forest over the same features, and its base margin.
  void add(const Forest& forest, size_t trees, double weight);
  // `samples`: rows the linear model was fitted on; they place the steps and give the covers.
  void add(const LinearModel& linear, const Samples& samples, double weight);
  void add(Tree tree) { trees_.push_back(std::move(tree)); }
  void add_constant(double margin) { constant_ += margin; }
  size_t trees() const { return trees_.size(); }
  std::string json() const;

 private:
  Task task_;
  size_t features_;
  double constant_ = 0;
  std::vector<Tree> trees_;
};

}  // namespace furrow::learn
