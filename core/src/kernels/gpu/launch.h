#pragma once
// Starts a kernel. Tests that run kernels on the CPU define `launch` themselves before this.

#ifdef __CUDACC__

#include <cuda_runtime.h>

#define CLIPWORK_DYNAMIC_SHARED(type, name) extern __shared__ type name[]

namespace clipwork::gpu {

/// `shared`: bytes of dynamic shared memory, at most 48 KB.
template <class... Parameters>
int launch(void (*kernel)(Parameters...), dim3 grid, unsigned threads, size_t shared, void* stream,
           Parameters... arguments) {
  kernel<<<grid, threads, shared, static_cast<cudaStream_t>(stream)>>>(arguments...);
  return static_cast<int>(cudaGetLastError());
}

}  // namespace clipwork::gpu

#endif
