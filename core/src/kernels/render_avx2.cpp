#include <immintrin.h>

#include "kernels/render_kernel.h"

namespace clipwork::kernels {
namespace {

struct Avx2 {
  static constexpr int kLanes = 8;
  typedef float V __attribute__((vector_size(32)));
  typedef int32_t I __attribute__((vector_size(32)));
  static constexpr uint32_t kAll = 0xFF;
  static uint32_t above(__m256 values, float threshold) {
    return static_cast<uint32_t>(
        _mm256_movemask_ps(_mm256_cmp_ps(values, _mm256_set1_ps(threshold), _CMP_GT_OQ)));
  }
  static __m256 pick(__m256 values, const I& index) {
    return _mm256_permutevar8x32_ps(values, (__m256i)index);
  }
};

bool supported() { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"); }

}  // namespace

const RenderKernel kRenderAvx2 = {"avx2", Avx2::kLanes, supported, Renderer<Avx2>::render};

}  // namespace clipwork::kernels
