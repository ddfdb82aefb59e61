#pragma once
// Mask R-CNN's part of a case's config as ours.

#include <clipwork/value.h>

#include <string>

#include "../case.h"

namespace clipwork::parity {

/// The detector at `place`: sizes and, in `test`, the choice of proposals and detections.
void set_mask_rcnn(Value& tree, const std::string& place, const Json& config);

}  // namespace clipwork::parity
