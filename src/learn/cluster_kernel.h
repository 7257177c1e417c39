// Inside of cluster_kmeans.h and cluster_agreement.h: each row's nearest and second nearest centre, and all rows' distances to
// one point, for the widest vectors the machine has.
// Plain data only: the kernel is compiled once for each instruction set and must share no inline code.
#pragma once
#include <cstddef>
#include <cstdint>

namespace furrow::learn::cluster {

inline constexpr size_t kLanes = 16;

struct Centres {
  const float* transposed;  // columns × padded: centre c's column j at j * padded + c
  const float* norms;       // squared length of each; very large for the padding
  size_t columns, padded;   // padded: a multiple of kLanes
  size_t count;             // without the padding
};
struct Nearest {
  uint32_t first;
  float distance, second_distance;  // squared, less the row's own squared length
};

using Kernel = void (*)(const float* rows, size_t count, const Centres& centres, Nearest* out);
Kernel nearest_kernel();

// Rows in blocks of kBlockRows, column after column within a block; the last block is padded with rows of zeros.
inline constexpr size_t kBlockRows = 64;
struct RowBlocks {
  const float* values;
  size_t blocks, columns;
};
// Row i's squared distance to `at`, or cap[i] where that is less, to out[i]; returns their sum. All have room for the padding,
// whose caps are 0.
using CappedDistances = double (*)(const RowBlocks& rows, const float* at, const float* cap, float* out);
CappedDistances capped_distances();

}  // namespace furrow::learn::cluster
