#include "pixels.h"

#include <ATen/ops/empty.h>
#include <clipwork/error.h>
#include <clipwork/size_limits.h>

#include <array>
#include <opencv2/core.hpp>

namespace clipwork::media {
namespace {

/// The planes of a [3, H, W] tensor, without a copy.
std::array<cv::Mat, 3> planes(const Tensor& picture) {
  const int height = static_cast<int>(picture.size(1)), width = static_cast<int>(picture.size(2));
  auto* data = static_cast<uint8_t*>(picture.data_ptr());
  const int64_t plane = int64_t{height} * width;
  return {cv::Mat(height, width, CV_8UC1, data), cv::Mat(height, width, CV_8UC1, data + plane),
          cv::Mat(height, width, CV_8UC1, data + 2 * plane)};
}

void check_picture(const Tensor& picture) {
  if (picture.scalar_type() != at::kByte || picture.dim() != 3 || picture.size(0) != 3) {
    throw Error(cat("expected a picture uint8 [3, H, W], found ", picture.toString(), " ",
                    picture.sizes()));
  }
}

cv::Mat interleaved(const Tensor& picture, bool reversed) {
  check_picture(picture);
  Tensor contiguous = picture.contiguous();
  auto from = planes(contiguous);
  cv::Mat rows(from[0].size(), CV_8UC3);
  const int rgb[] = {0, 0, 1, 1, 2, 2}, bgr[] = {0, 2, 1, 1, 2, 0};
  cv::mixChannels(from.data(), 3, &rows, 1, reversed ? bgr : rgb, 3);
  return rows;
}

}  // namespace

void check_size(Size size, const std::string& name) {
  if (is_readable(size)) return;
  throw InputError(cat("claims to be ", size.width, " x ", size.height,
                       " pixels, which is not a supported size"),
                   name, cat("at most ", kMostPixels >> 20, " megapixels are supported"));
}

Tensor tensor_from_bgr(const cv::Mat& picture) {
  Tensor tensor = at::empty({3, picture.rows, picture.cols}, at::kByte);
  auto to = planes(tensor);
  const int reversed[] = {0, 2, 1, 1, 2, 0};
  cv::mixChannels(&picture, 1, to.data(), 3, reversed, 3);
  return tensor;
}

cv::Mat rgb_from_tensor(const Tensor& picture) { return interleaved(picture, false); }
cv::Mat bgr_from_tensor(const Tensor& picture) { return interleaved(picture, true); }

void rgb_into_tensor(const cv::Mat& rgb, Tensor& picture) {
  auto to = planes(picture);
  const int same[] = {0, 0, 1, 1, 2, 2};
  cv::mixChannels(&rgb, 1, to.data(), 3, same, 3);
}

}  // namespace clipwork::media
