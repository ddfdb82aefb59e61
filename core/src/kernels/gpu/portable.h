#pragma once
// Functions that compile for the GPU and for the host, where tests run them.

#include <cstdint>

#ifdef __CUDACC__
#define CLIPWORK_HOST_DEVICE __host__ __device__ __forceinline__
#else
#define CLIPWORK_HOST_DEVICE inline
#endif

namespace clipwork::gpu {

CLIPWORK_HOST_DEVICE uint32_t count_bits(uint32_t word) {
#ifdef __CUDA_ARCH__
  return __popc(word);
#else
  return __builtin_popcount(word);
#endif
}

/// The place of the lowest bit that is set; `word` is not 0.
CLIPWORK_HOST_DEVICE uint32_t lowest_bit(uint32_t word) {
#ifdef __CUDA_ARCH__
  return __ffs(static_cast<int>(word)) - 1;
#else
  return __builtin_ctz(word);
#endif
}

}  // namespace clipwork::gpu
