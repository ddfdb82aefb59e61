// What libclipwork_cuda.so provides.

#include <cuda_runtime.h>

#include "kernels/gpu/deformable.h"
#include "kernels/gpu/runs.h"

const clipwork::gpu::Kernels* clipwork_gpu_kernels() {
  using namespace clipwork::gpu;
  static const Kernels kernels = {
      [](int error) { return cudaGetErrorString(static_cast<cudaError_t>(error)); },
      &deformable,
      &deformable_backward,
      &runs,
  };
  return &kernels;
}
