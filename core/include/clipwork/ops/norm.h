#pragma once
// Group norm, and layer norm of a sum, for models.

#include <clipwork/api.h>
#include <clipwork/module.h>

#include <utility>

namespace clipwork {

/// Group norm whose mean and variance are accumulated in double: over large maps single-precision
/// sums give a systematic error. Names: weight, bias.
class CLIPWORK_API GroupNorm : public torch::nn::Module, public Op {
 public:
  GroupNorm(int64_t groups, int64_t channels, double eps = 1e-5);
  /// [N, C, h, w], channels_last kept.
  Tensor forward(const Tensor& input, bool relu = false);
  void prepare(const Inference& inference) override;

 private:
  int64_t groups_;
  double eps_;
  Tensor weight_, bias_;
  bool fast_ = false;
};

/// The mathematics of GroupNorm without the module.
Tensor group_norm(const Tensor& input, int64_t groups, const Tensor& weight, const Tensor& bias,
                  double eps, bool relu, bool fast);

/// Layer norm over the last dimension, of a sum where a residual is given. Names: weight, bias.
class CLIPWORK_API AddNorm : public torch::nn::Module, public Op {
 public:
  explicit AddNorm(int64_t channels, double eps = 1e-5);
  Tensor forward(const Tensor& input);
  /// norm(input + residual).
  Tensor forward(const Tensor& input, const Tensor& residual);
  /// {norm(input + residual), the same + position}, in one pass when packed. position broadcasts
  /// over the batch.
  std::pair<Tensor, Tensor> forward(const Tensor& input, const Tensor& residual,
                                    const Tensor& position);
  void prepare(const Inference& inference) override;

 private:
  std::pair<Tensor, Tensor> fused(const Tensor& input, const Tensor& residual,
                                  const Tensor& position) const;

  double eps_;
  Tensor weight_, bias_;
  bool fast_ = false;
};

/// True if a module is a norm: a layer or group norm from here, or anything with running
/// statistics.
bool is_norm(const torch::nn::Module& module);

}  // namespace clipwork
