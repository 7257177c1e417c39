#include "learn/shap_kernel.h"

#pragma GCC diagnostic ignored "-Wpsabi"  // vectors stay inside one function

namespace furrow::learn::shap {
namespace plain {
#include "learn/shap_kernel.inc"
}
#if defined(__x86_64__)
#pragma GCC push_options
#pragma GCC target("avx2,fma")
namespace avx2 {
#include "learn/shap_kernel.inc"
}
#pragma GCC pop_options
#pragma GCC push_options
#pragma GCC target("avx512f,avx512dq,avx512vl,avx2,fma")
namespace avx512 {
#include "learn/shap_kernel.inc"
}
#pragma GCC pop_options
#endif

Kernel kernel_for(int m) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl")) {
    return avx512::choose(m);
  }
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return avx2::choose(m);
#endif
  return plain::choose(m);
}

}  // namespace furrow::learn::shap
