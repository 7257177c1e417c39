// Inside of cluster_kmeans.h: each row's nearest and second nearest centre, for the widest vectors the machine has.
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
};
struct Nearest {
  uint32_t first;
  float distance, second_distance;  // squared, less the row's own squared length
};

using Kernel = void (*)(const float* rows, size_t count, const Centres& centres, Nearest* out);
Kernel nearest_kernel();

}  // namespace furrow::learn::cluster
