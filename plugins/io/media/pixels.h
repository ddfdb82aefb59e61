#pragma once
// Tensors of the core and pictures of OpenCV.

#include <ATen/core/Tensor.h>
#include <clipwork/frame.h>
#include <clipwork/size_limits.h>

#include <cstdint>
#include <opencv2/core/mat.hpp>
#include <string>

namespace clipwork::media {

/// Throws InputError naming `name` where a picture of this size is not one to make room for.
void check_size(Size size, const std::string& name, int64_t most_pixels = kMostPixels);
/// Throws Error where it is not uint8 [3, H, W].
void check_picture(const Tensor& picture);

/// uint8 RGB [3, H, W] of OpenCV's blue-green-red rows, or of red-green-blue ones.
Tensor tensor_from_bgr(const cv::Mat& picture);
Tensor tensor_from_rgb(const cv::Mat& picture);
/// Rows of red-green-blue, new or in memory of that size, and back into a tensor of the same size.
cv::Mat rgb_from_tensor(const Tensor& picture);
void rgb_from_tensor(const Tensor& picture, cv::Mat& rgb);
void rgb_into_tensor(const cv::Mat& rgb, Tensor& picture);
/// Rows of blue-green-red.
cv::Mat bgr_from_tensor(const Tensor& picture);

}  // namespace clipwork::media
