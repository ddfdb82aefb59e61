#pragma once
// The function of runs.cu, as `Kernels` describes it.

#include "kernels/gpu/gpu_kernels.h"

namespace clipwork::gpu {

int runs(const float* values, int32_t masks, const Enlargement& enlargement, uint16_t* changes,
         uint32_t capacity, uint32_t* cursor, Strip* strips, void* stream);

}  // namespace clipwork::gpu
