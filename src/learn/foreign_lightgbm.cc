// LightGBM's text model and its JSON dump: see foreign_trees.h. The meaning of decision_type and of missing values is that of
// LightGBM's Tree::NumericalDecision.
#include <fmt/format.h>
#include <simdjson.h>

#include <charconv>
#include <map>

#include "learn/foreign_trees.h"

namespace furrow::learn {
namespace {

using Element = simdjson::dom::element;
using Fields = std::map<std::string_view, std::string_view>;

constexpr size_t kMostForeignTrees = 100000;
constexpr int kCategorical = 1, kDefaultLeft = 2;
enum Missing { kNone = 0, kZero = 1, kNan = 2 };

Error refused_lightgbm(std::string what) { return Error(ErrorCode::kModelMismatch, "the LightGBM model is not one we take: " + std::move(what)); }

std::vector<std::string_view> words(std::string_view text) {
  std::vector<std::string_view> out;
  for (size_t at = 0; at < text.size();) {
    size_t end = std::min(text.find(' ', at), text.size());
    if (end > at) out.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return out;
}

template <class T>
bool numbers(const Fields& fields, std::string_view name, std::vector<T>& out) {
  auto found = fields.find(name);
  if (found == fields.end()) return false;
  for (std::string_view word : words(found->second)) {
    T value{};
    auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
    if (error != std::errc() || end != word.data() + word.size()) return false;
    out.push_back(value);
  }
  return true;
}

// "binary sigmoid:1" and the like: the task, and what margins are multiplied by.
Status read_objective(std::string_view objective, ForeignTrees& out, double& scale) {
  auto parts = words(objective);
  std::string_view name = parts.empty() ? std::string_view("regression") : parts[0];
  scale = 1;
  for (std::string_view part : parts) {
    if (part.rfind("sigmoid:", 0) == 0 && std::from_chars(part.data() + 8, part.data() + part.size(), scale).ec != std::errc()) return refused_lightgbm("its sigmoid cannot be read");
    if (part == "sqrt") return refused_lightgbm("it predicts the square root of its target");
  }
  if (name == "binary" || name == "cross_entropy" || name == "xentropy") {
    out.task = Task::kBinary;
    return {};
  }
  for (const char* identity : {"regression", "regression_l2", "regression_l1", "huber", "fair", "quantile", "mape", "lambdarank", "rank_xendcg"}) {
    if (name == identity) {
      out.task = Task::kRegression;
      return {};
    }
  }
  return refused_lightgbm(fmt::format("its objective is '{}'", name));
}

// A random forest's margin is the mean of its trees.
void take_mean(ForeignTrees& out) {
  for (auto& tree : out.trees) {
    for (ForeignNode& node : tree) node.value /= static_cast<double>(out.trees.size());
  }
}

Status set_split(ForeignNode& node, double threshold, bool default_left, int missing) {
  node.leaf = false;
  node.threshold = threshold;
  bool zero_left = 0 <= threshold;
  if (missing == kZero && zero_left != default_left) return refused_lightgbm("it takes zeros for missing values (zero_as_missing)");
  node.missing_left = missing == kNan ? default_left : zero_left;
  return {};
}

Result<std::vector<ForeignNode>> read_text_tree(const Fields& fields, double scale) {
  std::vector<double> leaves, leaf_counts, thresholds, counts;
  std::vector<int> feature, decision, left, right;
  if (!numbers(fields, "leaf_value", leaves) || leaves.empty()) return refused_lightgbm("a tree has no leaves");
  numbers(fields, "leaf_count", leaf_counts);
  if (auto linear = fields.find("is_linear"); linear != fields.end() && linear->second == "1") return refused_lightgbm("it has linear trees");
  std::vector<ForeignNode> nodes;
  size_t splits = leaves.size() - 1;
  if (splits > 0) {
    bool whole = numbers(fields, "split_feature", feature) && numbers(fields, "threshold", thresholds) && numbers(fields, "decision_type", decision) &&
                 numbers(fields, "left_child", left) && numbers(fields, "right_child", right);
    if (!whole || feature.size() != splits || thresholds.size() != splits || decision.size() != splits || left.size() != splits || right.size() != splits) {
      return refused_lightgbm("the lists of a tree are not whole");
    }
  }
  numbers(fields, "internal_count", counts);
  auto place = [&](int child) { return child >= 0 ? child : static_cast<int32_t>(splits) + ~child; };
  for (size_t n = 0; n < splits; ++n) {
    if (decision[n] & kCategorical) return refused_lightgbm("it has categorical splits");
    ForeignNode node;
    FURROW_TRY(set_split(node, thresholds[n], (decision[n] & kDefaultLeft) != 0, (decision[n] >> 2) & 3));
    node.feature = feature[n];
    node.left = place(left[n]);
    node.right = place(right[n]);
    node.cover = counts.size() == splits ? counts[n] : 0;
    nodes.push_back(node);
  }
  for (size_t l = 0; l < leaves.size(); ++l) {
    ForeignNode leaf;
    leaf.value = scale * leaves[l];
    leaf.cover = leaf_counts.size() == leaves.size() ? leaf_counts[l] : 0;
    nodes.push_back(leaf);
  }
  return nodes;
}

Result<ForeignTrees> read_text(std::string_view model) {
  ForeignTrees out;
  out.format = "LightGBM";
  double scale = 1;
  Fields fields;
  bool header = true, average = false;
  auto flush = [&]() -> Status {
    if (header) {
      if (auto classes = fields.find("num_class"); classes == fields.end()) return refused_lightgbm("it has no header");
      else if (classes->second != "1") return refused_lightgbm("it has several classes");
      if (auto each = fields.find("num_tree_per_iteration"); each != fields.end() && each->second != "1") return refused_lightgbm("it has several outputs");
      average = fields.count("average_output") > 0;
      FURROW_TRY(read_objective(fields.count("objective") ? fields["objective"] : std::string_view(), out, scale));
      for (std::string_view name : words(fields["feature_names"])) out.features.emplace_back(name);
      if (out.features.empty()) return refused_lightgbm("it does not name its features");
    } else {
      FURROW_ASSIGN(auto tree, read_text_tree(fields, scale));
      out.trees.push_back(std::move(tree));
    }
    header = false;
    fields.clear();
    return {};
  };
  for (size_t at = 0; at < model.size();) {
    size_t end = std::min(model.find('\n', at), model.size());
    std::string_view line = model.substr(at, end - at);
    at = end + 1;
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    if (line.rfind("Tree=", 0) == 0 || line == "end of trees") {
      FURROW_TRY(flush());
      if (line == "end of trees") {
        if (out.trees.empty()) return refused_lightgbm("it has no trees");
        if (average) take_mean(out);
        return out;
      }
      if (out.trees.size() >= kMostForeignTrees) return refused_lightgbm("it has too many trees");
      continue;
    }
    size_t equals = line.find('=');
    if (equals != line.npos) fields[line.substr(0, equals)] = line.substr(equals + 1);
    else if (!line.empty()) fields[line] = {};
  }
  return refused_lightgbm("the file ends before its trees do");
}

Status read_json_node(const Element& element, double scale, int depth, std::vector<ForeignNode>& nodes) {
  if (depth > 64) return refused_lightgbm("a tree is deeper than 64 levels");
  size_t here = nodes.size();
  nodes.emplace_back();
  double number = 0;
  Element left, right;
  if (element["left_child"].get(left) || element["right_child"].get(right)) {
    if (element["leaf_value"].get(number)) return refused_lightgbm("a leaf has no value");
    if (Element linear; !element["leaf_coeff"].get(linear) || !element["leaf_const"].get(linear)) return refused_lightgbm("it has linear trees");
    nodes[here].value = scale * number;
    if (!element["leaf_count"].get(number)) nodes[here].cover = number;
    return {};
  }
  std::string_view decision, missing = "None";
  int64_t feature = 0;
  bool default_left = false;
  if (element["decision_type"].get(decision) || decision != "<=") return refused_lightgbm("it has categorical splits");
  if (element["split_feature"].get(feature) || element["threshold"].get(number) || element["default_left"].get(default_left)) return refused_lightgbm("a split is not whole");
  if (element["missing_type"].get(missing)) missing = "None";
  FURROW_TRY(set_split(nodes[here], number, default_left, missing == "NaN" ? kNan : missing == "Zero" ? kZero : kNone));
  nodes[here].feature = static_cast<int32_t>(feature);
  if (!element["internal_count"].get(number)) nodes[here].cover = number;
  nodes[here].left = static_cast<int32_t>(nodes.size());
  FURROW_TRY(read_json_node(left, scale, depth + 1, nodes));
  nodes[here].right = static_cast<int32_t>(nodes.size());
  return read_json_node(right, scale, depth + 1, nodes);
}

Result<ForeignTrees> read_dump(std::string_view model) {
  ForeignTrees out;
  out.format = "LightGBM";
  simdjson::dom::parser parser;
  Element document;
  if (parser.parse(model.data(), model.size()).get(document)) return refused_lightgbm("it is not whole JSON");
  simdjson::dom::array names, trees;
  std::string_view objective;
  double number = 1, scale = 1;
  bool average = false;
  if (document["tree_info"].get(trees) || trees.size() == 0 || document["feature_names"].get(names)) return refused_lightgbm("it has no trees or no names of features");
  if (!document["num_class"].get(number) && number != 1) return refused_lightgbm("it has several classes");
  if (!document["num_tree_per_iteration"].get(number) && number != 1) return refused_lightgbm("it has several outputs");
  if (document["objective"].get(objective)) objective = {};
  FURROW_TRY(read_objective(objective, out, scale));
  for (Element element : names) {
    std::string_view name;
    if (element.get(name)) return refused_lightgbm("a feature's name is not text");
    out.features.emplace_back(name);
  }
  for (Element element : trees) {
    Element root;
    if (element["tree_structure"].get(root)) return refused_lightgbm("a tree has no structure");
    FURROW_TRY(read_json_node(root, scale, 0, out.trees.emplace_back()));
  }
  if (!document["average_output"].get(average) && average) take_mean(out);
  return out;
}

}  // namespace

Result<ForeignTrees> read_lightgbm(std::string_view model) {
  size_t first = model.find_first_not_of(" \t\r\n");
  return first != model.npos && model[first] == '{' ? read_dump(model) : read_text(model);
}

}  // namespace furrow::learn
