// ONNX tree ensembles: see foreign_trees.h. The few protobuf messages that matter (onnx.proto: ModelProto, GraphProto, NodeProto,
// AttributeProto) are read by their field numbers; operators mean what the ai.onnx.ml specification says.
#include <fmt/format.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <map>
#include <optional>

#include "learn/foreign_trees.h"

namespace furrow::learn {
namespace {

constexpr int32_t kMostFeatures = 1 << 20;

Error refused_onnx(std::string what) { return Error(ErrorCode::kModelMismatch, "the ONNX model is not one we take: " + std::move(what)); }

// One field of a protobuf message at a time; `broken` when the bytes are none.
class Wire {
 public:
  explicit Wire(std::string_view bytes) : bytes_(bytes) {}
  bool next() {
    if (at_ >= bytes_.size()) return false;
    uint64_t tag = varint();
    field = static_cast<int>(tag >> 3);
    switch (tag & 7) {
      case 0: number = varint(); break;
      case 1: text = take(8); break;
      case 2: text = take(varint()); break;
      case 5: text = take(4); break;
      default: broken = true;
    }
    kind = static_cast<int>(tag & 7);
    return !broken;
  }
  int field = 0, kind = 0;
  uint64_t number = 0;
  std::string_view text;
  bool broken = false;

 private:
  uint64_t varint() {
    uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      if (at_ >= bytes_.size()) break;
      auto byte = static_cast<uint8_t>(bytes_[at_++]);
      value |= static_cast<uint64_t>(byte & 127) << shift;
      if (byte < 128) return value;
    }
    broken = true;
    return 0;
  }
  std::string_view take(uint64_t size) {
    if (broken || size > bytes_.size() - at_) {
      broken = true;
      return {};
    }
    std::string_view out = bytes_.substr(at_, size);
    at_ += size;
    return out;
  }
  std::string_view bytes_;
  size_t at_ = 0;
};

float float_of(std::string_view bytes) {
  float value = 0;
  std::memcpy(&value, bytes.data(), sizeof value);  // little-endian, as here
  return value;
}

struct Attribute {
  std::vector<float> floats;
  std::vector<int64_t> integers;
  std::vector<std::string> texts;
};
using Attributes = std::map<std::string, Attribute, std::less<>>;

bool read_attribute(std::string_view bytes, Attributes& out) {
  Wire wire(bytes);
  std::string name;
  Attribute a;
  while (wire.next()) {
    if (wire.field == 1) name = wire.text;
    if (wire.field == 2 && wire.kind == 5) a.floats.push_back(float_of(wire.text));
    if (wire.field == 3) a.integers.push_back(static_cast<int64_t>(wire.number));
    if (wire.field == 4 || wire.field == 9) a.texts.emplace_back(wire.text);
    if (wire.field == 7 && wire.kind == 5) a.floats.push_back(float_of(wire.text));
    if (wire.field == 7 && wire.kind == 2) {  // packed
      for (size_t at = 0; at + 4 <= wire.text.size(); at += 4) a.floats.push_back(float_of(wire.text.substr(at)));
    }
    if (wire.field == 8 && wire.kind == 0) a.integers.push_back(static_cast<int64_t>(wire.number));
    if (wire.field == 8 && wire.kind == 2) {
      size_t at = 0;
      while (at < wire.text.size()) {
        uint64_t value = 0;
        int shift = 0;
        while (at < wire.text.size() && shift < 64) {
          auto byte = static_cast<uint8_t>(wire.text[at++]);
          value |= static_cast<uint64_t>(byte & 127) << shift;
          shift += 7;
          if (byte < 128) break;
        }
        a.integers.push_back(static_cast<int64_t>(value));
      }
    }
  }
  out[name] = std::move(a);
  return !wire.broken;
}

struct Operator {
  std::string type;
  Attributes attributes;
};

Result<Operator> read_operator(std::string_view bytes) {
  Operator out;
  Wire wire(bytes);
  while (wire.next()) {
    if (wire.field == 4) out.type = wire.text;
    if (wire.field == 5 && !read_attribute(wire.text, out.attributes)) return refused_onnx("an operator's attribute is broken");
  }
  if (wire.broken) return refused_onnx("an operator is broken");
  return out;
}

class Ensemble {
 public:
  Ensemble(const Operator& op, size_t inputs) : op_(op), inputs_(inputs) {}

  Result<ForeignTrees> read() {
    out_.format = "ONNX";
    bool classifier = op_.type == "TreeEnsembleClassifier";
    if (std::string aggregate = text("aggregate_function"); !aggregate.empty() && aggregate != "SUM" && aggregate != "AVERAGE") return refused_onnx(fmt::format("it takes the {} of its trees", aggregate));
    std::string link = text("post_transform");
    if (!link.empty() && link != "NONE" && link != "LOGISTIC") return refused_onnx(fmt::format("its post_transform is {}", link));
    out_.task = link == "LOGISTIC" ? Task::kBinary : Task::kRegression;
    FURROW_TRY(read_nodes());
    FURROW_TRY(read_weights(classifier ? "class" : "target", classifier));
    if (text("aggregate_function") == "AVERAGE") {
      for (auto& tree : out_.trees) {
        for (ForeignNode& node : tree) node.value /= static_cast<double>(out_.trees.size());
      }
    }
    int32_t most = 0;
    for (const auto& tree : out_.trees) {
      for (const ForeignNode& node : tree) most = std::max(most, node.leaf ? 0 : node.feature);
    }
    if (most >= kMostFeatures) return refused_onnx(fmt::format("it takes more than {} features", kMostFeatures));
    const size_t inputs = std::max(static_cast<size_t>(most) + 1, inputs_);
    for (size_t f = 0; f < inputs; ++f) out_.features.push_back(fmt::format("f{}", f));
    return std::move(out_);
  }

 private:
  std::string text(std::string_view name) const {
    auto found = op_.attributes.find(name);
    return found == op_.attributes.end() || found->second.texts.empty() ? std::string() : found->second.texts[0];
  }
  template <class T>
  const std::vector<T>& list(const std::string& name, std::vector<T> Attribute::*member) const {
    static const std::vector<T> none;
    auto found = op_.attributes.find(name);
    return found == op_.attributes.end() ? none : found->second.*member;
  }
  const std::vector<int64_t>& integers(const std::string& name) const { return list(name, &Attribute::integers); }

  Status read_nodes() {
    const auto &tree = integers("nodes_treeids"), &id = integers("nodes_nodeids"), &feature = integers("nodes_featureids"), &yes = integers("nodes_truenodeids"), &no = integers("nodes_falsenodeids");
    const auto& missing = integers("nodes_missing_value_tracks_true");
    const auto& value = list("nodes_values", &Attribute::floats);
    const auto& mode = list("nodes_modes", &Attribute::texts);
    size_t n = tree.size();
    if (n == 0 || id.size() != n || feature.size() != n || yes.size() != n || no.size() != n || value.size() != n || mode.size() != n || (!missing.empty() && missing.size() != n)) {
      return refused_onnx("the lists of its nodes differ in length");
    }
    for (size_t i = 0; i < n; ++i) {
      auto [place, fresh] = tree_place_.try_emplace(tree[i], out_.trees.size());
      if (fresh) out_.trees.emplace_back();
      node_place_[{tree[i], id[i]}] = out_.trees[place->second].size();
      out_.trees[place->second].emplace_back();
    }
    for (size_t i = 0; i < n; ++i) {
      if (mode[i] == "LEAF") continue;
      ForeignNode& node = out_.trees[tree_place_[tree[i]]][node_place_[{tree[i], id[i]}]];
      auto yes_place = node_place_.find({tree[i], yes[i]}), no_place = node_place_.find({tree[i], no[i]});
      if (yes_place == node_place_.end() || no_place == node_place_.end() || feature[i] < 0 || feature[i] > kMostFeatures) return refused_onnx("a tree's links are broken");
      bool below = mode[i] == "BRANCH_LEQ" || mode[i] == "BRANCH_LT", above = mode[i] == "BRANCH_GTE" || mode[i] == "BRANCH_GT";
      if (!below && !above) return refused_onnx(fmt::format("it has splits of the mode {}", mode[i]));
      bool missing_true = !missing.empty() && missing[i] != 0;
      node.leaf = false;
      node.feature = static_cast<int32_t>(feature[i]);
      node.threshold = value[i];
      node.or_equal = mode[i] == "BRANCH_LEQ" || mode[i] == "BRANCH_GT";  // x > t is false exactly when x <= t
      node.left = static_cast<int32_t>(below ? yes_place->second : no_place->second);
      node.right = static_cast<int32_t>(below ? no_place->second : yes_place->second);
      node.missing_left = below == missing_true;  // every comparison with NaN is false
    }
    return {};
  }

  Status read_weights(const std::string& prefix, bool classifier) {
    const auto &tree = integers(prefix + "_treeids"), &id = integers(prefix + "_nodeids"), &output = integers(prefix + "_ids");
    const auto& weight = list(prefix + "_weights", &Attribute::floats);
    if (tree.size() != weight.size() || id.size() != weight.size() || output.size() != weight.size() || weight.empty()) return refused_onnx("the lists of its leaves differ in length");
    int64_t last = 0;
    bool several = false;
    for (int64_t o : output) several = several || o != output[0], last = std::max(last, o);
    if (last > 1 || (several && !classifier)) return refused_onnx("it has several outputs");
    for (size_t i = 0; i < weight.size(); ++i) {
      if (several && output[i] != 1) continue;  // of two classes, the second is the positive one
      auto node = node_place_.find({tree[i], id[i]});
      if (node == node_place_.end()) return refused_onnx("a leaf is in no tree");
      out_.trees[tree_place_[tree[i]]][node->second].value += static_cast<double>(weight[i]);
    }
    const auto& base = list("base_values", &Attribute::floats);
    if (!base.empty()) out_.base = static_cast<double>(several && base.size() > 1 ? base[1] : base[0]);
    return {};
  }

  const Operator& op_;
  size_t inputs_;
  ForeignTrees out_;
  std::map<int64_t, size_t> tree_place_;
  std::map<std::pair<int64_t, int64_t>, size_t> node_place_;
};

// Columns of the graph's input, as its declared shape [rows, columns] says (ValueInfoProto: type, tensor, shape, dimensions); 0 when it leaves that open.
size_t declared_columns(std::string_view value_info) {
  auto inside = [](std::string_view message, int field) {
    Wire wire(message);
    std::string_view found;
    while (wire.next()) {
      if (wire.field == field && wire.kind == 2) found = wire.text;
    }
    return found;
  };
  Wire shape(inside(inside(inside(value_info, 2), 1), 2));
  std::vector<uint64_t> dimensions;
  while (shape.next()) {
    if (shape.field != 1 || shape.kind != 2) continue;
    Wire dimension(shape.text);
    dimensions.push_back(0);
    while (dimension.next()) {
      if (dimension.field == 1 && dimension.kind == 0) dimensions.back() = dimension.number;
    }
  }
  return dimensions.size() == 2 && dimensions[1] <= kMostFeatures ? dimensions[1] : 0;
}

}  // namespace

Result<ForeignTrees> read_onnx_trees(std::string_view model, size_t named) {
  std::optional<Operator> ensemble;
  size_t inputs = 0, tensors = 0;
  Wire file(model);
  while (file.next()) {
    if (file.field != 7 || file.kind != 2) continue;
    Wire graph(file.text);
    while (graph.next()) {
      if (graph.field == 11 && graph.kind == 2) {
        ++tensors;
        inputs = declared_columns(graph.text);
      }
      if (graph.field != 1 || graph.kind != 2) continue;
      FURROW_ASSIGN(Operator op, read_operator(graph.text));
      if (op.type == "TreeEnsembleRegressor" || op.type == "TreeEnsembleClassifier") {
        if (ensemble) return refused_onnx("it has more than one tree ensemble");
        ensemble = std::move(op);
      } else if (op.type != "Cast" && op.type != "ZipMap" && op.type != "Identity" && op.type != "Reshape") {
        return refused_onnx(fmt::format("it has the operator '{}' beside its trees", op.type));
      }
    }
    if (graph.broken) return refused_onnx("its graph is broken");
  }
  if (file.broken) return refused_onnx("the file is broken");
  if (!ensemble) return refused_onnx("it has no TreeEnsembleRegressor or TreeEnsembleClassifier");
  if (tensors != 1 || inputs == 0) inputs = named <= kMostFeatures ? named : 0;
  return Ensemble(*ensemble, inputs).read();
}

}  // namespace furrow::learn
