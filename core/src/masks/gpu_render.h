#pragma once
// Masks to run lengths by the kernel for GPUs: what comes to the CPU is runs, not pixels.

#include <clipwork/masks.h>

namespace clipwork {

/// True if the kernel takes these values: they are on a GPU, the sizes are within its limits, and
/// the kernels' library is installed.
bool suits_gpu_rendering(const Tensor& values, const Geometry& geometry);

/// As `render_fast`; the host waits once, and again where the masks have many more runs than those
/// rendered before.
Rendered render_on_gpu(const Tensor& values, const Geometry& geometry, MaskForm form,
                       Quality quality);

}  // namespace clipwork
