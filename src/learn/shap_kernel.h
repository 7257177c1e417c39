// Inside of shap.h: the flat form of trees that the SHAP kernels run over, and the table of kernels.
// Plain data only: the kernels are compiled once for each instruction set and must share no inline code.
#pragma once
#include <cstddef>
#include <cstdint>

namespace furrow::learn::shap {

inline constexpr uint32_t kMissingLeft = 0x80000000u;

struct Node {  // one split, with both its edges: [0] to the left child, [1] to the right
  float threshold;
  uint32_t feature;  // kMissingLeft above
  uint32_t slot;     // place among the features that the forest uses
  uint32_t parent;   // where the products of the parent's edge stand, in doubles
  double absent[2];  // z: product of the cover ratios of this feature down to the child
  double value[2];   // the leaf's value, or 1 where the child is a split
};
struct Repeat {  // beside a split on a feature that the path has met before
  uint32_t earlier;      // place in `satisfied` of the nearest edge above on the same feature
  uint32_t unused;
  double ratio[2];       // z over the earlier z
};
struct Segment {  // splits of one level of the chunk's trees; all on new features, or all on repeated ones
  uint32_t begin, end;
  uint32_t first_repeat;
  bool repeated;
};
struct Chunk {
  const Node* nodes;
  const double* gain;    // 2 m doubles a node: weight of the sums below a satisfied edge
  const Repeat* repeats;
  const double* earlier;  // 2 m doubles a repeat: 1 / (t + z0 (1-t)), then the weight below an edge newly unsatisfied
  const Segment* segments;
  size_t segment_count, node_count;
};
struct Points {  // quadrature on [0,1], each m values given twice over (2 m), so that a pair of edges reads one vector
  const double* t;
  const double* s;      // 1 - t
  const double* miss;   // -weight / s
};

// Adds the chunk's contributions of one row to phi (2 m partial sums a slot). `memory`: 2 m (node_count + 1) doubles;
// `satisfied`: 2 node_count.
using Kernel = void (*)(const Chunk& chunk, const Points& points, const float* row, double* memory, uint8_t* satisfied, double* phi);

// m is 2, 4, 8, 16 or 32.
Kernel kernel_for(int m);

}  // namespace furrow::learn::shap
