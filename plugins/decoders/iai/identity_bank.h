#pragma once
#include <clipwork/module.h>
#include <clipwork/size.h>

namespace clipwork::iai {

/// Id planes to an id embedding at the coarsest map's size: a convolution whose kernel is one pixel
/// wider than its stride, with half of it around the picture (paper, Eq. 2). Names: weight [C, N +
/// 1, stride + 1, stride + 1], bias [C].
class IdentityBank : public torch::nn::Module, public Op {
 public:
  IdentityBank(int64_t planes, int64_t channels, int64_t stride);
  /// planes bool [B, N + 1, H, W], sides multiples of the stride -> [B, H W / stride^2, C], rows
  /// first.
  Tensor forward(const Tensor& planes);
  void prepare(const Inference& inference) override;

 private:
  Tensor convolve(const Tensor& planes) const;
  Tensor sum_of_objects(const Tensor& planes);
  /// Adds the embedding of one plane [H, W] to `sum` [h w, C], times `sign`.
  void add(Tensor& sum, const Tensor& plane, int64_t index, double sign) const;

  int64_t stride_;
  Tensor weight_, bias_;
  Tensor by_plane_;    ///< packed: [N + 1, kernel^2, C]
  Tensor background_;  ///< packed: what background alone gives, [h w, C], for the size met last
  Size background_size_;
};

}  // namespace clipwork::iai
