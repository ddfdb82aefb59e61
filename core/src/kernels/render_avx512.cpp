#include <immintrin.h>

#include "kernels/render_kernel.h"

namespace clipwork::kernels {
namespace {

struct Avx512 {
  static constexpr int kLanes = 16;
  typedef float V __attribute__((vector_size(64)));
  typedef int32_t I __attribute__((vector_size(64)));
  static constexpr uint32_t kAll = 0xFFFF;
  static uint32_t above(__m512 values, float threshold) {
    return _mm512_cmp_ps_mask(values, _mm512_set1_ps(threshold), _CMP_GT_OQ);
  }
  static __m512 pick(__m512 values, const I& index) {
    // The form without a mask makes GCC 12 warn of an uninitialised value in its own header.
    return _mm512_maskz_permutexvar_ps(0xFFFF, (__m512i)index, values);
  }
};

bool supported() {
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
         __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
}

}  // namespace

const RenderKernel kRenderAvx512 = {"avx512", Avx512::kLanes, supported, Renderer<Avx512>::render};

}  // namespace clipwork::kernels
