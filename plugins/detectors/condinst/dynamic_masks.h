#pragma once
#include <ATen/core/Tensor.h>

#include "parameters.h"

namespace clipwork::condinst {

/// Mask logits [n, h, w] at the mask features' size from kernels [n, kernel_size]: three 1x1
/// convolutions a detection over its relative coordinates and the features. features [mask_out, h,
/// w] at stride `stride`, points [n, 2] in pixels of the padded picture, strides [n, 1] of the
/// detections' levels. With gradient.
at::Tensor dynamic_mask_logits(const Parameters& parameters, const at::Tensor& features,
                               int64_t stride, const at::Tensor& points, const at::Tensor& strides,
                               const at::Tensor& kernels);

}  // namespace clipwork::condinst
