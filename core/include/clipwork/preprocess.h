#pragma once
// Pictures before the network: resize as PIL or OpenCV do, normalise, pad.

#include <clipwork/frame.h>
#include <clipwork/parameters.h>

#include <vector>

namespace clipwork {

/// `[preprocess]`: the way of a picture to the network.
struct Preprocess {
  /// To `shortest_edge_size` as PIL resizes, to `fit_size` as OpenCV resizes, or not at all.
  enum class Resize { shortest_edge, cv_fit, none } resize = Resize::shortest_edge;
  int64_t short_edge = 360, long_edge = 1333;  ///< in pixels
  /// In grey levels (0 to 255), one value per channel in the order of `channels`.
  std::vector<double> mean = {123.675, 116.28, 103.53}, deviation = {58.395, 57.12, 57.375};
  /// The order in which the network gets the colours.
  enum class Channels { rgb, bgr } channels = Channels::rgb;
  int64_t divisor = 32;  ///< of the padded sides
  void describe(Describer& d);
};

/// The size that the shortest-edge rule gives: the shorter side becomes `short_edge`, unless the
/// longer one would exceed `long_edge`; sides are floor(value + 0.5).
Size shortest_edge_size(Size picture, int64_t short_edge, int64_t long_edge);

/// PIL's 8-bit bilinear resize with antialiasing, to the byte: horizontal pass first, then
/// vertical. uint8 [3, H, W].
Tensor resize_pil(const Tensor& picture, Size size);

/// The size that OpenCV's users' rule gives: the largest of this shape whose longer side is at most
/// `long_edge` and whose shorter one at most `short_edge`, upwards too; sides are floor(value +
/// 0.5).
Size fit_size(Size picture, int64_t short_edge, int64_t long_edge);

/// OpenCV's 8-bit bilinear resize (INTER_LINEAR), to the byte; both sides halved exactly, the
/// rounded mean of four pixels, as there. uint8 [3, H, W].
Tensor resize_cv(const Tensor& picture, Size size);

struct Preprocessed {
  Tensor resized;   ///< uint8 [3, h, w]
  Tensor pictures;  ///< float [1, 3, H, W], channels_last, padded with zeros right and below
  Geometry geometry;
};
Preprocessed preprocess(const Tensor& pixels, const Preprocess& parameters);

}  // namespace clipwork
