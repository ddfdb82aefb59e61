#pragma once
// render_fast with chosen kernels, and what it shares with the readable form.

#include <clipwork/masks.h>

#include "kernels/kernels.h"

namespace clipwork {

/// What masks of this size grow by to the padded size. Throws Error where that is no whole number,
/// the same for both sides.
int64_t aligned_factor(Size size, Size padded);

Rendered render_with(const Kernels& variant, const Tensor& values, const Geometry& geometry,
                     MaskForm form, Quality quality);

}  // namespace clipwork
