#pragma once
// Upsampling of masks as CondInst does it.

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace clipwork {

/// AdelaiDet's `aligned_bilinear`: float [N, C, h, w] to [N, C, factor h, factor w]. Padded below
/// and right by one repeated row and column, resized bilinearly with corners aligned to factor h +
/// 1 by factor w + 1, moved down and right by factor / 2 (the first row and column repeated),
/// cropped. With gradient.
at::Tensor aligned_upsample(const at::Tensor& maps, int64_t factor);

}  // namespace clipwork
