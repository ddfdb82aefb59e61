#include "pixels.h"

#include <ATen/ops/empty.h>
#include <clipwork/error.h>

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

// Pairs of channels for cv::mixChannels.
constexpr int kSameOrder[] = {0, 0, 1, 1, 2, 2}, kReversed[] = {0, 2, 1, 1, 2, 0};

cv::Mat new_rows(const Tensor& picture) {
  check_picture(picture);
  return {static_cast<int>(picture.size(1)), static_cast<int>(picture.size(2)), CV_8UC3};
}

void interleave(const Tensor& picture, cv::Mat& rows, const int* order) {
  const Tensor contiguous = picture.contiguous();
  const auto from = planes(contiguous);
  cv::mixChannels(from.data(), 3, &rows, 1, order, 3);
}

Tensor deinterleaved(const cv::Mat& rows, const int* order) {
  Tensor tensor = at::empty({3, rows.rows, rows.cols}, at::kByte);
  auto to = planes(tensor);
  cv::mixChannels(&rows, 1, to.data(), 3, order, 3);
  return tensor;
}

}  // namespace

void check_size(Size size, const std::string& name, int64_t most_pixels) {
  if (is_readable(size) && size.height * size.width <= most_pixels) return;
  throw InputError(cat("claims to be ", size.width, " x ", size.height,
                       " pixels, which is not a supported size"),
                   name, cat("at most ", most_pixels >> 20, " megapixels are supported"));
}

void check_picture(const Tensor& picture) {
  if (picture.scalar_type() != at::kByte || picture.dim() != 3 || picture.size(0) != 3) {
    throw Error(cat("expected a picture uint8 [3, H, W], found ", picture.toString(), " ",
                    picture.sizes()));
  }
}

Tensor tensor_from_bgr(const cv::Mat& picture) { return deinterleaved(picture, kReversed); }
Tensor tensor_from_rgb(const cv::Mat& picture) { return deinterleaved(picture, kSameOrder); }

cv::Mat rgb_from_tensor(const Tensor& picture) {
  cv::Mat rows = new_rows(picture);
  interleave(picture, rows, kSameOrder);
  return rows;
}

void rgb_from_tensor(const Tensor& picture, cv::Mat& rgb) {
  check_picture(picture);
  interleave(picture, rgb, kSameOrder);
}

cv::Mat bgr_from_tensor(const Tensor& picture) {
  cv::Mat rows = new_rows(picture);
  interleave(picture, rows, kReversed);
  return rows;
}

void rgb_into_tensor(const cv::Mat& rgb, Tensor& picture) {
  auto to = planes(picture);
  cv::mixChannels(&rgb, 1, to.data(), 3, kSameOrder, 3);
}

}  // namespace clipwork::media
