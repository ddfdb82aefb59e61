#include <ATen/ops/batch_norm.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/cudnn_convolution_add_relu.h>
#include <ATen/ops/cudnn_convolution_relu.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/rsqrt.h>
#include <ATen/ops/zeros.h>
#include <clipwork/error.h>
#include <clipwork/ops/conv.h>
#include <clipwork/ops/norm.h>

#include "ops/fast.h"
#include "ops/onednn.h"
#include "ops/winograd.h"

namespace clipwork {

// The four tensors of a batch norm: buffers, or with a trained weight and bias, or with statistics
// that follow the batch while the module trains.
class BatchNorm : public torch::nn::Module {
 public:
  BatchNorm(int64_t channels, double eps, ConvOptions::Norm form)
      : eps_(eps), follows_(form == ConvOptions::Norm::batch) {
    const bool trained = form != ConvOptions::Norm::frozen_batch;
    if (trained) {
      weight = make_parameter(*this, "weight", {channels});
      bias = make_parameter(*this, "bias", {channels});
    } else {
      weight = make_buffer(*this, "weight", {channels}, 1);
      bias = make_buffer(*this, "bias", {channels}, 0);
    }
    mean = make_buffer(*this, "running_mean", {channels}, 0);
    variance = make_buffer(*this, "running_var", {channels}, 1);
    if (trained) batches_ = register_buffer("num_batches_tracked", at::zeros({}, at::kLong));
  }

  bool follows_batch() const { return follows_ && is_training(); }

  Tensor forward(const Tensor& input) {
    constexpr double kMomentum = 0.1;
    if (follows_batch()) batches_.add_(1);
    return at::batch_norm(input, weight, bias, mean, variance, follows_batch(), kMomentum, eps_,
                          /*cudnn_enabled=*/true);
  }

  // The same as a factor and a summand a channel, when it does not follow the batch.
  std::pair<Tensor, Tensor> affine() const {
    Tensor scale = weight * at::rsqrt(variance + eps_);
    return {scale, bias - mean * scale};
  }

  Tensor weight, bias, mean, variance;

 private:
  double eps_;
  bool follows_;
  Tensor batches_;
};

struct Conv::Packed {
  onednn::Convolution direct;
  std::optional<Winograd> winograd;

  // relu(conv(input) + residual); without a residual where it is undefined.
  Tensor run(const Tensor& input, const Tensor& residual, bool relu, bool consume) {
    if (winograd && Winograd::gains(input)) return winograd->run(input, residual, relu);
    return residual.defined() ? direct.run(input, residual, relu, consume)
                              : direct.run(input, relu);
  }
};

// The form for a GPU: weights in the memory format of the pictures, which cuDNN would else copy
// each time, and activation and residual in the convolution's own kernel.
struct Conv::Fused {
  Tensor weight, bias;

  Tensor run(const Tensor& input, const Tensor& residual, const ConvOptions& o) const {
    const std::vector<int64_t> stride(2, o.stride), padding(2, o.padding), dilation(2, 1);
    if (o.activation != Activation::relu) {
      Tensor output = at::conv2d(input, weight, bias, stride, padding, dilation, o.groups);
      return residual.defined() ? output + residual : output;
    }
    if (residual.defined()) {
      return at::cudnn_convolution_add_relu(input, weight, residual, /*alpha=*/1, bias, stride,
                                            padding, dilation, o.groups);
    }
    return at::cudnn_convolution_relu(input, weight, bias, stride, padding, dilation, o.groups);
  }
};

Conv::Conv(const ConvOptions& options) : options_(options) {
  const auto& o = options;
  if (o.in <= 0 || o.out <= 0 || o.kernel <= 0 || o.stride <= 0 || o.padding < 0 || o.groups <= 0 ||
      o.in % o.groups != 0 || o.out % o.groups != 0) {
    throw Error(cat("invalid convolution: ", o.in, " to ", o.out, " channels in ", o.groups,
                    " groups, kernel ", o.kernel, ", stride ", o.stride, ", padding ", o.padding),
                "Conv", "both channel counts must be multiples of the groups");
  }
  weight_ = make_parameter(*this, "weight", {o.out, o.in / o.groups, o.kernel, o.kernel});
  if (o.bias) bias_ = make_parameter(*this, "bias", {o.out});
  using Norm = ConvOptions::Norm;
  if (o.norm == Norm::group) {
    group_norm_ = make_child<GroupNorm>(*this, "norm", o.norm_groups, o.out, o.norm_eps);
  } else if (o.norm != Norm::none) {
    batch_norm_ = make_child<BatchNorm>(*this, "norm", o.out, o.norm_eps, o.norm);
  }
}

Conv::~Conv() = default;

Tensor Conv::forward(const Tensor& input) { return forward(input, {}); }

Tensor Conv::forward(const Tensor& input, const Tensor& residual, bool consume) {
  bool relu = options_.activation == Activation::relu;
  bool fast = packed_ && runs_fast(input) && !(batch_norm_ && batch_norm_->follows_batch());
  if (fast && !group_norm_) return packed_->run(input, residual, relu, consume);
  if (fused_ && !c10::GradMode::is_enabled()) return fused_->run(input, residual, options_);
  Tensor output = fast ? packed_->run(input, /*residual=*/{}, /*relu=*/false, /*consume=*/false)
                       : at::conv2d(input, weight_, bias_, options_.stride, options_.padding,
                                    /*dilation=*/1, options_.groups);
  if (batch_norm_) output = batch_norm_->forward(output);
  if (group_norm_) output = group_norm_->forward(output, relu && !residual.defined());
  if (residual.defined()) output = output + residual;
  bool done = !relu || (group_norm_ && !residual.defined());
  return done ? output : at::relu(output);
}

std::pair<Tensor, Tensor> Conv::folded() const {
  Tensor weight = weight_.detach(), bias = bias_.defined() ? bias_.detach() : bias_;
  if (!batch_norm_) return {weight, bias};
  const auto [scale, shift] = batch_norm_->affine();
  return {weight * scale.view({-1, 1, 1, 1}), bias.defined() ? bias * scale + shift : shift};
}

void Conv::prepare(const Inference& inference) {
  packed_.reset();
  fused_.reset();
  if (inference.plain || weight_.scalar_type() != at::kFloat) return;
  c10::NoGradGuard no_gradient;
  if (weight_.is_cuda()) {
    // A group norm's mean comes between the convolution and the activation.
    if (group_norm_) return;
    auto [weight, bias] = folded();
    if (!bias.defined()) bias = at::zeros({options_.out}, weight.options());
    fused_.reset(new Fused{weight.contiguous(at::MemoryFormat::ChannelsLast), bias});
    return;
  }
  // The strides of a map of one channel do not tell oneDNN's operators its layout.
  if (!weight_.is_cpu() || options_.in == 1 || options_.out == 1) return;
  auto [weight, bias] = folded();
  const auto& o = options_;
  packed_.reset(new Packed{{weight, bias, o.stride, o.padding, o.groups}, {}});
  if (inference.winograd && Winograd::suits(weight, o.stride, o.padding, o.groups)) {
    packed_->winograd.emplace(weight, bias);
  }
}

}  // namespace clipwork
