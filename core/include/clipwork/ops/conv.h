#pragma once
// Convolution with norm, activation and residual, for models.

#include <clipwork/api.h>
#include <clipwork/module.h>

#include <memory>
#include <utility>

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
/// weight, bias, norm.*. Prepared: norm folded, activation and residual fused; on the CPU weights
/// packed, 3x3 of stride 1 by Winograd's algorithm where that is faster (`Inference::winograd`); on
/// a GPU by cuDNN's fused convolutions.
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
  struct Fused;
  /// The weight and bias with the norm folded into them; the bias is undefined where there is none.
  std::pair<Tensor, Tensor> folded() const;

  ConvOptions options_;
  Tensor weight_, bias_;
  std::shared_ptr<BatchNorm> batch_norm_;
  std::shared_ptr<GroupNorm> group_norm_;
  std::unique_ptr<Packed> packed_;
  std::unique_ptr<Fused> fused_;
};

}  // namespace clipwork
