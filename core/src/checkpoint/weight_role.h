#pragma once

#include <clipwork/checkpoint.h>

namespace clipwork {

/// Whether a value belongs to the weights: a floating-point parameter, or a floating-point buffer
/// that a norm keeps. Other buffers (index tables, means of pixels, masks) are computed by the
/// model itself.
bool is_weight(const NamedParameter& parameter);

}  // namespace clipwork
