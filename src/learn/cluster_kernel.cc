#include "learn/cluster_kernel.h"

#pragma GCC diagnostic ignored "-Wpsabi"  // vectors stay inside one function

namespace furrow::learn::cluster {
namespace plain {
#include "learn/cluster_kernel.inc"
}
#if defined(__x86_64__)
#pragma GCC push_options
#pragma GCC target("avx2,fma")
namespace avx2 {
#include "learn/cluster_kernel.inc"
}
#pragma GCC pop_options
#pragma GCC push_options
#pragma GCC target("avx512f,avx512dq,avx512vl,avx2,fma")
namespace avx512 {
#include "learn/cluster_kernel.inc"
}
#pragma GCC pop_options
#endif

Kernel nearest_kernel() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl")) {
    return avx512::nearest;
  }
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return avx2::nearest;
#endif
  return plain::nearest;
}

CappedDistances capped_distances() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl")) {
    return avx512::capped;
  }
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return avx2::capped;
#endif
  return plain::capped;
}

}  // namespace furrow::learn::cluster
