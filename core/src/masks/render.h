#pragma once
// render_fast with chosen kernels, and what it shares with the readable form.

#include <clipwork/masks.h>

#include "kernels/kernels.h"

namespace clipwork {

/// The factor from masks of this size to the padded size. Throws Error if it is not an integer that
/// is equal for both sides.
int64_t aligned_factor(Size size, Size padded);

Rendered render_with(const Kernels& variant, const Tensor& values, const Geometry& geometry,
                     MaskForm form, Quality quality);

}  // namespace clipwork
