// Our own evaluator of boosted trees: XGBoost's model, a hundred times less work around it.
//
// Promises: margin() is bit-identical to XGBoost's raw margin of the same JSON model: float32 features, `x < threshold`
// goes left, NaN takes the node's default side, leaves are added in float32 in tree order from the base margin.
// Takes: gbtree models saved by XGBoost 1.x/2.x as JSON, one output, numeric splits, depth at most 64.
// Not for: training, categorical splits, several outputs, dart. Those are refused with kModelMismatch.
//
// Layout: trees stand in groups of 8, each padded to a complete tree of its deepest member (at most 8 levels; deeper
// groups keep linked nodes), 8 walked at once so that the processor overlaps their loads. A row is first turned into
// unsigned keys in the order of its floats, two a feature: one for splits where missing goes left (NaN is the smallest
// key) and one where it goes right (NaN is the largest). A step is then one integer comparison and no branch. Measured
// faster than AVX-512 or AVX2 gathers of the same layout (docs/decisions), and the same everywhere.
// Threads: immutable after parse; any. Cost: about 1 us a row for 200 trees of depth 6 (docs/benchmarks.md);
// memory 12 bytes x 2^depth a tree.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace furrow::learn {

// One tree as the model file has it. Node 0 is the root; a leaf has left == -1 and its value in `threshold`.
struct Tree {
  std::vector<int32_t> left, right, feature;
  std::vector<float> threshold;
  std::vector<float> cover;  // sum of hessians that reached the node in training
  std::vector<uint8_t> default_left;
  int depth = 0;  // edges on the longest path

  size_t nodes() const { return left.size(); }
  bool is_leaf(size_t node) const { return left[node] < 0; }
  // The child a feature value goes to.
  int32_t child(size_t node, float value) const {
    bool goes_left = value < threshold[node] || (value != value && default_left[node]);
    return goes_left ? left[node] : right[node];
  }
  // The part of the node's training rows, by cover, that went to its left (side 0) or right child.
  double cover_ratio(size_t node, int side) const {
    double l = cover[static_cast<size_t>(left[node])], r = cover[static_cast<size_t>(right[node])];
    if (!(l + r > 0)) return 0.5;
    return (side == 0 ? l : r) / (l + r);
  }
};

class Forest {
 public:
  // `json` is a whole XGBoost model file. kModelMismatch names what is not taken or not consistent.
  static Result<Forest> parse(std::string_view json);

  size_t features() const { return features_; }
  const std::vector<Tree>& trees() const { return trees_; }
  float base_margin() const { return base_margin_; }
  const std::string& objective() const { return objective_; }  // "binary:logistic", "reg:squarederror", …

  // The raw margin of one row of features() values; NaN is missing.
  float margin(const float* row) const;
  // Row-major rows; the groups of trees are the outer loop within a block of rows, so that each stays in cache.
  void margins(const float* rows, size_t count, float* out) const;
  // The leaf value each tree gives the row, in tree order: trees().size() values.
  void leaves(const float* row, float* out) const;

 private:
  static constexpr size_t kGroup = 8;
  struct Node {  // place 1 is the root, 2 p the right child of p, 2 p + 1 the left
    uint32_t key;   // a row goes left when its key is smaller
    uint32_t slot;  // of the row's keys
  };
  struct Group {
    size_t first_tree, trees;
    int depth;       // -1: linked nodes, not padded
    size_t offset;   // of its first node and leaf
  };
  void lay_out();
  void lay_out_padded(Group& group, const std::vector<uint32_t>& slot);
  void make_keys(const float* row, uint32_t* keys) const;
  void group_leaves(const Group& group, const float* row, const uint32_t* keys, float* out) const;

  std::vector<Tree> trees_;
  std::vector<Group> groups_;
  std::vector<Node> nodes_;
  std::vector<float> leaves_;
  std::vector<uint32_t> used_;  // the features that splits test, in order
  size_t features_ = 0;
  float base_margin_ = 0;
  std::string objective_;
};

}  // namespace furrow::learn
