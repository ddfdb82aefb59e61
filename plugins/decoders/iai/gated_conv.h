#pragma once
#include <clipwork/module.h>
#include <clipwork/ops/conv.h>
#include <clipwork/ops/norm.h>

#include <memory>

namespace clipwork::iai {

/// The association's activation on maps: group norm, GELU, gate across channels (GCT), depth-wise
/// 5x5 convolution. Names: gn, GCT.{alpha, gamma, beta}, conv.
class GatedConv : public torch::nn::Module, public HasInitialValues {
 public:
  explicit GatedConv(int64_t channels);
  /// [B, C, h, w] to the same shape.
  Tensor forward(const Tensor& map);
  /// The gate is open: alpha is 1 (GCT).
  void set_initial_values() override;

 private:
  std::shared_ptr<GroupNorm> norm_;
  Tensor alpha_, gamma_, beta_;
  std::shared_ptr<Conv> convolution_;
};

}  // namespace clipwork::iai
