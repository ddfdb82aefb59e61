#pragma once
// The kernels for GPUs as loops on the CPU over the same bodies.

#include "kernels/gpu/gpu_kernels.h"

namespace clipwork::test {

void host_deformable(const void* value, const float* raw, void* out, int32_t batch,
                     const gpu::SampledLevels& maps, gpu::Format format);
void host_deformable_backward(const float* value, const float* raw, const float* grad_out,
                              float* grad_value, float* grad_raw, int32_t batch,
                              const gpu::SampledLevels& maps);
void host_runs(const float* values, int32_t masks, const gpu::Enlargement& enlargement,
               uint16_t* changes, uint32_t capacity, uint32_t* cursor, gpu::Strip* strips);

}  // namespace clipwork::test
