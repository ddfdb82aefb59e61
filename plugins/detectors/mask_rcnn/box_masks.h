#pragma once
#include <clipwork/masks.h>

#include <memory>

namespace clipwork::mask_rcnn {

/// How a small mask becomes pixels of its box.
enum class Pasting {
  exact,    ///< bilinear at pixels' centres, 0 outside (detectron2's `paste_masks_in_image`)
  rounded,  ///< resized to the box in whole pixels, which one row of zeros surrounds (torchvision)
};

/// One frame's masks from probabilities [R, s, s] inside boxes float [R, 4], in pixels of the
/// output size.
std::shared_ptr<const Masks> box_masks(Tensor probabilities, Tensor boxes, const Geometry& geometry,
                                       Pasting pasting);

}  // namespace clipwork::mask_rcnn
