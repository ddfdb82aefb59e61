#pragma once
// render_fast with a chosen kernel.

#include <clipwork/masks.h>

#include <vector>

#include "kernels/render.h"

namespace clipwork {

/// The kernels that this processor can run, fastest first.
std::vector<const kernels::RenderKernel*> render_kernels();

Rendered render_with(const kernels::RenderKernel& kernel, const Tensor& values,
                     const Geometry& geometry, MaskForm form, Quality quality);

}  // namespace clipwork
