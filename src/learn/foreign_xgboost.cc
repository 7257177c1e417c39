// XGBoost's JSON of any version since 1.0, as foreign trees: see foreign_trees.h. The fields are those of XGBoost's doc/model.schema; a tree of
// dart counts with its entry of weight_drop.
#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "learn/foreign_trees.h"

namespace furrow::learn {
namespace {

using Json = simdjson::dom::element;

constexpr size_t kMostXgboostTrees = 100000;
constexpr double kMostXgboostFeatures = 1 << 24;

Error refused_xgboost(std::string what) { return Error(ErrorCode::kModelMismatch, "the XGBoost model is not one we take: " + std::move(what)); }

// A parameter: a number, or text such as "5E-1"; since version 3.1 "[5E-1]", a list with one entry for each output. NaN when it is none, or several.
double parameter(Json at, const char* name) {
  Json element;
  double value = std::nan("");
  if (at[name].get(element) || !element.get(value)) return value;
  bool flag = false;
  if (!element.get(flag)) return flag ? 1 : 0;
  std::string_view text;
  if (element.get(text)) return value;
  std::string copy(text);
  if (copy.size() > 2 && copy.front() == '[' && copy.back() == ']') copy = copy.substr(1, copy.size() - 2);
  char* end = nullptr;
  value = std::strtod(copy.c_str(), &end);
  return end != copy.c_str() && *end == '\0' ? value : std::nan("");
}

Result<std::vector<double>> entries(Json tree, const char* name) {
  simdjson::dom::array array;
  if (tree[name].get(array)) return refused_xgboost(fmt::format("a tree has no list '{}'", name));
  std::vector<double> out;
  for (Json element : array) {
    double value = 0;
    bool flag = false;
    if (element.get(value)) {
      if (element.get(flag)) return refused_xgboost(fmt::format("'{}' holds something that is no number", name));
      value = flag ? 1 : 0;
    }
    if (!std::isfinite(value)) return refused_xgboost(fmt::format("'{}' holds something that is not a finite number", name));
    out.push_back(value);
  }
  return out;
}

Result<std::vector<ForeignNode>> read_xgboost_tree(Json tree, double weight, size_t features) {
  simdjson::dom::array categories;
  if (!tree["categories_nodes"].get(categories) && categories.size() > 0) return refused_xgboost("it has categorical splits");
  FURROW_ASSIGN(auto left, entries(tree, "left_children"));
  FURROW_ASSIGN(auto right, entries(tree, "right_children"));
  FURROW_ASSIGN(auto feature, entries(tree, "split_indices"));
  FURROW_ASSIGN(auto value, entries(tree, "split_conditions"));
  FURROW_ASSIGN(auto cover, entries(tree, "sum_hessian"));
  FURROW_ASSIGN(auto missing, entries(tree, "default_left"));
  const size_t n = left.size();
  for (const auto* list : {&right, &feature, &value, &cover, &missing}) {
    if (n == 0 || list->size() != n) return refused_xgboost("the lists of a tree differ in length");
  }
  std::vector<ForeignNode> nodes(n);
  for (size_t i = 0; i < n; ++i) {
    nodes[i].cover = cover[i];
    if (left[i] < 0) {
      nodes[i].value = static_cast<double>(static_cast<float>(value[i])) * weight;
      continue;
    }
    if (!(left[i] < static_cast<double>(n) && right[i] >= 0 && right[i] < static_cast<double>(n) && feature[i] >= 0 && feature[i] < static_cast<double>(features))) return refused_xgboost("a tree's links are broken");
    nodes[i].leaf = false;
    nodes[i].feature = static_cast<int32_t>(feature[i]);
    nodes[i].left = static_cast<int32_t>(left[i]);
    nodes[i].right = static_cast<int32_t>(right[i]);
    nodes[i].threshold = static_cast<double>(static_cast<float>(value[i]));
    nodes[i].or_equal = false;
    nodes[i].missing_left = missing[i] != 0;
  }
  return nodes;
}

// The task, and the margin that a base score stands for.
Status read_xgboost_objective(std::string_view name, double base, ForeignTrees& out) {
  // Not binary:logitraw: what its base score means differs between versions of XGBoost.
  const bool logit = name == "binary:logistic" || name == "reg:logistic";
  const auto same = {"reg:squarederror", "reg:linear", "reg:absoluteerror", "reg:pseudohubererror", "reg:quantileerror", "reg:squaredlogerror", "rank:pairwise", "rank:ndcg", "rank:map"};
  if (!logit && std::find(same.begin(), same.end(), name) == same.end()) return refused_xgboost(fmt::format("its objective is '{}'", name));
  if (!std::isfinite(base)) return refused_xgboost("it has no base score, or several");
  if (logit && !(base > 0 && base < 1)) return refused_xgboost("its base score is not a probability");
  out.task = logit ? Task::kBinary : Task::kRegression;
  out.base = logit ? static_cast<double>(-std::log(1.0f / static_cast<float>(base) - 1.0f)) : base;
  return {};
}

// How many trees the source predicts with. scikit-learn's wrapper leaves out those after the best round of early stopping, and marks its files.
size_t trees_used(Json learner, Json model, size_t trees) {
  Json attributes;
  std::string_view marked;
  if (learner["attributes"].get(attributes) || attributes["scikit_learn"].get(marked)) return trees;
  const double best = parameter(attributes, "best_iteration");
  Json parameters;
  double each = model["gbtree_model_param"].get(parameters) ? 1 : parameter(parameters, "num_parallel_tree");
  if (!(each >= 1)) each = 1;
  return best >= 0 ? static_cast<size_t>(std::min(static_cast<double>(trees), (best + 1) * each)) : trees;
}

}  // namespace

Result<ForeignTrees> read_xgboost_trees(std::string_view json) {
  simdjson::dom::parser parser;
  Json learner, booster, model, parameters;
  if (parser.parse(json.data(), json.size())["learner"].get(learner)) return refused_xgboost("it is not whole JSON");
  std::string_view name, objective;
  if (learner["gradient_booster"].get(booster) || booster["name"].get(name)) return refused_xgboost("it has no booster");
  if (name != "gbtree" && name != "dart") return refused_xgboost(fmt::format("its booster is {}, which has no trees", name));
  if (name == "gbtree" ? bool(booster["model"].get(model)) : bool(booster["gbtree"]["model"].get(model))) return refused_xgboost("it has no trees");
  if (learner["learner_model_param"].get(parameters)) return refused_xgboost("it does not say how many features it takes");
  if (parameter(parameters, "num_class") > 1) return refused_xgboost("it has several classes");
  if (parameter(parameters, "num_target") > 1) return refused_xgboost("it has several targets");
  const double features = parameter(parameters, "num_feature");
  if (!(features >= 1 && features <= kMostXgboostFeatures)) return refused_xgboost("it does not say how many features it takes");
  ForeignTrees out;
  out.format = "XGBoost";
  if (learner["objective"]["name"].get(objective)) objective = {};
  FURROW_TRY(read_xgboost_objective(objective, parameter(parameters, "base_score"), out));
  simdjson::dom::array names, trees, weights;
  if (!learner["feature_names"].get(names)) {
    for (Json element : names) {
      std::string_view text;
      if (!element.get(text)) out.features.emplace_back(text);
    }
  }
  if (out.features.size() != static_cast<size_t>(features)) {
    out.features.clear();
    for (size_t f = 0; f < static_cast<size_t>(features); ++f) out.features.push_back(fmt::format("f{}", f));
  }
  if (model["trees"].get(trees)) return refused_xgboost("it has no trees");
  if (trees.size() > kMostXgboostTrees) return refused_xgboost(fmt::format("it has more than {} trees", kMostXgboostTrees));
  std::vector<double> weight_of(trees.size(), 1.0);
  if (name == "dart") {
    FURROW_ASSIGN(weight_of, entries(booster, "weight_drop"));
    if (weight_of.size() != trees.size()) return refused_xgboost("its trees and their weights differ in number");
  }
  const size_t used = trees_used(learner, model, trees.size());
  for (Json tree : trees) {
    if (out.trees.size() == used) break;
    FURROW_ASSIGN(auto nodes, read_xgboost_tree(tree, weight_of[out.trees.size()], out.features.size()));
    out.trees.push_back(std::move(nodes));
  }
  return out;
}

}  // namespace furrow::learn
