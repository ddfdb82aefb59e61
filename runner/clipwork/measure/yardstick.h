#pragma once
// The unit of speed: one eager float32 forward of ResNet-50's convolutional part as PyTorch's
// modules compute it, so that figures of different machines can be compared.

#include <ATen/core/Tensor.h>

#include <vector>

namespace clipwork::runs {

/// Convolution, batch norm and ReLU as separate calls, 1x3x384x640, contiguous memory, evaluation
/// mode, no gradients.
class Yardstick {
 public:
  Yardstick();
  void run() const;

 private:
  struct Conv {
    at::Tensor weight, scale, shift, mean, variance;
    int64_t stride, padding;
  };
  struct Block {
    std::vector<Conv> convs;
    std::vector<Conv> shortcut;  ///< none or one
  };
  Conv conv(int64_t in, int64_t out, int64_t kernel, int64_t stride);
  static at::Tensor apply(const Conv& conv, const at::Tensor& x);
  at::Tensor picture_;
  std::vector<Conv> stem_;
  std::vector<Block> blocks_;
  int made_ = 0;
};

}  // namespace clipwork::runs
