#include "orientation.h"

#include <cmath>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

extern "C" {
#include <libavutil/display.h>
}

namespace clipwork::media {

Orientation::Orientation(const int32_t* matrix) {
  if (!matrix) return;
  const double degrees = av_display_rotation_get(matrix);  // counterclockwise
  if (std::isnan(degrees)) return;
  constexpr double kTolerance = 1;
  if (std::abs(std::remainder(degrees, 90)) >= kTolerance) {
    degrees_ = -degrees;
    return;
  }
  // A stored point (x, y) is shown at (a x + c y, b x + d y).
  const int32_t a = matrix[0], b = matrix[1], c = matrix[3], d = matrix[4];
  transposed_ = std::abs(std::remainder(degrees, 180)) >= kTolerance;
  left_right_ = (transposed_ ? c : a) < 0;
  top_bottom_ = (transposed_ ? b : d) < 0;
}

cv::Mat Orientation::apply(const cv::Mat& stored) const {
  cv::Mat shown = stored;
  if (degrees_ != 0) {
    const cv::Point2f centre(static_cast<float>(stored.cols - 1) / 2,
                             static_cast<float>(stored.rows - 1) / 2);
    cv::warpAffine(stored, shown, cv::getRotationMatrix2D(centre, -degrees_, 1), stored.size());
    return shown;
  }
  if (transposed_) shown = stored.t();
  if (left_right_ || top_bottom_) {
    cv::Mat flipped;
    cv::flip(shown, flipped, left_right_ && top_bottom_ ? -1 : left_right_ ? 1 : 0);
    shown = flipped;
  }
  return shown;
}

}  // namespace clipwork::media
