#include "learn/forest.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <cmath>
#include <cstdlib>

namespace furrow::learn {
namespace {

constexpr int kMaxDepth = 64;
constexpr size_t kMaxTrees = 100000;
constexpr size_t kMaxFeatures = 1u << 24;

using Element = simdjson::dom::element;

Error mismatch(std::string what) {
  return Error(ErrorCode::kModelMismatch, "the model file is not one we evaluate: " + std::move(what));
}

// XGBoost writes its parameters as text ("5E-1"), and its arrays as numbers or booleans.
double number(const Element& element) {
  double value = 0;
  if (element.get(value) == simdjson::SUCCESS) return value;
  bool flag = false;
  if (element.get(flag) == simdjson::SUCCESS) return flag ? 1 : 0;
  std::string_view text;
  if (element.get(text) == simdjson::SUCCESS) {
    std::string copy(text);
    char* end = nullptr;
    value = std::strtod(copy.c_str(), &end);
    if (end != copy.c_str() && *end == '\0') return value;
  }
  return std::nan("");
}

template <class T>
Status read_array(const Element& tree, const char* name, std::vector<T>& out) {
  simdjson::dom::array array;
  if (tree[name].get(array) != simdjson::SUCCESS) return mismatch(fmt::format("a tree has no array '{}'", name));
  for (Element element : array) {
    double value = number(element);
    if (!std::isfinite(value)) return mismatch(fmt::format("'{}' holds something that is not a finite number", name));
    if (std::is_integral_v<T> && std::abs(value) > 2147483647.0) return mismatch(fmt::format("'{}' is out of range", name));
    out.push_back(static_cast<T>(value));
  }
  return {};
}

// Every node reached exactly once from the root, features in range; fills the depth.
Status check_shape(Tree& tree, size_t features) {
  size_t n = tree.left.size();
  if (n == 0 || tree.right.size() != n || tree.feature.size() != n || tree.threshold.size() != n ||
      tree.cover.size() != n || tree.default_left.size() != n) {
    return mismatch("the arrays of a tree differ in length");
  }
  std::vector<uint8_t> seen(n, 0);
  std::vector<std::pair<int32_t, int>> open{{0, 0}};
  while (!open.empty()) {
    auto [node, depth] = open.back();
    open.pop_back();
    if (node < 0 || static_cast<size_t>(node) >= n || seen[node]) return mismatch("a tree's links are broken");
    if (depth > kMaxDepth) return mismatch(fmt::format("a tree is deeper than {} levels", kMaxDepth));
    seen[node] = 1;
    tree.depth = std::max(tree.depth, depth);
    if (tree.left[node] < 0) continue;
    if (tree.feature[node] < 0 || static_cast<size_t>(tree.feature[node]) >= features) {
      return mismatch(fmt::format("a split uses feature {} of {}", tree.feature[node], features));
    }
    open.push_back({tree.left[node], depth + 1});
    open.push_back({tree.right[node], depth + 1});
  }
  return {};
}

Result<Tree> read_tree(const Element& json, size_t features) {
  Tree tree;
  FURROW_TRY(read_array(json, "left_children", tree.left));
  FURROW_TRY(read_array(json, "right_children", tree.right));
  FURROW_TRY(read_array(json, "split_indices", tree.feature));
  FURROW_TRY(read_array(json, "split_conditions", tree.threshold));
  FURROW_TRY(read_array(json, "sum_hessian", tree.cover));
  FURROW_TRY(read_array(json, "default_left", tree.default_left));
  simdjson::dom::array categories;
  if (json["categories_nodes"].get(categories) == simdjson::SUCCESS && categories.size() > 0) {
    return mismatch("it has categorical splits");
  }
  FURROW_TRY(check_shape(tree, features));
  return tree;
}

}  // namespace

Result<Forest> Forest::parse(std::string_view json) {
  simdjson::dom::parser parser;
  Element document;
  if (auto fault = parser.parse(json.data(), json.size()).get(document); fault != simdjson::SUCCESS) {
    return mismatch(fmt::format("it is not whole JSON ({})", simdjson::error_message(fault)));
  }
  auto text_at = [&](const char* pointer) {
    std::string_view text;
    Element element;
    if (document.at_pointer(pointer).get(element) == simdjson::SUCCESS && element.get(text) == simdjson::SUCCESS) return text;
    return std::string_view{};
  };
  auto number_at = [&](const char* pointer) {
    Element element;
    return document.at_pointer(pointer).get(element) == simdjson::SUCCESS ? number(element) : std::nan("");
  };
  if (text_at("/learner/gradient_booster/name") != "gbtree") return mismatch("its booster is not gbtree");
  if (double classes = number_at("/learner/learner_model_param/num_class"); classes > 1) return mismatch("it has several classes");
  if (double targets = number_at("/learner/learner_model_param/num_target"); targets > 1) return mismatch("it has several targets");
  Forest forest;
  double features = number_at("/learner/learner_model_param/num_feature");
  if (!(features >= 1 && features <= kMaxFeatures)) return mismatch("it does not say how many features it takes");
  forest.features_ = static_cast<size_t>(features);
  forest.objective_ = text_at("/learner/objective/name");
  double base = number_at("/learner/learner_model_param/base_score");
  if (!std::isfinite(base)) return mismatch("it has no base score");
  forest.base_margin_ = static_cast<float>(base);
  if (forest.objective_ == "binary:logistic") {
    if (!(base > 0 && base < 1)) return mismatch("its base score is not a probability");
    forest.base_margin_ = -std::log(1.0f / static_cast<float>(base) - 1.0f);
  } else if (forest.objective_ != "reg:squarederror") {
    return mismatch(fmt::format("its objective is '{}'", forest.objective_));
  }
  simdjson::dom::array trees;
  if (document.at_pointer("/learner/gradient_booster/model/trees").get(trees) != simdjson::SUCCESS) return mismatch("it has no trees");
  if (trees.size() > kMaxTrees) return mismatch(fmt::format("it has more than {} trees", kMaxTrees));
  for (Element element : trees) {
    FURROW_ASSIGN(Tree tree, read_tree(element, forest.features_));
    forest.trees_.push_back(std::move(tree));
  }
  forest.lay_out();
  return forest;
}

}  // namespace furrow::learn
