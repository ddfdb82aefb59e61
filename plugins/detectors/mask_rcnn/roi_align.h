#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>

namespace clipwork::mask_rcnn {

/// RoIAlign (He et al., Mask R-CNN, section 3): the mean of samples, bilinear between positions, in
/// each of `size` x `size` bins of a box.
struct RoiAlign {
  int64_t size = 7;
  /// Samples along each side of a bin; 0: one for each position of the map that the side covers.
  int64_t samples = 0;
  /// Pixel k of a map has its centre at k + 0.5. Else at k, and boxes have sides of at least one
  /// position.
  bool aligned = true;
};

/// Features [N, C, h, w] in boxes float [R, 4], in pixels of the picture, of which a position of
/// the map is `stride`; `images` int64 [R]: the map of each box. Returns [R, C, size, size], with
/// gradient of the features. Samples more than one position outside the map count as 0, as in
/// detectron2 and torchvision.
at::Tensor roi_align(const at::Tensor& features, const at::Tensor& boxes, const at::Tensor& images,
                     int64_t stride, const RoiAlign& options);

}  // namespace clipwork::mask_rcnn
