#pragma once
// Maps and masks read at points. Points are (x, y) in [0, 1]^2 over the padded picture, so that
// predictions at stride 4 and labels at picture size are sampled at the same places.

#include <clipwork/tensors.h>

namespace clipwork {

/// Bilinear values of maps [N, C, h, w] at points [N, P, 2]: [N, C, P], with gradient. Pixel
/// centres at half integers, zeros outside (PointRend, `point_sample`). Of maps in 16 bits it is
/// computed in 32, and given so.
Tensor sample_points(const Tensor& maps, const Tensor& points);
/// The same of bool masks [R, H, W] at points [P, 2] (the same for all) or [R, P, 2]: float [R, P],
/// without gradient.
Tensor sample_labels(const Tensor& masks, const Tensor& points);

}  // namespace clipwork
