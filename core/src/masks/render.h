#pragma once
// render_fast with a chosen kernel, and what it shares with the readable form.

#include <clipwork/masks.h>

#include <vector>

#include "kernels/render.h"

namespace clipwork {

/// The kernels that this processor can run, fastest first.
std::vector<const kernels::RenderKernel*> render_kernels();

/// The factor from masks of this size to the padded size. Throws Error if it is not an integer that
/// is equal for both sides.
int64_t aligned_factor(Size size, Size padded);

Rendered render_with(const kernels::RenderKernel& kernel, const Tensor& values,
                     const Geometry& geometry, MaskForm form, Quality quality);

}  // namespace clipwork
