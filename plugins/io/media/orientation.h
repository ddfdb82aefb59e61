#pragma once
// How pictures are turned before they are shown, as cameras note it.

#include <clipwork/size.h>

#include <cstdint>
#include <opencv2/core/mat.hpp>

namespace clipwork::media {

/// The display matrix of a video: quarter turns and mirrorings, or a turn by any other angle.
class Orientation {
 public:
  Orientation() = default;
  /// `matrix`: nine numbers as AV_PKT_DATA_DISPLAYMATRIX has them; null: upright.
  explicit Orientation(const int32_t* matrix);

  /// The size of the shown picture for a stored one; of the stored picture for a shown one.
  Size apply(Size size) const { return transposed_ ? Size{size.width, size.height} : size; }
  /// The shown picture. Corners that a turn by another angle leaves empty are black. A picture that
  /// is upright is returned without a copy.
  cv::Mat apply(const cv::Mat& stored) const;

 private:
  // Rows become columns first, then the sides are swapped.
  bool transposed_ = false, left_right_ = false, top_bottom_ = false;
  double degrees_ = 0;  // clockwise, where it is not a quarter turn
};

}  // namespace clipwork::media
