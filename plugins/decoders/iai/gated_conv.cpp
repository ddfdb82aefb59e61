#include "gated_conv.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/gelu.h>

namespace clipwork::iai {

namespace {

constexpr int64_t kGroups = 32;
constexpr double kGateEps = 1e-5;

}  // namespace

GatedConv::GatedConv(int64_t channels) {
  norm_ = make_child<GroupNorm>(*this, "gn", kGroups, channels);
  auto gate = std::make_shared<torch::nn::Module>();
  alpha_ = make_parameter(*gate, "alpha", {1, channels, 1, 1});
  gamma_ = make_parameter(*gate, "gamma", {1, channels, 1, 1});
  beta_ = make_parameter(*gate, "beta", {1, channels, 1, 1});
  // The gate is open until it is loaded.
  alpha_.detach().fill_(1);
  add_child(*this, "GCT", gate);
  ConvOptions options;
  options.in = options.out = options.groups = channels;
  options.kernel = 5;
  options.padding = 2;
  convolution_ = make_child<Conv>(*this, "conv", options);
}

Tensor GatedConv::forward(const Tensor& map) {
  Tensor x = at::gelu(norm_->forward(map));
  Tensor energy = alpha_ * x.square().sum({2, 3}, true).add(kGateEps).sqrt();
  Tensor norm = gamma_ * energy.square().mean(1, true).add(kGateEps).rsqrt();
  return convolution_->forward(x * (energy * norm + beta_).tanh().add(1));
}

}  // namespace clipwork::iai
