#pragma once
// Convolution with norm, activation and residual, for models.

#include <clipwork/api.h>
#include <clipwork/module.h>

#include <optional>

namespace clipwork {

class BatchNorm;
class GroupNorm;

enum class Activation { none, relu };

struct ConvOptions {
  int64_t in = 0, out = 0, kernel = 1, stride = 1, padding = 0, groups = 1;
  bool bias = false;
  /// `frozen_batch`: four buffers, never trained. `fixed_batch`: weight and bias are trained, the
  /// statistics stay. `batch`: trained batch norm (running statistics in evaluation). The norm is
  /// the child `norm`.
  enum class Norm { none, frozen_batch, fixed_batch, batch, group } norm = Norm::none;
  int64_t norm_groups = 32;
  double norm_eps = 1e-5;
  Activation activation = Activation::none;
};

/// Convolution, norm, activation, and the residual form of a block's last convolution. Names:
/// weight, bias, norm.*. Packed: norm folded, weights packed for the CPU, activation and residual
/// fused; 3x3 of stride 1 by Winograd's algorithm where that is faster (`Inference::winograd`).
class CLIPWORK_API Conv : public torch::nn::Module, public Op {
 public:
  explicit Conv(const ConvOptions& options);
  ~Conv() override;
  /// [N, in, h, w] -> [N, out, h', w'], channels_last kept.
  Tensor forward(const Tensor& input);
  /// activation(norm(conv(input)) + residual). The packed form may write into `residual` when
  /// `consume` is set.
  Tensor forward(const Tensor& input, const Tensor& residual, bool consume = false);
  void prepare(const Inference& inference) override;

 private:
  struct Packed;
  ConvOptions options_;
  Tensor weight_, bias_;
  std::shared_ptr<BatchNorm> batch_norm_;
  std::shared_ptr<GroupNorm> group_norm_;
  std::unique_ptr<Packed> packed_;
};

}  // namespace clipwork
