#pragma once
#include <ATen/core/Tensor.h>

namespace clipwork {

/// DETR's sine code of a map: [channels, h, w], the first half of the channels from rows, the
/// second from columns. Running counts are divided by (last + 1e-6) and scaled to 2 pi; temperature
/// 10000.
at::Tensor sine_position(int64_t channels, int64_t height, int64_t width);

}  // namespace clipwork
