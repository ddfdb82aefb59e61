#pragma once
// 3x3 convolutions by Winograd's algorithm.

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "kernels/kernels.h"

namespace clipwork {

/// A 3x3 convolution of stride 1 and padding 1 by Winograd's algorithm F(4x4, 3x3) (Lavin and Gray,
/// "Fast Algorithms for Convolutional Neural Networks"): 36 products instead of 144 for each 4x4
/// positions of a channel. Float32 tensors on the CPU, no gradient.
class Winograd {
 public:
  /// True if a convolution with this weight [out, in / groups, k, k] has this form. It takes four
  /// times the memory of the weight.
  static bool suits(const at::Tensor& weight, int64_t stride, int64_t padding, int64_t groups);
  /// weight [out, in, 3, 3], bias [out] or undefined.
  Winograd(const at::Tensor& weight, const at::Tensor& bias, const Kernels& variant = *kernels());
  /// True if it is faster than the direct form for this input [N, in, h, w], by measurement.
  static bool gains(const at::Tensor& input);
  /// conv(input), plus residual where it is defined, then perhaps relu; channels_last.
  at::Tensor run(const at::Tensor& input, const at::Tensor& residual, bool relu) const;

 private:
  const Kernels* kernels_;
  int64_t in_, out_;
  at::Tensor weight_;  ///< transformed: [36, panels, in, panel], zeros beyond `out`
  at::Tensor bias_;    ///< [out]
};

}  // namespace clipwork
