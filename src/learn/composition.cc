#include "learn/composition.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/json.h"

namespace furrow::learn {
namespace {

// One step of a tabulated line: values in [low, high], worth `margin`.
struct Step {
  float low, high;
  double margin;
  float rows;
};

// Different values of a column in order, with what is summed over those before each: rows, values, squares.
class Sums {
 public:
  explicit Sums(std::vector<float> values) {
    std::sort(values.begin(), values.end());
    for (float v : values) {
      if (distinct_.empty() || distinct_.back() != v) {
        distinct_.push_back(v);
        rows_.push_back(rows_.back());
        sums_.push_back(sums_.back());
      }
      rows_.back() += 1;
      sums_.back() += static_cast<double>(v) - values[values.size() / 2];
    }
    centre_ = values[values.size() / 2];
  }
  size_t size() const { return distinct_.size(); }
  float value(size_t i) const { return distinct_[i]; }
  double rows(size_t begin, size_t end) const { return rows_[end] - rows_[begin]; }
  double mean(size_t begin, size_t end) const { return centre_ + (sums_[end] - sums_[begin]) / rows(begin, end); }
  // What [begin, end) loses of its squared distance from its mean when it is cut where that is most: the place and how much.
  std::pair<size_t, double> best_cut(size_t begin, size_t end) const {
    auto part = [&](size_t from, size_t to) { return (sums_[to] - sums_[from]) * (sums_[to] - sums_[from]) / rows(from, to); };
    std::pair<size_t, double> best{begin, 0.0};
    for (size_t cut = begin + 1; cut < end; ++cut) {
      const double gain = part(begin, cut) + part(cut, end) - part(begin, end);
      if (gain > best.second) best = {cut, gain};
    }
    return best;
  }

 private:
  std::vector<float> distinct_;
  std::vector<double> rows_{0}, sums_{0};  // of the values before; measured from the centre, as squares of large numbers lose digits
  double centre_ = 0;
};

// Steps that are as near to the values they hold as so few can be, found by cutting the worst again and again: far tails get steps
// of their own.
std::vector<Step> tabulate(const LinearModel& linear, size_t column, std::vector<float> values) {
  struct Part {
    size_t begin, end, cut;
    double gain;
    bool operator<(const Part& other) const { return gain < other.gain; }
  };
  const Sums sums(std::move(values));
  auto part = [&](size_t begin, size_t end) {
    auto [cut, gain] = sums.best_cut(begin, end);
    return Part{begin, end, cut, gain};
  };
  std::vector<Part> parts{part(0, sums.size())};
  while (parts.size() < ForestComposition::kSteps && parts.front().gain > 0) {
    std::pop_heap(parts.begin(), parts.end());
    const Part worst = parts.back();
    parts.back() = part(worst.begin, worst.cut);
    std::push_heap(parts.begin(), parts.end());
    parts.push_back(part(worst.cut, worst.end));
    std::push_heap(parts.begin(), parts.end());
  }
  std::sort(parts.begin(), parts.end(), [](const Part& a, const Part& b) { return a.begin < b.begin; });
  std::vector<Step> steps;
  for (const Part& p : parts) {
    steps.push_back({sums.value(p.begin), sums.value(p.end - 1), linear.contribution(column, sums.mean(p.begin, p.end)), static_cast<float>(sums.rows(p.begin, p.end))});
  }
  return steps;
}

constexpr size_t kBeyondSteps = 16;    // on either side, as far beyond the training values as they reach
constexpr size_t kLeastToExtend = 16;  // steps that a line needs to be carried on: flags and few levels have no beyond
constexpr float kBeyondRows = 1e-3f;   // no training row is there: next to no cover

// Carries the line on beyond the training values, to half a range more on either side; what is further out counts like the end.
void extend(const LinearModel& linear, size_t column, std::vector<Step>& steps) {
  if (steps.size() < kLeastToExtend) return;
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  const double low = steps.front().low, high = steps.back().high, width = (high - low) / static_cast<double>(2 * kBeyondSteps);
  std::vector<Step> below;
  for (size_t k = 0; k < kBeyondSteps; ++k) {
    const double near = width * static_cast<double>(k), far = near + width, middle = (near + far) / 2;
    below.insert(below.begin(), {static_cast<float>(low - far), std::nextafter(static_cast<float>(low - near), -kInfinity), linear.contribution(column, low - middle), kBeyondRows});
    steps.push_back({std::nextafter(static_cast<float>(high + near), kInfinity), static_cast<float>(high + far), linear.contribution(column, high + middle), kBeyondRows});
  }
  steps.insert(steps.begin(), below.begin(), below.end());
}

// A threshold with `left` below it and `right` not: halfway, as far as floats have a halfway.
float between(float left, float right) {
  float middle = left + (right - left) / 2;
  return middle > left ? middle : right;
}

class TreeOfSteps {
 public:
  TreeOfSteps(size_t column, double weight, const std::vector<Step>& steps, double missing)
      : column_(static_cast<int32_t>(column)), weight_(weight), steps_(steps), missing_(missing) {}

  Tree grow(float missing_rows) && {
    int32_t root = node();
    if (missing_rows > 0) {  // real values go left, a missing one right
      auto [left, right] = split(root, std::numeric_limits<float>::max(), false);
      grow(left, 0, steps_.size(), 1);
      tree_.threshold[at(right)] = static_cast<float>(weight_ * missing_);
      tree_.cover[at(right)] = missing_rows;
      tree_.cover[at(root)] = tree_.cover[at(left)] + missing_rows;
    } else {
      grow(root, 0, steps_.size(), 0);
    }
    return std::move(tree_);
  }

 private:
  static size_t at(int32_t node) { return static_cast<size_t>(node); }

  int32_t node() {
    tree_.left.push_back(-1);
    tree_.right.push_back(-1);
    tree_.feature.push_back(0);
    tree_.threshold.push_back(0);
    tree_.cover.push_back(0);
    tree_.default_left.push_back(0);
    return static_cast<int32_t>(tree_.left.size()) - 1;
  }
  // XGBoost takes the right child to stand just after the left one.
  std::pair<int32_t, int32_t> split(int32_t here, float threshold, bool missing_left) {
    int32_t left = node(), right = node();
    tree_.left[at(here)] = left;
    tree_.right[at(here)] = right;
    tree_.feature[at(here)] = column_;
    tree_.threshold[at(here)] = threshold;
    tree_.default_left[at(here)] = missing_left;
    return {left, right};
  }
  void grow(int32_t here, size_t begin, size_t end, int depth) {
    for (size_t s = begin; s < end; ++s) tree_.cover[at(here)] += steps_[s].rows;
    tree_.depth = std::max(tree_.depth, depth);
    if (end - begin == 1) {
      tree_.threshold[at(here)] = static_cast<float>(weight_ * steps_[begin].margin);
      return;
    }
    size_t middle = begin + (end - begin) / 2;
    // A value never missing in training counts for nothing when it is missing later: towards the step nearest to that.
    auto distance = [&](size_t from, size_t to) {
      double least = std::numeric_limits<double>::infinity();
      for (size_t s = from; s < to; ++s) least = std::min(least, std::abs(steps_[s].margin - missing_));
      return least;
    };
    auto [left, right] = split(here, between(steps_[middle - 1].high, steps_[middle].low), distance(begin, middle) <= distance(middle, end));
    grow(left, begin, middle, depth + 1);
    grow(right, middle, end, depth + 1);
  }

  int32_t column_;
  double weight_;
  const std::vector<Step>& steps_;
  double missing_;
  Tree tree_;
};

// The shortest text that reads back as the same float, and that XGBoost takes for a real number rather than an integer.
std::string real(float value) {
  std::string text = fmt::format("{}", value);
  if (text.find_first_of(".e") == text.npos) text += ".0";
  return text;
}

template <class T>
void write_array(JsonWriter& json, std::string_view name, const std::vector<T>& values) {
  json.key(name).begin_array();
  for (T v : values) {
    if constexpr (std::is_floating_point_v<T>) json.raw(real(v));
    else json.integer(v);
  }
  json.end_array();
}

void write_tree(JsonWriter& json, const Tree& tree, size_t id, size_t features) {
  size_t nodes = tree.nodes();
  std::vector<int32_t> parents(nodes, 2147483647), zeros(nodes, 0);
  for (size_t n = 0; n < nodes; ++n) {
    if (tree.is_leaf(n)) continue;
    parents[static_cast<size_t>(tree.left[n])] = static_cast<int32_t>(n);
    parents[static_cast<size_t>(tree.right[n])] = static_cast<int32_t>(n);
  }
  std::vector<int32_t> default_left(tree.default_left.begin(), tree.default_left.end());
  json.begin_object();
  write_array(json, "base_weights", std::vector<float>(nodes, 0.0f));
  for (const char* name : {"categories", "categories_nodes", "categories_segments", "categories_sizes"}) json.key(name).begin_array().end_array();
  write_array(json, "default_left", default_left);
  json.field("id", id);
  write_array(json, "left_children", tree.left);
  write_array(json, "loss_changes", std::vector<float>(nodes, 0.0f));
  write_array(json, "parents", parents);
  write_array(json, "right_children", tree.right);
  write_array(json, "split_conditions", tree.threshold);
  write_array(json, "split_indices", tree.feature);
  write_array(json, "split_type", zeros);
  write_array(json, "sum_hessian", tree.cover);
  json.key("tree_param").begin_object().field("num_deleted", "0").field("num_feature", std::to_string(features));
  json.field("num_nodes", std::to_string(nodes)).field("size_leaf_vector", "0").end_object().end_object();
}

Tree constant_tree(double value) {
  return Tree{{-1}, {-1}, {0}, {static_cast<float>(value)}, {1}, {0}, 0};
}

}  // namespace

void ForestComposition::add(const Forest& forest, size_t trees, double weight) {
  constant_ += weight * static_cast<double>(forest.base_margin());
  for (size_t t = 0; t < std::min(trees, forest.trees().size()); ++t) {
    Tree tree = forest.trees()[t];
    for (size_t n = 0; n < tree.nodes(); ++n) {
      if (tree.is_leaf(n)) tree.threshold[n] = static_cast<float>(weight * static_cast<double>(tree.threshold[n]));
    }
    trees_.push_back(std::move(tree));
  }
}

void ForestComposition::add(const LinearModel& linear, const Samples& samples, double weight) {
  constant_ += weight * linear.intercept();
  size_t stride = std::max<size_t>(1, samples.rows() / kTabulatedRows);
  for (size_t c = 0; c < samples.columns; ++c) {
    if (!linear.uses(c)) continue;
    std::vector<float> values;
    float missing_rows = 0;
    for (size_t i = 0; i < samples.rows(); i += stride) {
      float v = samples.row(i)[c];
      if (v == v) values.push_back(v);
      else missing_rows += 1;
    }
    if (values.empty()) continue;
    std::vector<Step> steps = tabulate(linear, c, std::move(values));
    if (task_ == Task::kRegression) extend(linear, c, steps);
    trees_.push_back(TreeOfSteps(c, weight, steps, linear.missing_contribution(c)).grow(missing_rows));
  }
}

std::string ForestComposition::json() const {
  std::vector<Tree> trees = trees_;
  if (trees.empty()) trees.push_back(constant_tree(0));
  for (size_t n = 0; n < trees[0].nodes(); ++n) {
    if (trees[0].is_leaf(n)) trees[0].threshold[n] = static_cast<float>(static_cast<double>(trees[0].threshold[n]) + constant_);
  }
  std::string out;
  JsonWriter json(out);
  json.begin_object().key("learner").begin_object().key("attributes").begin_object().end_object();
  json.key("feature_names").begin_array().end_array().key("feature_types").begin_array().end_array();
  json.key("gradient_booster").begin_object().key("model").begin_object().key("gbtree_model_param").begin_object();
  json.field("num_parallel_tree", "1").field("num_trees", std::to_string(trees.size())).field("size_leaf_vector", "0").end_object();
  write_array(json, "tree_info", std::vector<int32_t>(trees.size(), 0));
  json.key("trees").begin_array();
  for (size_t t = 0; t < trees.size(); ++t) write_tree(json, trees[t], t, features_);
  json.end_array().end_object().field("name", "gbtree").end_object();
  bool binary = task_ == Task::kBinary;
  json.key("learner_model_param").begin_object().field("base_score", binary ? "5E-1" : "0E0").field("num_class", "0");
  json.field("num_feature", std::to_string(features_)).field("num_target", "1").end_object();
  json.key("objective").begin_object().field("name", binary ? "binary:logistic" : "reg:squarederror");
  json.key("reg_loss_param").begin_object().field("scale_pos_weight", "1").end_object().end_object().end_object();
  json.key("version").begin_array().integer(1).integer(7).integer(4).end_array().end_object();
  return out;
}

}  // namespace furrow::learn
