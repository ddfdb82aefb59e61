#pragma once
// render_fast with a chosen kernel, and what it shares with the readable form.

#include <clipwork/masks.h>

#include <vector>

#include "kernels/render.h"

namespace clipwork {

/// The kernels that this processor can run, fastest first.
std::vector<const kernels::RenderKernel*> render_kernels();

/// What masks of this size grow by to the padded size. Throws Error where that is no whole number,
/// the same for both sides.
int64_t aligned_factor(Size size, Size padded);

Rendered render_with(const kernels::RenderKernel& kernel, const Tensor& values,
                     const Geometry& geometry, MaskForm form, Quality quality);

}  // namespace clipwork
