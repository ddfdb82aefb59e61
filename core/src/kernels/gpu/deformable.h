#pragma once
// The functions of deformable.cu, as `Kernels` describes them.

#include "kernels/gpu/gpu_kernels.h"

namespace clipwork::gpu {

int deformable(const void* value, const float* raw, void* out, int32_t batch,
               const SampledLevels& maps, Format format, void* stream);
int deformable_backward(const float* value, const float* raw, const float* grad_out,
                        float* grad_value, float* grad_raw, int32_t batch,
                        const SampledLevels& maps, void* stream);

}  // namespace clipwork::gpu
